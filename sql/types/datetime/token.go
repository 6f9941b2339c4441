package datetime

// tokenKind is what a word is for.
type tokenKind uint8

// The kinds; those up to dayField are also bits of the mask of what has been seen.
const (
	reserved tokenKind = iota
	monthToken
	yearToken
	dayToken
	zoneToken
	dstZoneToken
	dynamicZone
	ignored
	meridiem
	hourToken
	minuteToken
	secondToken
	millisecondToken
	microsecondToken
	dayOfYearToken
	weekdayToken
	unitToken
	era
	ago
	isoTime
	weekToken
	decadeToken
	centuryToken
	millenniumToken
	dstModifier
	unknownToken
)

// mask is a set of token kinds.
type mask uint32

func bit(k tokenKind) mask { return 1 << k }

const (
	secondsMask = mask(1<<secondToken | 1<<millisecondToken | 1<<microsecondToken)
	dateMask    = mask(1<<yearToken | 1<<monthToken | 1<<dayToken)
	timeMask    = mask(1<<hourToken|1<<minuteToken) | secondsMask
)

type token struct {
	kind  tokenKind
	value int
}

// Values of reserved words, units and others.
const (
	wordNow = iota + 1
	wordToday
	wordTomorrow
	wordYesterday
	wordZulu
	wordEpoch
	wordLate
	wordEarly

	unitYear
	unitMonth
	unitDay
	unitHour
	unitMinute
	unitSecond
	unitMillisecond
	unitMicrosecond
	unitWeek
	unitDecade
	unitCentury
	unitMillennium
	unitJulian
	unitTime
	unitOther // a unit of extract() that is none of input

	am
	pm
	bc
	ad
)

// maxToken is how much of a word is looked at.
const maxToken = 10

func shortToken(s string) string {
	if len(s) > maxToken {
		return s[:maxToken]
	}
	return s
}

// dateTokens are the words in dates and times (datetktbl).
var dateTokens = map[string]token{
	"-infinity": {reserved, wordEarly},
	"ad":        {era, ad},
	"allballs":  {reserved, wordZulu},
	"am":        {meridiem, am},
	"apr":       {monthToken, 4},
	"april":     {monthToken, 4},
	"at":        {ignored, 0},
	"aug":       {monthToken, 8},
	"august":    {monthToken, 8},
	"bc":        {era, bc},
	"d":         {unitToken, unitDay},
	"dec":       {monthToken, 12},
	"december":  {monthToken, 12},
	"dow":       {unitToken, unitOther},
	"doy":       {unitToken, unitOther},
	"dst":       {dstModifier, 3600},
	"epoch":     {reserved, wordEpoch},
	"feb":       {monthToken, 2},
	"february":  {monthToken, 2},
	"fri":       {weekdayToken, 5},
	"friday":    {weekdayToken, 5},
	"h":         {unitToken, unitHour},
	"infinity":  {reserved, wordLate},
	"isodow":    {unitToken, unitOther},
	"isoyear":   {unitToken, unitOther},
	"j":         {unitToken, unitJulian},
	"jan":       {monthToken, 1},
	"january":   {monthToken, 1},
	"jd":        {unitToken, unitJulian},
	"jul":       {monthToken, 7},
	"julian":    {unitToken, unitJulian},
	"july":      {monthToken, 7},
	"jun":       {monthToken, 6},
	"june":      {monthToken, 6},
	"m":         {unitToken, unitMonth},
	"mar":       {monthToken, 3},
	"march":     {monthToken, 3},
	"may":       {monthToken, 5},
	"mm":        {unitToken, unitMinute},
	"mon":       {weekdayToken, 1},
	"monday":    {weekdayToken, 1},
	"nov":       {monthToken, 11},
	"november":  {monthToken, 11},
	"now":       {reserved, wordNow},
	"oct":       {monthToken, 10},
	"october":   {monthToken, 10},
	"on":        {ignored, 0},
	"pm":        {meridiem, pm},
	"s":         {unitToken, unitSecond},
	"sat":       {weekdayToken, 6},
	"saturday":  {weekdayToken, 6},
	"sep":       {monthToken, 9},
	"sept":      {monthToken, 9},
	"september": {monthToken, 9},
	"sun":       {weekdayToken, 0},
	"sunday":    {weekdayToken, 0},
	"t":         {isoTime, unitTime},
	"thu":       {weekdayToken, 4},
	"thur":      {weekdayToken, 4},
	"thurs":     {weekdayToken, 4},
	"thursday":  {weekdayToken, 4},
	"today":     {reserved, wordToday},
	"tomorrow":  {reserved, wordTomorrow},
	"tue":       {weekdayToken, 2},
	"tues":      {weekdayToken, 2},
	"tuesday":   {weekdayToken, 2},
	"wed":       {weekdayToken, 3},
	"wednesday": {weekdayToken, 3},
	"weds":      {weekdayToken, 3},
	"y":         {unitToken, unitYear},
	"yesterday": {reserved, wordYesterday},
}

// intervalTokens are the words in intervals (deltatktbl).
var intervalTokens = map[string]token{
	"@":          {ignored, 0},
	"ago":        {ago, 0},
	"c":          {unitToken, unitCentury},
	"cent":       {unitToken, unitCentury},
	"centuries":  {unitToken, unitCentury},
	"century":    {unitToken, unitCentury},
	"d":          {unitToken, unitDay},
	"day":        {unitToken, unitDay},
	"days":       {unitToken, unitDay},
	"dec":        {unitToken, unitDecade},
	"decade":     {unitToken, unitDecade},
	"decades":    {unitToken, unitDecade},
	"decs":       {unitToken, unitDecade},
	"h":          {unitToken, unitHour},
	"hour":       {unitToken, unitHour},
	"hours":      {unitToken, unitHour},
	"hr":         {unitToken, unitHour},
	"hrs":        {unitToken, unitHour},
	"m":          {unitToken, unitMinute},
	"microsecon": {unitToken, unitMicrosecond},
	"mil":        {unitToken, unitMillennium},
	"millennia":  {unitToken, unitMillennium},
	"millennium": {unitToken, unitMillennium},
	"millisecon": {unitToken, unitMillisecond},
	"mils":       {unitToken, unitMillennium},
	"min":        {unitToken, unitMinute},
	"mins":       {unitToken, unitMinute},
	"minute":     {unitToken, unitMinute},
	"minutes":    {unitToken, unitMinute},
	"mon":        {unitToken, unitMonth},
	"mons":       {unitToken, unitMonth},
	"month":      {unitToken, unitMonth},
	"months":     {unitToken, unitMonth},
	"ms":         {unitToken, unitMillisecond},
	"msec":       {unitToken, unitMillisecond},
	"msecond":    {unitToken, unitMillisecond},
	"mseconds":   {unitToken, unitMillisecond},
	"msecs":      {unitToken, unitMillisecond},
	"qtr":        {unitToken, unitOther},
	"quarter":    {unitToken, unitOther},
	"s":          {unitToken, unitSecond},
	"sec":        {unitToken, unitSecond},
	"second":     {unitToken, unitSecond},
	"seconds":    {unitToken, unitSecond},
	"secs":       {unitToken, unitSecond},
	"timezone":   {unitToken, unitOther},
	"timezone_h": {unitToken, unitOther},
	"timezone_m": {unitToken, unitOther},
	"us":         {unitToken, unitMicrosecond},
	"usec":       {unitToken, unitMicrosecond},
	"usecond":    {unitToken, unitMicrosecond},
	"useconds":   {unitToken, unitMicrosecond},
	"usecs":      {unitToken, unitMicrosecond},
	"w":          {unitToken, unitWeek},
	"week":       {unitToken, unitWeek},
	"weeks":      {unitToken, unitWeek},
	"y":          {unitToken, unitYear},
	"year":       {unitToken, unitYear},
	"years":      {unitToken, unitYear},
	"yr":         {unitToken, unitYear},
	"yrs":        {unitToken, unitYear},
}

// lookUp finds a word in a table.
func lookUp(table map[string]token, word string) token {
	if t, ok := table[shortToken(word)]; ok {
		return t
	}
	return token{kind: unknownToken}
}
