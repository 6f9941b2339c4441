package datetime

import "github.com/freshetdb/freshet/internal/pgerr"

// decode runs a decoder over a text.
func decode(text string, in Input, timeOnly bool, typeName string) (*decoder, error) {
	d := &decoder{in: in, timeOnly: timeOnly}
	if p := d.run(text); p != fine {
		if d.err != nil {
			return nil, d.err
		}
		return nil, p.err(text, typeName)
	}
	return d, nil
}

// validJulian is PostgreSQL's IS_VALID_JULIAN: dates that its day numbers can hold.
func (b *broken) validJulian() bool {
	return (b.year > -4713 || b.year == -4713 && b.month >= 11) && (b.year < 5874898 || b.year == 5874898 && b.month < 6)
}

// ParseDate reads a date: days since 1970-01-01, or an infinity.
func ParseDate(text string, in Input) (int64, error) {
	if days, ok := plainDate(text); ok && len(text) == len(plainForm) {
		return days, nil
	}
	d, err := decode(text, in, false, "date")
	if err != nil {
		return 0, err
	}
	switch d.special {
	case wordLate:
		return Infinity, nil
	case wordEarly:
		return NegInfinity, nil
	case wordEpoch:
		return 0, nil
	}
	days := Days(d.year, d.month, d.day)
	if !d.validJulian() || days < MinDate || days >= EndDate {
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, `date out of range: "%s"`, text)
	}
	return days, nil
}

// ParseTime reads a time of day; a zone in the text is ignored. precision is that of time(p), -1 for none.
func ParseTime(text string, in Input, precision int32) (int64, error) {
	d, err := decode(text, in, true, "time")
	if err != nil {
		return 0, err
	}
	return Round(d.ofDay(), precision), nil
}

// ParseTimetz reads a time of day with a zone: microseconds since midnight there, and the zone's offset in seconds west of UTC.
func ParseTimetz(text string, in Input, precision int32) (micros int64, west int32, err error) {
	d, err := decode(text, in, true, "time with time zone")
	if err != nil {
		return 0, 0, err
	}
	return Round(d.ofDay(), precision), int32(d.west), nil
}

// ParseTimestamp reads a timestamp; a zone in the text is ignored.
func ParseTimestamp(text string, in Input, precision int32) (int64, error) {
	if micros, rest, ok := plainTimestamp(text); ok && rest == "" {
		return Round(micros, precision), nil
	}
	d, err := decode(text, in, false, "timestamp")
	if err != nil {
		return 0, err
	}
	return d.timestamp(text, 0, precision)
}

// ParseTimestamptz reads a timestamp with a zone, by default the session's.
func ParseTimestamptz(text string, in Input, precision int32) (int64, error) {
	if micros, rest, ok := plainTimestamp(text); ok && (rest == "Z" || rest == "+00" || rest == "" && in.Location == nil) {
		return Round(micros, precision), nil
	}
	d, err := decode(text, in, false, "timestamp with time zone")
	if err != nil {
		return 0, err
	}
	return d.timestamp(text, d.west, precision)
}

// timestamp puts the fields together.
func (d *decoder) timestamp(text string, west int, precision int32) (int64, error) {
	switch d.special {
	case wordLate:
		return Infinity, nil
	case wordEarly:
		return NegInfinity, nil
	case wordEpoch:
		return 0, nil
	}
	days := Days(d.year, d.month, d.day)
	const lastDay = MaxTimestamp/Day + 1
	if d.validJulian() && days >= MinDate-1 && days <= lastDay {
		micros, ok := addChecked(days*Day, d.ofDay()+int64(west)*Second)
		if days == lastDay { // its beginning fits, its end does not
			micros, ok = addChecked((days-1)*Day, Day+d.ofDay()+int64(west)*Second)
		}
		if ok && micros >= MinTimestamp && micros <= MaxTimestamp {
			return Round(micros, precision), nil
		}
	}
	return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, `timestamp out of range: "%s"`, text)
}

func addChecked(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (a < 0) != (b < 0) || (sum < 0) == (a < 0)
}

const plainForm = "2006-01-02"

// plainDate reads yyyy-mm-dd at the beginning of the text, which most input is. What it does not take may still be right.
func plainDate(s string) (days int64, ok bool) {
	if len(s) < len(plainForm) || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	year, ok1 := twoDigits(s, 0)
	low, ok2 := twoDigits(s, 2)
	month, ok3 := twoDigits(s, 5)
	day, ok4 := twoDigits(s, 8)
	year = year*100 + low
	if !ok1 || !ok2 || !ok3 || !ok4 || year == 0 || month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month) {
		return 0, false
	}
	return Days(year, month, day), true
}

// plainTimestamp reads yyyy-mm-dd hh:mm:ss with a fraction of up to 6 digits or none, at the beginning of the text.
func plainTimestamp(s string) (micros int64, rest string, ok bool) {
	days, ok := plainDate(s)
	if !ok || len(s) < 19 || s[10] != ' ' && s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, "", false
	}
	hour, ok1 := twoDigits(s, 11)
	minute, ok2 := twoDigits(s, 14)
	second, ok3 := twoDigits(s, 17)
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, "", false
	}
	micros = days*Day + int64(hour)*Hour + int64(minute)*Minute + int64(second)*Second
	s = s[19:]
	if s != "" && s[0] == '.' {
		i, scale := 1, int64(Second)
		for ; i < len(s) && isDigit(s[i]); i++ {
			if scale /= 10; scale == 0 {
				return 0, "", false
			}
			micros += int64(s[i]-'0') * scale
		}
		s = s[i:]
	}
	return micros, s, true
}

func twoDigits(s string, at int) (int, bool) {
	if !isDigit(s[at]) || !isDigit(s[at+1]) {
		return 0, false
	}
	return int(s[at]-'0')*10 + int(s[at+1]-'0'), true
}

// MaxPrecision is the number of digits behind the second that are kept.
const MaxPrecision = 6

// Round rounds microseconds to a number of digits behind the second, half away from zero. A precision below 0 or above 5 and the
// infinities change nothing.
func Round(micros int64, precision int32) int64 {
	if precision < 0 || precision >= MaxPrecision || micros == Infinity || micros == NegInfinity {
		return micros
	}
	scale := [...]int64{1000000, 100000, 10000, 1000, 100, 10}[precision]
	if micros >= 0 {
		if micros > Infinity-scale { // rounding up would not fit
			return micros
		}
		return (micros + scale/2) / scale * scale
	}
	return -((-micros + scale/2) / scale * scale)
}
