package fn

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// timetz is 8 bytes of microseconds since midnight and 4 of seconds west of UTC (sql/types).

func splitTimetz(b []byte) (micros int64, west int32) {
	if len(b) < 12 {
		return 0, 0
	}
	return int64(binary.BigEndian.Uint64(b)), int32(binary.BigEndian.Uint32(b[8:]))
}

func joinTimetz(dst []byte, micros int64, west int32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(micros)), uint32(west))
}

// checkTimestamp adds to a timestamp.
func checkTimestamp(t, micros int64) (int64, error) {
	t, ok := addChecked(t, micros)
	if !ok || t < datetime.MinTimestamp || t > datetime.MaxTimestamp {
		return 0, datetime.OutOfRange()
	}
	return t, nil
}

// addCalendar adds months and days to a local time; a day that the month does not have is its last.
func addCalendar(local int64, months, days int32) (int64, error) {
	date, rest := datetime.Split(local)
	if months != 0 {
		year, month, day := datetime.Civil(date)
		total := int64(month-1) + int64(months)
		year += int(floorDiv(total, monthsPerYear))
		month = int(total-floorDiv(total, monthsPerYear)*monthsPerYear) + 1
		date = datetime.Days(year, month, min(day, datetime.DaysInMonth(year, month)))
		if date < datetime.MinDate || date > datetime.MaxTimestamp/datetime.Day {
			return 0, datetime.OutOfRange()
		}
	}
	date += int64(days)
	if date < datetime.MinDate || date > datetime.MaxTimestamp/datetime.Day {
		return 0, datetime.OutOfRange()
	}
	return checkTimestamp(date*datetime.Day, rest)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// addInterval adds to a timestamp without a zone.
func addInterval(t int64, v datetime.Interval) (int64, error) {
	if infiniteTime(t) {
		return t, nil
	}
	if v.Months != 0 || v.Days != 0 {
		var err error
		if t, err = addCalendar(t, v.Months, v.Days); err != nil {
			return 0, err
		}
	}
	return checkTimestamp(t, v.Micros)
}

// addIntervalIn adds to a timestamp with a zone: months and days by the clocks of a zone, each on its own.
func addIntervalIn(t int64, v datetime.Interval, location *time.Location) (int64, error) {
	if infiniteTime(t) {
		return t, nil
	}
	for _, part := range [2]datetime.Interval{{Months: v.Months}, {Days: v.Days}} {
		if part.Months == 0 && part.Days == 0 {
			continue
		}
		local, err := datetime.UTCToLocal(t, location)
		if err == nil {
			local, err = addCalendar(local, part.Months, part.Days)
		}
		if err == nil {
			t, err = datetime.LocalToUTC(local, location)
		}
		if err != nil {
			return 0, err
		}
	}
	return checkTimestamp(t, v.Micros)
}

// timeInterval makes the kernel of a time and an interval, which are arguments t and v.
func timeInterval(t, v int, minus, zoned bool, toTimestamp func(int64) (int64, error)) Kernel {
	general := perRow(func(c *Call, i int) error {
		n, span := c.int(t, i), c.interval(v, i)
		var err error
		if toTimestamp != nil {
			if n, err = toTimestamp(n); err != nil {
				return err
			}
		}
		if minus && !infiniteTime(n) {
			if span, err = negateInterval(span); err != nil {
				return datetime.OutOfRange()
			}
		}
		if zoned {
			n, err = addIntervalIn(n, span, c.settings().Location)
		} else {
			n, err = addInterval(n, span)
		}
		if err == nil {
			c.putInt(n)
		}
		return err
	})
	if toTimestamp != nil {
		return general
	}
	return func(c *Call) {
		if !moveTimes(c, t, v, minus) {
			general(c)
		}
	}
}

// moveTimes computes what is most frequent, timestamps and one interval without months and days, and tells whether it was that.
func moveTimes(c *Call, t, v int, minus bool) bool {
	times := c.Args[t]
	if !c.Args[v].Const || c.Args[v].IsNull(0) || times.Const || times.HasNulls() {
		return false
	}
	span := c.interval(v, 0)
	micros := span.Micros
	const small = 1 << 50 // microseconds: 35 years
	if span.Months != 0 || span.Days != 0 || micros < -small || micros > small {
		return false
	}
	if minus {
		micros = -micros
	}
	base := len(c.Out.Ints)
	all := slices.Grow(c.Out.Ints, c.Rows)[:base+c.Rows]
	out := all[base:]
	for i, n := range times.Ints[:len(out)] {
		if n <= datetime.MinTimestamp+small || n >= datetime.MaxTimestamp-small {
			return false
		}
		out[i] = n + micros
	}
	c.Out.Ints = all
	return true
}

// difference is that of two timestamps: days of 24 hours and a time.
func difference(a, b int64) (datetime.Interval, error) {
	if infiniteTime(a) || infiniteTime(b) {
		return datetime.Interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	d, ok := subChecked(a, b)
	if !ok {
		return datetime.Interval{}, intervalOutOfRange()
	}
	return justifyHours(datetime.Interval{Micros: d})
}

func minusTimestamps(c *Call, i int) error {
	v, err := difference(c.int(0, i), c.int(1, i))
	if err == nil {
		c.putInterval(v)
	}
	return err
}

// moveDate adds days to a date.
func moveDate(date, days int64) (int64, error) {
	if infiniteTime(date) {
		return date, nil
	}
	date += days
	if date < datetime.MinDate || date >= datetime.EndDate {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
	}
	return date, nil
}

func dateDays(date, days int, sign int64) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := moveDate(c.int(date, i), sign*c.int(days, i))
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

func minusDates(c *Call, i int) error {
	a, b := c.int(0, i), c.int(1, i)
	if infiniteTime(a) || infiniteTime(b) {
		return pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
	}
	if a-b > math.MaxInt32 || a-b < math.MinInt32 {
		return pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
	}
	c.putInt(a - b)
	return nil
}

// dateAndTime joins a date and a time of day.
func dateAndTime(date, t int) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := dateToTimestamp(c.int(date, i))
		if err == nil && !infiniteTime(n) {
			n, err = checkTimestamp(n, c.int(t, i))
		}
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

func dateAndTimetz(date, t int) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := dateToTimestamp(c.int(date, i))
		if err == nil && !infiniteTime(n) {
			micros, west := splitTimetz(c.bytes(t, i))
			n, err = checkTimestamp(n, micros+int64(west)*datetime.Second)
		}
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

func timeOperators() []*Operator {
	rising := func(o *Operator, t, v int, zoned bool) *Operator {
		return o.with(func(f *Function) *Function {
			if zoned {
				f.stable()
			}
			return f.rising(t, withoutMonths(v, zoned))
		})
	}
	risingDate := func(o *Operator, date int) *Operator {
		return o.with(func(f *Function) *Function { return f.rising(date, nil) })
	}
	return []*Operator{
		rising(op("+", "timestamp", "interval", "timestamp", timeInterval(0, 1, false, false, nil), "later time", "timestamp '2024-01-31 10:00' + interval '1 month' → 2024-02-29 10:00:00"), 0, 1, false),
		rising(op("+", "interval", "timestamp", "timestamp", timeInterval(1, 0, false, false, nil), "later time", "interval '1 day' + timestamp '2024-01-31 10:00' → 2024-02-01 10:00:00"), 1, 0, false),
		rising(op("-", "timestamp", "interval", "timestamp", timeInterval(0, 1, true, false, nil), "earlier time", "timestamp '2024-01-31 10:00' - interval '23 hours' → 2024-01-30 11:00:00"), 0, 1, false),
		rising(op("+", "timestamptz", "interval", "timestamptz", timeInterval(0, 1, false, true, nil), "later time; months and days by the session's clocks", "timestamptz '2024-01-31 10:00+00' + interval '1 day' → 2024-02-01 10:00:00+00"), 0, 1, true),
		rising(op("+", "interval", "timestamptz", "timestamptz", timeInterval(1, 0, false, true, nil), "later time; months and days by the session's clocks", "interval '1 day' + timestamptz '2024-01-31 10:00+00' → 2024-02-01 10:00:00+00"), 1, 0, true),
		rising(op("-", "timestamptz", "interval", "timestamptz", timeInterval(0, 1, true, true, nil), "earlier time; months and days by the session's clocks", "timestamptz '2024-01-31 10:00+00' - interval '1 day' → 2024-01-30 10:00:00+00"), 0, 1, true),
		rising(op("+", "date", "interval", "timestamp", timeInterval(0, 1, false, false, dateToTimestamp), "later time", "date '2001-09-28' + interval '1 hour' → 2001-09-28 01:00:00"), 0, 1, false),
		rising(op("+", "interval", "date", "timestamp", timeInterval(1, 0, false, false, dateToTimestamp), "later time", "interval '1 hour' + date '2001-09-28' → 2001-09-28 01:00:00"), 1, 0, false),
		rising(op("-", "date", "interval", "timestamp", timeInterval(0, 1, true, false, dateToTimestamp), "earlier time", "date '2001-09-28' - interval '1 hour' → 2001-09-27 23:00:00"), 0, 1, false),
		op("-", "timestamp", "timestamp", "interval", perRow(minusTimestamps), "difference, in days of 24 hours", "timestamp '2001-09-29 03:00' - timestamp '2001-07-27 12:00' → 63 days 15:00:00"),
		op("-", "timestamptz", "timestamptz", "interval", perRow(minusTimestamps), "difference, in days of 24 hours", "timestamptz '2001-09-29 03:00+00' - timestamptz '2001-07-27 12:00+00' → 63 days 15:00:00"),
		risingDate(op("+", "date", "int4", "date", dateDays(0, 1, 1), "later date", "date '2001-09-28' + 7 → 2001-10-05"), 0),
		risingDate(op("+", "int4", "date", "date", dateDays(1, 0, 1), "later date", "7 + date '2001-09-28' → 2001-10-05"), 1),
		risingDate(op("-", "date", "int4", "date", dateDays(0, 1, -1), "earlier date", "date '2001-10-01' - 7 → 2001-09-24"), 0),
		op("-", "date", "date", "int4", perRow(minusDates), "days between", "date '2001-10-01' - date '2001-09-28' → 3"),
		op("+", "date", "time", "timestamp", dateAndTime(0, 1), "date and time", "date '2001-09-28' + time '03:00' → 2001-09-28 03:00:00"),
		op("+", "time", "date", "timestamp", dateAndTime(1, 0), "date and time", "time '03:00' + date '2001-09-28' → 2001-09-28 03:00:00"),
		op("+", "date", "timetz", "timestamptz", dateAndTimetz(0, 1), "date and time", "date '2001-09-28' + timetz '03:00+01' → 2001-09-28 02:00:00+00"),
		op("+", "timetz", "date", "timestamptz", dateAndTimetz(1, 0), "date and time", "timetz '03:00+01' + date '2001-09-28' → 2001-09-28 02:00:00+00"),
	}
}
