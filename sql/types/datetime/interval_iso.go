package datetime

import "strings"

// iso decodes the notations of ISO 8601: P1Y2M3DT4H5M6S, P0001-02-03T04:05:06 and P00010203T040506: DecodeISO8601Interval.
func (d *intervalDecoder) iso(text string) problem {
	if len(text) < 2 || text[0] != 'P' {
		return badFormat
	}
	s := text[1:]
	inDate, haveField := true, false
	for s != "" {
		if s[0] == 'T' {
			inDate, haveField = false, false
			s = s[1:]
			continue
		}
		start := s
		value, part, rest, p := number8601(s)
		if p != fine {
			return p
		}
		unit := byte(0)
		s = rest
		if s != "" {
			unit, s = s[0], s[1:]
		}
		width := integerWidth(start)
		if haveField {
			width = 0
		}
		known, ok := d.isoUnit(inDate, unit, value, part)
		switch {
		case known && !ok:
			return fieldOverflow
		case known:
			haveField = true
			continue
		}
		if inDate {
			if s, p = d.isoDate(unit, value, part, width, s, haveField); p != fine {
				return p
			}
			inDate, haveField = false, false
			continue
		}
		return d.isoTime(unit, value, part, width, s, haveField)
	}
	return fine
}

// isoUnit adds a number with a unit letter.
func (d *intervalDecoder) isoUnit(inDate bool, unit byte, value int64, part float64) (known, ok bool) {
	if inDate {
		switch unit {
		case 'Y':
			return true, d.addYears(value, part, 1)
		case 'M':
			return true, d.addMonths(value, part)
		case 'W':
			return true, d.addDays(value, part, 7)
		case 'D':
			return true, add32(&d.days, value, 1) && d.addMicroFraction(part, Day)
		}
		return false, false
	}
	switch unit {
	case 'H':
		return true, d.addMicros(value, part, Hour)
	case 'M':
		return true, d.addMicros(value, part, Minute)
	case 'S':
		return true, d.addMicros(value, part, Second)
	}
	return false, false
}

// isoDate decodes yyyymmdd or yyyy-mm-dd, of which the first number has been read; what follows the T is returned.
func (d *intervalDecoder) isoDate(unit byte, value int64, part float64, width int, s string, haveField bool) (string, problem) {
	if (unit == 'T' || unit == 0) && width == 8 {
		if !add32(&d.years, value/10000, 1) || !add32(&d.months, value/100%100, 1) || !add32(&d.days, value%100, 1) ||
			!d.addMicroFraction(part, Day) {
			return "", fieldOverflow
		}
		return s, fine
	}
	if haveField || unit != 'T' && unit != 0 && unit != '-' {
		return "", badFormat
	}
	if !d.addYears(value, part, 1) {
		return "", fieldOverflow
	}
	if unit != '-' {
		return s, fine
	}
	value, part, s, p := number8601(s)
	if p != fine {
		return "", p
	}
	if !d.addMonths(value, part) {
		return "", fieldOverflow
	}
	switch {
	case s == "":
		return "", fine
	case s[0] == 'T':
		return s[1:], fine
	case s[0] != '-':
		return "", badFormat
	}
	if value, part, s, p = number8601(s[1:]); p != fine {
		return "", p
	}
	if !add32(&d.days, value, 1) || !d.addMicroFraction(part, Day) {
		return "", fieldOverflow
	}
	switch {
	case s == "":
		return "", fine
	case s[0] == 'T':
		return s[1:], fine
	}
	return "", badFormat
}

// isoTime decodes hhmmss or hh:mm:ss, of which the first number has been read.
func (d *intervalDecoder) isoTime(unit byte, value int64, part float64, width int, s string, haveField bool) problem {
	if unit == 0 && width == 6 {
		if !d.addMicros(value/10000, 0, Hour) || !d.addMicros(value/100%100, 0, Minute) || !d.addMicros(value%100, 0, Second) ||
			!d.addMicroFraction(part, 1) {
			return fieldOverflow
		}
		return fine
	}
	if haveField || unit != 0 && unit != ':' {
		return badFormat
	}
	if !d.addMicros(value, part, Hour) {
		return fieldOverflow
	}
	for _, scale := range []int64{Minute, Second} {
		if unit == 0 {
			return fine
		}
		var p problem
		if value, part, s, p = number8601(s); p != fine {
			return p
		}
		if !d.addMicros(value, part, scale) {
			return fieldOverflow
		}
		if s == "" {
			return fine
		}
		if s[0] != ':' || scale == Second {
			return badFormat
		}
		s = s[1:]
	}
	return fine
}

// integerWidth is the number of digits before a point.
func integerWidth(s string) int {
	s = strings.TrimPrefix(s, "-")
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}
