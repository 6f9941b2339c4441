package fn

import (
	"math"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// clock makes the kernel of a function that tells a time.
func clock(now func(c *Call) int64) Kernel {
	return func(c *Call) {
		fill(grow(&c.Out.Ints, c.Rows), now(c))
	}
}

func transactionTime(c *Call) int64 { return c.Now }

func statementTime(c *Call) int64 {
	if c.StatementNow != 0 {
		return c.StatementNow
	}
	return c.Now
}

// brokenTime is a local time in its fields.
type brokenTime struct {
	year, month, day int
	micros           int64 // of the day
}

func breakTime(t int64) brokenTime {
	days, micros := datetime.Split(t)
	b := brokenTime{micros: micros}
	b.year, b.month, b.day = datetime.Civil(days)
	return b
}

// age is timestamp_age: the difference in years, months and days, as one counts birthdays.
func age(a, b int64) (datetime.Interval, error) {
	if infiniteTime(a) || infiniteTime(b) {
		return datetime.Interval{}, datetime.OutOfRange()
	}
	later, earlier, sign := breakTime(a), breakTime(b), 1
	if a < b {
		later, earlier, sign = earlier, later, -1
	}
	years, months, days, micros := later.year-earlier.year, later.month-earlier.month, later.day-earlier.day, later.micros-earlier.micros
	if micros < 0 {
		micros += datetime.Day
		days--
	}
	for days < 0 {
		days += datetime.DaysInMonth(earlier.year, earlier.month)
		months--
	}
	if months < 0 {
		months += monthsPerYear
		years--
	}
	return datetime.Interval{Months: int32(sign * (years*monthsPerYear + months)), Days: int32(sign * days), Micros: int64(sign) * micros}, nil
}

// ageKernel is age() of two times, or of today and one.
func ageKernel(zoned bool) Kernel {
	return perRow(func(c *Call, i int) error {
		location := c.settings().Location
		a, b := c.int(0, i), c.int(len(c.Args)-1, i)
		var err error
		if len(c.Args) == 1 {
			if a, err = datetime.UTCToLocal(c.Now, location); err != nil {
				return err
			}
			a = floorTo(a, datetime.Day)
		} else if zoned {
			if a, err = datetime.UTCToLocal(a, location); err != nil {
				return err
			}
		}
		if zoned {
			if b, err = datetime.UTCToLocal(b, location); err != nil {
				return err
			}
		}
		v, err := age(a, b)
		if err == nil {
			c.putInterval(v)
		}
		return err
	})
}

// makeDate checks the fields of a date; years before Christ are negative.
func makeDate(year, month, day int64) (int64, error) {
	bad := func() error {
		return pgerr.Newf(pgerr.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", year, month, day)
	}
	y := year
	switch {
	case year < 0:
		y = year + 1
	case year == 0:
		return 0, bad()
	}
	if month < 1 || month > monthsPerYear || day < 1 || day > int64(datetime.DaysInMonth(int(y), int(month))) {
		return 0, bad()
	}
	days := datetime.Days(int(y), int(month), int(day))
	if days < datetime.MinDate || days >= datetime.EndDate {
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", year, month, day)
	}
	return days, nil
}

func makeTime(hour, minute int64, second float64) (int64, error) {
	bad := hour < 0 || minute < 0 || minute > 59 || hour > 24 || math.IsNaN(second) || second < 0 || second > 60
	if !bad {
		micros := hour*datetime.Hour + minute*datetime.Minute + int64(math.RoundToEven(second*datetime.Second))
		if micros <= datetime.Day {
			return micros, nil
		}
	}
	return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%02s", hour, minute, formatG(second))
}

// formatG writes a number as C's %g does.
func formatG(x float64) string {
	s := string(appendText(nil, types.Of(types.OIDFloat8), types.FloatValue(x), &types.Settings{ExtraFloatDigits: -9}))
	return s
}

func (c *Call) madeTimestamp(i int) (int64, error) {
	days, err := makeDate(c.int(0, i), c.int(1, i), c.int(2, i))
	if err != nil {
		return 0, err
	}
	micros, err := makeTime(c.int(3, i), c.int(4, i), c.float(5, i))
	if err != nil {
		return 0, err
	}
	t, err := dateToTimestamp(days)
	if err != nil {
		return 0, datetime.OutOfRange()
	}
	return checkTimestamp(t, micros)
}

func makeTimestamptz(c *Call, i int) error {
	t, err := c.madeTimestamp(i)
	if err != nil {
		return err
	}
	location := c.settings().Location
	if len(c.Args) > 6 {
		z, err := scratch[zoneCache](c).find(c.text(6, i))
		if err != nil {
			return err
		}
		location = z.locationAt(t)
	}
	if t, err = datetime.LocalToUTC(t, location); err == nil {
		c.putInt(t)
	}
	return err
}

func makeInterval(c *Call, i int) error {
	years, months, weeks, days := c.int(0, i), c.int(1, i), c.int(2, i), c.int(3, i)
	hours, minutes, seconds := c.int(4, i), c.int(5, i), c.float(6, i)
	if inf(seconds) || math.IsNaN(seconds) {
		return intervalOutOfRange()
	}
	allMonths, allDays := years*monthsPerYear+months, weeks*7+days
	micros := math.RoundToEven(seconds * datetime.Second)
	if allMonths != int64(int32(allMonths)) || allDays != int64(int32(allDays)) || math.Abs(micros) >= math.MaxInt64 {
		return intervalOutOfRange()
	}
	total, ok := addChecked(hours*datetime.Hour+minutes*datetime.Minute, int64(micros))
	if !ok {
		return intervalOutOfRange()
	}
	c.putInterval(datetime.Interval{Months: int32(allMonths), Days: int32(allDays), Micros: total})
	return nil
}

// fromEpoch is to_timestamp(float8), with PostgreSQL's roundings, which count from 2000.
func fromEpoch(c *Call, i int) error {
	x := c.float(0, i)
	const epoch2000 = 946684800
	switch {
	case math.IsNaN(x):
		return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(x, 1):
		c.putInt(datetime.Infinity)
		return nil
	case math.IsInf(x, -1):
		c.putInt(datetime.NegInfinity)
		return nil
	case x < datetime.MinDate*secondsPerDay || x >= datetime.MaxTimestamp/datetime.Second:
		return pgerr.Newf(pgerr.DatetimeFieldOverflow, `timestamp out of range: "%s"`, formatG(x))
	}
	c.putInt(int64(math.RoundToEven((x-epoch2000)*datetime.Second)) + epoch2000*datetime.Second)
	return nil
}

func isFiniteTime(c *Call, i int) error {
	c.putBool(!infiniteTime(c.int(0, i)))
	return nil
}

func timeFunctions() []*Function {
	return []*Function{
		def("now() timestamptz", clock(transactionTime), "when the transaction began, or the time of the tick").stable(),
		def("transaction_timestamp() timestamptz", clock(transactionTime), "when the transaction began, or the time of the tick").stable(),
		def("statement_timestamp() timestamptz", clock(statementTime), "when the statement began").stable(),
		def("clock_timestamp() timestamptz", clock(func(*Call) int64 { return time.Now().UnixMicro() }), "the time of day").volatile(),
		def("date_trunc(text, timestamp) timestamp", perRow(truncTimestamp), "cut down to a unit: microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year, decade, century, millennium", "date_trunc('hour', timestamp '2001-02-16 20:38:40') → 2001-02-16 20:00:00").rising(1, nil),
		def("date_trunc(text, timestamptz) timestamptz", perRow(truncTimestamptz), "cut down to a unit, by the session's clocks", "date_trunc('day', timestamptz '2001-02-16 20:38:40+00') → 2001-02-16 00:00:00+00").stable().rising(1, nil),
		def("date_trunc(text, timestamptz, text) timestamptz", perRow(truncTimestamptz), "cut down to a unit, by the clocks of a zone", "date_trunc('day', timestamptz '2001-02-16 20:38:40+00', 'Australia/Sydney') → 2001-02-16 13:00:00+00").rising(1, nil),
		def("date_trunc(text, interval) interval", perRow(truncInterval), "cut to a unit", "date_trunc('hour', interval '2 days 3 hours 40 minutes') → 2 days 03:00:00"),
		def("date_bin(interval, timestamp, timestamp) timestamp", perRow(dateBin), "the beginning of the stretch that a time is in; they follow one another from an origin", "date_bin('15 minutes', timestamp '2001-02-16 20:38:40', timestamp '2001-02-16 20:05:00') → 2001-02-16 20:35:00").rising(1, nil),
		def("date_bin(interval, timestamptz, timestamptz) timestamptz", perRow(dateBin), "the beginning of the stretch that a time is in; they follow one another from an origin", "date_bin('1 day', timestamptz '2001-02-16 20:38:40+00', 'epoch') → 2001-02-16 00:00:00+00").rising(1, nil),
		def("age(timestamp, timestamp) interval", ageKernel(false), "the difference in years, months and days", "age(timestamp '2001-04-10', timestamp '1957-06-13') → 43 years 9 mons 27 days"),
		def("age(timestamptz, timestamptz) interval", ageKernel(true), "the difference in years, months and days, by the session's clocks", "age(timestamptz '2001-04-10+00', timestamptz '1957-06-13+00') → 43 years 9 mons 27 days").stable(),
		def("age(timestamp) interval", ageKernel(false), "the difference to the beginning of this day").stable(),
		def("age(timestamptz) interval", ageKernel(true), "the difference to the beginning of this day, by the session's clocks").stable(),
		def("make_date(year int4, month int4, day int4) date", perRow(func(c *Call, i int) error {
			days, err := makeDate(c.int(0, i), c.int(1, i), c.int(2, i))
			if err == nil {
				c.putInt(days)
			}
			return err
		}), "a date of its fields", "make_date(2013, 7, 15) → 2013-07-15"),
		def("make_time(hour int4, min int4, sec float8) time", perRow(func(c *Call, i int) error {
			micros, err := makeTime(c.int(0, i), c.int(1, i), c.float(2, i))
			if err == nil {
				c.putInt(micros)
			}
			return err
		}), "a time of day of its fields", "make_time(8, 15, 23.5) → 08:15:23.5"),
		def("make_timestamp(year int4, month int4, mday int4, hour int4, min int4, sec float8) timestamp", perRow(func(c *Call, i int) error {
			t, err := c.madeTimestamp(i)
			if err == nil {
				c.putInt(t)
			}
			return err
		}), "a timestamp of its fields", "make_timestamp(2013, 7, 15, 8, 15, 23.5) → 2013-07-15 08:15:23.5"),
		def("make_timestamptz(year int4, month int4, mday int4, hour int4, min int4, sec float8) timestamptz", perRow(makeTimestamptz), "a timestamp of its fields by the session's clocks", "make_timestamptz(2013, 7, 15, 8, 15, 23.5) → 2013-07-15 08:15:23.5+00").stable(),
		def("make_timestamptz(year int4, month int4, mday int4, hour int4, min int4, sec float8, timezone text) timestamptz", perRow(makeTimestamptz), "a timestamp of its fields by the clocks of a zone", "make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'America/New_York') → 2013-07-15 12:15:23.5+00"),
		def("make_interval(years int4 = 0, months int4 = 0, weeks int4 = 0, days int4 = 0, hours int4 = 0, mins int4 = 0, secs float8 = 0) interval", perRow(makeInterval), "an interval of its fields", "make_interval(days => 10, hours => 2) → 10 days 02:00:00", "make_interval(1, 2) → 1 year 2 mons"),
		def("to_timestamp(float8) timestamptz", perRow(fromEpoch), "the time that is a number of seconds after 1970-01-01 00:00 UTC", "to_timestamp(1284352323.5) → 2010-09-13 04:32:03.5+00").rising(0, nil),
		def("justify_days(interval) interval", interval1(justifyDays), "with 30 days as a month", "justify_days(interval '1 year 65 days') → 1 year 2 mons 5 days"),
		def("justify_hours(interval) interval", interval1(justifyHours), "with 24 hours as a day", "justify_hours(interval '50 hours 10 minutes') → 2 days 02:10:00"),
		def("justify_interval(interval) interval", interval1(justifyInterval), "with both, and one sign", "justify_interval(interval '1 mon -1 hour') → 29 days 23:00:00"),
		def("isfinite(date) bool", perRow(isFiniteTime), "whether a date is not infinite", "isfinite(date '2001-02-16') → t"),
		def("isfinite(timestamp) bool", perRow(isFiniteTime), "whether a time is not infinite", "isfinite(timestamp 'infinity') → f"),
		def("isfinite(timestamptz) bool", perRow(isFiniteTime), "whether a time is not infinite", "isfinite(timestamptz '-infinity') → f"),
		def("isfinite(interval) bool", func(c *Call) { fill(grow(&c.Out.Bools, c.Rows), true) }, "whether an interval is not infinite; none is", "isfinite(interval '4 hours') → t"),
	}
}
