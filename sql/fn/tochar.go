package fn

import (
	"strings"
	"time"
	"unicode"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// piece is a part of a template of times: a pattern or a literal text.
type piece struct {
	pattern string // in the spelling of the table
	written string // as it stands in the template: its case counts
	literal string
	fill    bool // FM: without padding
	ordinal byte // t for th, T for TH
	spell   bool // TM
	// separator tells that a literal is of characters that to_timestamp matches loosely.
	separator bool
}

// datePatterns are the patterns of times (table 9.27); a longer one is found before a shorter.
var datePatterns = []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "Day", "Dy", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
	"HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "Month", "Mon", "OF", "P.M.", "PM",
	"Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
	"a.d.", "a.m.", "ad", "am", "b.c.", "bc", "day", "dy", "mon", "month", "p.m.", "pm", "rm", "tz",
}

// caseMatters are patterns whose spelling decides how names are written.
func findPattern(s string) (pattern, written string) {
	best := ""
	for _, p := range datePatterns {
		if len(p) > len(best) && len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			best = p
		}
	}
	return strings.ToUpper(best), s[:len(best)]
}

// parseTemplate cuts a template of times into pieces.
func parseTemplate(template string) []piece {
	var pieces []piece
	literal := func(text string, separator bool) {
		if n := len(pieces) - 1; n >= 0 && pieces[n].pattern == "" && pieces[n].separator == separator && !separator {
			pieces[n].literal += text
			return
		}
		pieces = append(pieces, piece{literal: text, separator: separator})
	}
	for len(template) > 0 {
		next := piece{}
		for len(template) >= 2 {
			switch strings.ToUpper(template[:2]) {
			case "FM":
				next.fill = true
			case "FX":
			case "TM":
				next.spell = true
			default:
				goto prefixed
			}
			template = template[2:]
		}
	prefixed:
		if template == "" {
			break
		}
		if next.pattern, next.written = findPattern(template); next.pattern != "" {
			template = template[len(next.written):]
			if len(template) >= 2 && strings.EqualFold(template[:2], "th") {
				next.ordinal = template[0]
				template = template[2:]
			}
			if len(template) >= 2 && strings.EqualFold(template[:2], "sp") {
				template = template[2:]
			}
			pieces = append(pieces, next)
			continue
		}
		template = cutLiteral(template, literal)
	}
	return pieces
}

// cutLiteral takes a text in quotes or one character off a template.
func cutLiteral(template string, literal func(text string, separator bool)) string {
	if template[0] == '"' {
		var text strings.Builder
		i := 1
		for ; i < len(template) && template[i] != '"'; i++ {
			if template[i] == '\\' && i+1 < len(template) {
				i++
			}
			text.WriteByte(template[i])
		}
		literal(text.String(), false)
		return template[min(i+1, len(template)):]
	}
	if template[0] == '\\' && len(template) > 1 && template[1] == '"' {
		template = template[1:]
	}
	for i, r := range template {
		if i > 0 {
			literal(template[:i], isTemplateSeparator(template[:i]))
			return template[i:]
		}
		_ = r
	}
	literal(template, isTemplateSeparator(template))
	return ""
}

// isTemplateSeparator is for ASCII characters that are neither letters nor digits.
func isTemplateSeparator(s string) bool {
	return len(s) == 1 && s[0] > 0x20 && s[0] < 0x7f && !unicode.IsLetter(rune(s[0])) && !unicode.IsDigit(rune(s[0])) || s == " "
}

// templateCache is the template of a call site, for the text that was seen last.
type templateCache struct {
	text   string
	pieces []piece
	number *numberTemplate
	err    error
	ok     bool
	memo   charMemo
}

func (c *Call) template(k, i int) []piece {
	cache := scratch[templateCache](c)
	if text := c.text(k, i); !cache.ok || cache.text != text {
		cache.text, cache.ok = strings.Clone(text), true
		cache.pieces = parseTemplate(cache.text)
		cache.memo.unit = 0
	}
	return cache.pieces
}

// charTime are the fields that to_char writes.
type charTime struct {
	year              int // 0 is 1 BC
	month, day        int
	hour              int64
	minute, second    int64
	micros            int64 // of the second
	days              int64 // since 1970-01-01
	zone              string
	offset            int // seconds east
	zoned, isInterval bool
}

var (
	monthNames = strings.Fields("January February March April May June July August September October November December")
	dayNames   = strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
	romans     = strings.Fields("I II III IV V VI VII VIII IX X XI XII")
)

func charTimeOf(local int64) charTime {
	days, ofDay := datetime.Split(local)
	t := charTime{days: days, hour: ofDay / datetime.Hour, minute: ofDay % datetime.Hour / datetime.Minute, second: ofDay % datetime.Minute / datetime.Second, micros: ofDay % datetime.Second}
	t.year, t.month, t.day = datetime.Civil(days)
	return t
}

// cased writes a name as its pattern is spelled: DAY, Day or day.
func cased(name, written string) string {
	switch {
	case written[0]-'a' <= 25:
		return strings.ToLower(name)
	case len(written) > 1 && written[1]-'a' <= 25:
		return name
	default:
		return strings.ToUpper(name)
	}
}

func appendPadded(dst []byte, n int64, width int, fill bool) []byte {
	if fill {
		width = 0
	}
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	var buf [20]byte
	text := appendInt(buf[:0], n)
	for k := len(text); k < width; k++ {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}

// appendOrdinal writes st, nd, rd or th behind a number.
func appendOrdinal(dst []byte, number []byte, letter byte) []byte {
	suffix := "th"
	last := number[len(number)-1]
	if len(number) < 2 || number[len(number)-2] != '1' {
		switch last {
		case '1':
			suffix = "st"
		case '2':
			suffix = "nd"
		case '3':
			suffix = "rd"
		}
	}
	if letter == 'T' {
		suffix = strings.ToUpper(suffix)
	}
	return append(dst, suffix...)
}

func (t *charTime) append(dst []byte, p *piece) ([]byte, error) {
	if p.pattern == "" {
		return append(dst, p.literal...), nil
	}
	if n, width, ok := t.number(p.pattern); ok {
		from := len(dst)
		if n < 0 && (p.pattern == "DD" || p.pattern == "DDD") {
			width-- // the sign counts
		}
		dst = appendPadded(dst, n, width, p.fill)
		if p.ordinal != 0 {
			dst = appendOrdinal(dst, dst[from:], p.ordinal)
		}
		return dst, nil
	}
	name := func(text string, width int) []byte {
		dst = append(dst, text...)
		for k := len(text); k < width && !p.fill && !p.spell; k++ {
			dst = append(dst, ' ')
		}
		return dst
	}
	if t.isInterval {
		switch p.pattern {
		case "DAY", "DY", "MONTH", "MON", "BC", "AD", "B.C.", "A.D.", "D", "ID", "TZ", "TZH", "TZM", "OF":
			return nil, pgerr.New("22007", "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		case "RM":
			if t.month == 0 {
				return dst, nil
			}
		}
	}
	const longestMonth, longestDay, longestRoman = 9, 9, 4
	switch p.pattern {
	case "AM", "PM", "A.M.", "P.M.":
		return append(dst, t.meridian(p.written)...), nil
	case "AD", "BC", "A.D.", "B.C.":
		era := "AD"
		if t.year <= 0 {
			era = "BC"
		}
		return append(dst, dotted(era, p.written)...), nil
	case "MONTH":
		return name(cased(monthNames[t.month-1], p.written), longestMonth), nil
	case "MON":
		return name(cased(monthNames[t.month-1][:3], p.written), 0), nil
	case "DAY":
		return name(cased(dayNames[isoWeekday(t.days)%7], p.written), longestDay), nil
	case "DY":
		return name(cased(dayNames[isoWeekday(t.days)%7][:3], p.written), 0), nil
	case "RM":
		return name(cased(romans[(t.month+11)%12], strings.Repeat(p.written[:1], 2)), longestRoman), nil
	case "Y,YYY":
		year := shownAbs(t.year)
		return appendPadded(append(appendPadded(dst, year/1000, 0, true), ','), year%1000, 3, false), nil
	default:
		return t.appendZone(dst, p), nil
	}
}

// shownAbs is a year without its era.
func shownAbs(year int) int64 {
	if year <= 0 {
		return int64(1 - year)
	}
	return int64(year)
}

func (t *charTime) meridian(written string) string {
	half := "AM"
	if t.hour%24 >= 12 {
		half = "PM"
	}
	return dotted(half, written)
}

// dotted writes two letters as their pattern is: AM, a.m.
func dotted(letters, written string) string {
	if written[0]-'a' <= 25 {
		letters = strings.ToLower(letters)
	}
	if strings.Contains(written, ".") {
		letters = letters[:1] + "." + letters[1:] + "."
	}
	return letters
}

func (t *charTime) appendZone(dst []byte, p *piece) []byte {
	if !t.zoned {
		switch p.pattern {
		case "OF", "TZH":
			dst = append(dst, "+00"...)
		case "TZM":
			dst = append(dst, "00"...)
		}
		return dst
	}
	sign, offset := byte('+'), int64(t.offset)
	if offset < 0 {
		sign, offset = '-', -offset
	}
	switch p.pattern {
	case "TZ":
		if p.written == "tz" {
			return append(dst, strings.ToLower(t.zone)...)
		}
		return append(dst, t.zone...)
	case "TZH":
		return appendPadded(append(dst, sign), offset/3600, 2, false)
	case "TZM":
		return appendPadded(dst, offset/60%60, 2, false)
	default: // OF
		dst = appendPadded(append(dst, sign), offset/3600, 2, p.fill)
		if minutes := offset / 60 % 60; minutes != 0 {
			dst = appendPadded(append(dst, ':'), minutes, 2, false)
		}
		return dst
	}
}

// number is a pattern that is a number, with the width it is filled up to.
func (t *charTime) number(pattern string) (n int64, width int, ok bool) {
	hour12 := (t.hour%12 + 11) % 12
	switch pattern {
	case "HH24":
		return t.hour, 2, true
	case "HH", "HH12":
		if t.isInterval {
			if n := t.hour % 12; n != 0 {
				return n, 2, true
			}
			return 12, 2, true
		}
		return hour12 + 1, 2, true
	case "MI":
		return t.minute, 2, true
	case "SS":
		return t.second, 2, true
	case "MS", "FF3":
		return t.micros / 1000, 3, true
	case "US", "FF6":
		return t.micros, 6, true
	case "FF1":
		return t.micros / 100000, 1, true
	case "FF2":
		return t.micros / 10000, 2, true
	case "FF4":
		return t.micros / 100, 4, true
	case "FF5":
		return t.micros / 10, 5, true
	case "SSSS", "SSSSS":
		return t.hour*3600 + t.minute*60 + t.second, 0, true
	case "MM":
		return int64(t.month), 2, true
	case "DD":
		return int64(t.day), 2, true
	case "CC":
		if t.isInterval {
			return int64(t.year) / 100, 2, true
		}
		return countYears(t.year, 100), 2, true
	case "Q":
		return int64(t.month-1)/3 + 1, 0, t.month > 0
	default:
		return t.calendar(pattern)
	}
}

// calendar are the numbers of days, weeks and years.
func (t *charTime) calendar(pattern string) (n int64, width int, ok bool) {
	year := shownAbs(t.year)
	if t.isInterval {
		year = int64(t.year)
	}
	isoYear, week := isoWeek(t.days)
	dayOfYear := t.days - datetime.Days(t.year, 1, 1) + 1
	switch pattern {
	case "YYYY":
		return year, 4, true
	case "YYY":
		return year % 1000, 3, true
	case "YY":
		return year % 100, 2, true
	case "Y":
		return year % 10, 1, true
	case "IYYY":
		return shownAbs(int(isoYear)), 4, true
	case "IYY":
		return shownAbs(int(isoYear)) % 1000, 3, true
	case "IY":
		return shownAbs(int(isoYear)) % 100, 2, true
	case "I":
		return shownAbs(int(isoYear)) % 10, 1, true
	case "DDD":
		if t.isInterval {
			return t.days, 3, true
		}
		return dayOfYear, 3, true
	case "IDDD":
		return (week-1)*7 + isoWeekday(t.days), 3, true
	case "D":
		return isoWeekday(t.days)%7 + 1, 0, !t.isInterval
	case "ID":
		return isoWeekday(t.days), 0, !t.isInterval
	case "WW":
		return (dayOfYear-1)/7 + 1, 2, true
	case "IW":
		return week, 2, true
	case "W":
		return int64(t.day-1)/7 + 1, 0, true
	case "J":
		if t.isInterval {
			return datetime.Days(t.year, t.month, t.day) + julianEpoch, 0, true
		}
		return t.days + julianEpoch, 0, true
	default:
		return 0, 0, false
	}
}

// charKernel is to_char() of a time.
func charKernel(get func(c *Call, i int) (t charTime, ok bool, err error)) Kernel {
	return perRow(func(c *Call, i int) error {
		pieces := c.template(1, i)
		t, ok, err := get(c, i)
		if err != nil {
			return err
		}
		if !ok || len(c.bytes(1, i)) == 0 {
			c.putNull()
			return nil
		}
		return c.putTime(&t, pieces)
	})
}

// putTime puts a time as a template says.
func (c *Call) putTime(t *charTime, pieces []piece) error {
	dst := c.Out.Data
	for k := range pieces {
		var err error
		if dst, err = t.append(dst, &pieces[k]); err != nil {
			return err
		}
	}
	c.putAppended(dst)
	return nil
}

func charTimestamp(c *Call, i int) (charTime, bool, error) {
	t := c.int(0, i)
	if infiniteTime(t) {
		return charTime{}, false, nil
	}
	return charTimeOf(t), true, nil
}

func charTimestamptz(c *Call, i int) (charTime, bool, error) {
	n := c.int(0, i)
	if infiniteTime(n) {
		return charTime{}, false, nil
	}
	location := c.settings().Location
	local, err := datetime.UTCToLocal(n, location)
	if err != nil {
		return charTime{}, false, err
	}
	t := charTimeOf(local)
	if location == nil {
		location = time.UTC
	}
	t.zone, t.offset = time.UnixMicro(n).In(location).Zone()
	t.zoned = true
	return t, true, nil
}

func charInterval(c *Call, i int) (charTime, bool, error) {
	v := c.interval(0, i)
	t := charTime{isInterval: true, year: int(v.Months / monthsPerYear), month: int(v.Months % monthsPerYear), day: int(v.Days)}
	t.hour, t.minute = v.Micros/datetime.Hour, v.Micros%datetime.Hour/datetime.Minute
	t.second, t.micros = v.Micros%datetime.Minute/datetime.Second, v.Micros%datetime.Second
	t.days = int64(v.Months)*daysPerMonth + int64(v.Days)
	return t, true, nil
}

func charFunctions() []*Function {
	return []*Function{
		def("to_char(timestamp, text) text", charTimestamps, "a time as a template says", "to_char(timestamp '2002-04-20 17:31:12.66', 'HH12:MI:SS') → 05:31:12", "to_char(timestamp '2024-02-29 07:08:09', 'FMDay, DDth Mon YYYY') → Thursday, 29th Feb 2024").stable(),
		def("to_char(timestamptz, text) text", charKernel(charTimestamptz), "a time as a template says, by the session's clocks", "to_char(timestamptz '2024-02-29 07:08:09+00', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS TZ') → 2024-02-29T07:08:09.000 UTC").stable(),
		def("to_char(interval, text) text", charKernel(charInterval), "an interval as a template says", "to_char(interval '15h 2m 12s', 'HH24:MI:SS') → 15:02:12").stable(),
		def("to_char(int4, text) text", numberKernel(numberOfInt), "a number as a template says", "to_char(125, '999') → ' 125'").stable(),
		def("to_char(int8, text) text", numberKernel(numberOfInt), "a number as a template says", "to_char(1234567::int8, '9,999,999') → ' 1,234,567'").stable(),
		def("to_char(float4, text) text", numberKernel(numberOfFloat), "a number as a template says", "to_char(125.8::real, '999D9') → ' 125.8'").stable(),
		def("to_char(float8, text) text", numberKernel(numberOfFloat), "a number as a template says", "to_char(125.8::float8, 'FM999D99') → 125.8").stable(),
		def("to_char(numeric, text) text", numberKernel(numberOfNumeric), "a number as a template says", "to_char(-125.8, '999D99S') → 125.80-").stable(),
		def("to_number(text, text) numeric", perRow(toNumber), "a number read as a template says", "to_number('12,454.8-', '99G999D9S') → -12454.8").stable(),
		def("to_timestamp(text, text) timestamptz", perRow(toTimestamp), "a time read as a template says, by the session's clocks", "to_timestamp('05 Dec 2000 10:11', 'DD Mon YYYY HH24:MI') → 2000-12-05 10:11:00+00").stable(),
		def("to_date(text, text) date", perRow(toDate), "a date read as a template says", "to_date('05 Dec 2000', 'DD Mon YYYY') → 2000-12-05").stable(),
	}
}
