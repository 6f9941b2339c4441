package format

import (
	"bytes"
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// timeUnit is how many microseconds a number means where a timestamp is expected; 0: numbers are not times.
type timeUnit int64

var timeUnits = map[string]timeUnit{"s": 1_000_000, "ms": 1000, "us": 1}

// What PostgreSQL's timestamps begin with (4713 BC), and the last that is not infinity here, in microseconds since 1970.
const (
	minMicros = -210_866_803_200_000_000
	maxMicros = math.MaxInt64 - 1
)

// micros converts a whole number of the unit.
func (u timeUnit) micros(n int64) (int64, bool) {
	if n == math.MinInt64 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(max(n, -n)), uint64(u))
	if hi != 0 || lo > maxMicros {
		return 0, false
	}
	t := n * int64(u)
	return t, t >= minMicros
}

// text reads a number in decimal notation as a time. What is finer than a microsecond is rounded, as PostgreSQL does with seconds.
func (u timeUnit) text(b []byte) (int64, *pgerr.Error) {
	if n, ok := parseInt(b); ok {
		if t, ok := u.micros(n); ok {
			return t, nil
		}
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: %s", b)
	}
	whole, fraction, scale, ok := splitDecimal(b)
	if !ok && bytes.ContainsAny(b, "eE") {
		digits, err := wholeText(b)
		if err != nil {
			return 0, err
		}
		whole, ok = parseInt(digits)
	}
	if !ok {
		return 0, pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid number for a timestamp: %s", b)
	}
	t, ok := u.micros(whole)
	if !ok {
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: %s", b)
	}
	part := int64(math.Round(float64(fraction) / powersOfTen[scale] * float64(u)))
	if len(b) > 0 && b[0] == '-' {
		part = -part
	}
	return t + part, nil
}

// splitDecimal reads 123.456 as 123 and 456 with scale 3. It knows no exponents, and at most fifteen digits behind the point.
func splitDecimal(b []byte) (whole, fraction int64, scale int, ok bool) {
	point := 0
	for point < len(b) && b[point] != '.' {
		point++
	}
	if point == 0 || point+1 >= len(b) || len(b)-point > 16 || b[point+1] == '-' || b[point+1] == '+' {
		return 0, 0, 0, false
	}
	whole, ok = parseInt(b[:point])
	if !ok {
		return 0, 0, 0, false
	}
	fraction, ok = parseInt(b[point+1:])
	return whole, fraction, len(b) - point - 1, ok
}

// parseTimestamp reads the form that machines write: 2026-01-31T12:34:56.789Z, with a space or T, with up to six digits of a second's
// fraction, and with an offset or without one. All other forms are for the codec. An offset is ignored for timestamps without
// time zone, as in PostgreSQL.
func parseTimestamp(b []byte, withZone bool) (int64, bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	century, ok1 := twoDigits(b[0:])
	year, ok2 := twoDigits(b[2:])
	month, ok3 := twoDigits(b[5:])
	day, ok4 := twoDigits(b[8:])
	hour, ok5 := twoDigits(b[11:])
	minute, ok6 := twoDigits(b[14:])
	second, ok7 := twoDigits(b[17:])
	year += century * 100
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 || year == 0 || month < 1 || month > 12 || day < 1 ||
		day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	t := ((daysFromCivil(year, month, day)*24+hour)*60+minute)*60 + second
	t *= 1_000_000
	rest := b[19:]
	if len(rest) > 0 && rest[0] == '.' {
		n, unit := 1, int64(100_000)
		for ; n < len(rest) && rest[n]-'0' <= 9; n++ {
			t += int64(rest[n]-'0') * unit
			unit /= 10
		}
		if n == 1 || n > 7 {
			return 0, false
		}
		rest = rest[n:]
	}
	offset, ok := parseOffset(rest)
	if withZone {
		t -= offset * 1_000_000
	}
	return t, ok
}

// parseOffset reads nothing, Z, +hh, +hhmm or +hh:mm as seconds east of UTC.
func parseOffset(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	if b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	digits := b[1:]
	var hour, minute int64
	var ok bool
	switch {
	case len(digits) == 2:
		hour, ok = twoDigits(digits)
	case len(digits) == 4, len(digits) == 5 && digits[2] == ':':
		var ok2 bool
		hour, ok2 = twoDigits(digits)
		minute, ok = twoDigits(digits[len(digits)-2:])
		ok = ok && ok2
	default:
		return 0, false
	}
	if !ok || hour > 15 || minute > 59 {
		return 0, false
	}
	seconds := hour*3600 + minute*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func twoDigits(b []byte) (int64, bool) {
	_ = b[1]
	high, low := b[0]-'0', b[1]-'0'
	return int64(high)*10 + int64(low), high <= 9 && low <= 9
}

func daysIn(year, month int64) int64 {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

// daysFromCivil is the number of days from 1970-01-01 (Hinnant, chrono-compatible low-level date algorithms), for years from 1.
func daysFromCivil(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	ofEra := year - era*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return era*146_097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719_468
}
