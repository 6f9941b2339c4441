package datetime

import (
	"strings"
	"sync"
	"time"

	// The tz database is part of the binary, for machines that have none.
	_ "time/tzdata"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// abbreviation is what a short zone name means: an offset, or the zone to look it up in at the date in question.
type abbreviation struct {
	offset int // seconds east of UTC
	dst    bool
	name   string
}

// zones are the locations that were asked for, by name in lower case.
var zones sync.Map

// FindZone returns the time zone of a name as SET TimeZone takes it: one of the tz database in any case, or a POSIX form without
// daylight saving time, such as FOO+3 (three hours west of UTC). The error is 22023.
func FindZone(name string) (*time.Location, error) {
	location, ok := zoneOf(name)
	if !ok {
		return nil, badZone(name)
	}
	return location, nil
}

// OffsetOfAbbreviation returns the offset of a zone abbreviation, such as EST, at a time; ok is false if it is none.
func OffsetOfAbbreviation(name string, at int64) (secondsEast int, ok bool) {
	a, ok := abbreviations[shortToken(strings.ToLower(name))]
	if !ok || a.name == "" {
		return a.offset, ok
	}
	location, ok := zoneOf(a.name)
	if !ok {
		return 0, false
	}
	_, offset := time.UnixMicro(at).In(location).Zone()
	return offset, true
}

func zoneOf(name string) (*time.Location, bool) {
	lower := strings.ToLower(name)
	if found, ok := zones.Load(lower); ok {
		return found.(*time.Location), true
	}
	location, ok := loadZone(lower)
	if ok {
		zones.Store(lower, location)
	}
	return location, ok
}

func loadZone(lower string) (*time.Location, bool) {
	if lower == "utc" {
		return time.UTC, true
	}
	if canonical, ok := canonicalZone(lower); ok {
		if location, err := time.LoadLocation(canonical); err == nil {
			return location, true
		}
	}
	return posixZone(lower)
}

// zoneIndex finds the spelling of a zone's name.
var zoneIndex = sync.OnceValue(func() map[string]string {
	names := strings.Fields(zoneNames)
	index := make(map[string]string, len(names))
	for _, name := range names {
		index[strings.ToLower(name)] = name
	}
	return index
})

func canonicalZone(lower string) (string, bool) {
	name, ok := zoneIndex()[lower]
	return name, ok
}

// posixZone reads a name, which may be in angle brackets and may be empty, and an offset that counts west of UTC.
func posixZone(s string) (*time.Location, bool) {
	rest := s
	if strings.HasPrefix(s, "<") {
		_, after, found := strings.Cut(s, ">")
		if !found {
			return nil, false
		}
		rest = after
	} else {
		n := strings.IndexAny(rest, "0123456789,+-")
		if n < 0 {
			return nil, false
		}
		rest = rest[n:]
	}
	if rest == "" {
		return nil, false
	}
	sign := 1
	if rest[0] == '+' || rest[0] == '-' {
		if rest[0] == '-' {
			sign = -1
		}
		rest = rest[1:]
	}
	seconds := 0
	const maxHour = 167
	for i, part := range strings.Split(rest, ":") {
		if part == "" || len(part) > 3 || i > 2 || strings.Trim(part, "0123456789") != "" {
			return nil, false
		}
		n := atoi(part)
		if i == 0 && n > maxHour || i > 0 && n > 59 {
			return nil, false
		}
		seconds += n * [...]int{3600, 60, 1}[i]
	}
	return time.FixedZone(strings.ToUpper(s), -sign*seconds), true
}

// offsetAt is the offset of a zone, in seconds east of UTC, at a local time: DetermineTimeZoneOffset. A time that a change of
// the clocks leaves out counts by the offset before the change, one that it repeats by the offset after.
func offsetAt(at broken, location *time.Location) int {
	if location == time.UTC {
		return 0
	}
	local := Days(at.year, at.month, at.day)*86400 + int64(at.hour)*3600 + int64(at.minute)*60 + int64(at.second)
	const daySeconds = 86400
	before := time.Unix(local-daySeconds, 0).In(location)
	_, offset := before.Zone()
	_, change := before.ZoneBounds()
	if change.IsZero() {
		return offset
	}
	boundary := change.Unix()
	_, after := change.Zone()
	asBefore, asAfter := local-int64(offset), local-int64(after)
	switch {
	case asBefore < boundary && asAfter < boundary:
		return offset
	case asBefore > boundary && asAfter >= boundary:
		return after
	case asBefore > asAfter:
		return offset
	default:
		return after
	}
}

// LocalToUTC turns a timestamp without a zone into one with, and is what AT TIME ZONE and casts do.
func LocalToUTC(micros int64, location *time.Location) (int64, error) {
	if micros == Infinity || micros == NegInfinity || location == nil || location == time.UTC {
		return micros, nil
	}
	days, ofDay := Split(micros)
	var at broken
	at.year, at.month, at.day = Civil(days)
	at.hour, at.minute, at.second = int(ofDay/Hour), int(ofDay%Hour/Minute), int(ofDay%Minute/Second)
	return shiftBy(micros, -offsetAt(at, location))
}

// UTCToLocal is the inverse: the time that clocks in the zone show.
func UTCToLocal(micros int64, location *time.Location) (int64, error) {
	if micros == Infinity || micros == NegInfinity || location == nil || location == time.UTC {
		return micros, nil
	}
	_, offset := time.UnixMicro(micros).In(location).Zone()
	return shiftBy(micros, offset)
}

func shiftBy(micros int64, seconds int) (int64, error) {
	shifted, ok := addChecked(micros, int64(seconds)*Second)
	if !ok || shifted < MinTimestamp || shifted > MaxTimestamp {
		return 0, OutOfRange()
	}
	return shifted, nil
}

// OutOfRange is the error for a computed timestamp that cannot be held.
func OutOfRange() error { return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range") }

// maxChanges bounds the search for an abbreviation through the changes of a zone's clocks.
const maxChanges = 500

// abbrevOffsetAt is the offset that an abbreviation stands for in its zone at a local time: the last time it was used before, or
// the first time after.
func abbrevOffsetAt(at broken, abbrev string, location *time.Location) int {
	offset := offsetAt(at, location)
	local := Days(at.year, at.month, at.day)*86400 + int64(at.hour)*3600 + int64(at.minute)*60 + int64(at.second)
	probe := time.Unix(local-int64(offset), 0).In(location)
	for t, n := probe, 0; n < maxChanges; n++ {
		name, found := t.Zone()
		if strings.EqualFold(name, abbrev) {
			return found
		}
		start, _ := t.ZoneBounds()
		if start.IsZero() {
			break
		}
		t = start.Add(-time.Second)
	}
	for t, n := probe, 0; n < maxChanges; n++ {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		t = end
		name, found := t.Zone()
		if strings.EqualFold(name, abbrev) {
			return found
		}
	}
	return offset
}

// fixedOffset tells whether a zone has always had one offset.
func fixedOffset(location *time.Location) (secondsEast int, fixed bool) {
	t := time.Unix(0, 0).In(location)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	return offset, start.IsZero() && end.IsZero()
}

// FixedOffset tells whether a zone (nil is UTC) has always had one offset, which is in seconds east of UTC.
func FixedOffset(location *time.Location) (secondsEast int, fixed bool) {
	if location == nil {
		return 0, true
	}
	return fixedOffset(location)
}
