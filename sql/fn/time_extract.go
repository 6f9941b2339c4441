package fn

import (
	"math"

	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// field is a field of a time as extract() and date_part() give it: an integer divided by 10^scale, and a part of a day of it.
type field struct {
	value int64
	scale int
	// day is a fraction of a day on top, in microseconds, for julian.
	day    int64
	hasDay bool
	// infinite is 1 or -1 for fields that are infinite, null those that have no value then.
	infinite int
	null     bool
}

func whole(n int64) field { return field{value: n} }

// ofLocal is a field of a local time; ok is false if it has none.
func ofLocal(t int64, u unit) (f field, ok bool) {
	days, micros := datetime.Split(t)
	if f, ok := ofClock(micros, u); ok {
		return f, true
	}
	year, month, day := datetime.Civil(days)
	switch u {
	case unitDay:
		return whole(int64(day)), true
	case unitMonth:
		return whole(int64(month)), true
	case unitQuarter:
		return whole(int64((month-1)/3 + 1)), true
	case unitYear:
		return whole(shownYear(year)), true
	case unitDecade:
		return whole(floorDiv(int64(year), 10)), true
	case unitCentury:
		return whole(countYears(year, 100)), true
	case unitMillennium:
		return whole(countYears(year, 1000)), true
	case unitDow:
		return whole(isoWeekday(days) % 7), true
	case unitIsoDow:
		return whole(isoWeekday(days)), true
	case unitDoy:
		return whole(days - datetime.Days(year, 1, 1) + 1), true
	case unitWeek:
		_, week := isoWeek(days)
		return whole(week), true
	case unitIsoYear:
		isoYear, _ := isoWeek(days)
		return whole(shownYear(int(isoYear))), true
	case unitJulian:
		return field{value: days + julianEpoch, day: micros, hasDay: true}, true
	case unitEpoch:
		return field{value: t, scale: 6}, true
	default:
		return field{}, false
	}
}

// julianEpoch is the Julian day of 1970-01-01.
const julianEpoch = 2440588

// shownYear counts without a year 0.
func shownYear(year int) int64 {
	if year > 0 {
		return int64(year)
	}
	return int64(year) - 1
}

// countYears is the century or millennium of a year.
func countYears(year, size int) int64 {
	if year > 0 {
		return int64((year + size - 1) / size)
	}
	return -int64((size - 1 - (year - 1)) / size)
}

// isoWeek is the ISO year and week: weeks begin on Monday, and the first has January 4th.
func isoWeek(days int64) (year, week int64) {
	thursday := days - isoWeekday(days) + 4
	y, _, _ := datetime.Civil(thursday)
	return int64(y), (thursday-datetime.Days(y, 1, 1))/7 + 1
}

// ofClock is a field of a time of day.
func ofClock(micros int64, u unit) (f field, ok bool) {
	switch u {
	case unitMicrosecond:
		return whole(micros % datetime.Minute), true
	case unitMillisecond:
		return field{value: micros % datetime.Minute, scale: 3}, true
	case unitSecond:
		return field{value: micros % datetime.Minute, scale: 6}, true
	case unitMinute:
		return whole(micros % datetime.Hour / datetime.Minute), true
	case unitHour:
		return whole(micros / datetime.Hour), true
	default:
		return field{}, false
	}
}

// ofInfinite is a field of an infinite time.
func ofInfinite(t int64, u unit) (f field, ok bool) {
	switch u {
	case unitYear, unitDecade, unitCentury, unitMillennium, unitJulian, unitIsoYear, unitEpoch:
		if t == datetime.Infinity {
			return field{infinite: 1}, true
		}
		return field{infinite: -1}, true
	default:
		return field{null: true}, true
	}
}

func isZoneUnit(u unit) bool {
	return u == unitTimezone || u == unitTimezoneHour || u == unitTimezoneMinute
}

// ofOffset is a field of a zone's offset, in seconds east of UTC.
func ofOffset(east int64, u unit) (f field, ok bool) {
	switch u {
	case unitTimezone:
		return whole(east), true
	case unitTimezoneHour:
		return whole(east / 3600), true
	case unitTimezoneMinute:
		return whole(east % 3600 / 60), true
	default:
		return field{}, false
	}
}

// extractor gives a field of argument 1.
type extractor struct {
	of  types.OID
	get func(c *Call, i int, u unit) (field, bool)
}

func extractors() []extractor {
	timestamp := func(c *Call, i int, u unit) (field, bool) {
		t := c.int(1, i)
		switch {
		case isZoneUnit(u):
			return field{}, false
		case infiniteTime(t):
			return ofInfinite(t, u)
		}
		return ofLocal(t, u)
	}
	return []extractor{
		{types.OIDTimestamp, timestamp},
		{types.OIDTimestamptz, extractTimestamptz},
		{types.OIDDate, func(c *Call, i int, u unit) (field, bool) {
			t := c.int(1, i)
			switch {
			case isZoneUnit(u) || u <= unitHour:
				return field{}, false
			case infiniteTime(t):
				return ofInfinite(t, u)
			case u == unitJulian:
				return whole(t + julianEpoch), true
			case u == unitEpoch:
				return whole(t * secondsPerDay), true
			case t > datetime.MaxTimestamp/datetime.Day: // beyond timestamps; what is left has no time of day
				return ofFarDate(t, u)
			}
			return ofLocal(t*datetime.Day, u)
		}},
		{types.OIDTime, func(c *Call, i int, u unit) (field, bool) {
			if u == unitEpoch {
				return field{value: c.int(1, i), scale: 6}, true
			}
			return ofClock(c.int(1, i), u)
		}},
		{types.OIDTimetz, func(c *Call, i int, u unit) (field, bool) {
			micros, west := splitTimetz(c.bytes(1, i))
			switch {
			case isZoneUnit(u):
				return ofOffset(int64(-west), u)
			case u == unitEpoch:
				return field{value: micros + int64(west)*datetime.Second, scale: 6}, true
			}
			return ofClock(micros, u)
		}},
		{types.OIDInterval, extractInterval},
	}
}

// ofFarDate is a field of a date that no timestamp reaches: the calendar repeats after 400 years.
func ofFarDate(days int64, u unit) (field, bool) {
	const cycle = 146097
	years := days / cycle * 400
	f, ok := ofLocal(days%cycle*datetime.Day, u)
	switch u {
	case unitYear, unitIsoYear:
		f.value += years
	case unitDecade:
		f.value += years / 10
	case unitCentury:
		f.value += years / 100
	case unitMillennium:
		f.value += years / 1000
	default:
	}
	return f, ok
}

func extractTimestamptz(c *Call, i int, u unit) (field, bool) {
	t := c.int(1, i)
	if infiniteTime(t) {
		return ofInfinite(t, u)
	}
	if u == unitEpoch {
		return field{value: t, scale: 6}, true
	}
	local, err := datetime.UTCToLocal(t, c.settings().Location)
	if err != nil {
		return field{}, false
	}
	if isZoneUnit(u) {
		return ofOffset((local-t)/datetime.Second, u)
	}
	return ofLocal(local, u)
}

func extractInterval(c *Call, i int, u unit) (field, bool) {
	v := c.interval(1, i)
	years, months := int64(v.Months/monthsPerYear), int64(v.Months%monthsPerYear)
	if f, ok := ofClock(v.Micros, u); ok {
		return f, ok
	}
	switch u {
	case unitDay:
		return whole(int64(v.Days)), true
	case unitMonth:
		return whole(months), true
	case unitQuarter:
		return whole(months/3 + 1), true
	case unitYear:
		return whole(years), true
	case unitDecade:
		return whole(years / 10), true
	case unitCentury:
		return whole(years / 100), true
	case unitMillennium:
		return whole(years / 1000), true
	case unitEpoch:
		// A year has 365.25 days, a month 30.
		const yearSeconds, monthSeconds = 31557600, daysPerMonth * secondsPerDay
		return field{value: (years*yearSeconds+months*monthSeconds+int64(v.Days)*secondsPerDay)*datetime.Second + v.Micros, scale: 6}, true
	default:
		return field{}, false
	}
}

// extract gives a numeric.
func (e extractor) extract(c *Call, i int) error {
	u, err := c.unit(0, i, e.of)
	if err != nil {
		return err
	}
	f, ok := e.get(c, i, u)
	switch {
	case !ok:
		return c.unsupported(0, i, e.of)
	case f.null:
		c.putNull()
	case f.infinite > 0:
		c.putNumeric(numeric.Inf)
	case f.infinite < 0:
		c.putNumeric(numeric.NegInf)
	case f.scale == 0 && !f.hasDay:
		c.putAppended(numeric.SmallInt(f.value).Append(c.Out.Data))
	default:
		n := numeric.New(f.value, f.scale)
		if f.hasDay {
			part, err := numeric.Div(numeric.New(f.day, 0), numeric.New(datetime.Day, 0))
			if err != nil {
				return err
			}
			if n, err = numeric.Add(n, part); err != nil {
				return err
			}
		}
		c.putNumeric(n)
	}
	return nil
}

// datePart gives a float.
func (e extractor) datePart(c *Call, i int) error {
	u, err := c.unit(0, i, e.of)
	if err != nil {
		return err
	}
	f, ok := e.get(c, i, u)
	switch {
	case !ok:
		return c.unsupported(0, i, e.of)
	case f.null:
		c.putNull()
		return nil
	}
	x := float64(f.value) / math.Pow10(f.scale)
	if f.scale == 3 || f.scale == 6 && u == unitSecond {
		seconds, rest := f.value/datetime.Second, f.value%datetime.Second
		x = float64(seconds) + float64(rest)/datetime.Second
		if f.scale == 3 {
			x = float64(seconds)*1000 + float64(rest)/1000
		}
	}
	if f.hasDay {
		x += float64(f.day) / datetime.Second / secondsPerDay
	}
	if f.infinite != 0 {
		x = math.Inf(f.infinite)
	}
	c.putFloat(x)
	return nil
}

func extractFunctions() []*Function {
	examples := map[types.OID][2]string{
		types.OIDTimestamp:   {"extract(hour FROM timestamp '2001-02-16 20:38:40') → 20", "date_part('hour', timestamp '2001-02-16 20:38:40') → 20"},
		types.OIDTimestamptz: {"extract(epoch FROM timestamptz '2001-02-16 20:38:40.12-08') → 982384720.120000", "date_part('day', timestamptz '2001-02-16 20:38:40+00') → 16"},
		types.OIDDate:        {"extract(isodow FROM date '2001-02-18') → 7", "date_part('year', date '2001-02-16') → 2001"},
		types.OIDTime:        {"extract(second FROM time '17:12:28.5') → 28.500000", "date_part('milliseconds', time '17:12:28.5') → 28500"},
		types.OIDTimetz:      {"extract(timezone_hour FROM timetz '17:12:28+03') → 3", "date_part('minute', timetz '17:12:28+03') → 12"},
		types.OIDInterval:    {"extract(epoch FROM interval '5 days 3 hours') → 442800.000000", "date_part('hour', interval '4 hours 3 minutes') → 4"},
	}
	var all []*Function
	for _, e := range extractors() {
		info, _ := types.Lookup(e.of)
		fs := []*Function{
			def("extract(text, "+info.Name+") numeric", perRow(e.extract), "a field of a time", examples[e.of][0]),
			def("date_part(text, "+info.Name+") float8", perRow(e.datePart), "a field of a time", examples[e.of][1]),
		}
		for _, f := range fs {
			if e.of == types.OIDTimestamptz {
				f.stable()
			}
		}
		if e.of == types.OIDDate { // date_part of a date is that of the timestamp at its beginning
			fs[1].Kernel = perRow(dateAsTimestamp(extractors()[0]))
		}
		all = append(all, fs...)
	}
	return all
}

func dateAsTimestamp(e extractor) rowFunc {
	get := e.get
	e.get = func(c *Call, i int, u unit) (field, bool) {
		t := c.int(1, i)
		if infiniteTime(t) || isZoneUnit(u) || t > datetime.MaxTimestamp/datetime.Day {
			return get(c, i, u)
		}
		return ofLocal(t*datetime.Day, u)
	}
	return func(c *Call, i int) error {
		if _, err := dateToTimestamp(c.int(1, i)); err != nil {
			return err
		}
		return e.datePart(c, i)
	}
}
