package connector

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// parseInteger reads 1000, 1_000 and 1e3.
func parseInteger(s string) (int64, bool) {
	s = strings.ReplaceAll(s, "_", "")
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func parseBoolean(s string) (int64, bool) {
	switch strings.ToLower(s) {
	case "true", "t", "on", "yes", "1":
		return 1, true
	case "false", "f", "off", "no", "0":
		return 0, true
	default:
		return 0, false
	}
}

// durationUnits are in microseconds. A month has no fixed length, so there is none.
var durationUnits = map[string]float64{
	"ns": 0.001, "nanosecond": 0.001, "us": 1, "microsecond": 1, "ms": 1e3, "millisecond": 1e3,
	"s": 1e6, "sec": 1e6, "second": 1e6, "m": 60e6, "min": 60e6, "minute": 60e6,
	"h": 3600e6, "hour": 3600e6, "d": 86400e6, "day": 86400e6, "w": 604800e6, "week": 604800e6,
}

// ParseDuration reads a length of time, as PostgreSQL's intervals without months and Go's durations write it: "30s", "5 min",
// "1 day 2 hours", "100us", "1h30m". off is 0. The answer is in microseconds and never negative; a length that is not a whole
// number of them is refused, as is a number without a unit that is not 0.
func ParseDuration(s string) (micros int64, ok bool) {
	if strings.EqualFold(s, "off") || s == "0" {
		return 0, true
	}
	total := 0.0
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && !unicode.IsDigit(r) })
		if i <= 0 {
			return 0, false
		}
		n, err := strconv.ParseFloat(s[:i], 64)
		if err != nil {
			return 0, false
		}
		s = strings.TrimSpace(s[i:])
		i = strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
		if i < 0 {
			i = len(s)
		}
		word := strings.ToLower(s[:i])
		unit, known := durationUnits[word]
		if !known {
			if unit, known = durationUnits[strings.TrimSuffix(word, "s")]; !known {
				return 0, false
			}
		}
		total += n * unit
		s = s[i:]
	}
	if total != math.Trunc(total) || total > math.MaxInt64/2 {
		return 0, false
	}
	return int64(total), total > 0
}

// ParseTime reads a time in ISO 8601, UTC if it has no offset: microseconds since 1970-01-01 UTC.
func ParseTime(s string) (int64, bool) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", time.DateOnly,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}
