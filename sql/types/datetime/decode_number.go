package datetime

import (
	"math"
	"strconv"
	"strings"
)

// date decodes a field of three numbers, or two and a month's name: DecodeDate.
func (d *decoder) date(text string) (mask, problem) {
	var parts []string
	for len(text) > 0 {
		for len(text) > 0 && !isDigit(text[0]) && !isAlpha(text[0]) {
			text = text[1:]
		}
		if text == "" {
			return 0, badFormat // it ends with a separator
		}
		is := isAlpha
		if isDigit(text[0]) {
			is = isDigit
		}
		end := 0
		for end < len(text) && is(text[end]) {
			end++
		}
		parts = append(parts, text[:end])
		if text = text[end:]; text != "" {
			text = text[1:] // one character is dropped, whatever it is
		}
	}
	seen, got := d.seen, mask(0)
	textMonth := false
	for i, part := range parts {
		if !isAlpha(part[0]) {
			continue
		}
		t := lookUp(dateTokens, part)
		if t.kind == ignored {
			continue
		}
		if t.kind != monthToken || seen&bit(monthToken) != 0 {
			return 0, badFormat
		}
		d.month, textMonth = t.value, true
		seen |= bit(monthToken)
		got |= bit(monthToken)
		parts[i] = ""
	}
	for _, part := range parts {
		if part == "" {
			continue
		}
		more, p := d.single(part, textMonth, seen)
		if p != fine {
			return 0, p
		}
		if seen&more != 0 {
			return 0, badFormat
		}
		seen |= more
		got |= more
	}
	if seen&^(bit(dayOfYearToken)|bit(zoneToken)) != dateMask {
		return 0, badFormat
	}
	return got, fine
}

// single decodes a number that is one field of a date or a time, by what has been seen: DecodeNumber.
func (d *decoder) single(text string, textMonth bool, seen mask) (mask, problem) {
	value, rest, ok := leadingInt32(text)
	switch {
	case !ok:
		return 0, fieldOverflow
	case rest == text:
		return 0, badFormat
	case rest != "" && rest[0] == '.':
		if len(text)-len(rest) > 2 {
			return d.runTogether(text, seen|dateMask)
		}
		var p problem
		if d.micros, p = fractionalSecond(rest); p != fine {
			return 0, p
		}
	case rest != "":
		return 0, badFormat
	}
	if len(text) == 3 && seen&dateMask == bit(yearToken) && value >= 1 && value <= 366 {
		d.dayOfYear = value
		return bit(dayOfYearToken) | bit(monthToken) | bit(dayToken), fine
	}
	var got tokenKind
	long := len(text) >= 3
	const year, month, day = 1 << yearToken, 1 << monthToken, 1 << dayToken
	switch seen & dateMask {
	case 0:
		switch {
		case long || d.in.Order == YMD:
			got = yearToken
		case d.in.Order == DMY:
			got = dayToken
		default:
			got = monthToken
		}
	case year, day:
		got = monthToken
	case month:
		got = dayToken
		if textMonth && (long || d.in.Order == YMD) {
			got = yearToken
		}
	case year | month:
		got = dayToken
		if textMonth && long && d.twoDigits { // what was taken for the year is the day
			d.day, d.year, d.twoDigits = d.year, value, false
			return bit(dayToken), fine
		}
	case month | day:
		got = yearToken
	case dateMask:
		return d.runTogether(text, seen)
	default:
		return 0, badFormat
	}
	switch got {
	case yearToken:
		d.year = value
		d.twoDigits = len(text) <= 2
	case monthToken:
		d.month = value
	default:
		d.day = value
	}
	return bit(got), fine
}

// runTogether decodes digits without separators: yyyymmdd, hhmmss or hhmm with a fraction: DecodeNumberField.
func (d *decoder) runTogether(text string, seen mask) (mask, problem) {
	if at := strings.IndexByte(text, '.'); at >= 0 {
		if at+1 < len(text) {
			f, err := strconv.ParseFloat(text[at:], 64)
			if err != nil {
				return 0, badFormat
			}
			d.micros = int64(math.RoundToEven(f * 1000000))
		} else {
			d.micros = 0
		}
		text = text[:at]
	} else if seen&dateMask != dateMask && len(text) >= 6 {
		cut := len(text) - 4
		d.day = atoi(text[cut+2:])
		d.month = atoi(text[cut : cut+2])
		d.year = atoi(text[:cut])
		if cut == 2 {
			d.twoDigits = true
		}
		return dateMask, fine
	}
	if seen&timeMask != timeMask {
		switch len(text) {
		case 6:
			d.second = atoi(text[4:])
			d.minute, d.hour = atoi(text[2:4]), atoi(text[:2])
			return timeMask, fine
		case 4:
			d.second = 0
			d.minute, d.hour = atoi(text[2:]), atoi(text[:2])
			return timeMask, fine
		}
	}
	return 0, badFormat
}

// atoi is C's: digits from the beginning, wrapped to 32 bits.
func atoi(s string) int {
	n, _, ok := leadingInt(s, math.MinInt64, math.MaxInt64)
	if !ok {
		n = math.MaxInt64
		if strings.HasPrefix(s, "-") {
			n = math.MinInt64
		}
	}
	return int(int32(n))
}

// clock decodes hh:mm[:ss[.fff]] and mm:ss.fff: DecodeTime.
func (d *decoder) clock(text string) (mask, problem) {
	c, p := decodeClock(text, false)
	if p != fine {
		return 0, p
	}
	if c.hour > math.MaxInt32 {
		return 0, fieldOverflow
	}
	d.hour, d.minute, d.second, d.micros = int(c.hour), c.minute, c.second, c.micros
	return timeMask, fine
}

type clock struct {
	hour           int64
	minute, second int
	micros         int64
}

// decodeClock decodes a time of day or of an interval. minuteToSecond is for intervals of that kind, where 1:02 is that.
func decodeClock(text string, minuteToSecond bool) (c clock, p problem) {
	var ok bool
	if c.hour, text, ok = leadingInt(text, math.MinInt64, math.MaxInt64); !ok {
		return c, fieldOverflow
	}
	if text == "" || text[0] != ':' {
		return c, badFormat
	}
	if c.minute, text, ok = leadingInt32(text[1:]); !ok {
		return c, fieldOverflow
	}
	shift := func() { // the two numbers were minutes and seconds
		c.second, c.minute, c.hour = c.minute, int(int32(c.hour)), 0
	}
	switch {
	case text == "":
		if minuteToSecond {
			shift()
		}
	case text[0] == '.':
		if c.micros, p = fractionalSecond(text); p != fine {
			return c, p
		}
		if c.hour > math.MaxInt32 {
			return c, fieldOverflow
		}
		shift()
	case text[0] == ':':
		if c.second, text, ok = leadingInt32(text[1:]); !ok {
			return c, fieldOverflow
		}
		switch {
		case text == "":
		case text[0] == '.':
			if c.micros, p = fractionalSecond(text); p != fine {
				return c, p
			}
		default:
			return c, badFormat
		}
	default:
		return c, badFormat
	}
	if c.hour < 0 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60 || c.micros < 0 || c.micros > Second {
		return c, fieldOverflow
	}
	return c, fine
}

// decodeOffset decodes +hh[:mm[:ss]] or +hhmm to seconds west of UTC: DecodeTimezone.
func decodeOffset(text string) (west int, p problem) {
	if text == "" || text[0] != '+' && text[0] != '-' {
		return 0, badFormat
	}
	const maxHour = 15
	hour, rest, ok := leadingInt32(text[1:])
	if !ok {
		return 0, zoneOverflow
	}
	minute, second := 0, 0
	switch {
	case rest != "" && rest[0] == ':':
		if minute, rest, ok = leadingInt32(rest[1:]); !ok {
			return 0, zoneOverflow
		}
		if rest != "" && rest[0] == ':' {
			if second, rest, ok = leadingInt32(rest[1:]); !ok {
				return 0, zoneOverflow
			}
		}
	case rest == "" && len(text) > 3:
		minute = hour % 100
		hour /= 100
	}
	if hour < 0 || hour > maxHour || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, zoneOverflow
	}
	if rest != "" {
		return 0, badFormat
	}
	west = -((hour*60+minute)*60 + second)
	if text[0] == '-' {
		west = -west
	}
	return west, fine
}
