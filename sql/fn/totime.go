package fn

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// readTime are the fields that to_timestamp() and to_date() read (TmFromChar of formatting.c). Zero is what was not there.
type readTime struct {
	hour, minute, second, millis, micros int64
	secondsOfDay                         int64
	year, month, day, dayOfYear          int64
	isoYear, week, isoDay, weekOfMonth   int64
	weekOfYear, century, julian          int64
	yearDigits                           int
	hour12, pm, hasPM, bc, isoWeek       bool
	hasYear, hasIsoYear                  bool
	zoneSign, zoneHour, zoneMinute       int64
}

// timeReader reads a text along a template.
type timeReader struct {
	text   string // what is left
	whole  string
	pieces []piece
	t      readTime
}

func badTimeValue(value, pattern, detail string) error {
	e := pgerr.Newf(pgerr.InvalidDatetimeFormat, `invalid value "%s" for "%s"`, value, pattern)
	if detail != "" {
		e = e.WithDetail("%s", detail)
	}
	return e
}

func isSpaceChar(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// run follows DCH_from_char without FX: spaces do not count, and a separator matches any other or none.
func (r *timeReader) run() error {
	skipped := 0 // characters that were skipped and that the template has not named
	skip := func() {
		for r.text != "" && isSpaceChar(r.text[0]) {
			r.text = r.text[1:]
			skipped++
		}
	}
	for i := range r.pieces {
		p := &r.pieces[i]
		if p.pattern != "" || i == 0 {
			skip()
		}
		switch {
		case r.text == "":
			return nil
		case p.pattern != "":
			if err := r.read(i, skipped); err != nil {
				return err
			}
			if p.ordinal != 0 && len(r.text) >= 2 {
				r.text = r.text[2:]
			}
			skipped = 0
			skip()
		case p.separator:
			skipped--
			if r.text != "" && (isSpaceChar(r.text[0]) || isTemplateSeparator(r.text[:1])) {
				r.text = r.text[1:]
				skipped++
			}
		default:
			for range p.literal {
				if skipped > 0 {
					skipped--
					continue
				}
				_, size := utf8.DecodeRuneInString(r.text)
				r.text = r.text[size:]
			}
		}
	}
	return nil
}

// fieldWidths are how many characters a number has when another follows directly.
var fieldWidths = map[string]int{
	"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "IYY": 3, "IY": 2, "I": 1, "MM": 2, "DD": 2, "DDD": 3, "IDDD": 3, "D": 1, "ID": 1, "HH": 2, "HH12": 2, "HH24": 2,
	"MI": 2, "SS": 2, "MS": 3, "US": 6, "FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6, "SSSS": 5, "SSSSS": 5, "WW": 2, "IW": 2, "W": 1, "Q": 1, "CC": 2,
	"J": 20, "TZH": 2, "TZM": 2,
}

// endsField tells whether what follows piece i cannot be a digit, so that the number may have any length.
func (r *timeReader) endsField(i int) bool {
	if r.pieces[i].fill || i+1 == len(r.pieces) {
		return true
	}
	next := r.pieces[i+1]
	if next.pattern == "" {
		return next.literal == "" || next.literal[0]-'0' > 9
	}
	return fieldWidths[next.pattern] == 0
}

// name is the pattern as errors name it.
func (p *piece) name() string { return p.written }

// number reads a number; digits is how many characters it had.
func (r *timeReader) number(i int) (n int64, digits int, err error) {
	p := r.pieces[i]
	width := fieldWidths[p.pattern]
	text := strings.TrimLeft(r.text, " \t\n\v\f\r")
	r.text = text
	open := r.endsField(i)
	if !open {
		if len(text) < width {
			return 0, 0, pgerr.Newf(pgerr.InvalidDatetimeFormat, `source string too short for "%s" formatting field`, p.name()).
				WithDetail("Field requires %d characters, but only %d remain.", width, len(text)).
				WithHint(`If your source string is not fixed-width, try using the "FM" modifier.`)
		}
		text = text[:width]
	}
	at, minus := 0, false
	if at < len(text) && (text[at] == '-' || text[at] == '+') {
		minus = text[at] == '-'
		at++
	}
	from := at
	const limit = 1 << 31
	for at < len(text) && text[at]-'0' <= 9 {
		n = n*10 + int64(text[at]-'0')
		if n >= limit {
			return 0, 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, `value for "%s" in source string is out of range`, p.name()).
				WithDetail("Value must be in the range %d to %d.", -limit, limit-1)
		}
		at++
	}
	switch {
	case at == from:
		shown := text
		if open {
			shown = text[:min(width, len(text))]
		}
		return 0, 0, badTimeValue(shown, p.name(), "Value must be an integer.")
	case !open && at < width:
		return 0, 0, pgerr.Newf(pgerr.InvalidDatetimeFormat, `invalid value "%s" for "%s"`, text, p.name()).
			WithDetail("Field requires %d characters, but only %d could be parsed.", width, at).
			WithHint(`If your source string is not fixed-width, try using the "FM" modifier.`)
	}
	r.text = r.text[at:]
	if minus {
		n = -n
	}
	return n, at, nil
}

// word reads one of some words, in any case.
func (r *timeReader) word(pattern string, words []string, letters int) (int, error) {
	best, found := 0, -1
	for k, word := range words {
		if letters > 0 {
			word = word[:letters]
		}
		if len(word) > best && len(r.text) >= len(word) && strings.EqualFold(r.text[:len(word)], word) {
			best, found = len(word), k
		}
	}
	if found < 0 {
		shown := r.text
		if at := strings.IndexByte(shown, ' '); at >= 0 {
			shown = shown[:at]
		}
		return 0, badTimeValue(shown, pattern, "The given value did not match any of the allowed values for this field.")
	}
	r.text = r.text[best:]
	return found, nil
}

// read reads piece i; skipped characters before it may be a minus sign that was taken for a separator.
func (r *timeReader) read(i, skipped int) error {
	p := r.pieces[i]
	t := &r.t
	switch p.pattern {
	case "AM", "PM", "A.M.", "P.M.":
		k, err := r.word(p.name(), []string{dotted("AM", p.pattern), dotted("PM", p.pattern)}, 0)
		t.pm, t.hasPM, t.hour12 = k == 1, true, true
		return err
	case "AD", "BC", "A.D.", "B.C.":
		k, err := r.word(p.name(), []string{dotted("AD", p.pattern), dotted("BC", p.pattern)}, 0)
		t.bc = k == 1
		return err
	case "MONTH", "MON":
		letters := 0
		if p.pattern == "MON" {
			letters = 3
		}
		k, err := r.word(p.name(), monthNames, letters)
		t.month = int64(k) + 1
		return err
	case "DAY", "DY":
		letters := 0
		if p.pattern == "DY" {
			letters = 3
		}
		_, err := r.word(p.name(), dayNames, letters)
		return err
	case "RM":
		k, err := r.word(p.name(), romans, 0)
		t.month = int64(k) + 1
		return err
	case "TZ", "OF":
		return pgerr.Newf(pgerr.FeatureNotSupported, `formatting field "%s" is only supported in to_char`, p.name())
	case "TZH":
		t.zoneSign = 1
		if r.text[0] == '-' || r.text[0] == '+' {
			if r.text[0] == '-' {
				t.zoneSign = -1
			}
			r.text = r.text[1:]
		} else if before := r.whole[:len(r.whole)-len(r.text)]; skipped > 0 && strings.HasSuffix(before, "-") {
			t.zoneSign = -1
		}
	case "Y,YYY":
		return r.commaYear()
	}
	n, digits, err := r.number(i)
	if err != nil {
		return err
	}
	return t.set(p.pattern, n, digits)
}

func (r *timeReader) commaYear() error {
	thousands, rest, ok := strings.Cut(r.text, ",")
	if !ok || len(rest) < 3 || strings.Trim(thousands+rest[:3], "0123456789") != "" {
		return pgerr.New(pgerr.InvalidDatetimeFormat, `invalid input string for "Y,YYY"`)
	}
	for _, c := range thousands + rest[:3] {
		r.t.year = r.t.year*10 + int64(c-'0')
	}
	r.t.hasYear, r.t.yearDigits = true, 4
	r.text = rest[3:]
	return nil
}

// nearYear completes a year of few digits: the one that is nearest to 2020.
func nearYear(n int64, digits int) int64 {
	switch {
	case digits >= 4:
		return n
	case digits <= 2 && n < 70:
		return n + 2000
	case digits <= 2 && n < 100:
		return n + 1900
	case n < 520 && digits == 3:
		return n + 2000
	case n < 1000 && digits == 3:
		return n + 1000
	default:
		return n
	}
}

func (t *readTime) set(pattern string, n int64, digits int) error {
	switch pattern {
	case "HH", "HH12":
		t.hour, t.hour12 = n, true
	case "HH24":
		t.hour = n
	case "MI":
		t.minute = n
	case "SS":
		t.second = n
	case "MS":
		t.millis = n * [4]int64{1, 100, 10, 1}[min(digits, 3)]
	case "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		for ; digits < 6; digits++ {
			n *= 10
		}
		t.micros = n
	case "SSSS", "SSSSS":
		t.secondsOfDay = n
	case "YYYY", "YYY", "YY", "Y":
		width := len(pattern)
		if pattern != "YYYY" {
			n = nearYear(n, max(digits, 1))
		} else {
			width = 4
		}
		t.year, t.hasYear, t.yearDigits = n, true, width
	case "IYYY", "IYY", "IY", "I":
		if pattern != "IYYY" {
			n = nearYear(n, digits)
		}
		t.isoYear, t.hasIsoYear = n, true
	case "MM":
		t.month = n
	case "DD":
		t.day = n
	case "DDD", "IDDD":
		t.dayOfYear, t.isoWeek = n, pattern == "IDDD"
	case "ID":
		t.isoDay, t.isoWeek = n, true
	case "IW":
		t.week, t.isoWeek = n, true
	case "WW":
		t.weekOfYear = n
	case "W":
		t.weekOfMonth = n
	case "CC":
		t.century = n
	case "J":
		t.julian = n
	case "TZH":
		t.zoneHour = n
	case "TZM":
		t.zoneMinute = n
	}
	return nil
}

// outside is the error for a field that is out of range.
func (r *timeReader) outside() error {
	return pgerr.Newf(pgerr.DatetimeFieldOverflow, `date/time field value out of range: "%s"`, r.whole)
}

// clock gives the time of day.
func (r *timeReader) clock() (int64, error) {
	t := &r.t
	if t.secondsOfDay > 0 {
		t.hour, t.minute, t.second = t.secondsOfDay/3600, t.secondsOfDay/60%60, t.secondsOfDay%60
	}
	if t.hour12 {
		if t.hour < 1 || t.hour > 12 {
			return 0, pgerr.Newf(pgerr.InvalidDatetimeFormat, `hour "%d" is invalid for the 12-hour clock`, t.hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if t.hour %= 12; t.pm {
			t.hour += 12
		}
	}
	if t.hour < 0 || t.hour >= 24 || t.minute < 0 || t.minute >= 60 || t.second < 0 || t.second >= 60 {
		return 0, r.outside()
	}
	return t.hour*datetime.Hour + t.minute*datetime.Minute + t.second*datetime.Second + t.millis*1000 + t.micros, nil
}

// date gives the day.
func (r *timeReader) date() (int64, error) {
	t := &r.t
	if t.julian > 0 {
		return t.julian - julianEpoch, nil
	}
	year := t.year
	switch {
	case t.hasYear && t.century > 0 && t.yearDigits <= 2:
		year = (t.century-1)*100 + t.year%100
		if t.year%100 == 0 {
			year += 100
		}
	case t.hasYear:
		if t.bc && year > 0 {
			year = 1 - year
		} else if year < 0 {
			year++
		}
	case t.century > 0:
		year = (t.century-1)*100 + 1
	}
	if t.hasIsoYear && t.isoWeek {
		return r.isoDate()
	}
	month, day := max(t.month, 1), max(t.day, 1)
	switch {
	case t.weekOfYear > 0 && t.dayOfYear == 0:
		return datetime.Days(int(year), 1, 1) + (t.weekOfYear-1)*7, nil
	case t.dayOfYear > 0 && t.month == 0 && t.day == 0:
		if t.dayOfYear > 366 {
			return 0, r.outside()
		}
		return datetime.Days(int(year), 1, 1) + t.dayOfYear - 1, nil
	case t.weekOfMonth > 0 && t.day == 0:
		day = (t.weekOfMonth-1)*7 + 1
	}
	if month > monthsPerYear || day > int64(datetime.DaysInMonth(int(year), int(month))) {
		return 0, r.outside()
	}
	days := datetime.Days(int(year), int(month), int(day))
	if days < datetime.MinDate || days >= datetime.EndDate {
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, `date out of range: "%s"`, r.whole)
	}
	return days, nil
}

// isoDate is a date by ISO year and week, or day of the ISO year.
func (r *timeReader) isoDate() (int64, error) {
	t := &r.t
	monday := datetime.Days(int(t.isoYear), 1, 4)
	monday -= isoWeekday(monday) - 1
	switch {
	case t.week > 0:
		if t.week > 53 {
			return 0, r.outside()
		}
		return monday + (t.week-1)*7 + max(t.isoDay, 1) - 1, nil
	case t.dayOfYear > 0:
		return monday + t.dayOfYear - 1, nil
	default:
		return monday, nil
	}
}

func (c *Call) readTime(i int) (*timeReader, error) {
	text := strings.Clone(c.text(0, i))
	r := &timeReader{text: text, whole: text, pieces: c.template(1, i)}
	return r, r.run()
}

func toDate(c *Call, i int) error {
	r, err := c.readTime(i)
	if err != nil {
		return err
	}
	if _, err := r.clock(); err != nil {
		return err
	}
	days, err := r.date()
	if err == nil {
		c.putInt(days)
	}
	return err
}

func toTimestamp(c *Call, i int) error {
	r, err := c.readTime(i)
	if err != nil {
		return err
	}
	micros, err := r.clock()
	if err != nil {
		return err
	}
	days, err := r.date()
	if err != nil {
		return err
	}
	local, err := dateToTimestamp(days)
	if err != nil {
		return datetime.OutOfRange()
	}
	if local, err = checkTimestamp(local, micros); err != nil {
		return err
	}
	location := c.settings().Location
	if r.t.zoneSign != 0 {
		location = time.FixedZone("", int(r.t.zoneSign*(r.t.zoneHour*3600+r.t.zoneMinute*60)))
	}
	t, err := datetime.LocalToUTC(local, location)
	if err == nil {
		c.putInt(t)
	}
	return err
}
