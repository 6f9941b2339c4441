package fn

import (
	"math"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

func (c *Call) interval(k, i int) datetime.Interval { return datetime.DecodeInterval(c.bytes(k, i)) }

func (c *Call) putInterval(v datetime.Interval) { c.putAppended(v.Append(c.Out.Data)) }

func intervalOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
}

func addIntervals(a, b datetime.Interval) (datetime.Interval, error) {
	months, days := int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days)
	micros, ok := addChecked(a.Micros, b.Micros)
	if !ok || months != int64(int32(months)) || days != int64(int32(days)) {
		return datetime.Interval{}, intervalOutOfRange()
	}
	return datetime.Interval{Micros: micros, Days: int32(days), Months: int32(months)}, nil
}

func negateInterval(a datetime.Interval) (datetime.Interval, error) {
	if a.Micros == math.MinInt64 || a.Days == math.MinInt32 || a.Months == math.MinInt32 {
		return datetime.Interval{}, intervalOutOfRange()
	}
	return datetime.Interval{Micros: -a.Micros, Days: -a.Days, Months: -a.Months}, nil
}

func subIntervals(a, b datetime.Interval) (datetime.Interval, error) {
	months, days := int64(a.Months)-int64(b.Months), int64(a.Days)-int64(b.Days)
	micros, ok := subChecked(a.Micros, b.Micros)
	if !ok || months != int64(int32(months)) || days != int64(int32(days)) {
		return datetime.Interval{}, intervalOutOfRange()
	}
	return datetime.Interval{Micros: micros, Days: int32(days), Months: int32(months)}, nil
}

const (
	daysPerMonth  = 30
	monthsPerYear = 12
	secondsPerDay = 86400
)

// roundMicros is TSROUND: seconds, or days, to six digits.
func roundMicros(x float64) float64 { return math.RoundToEven(x*1e6) / 1e6 }

// scaleInterval is interval_mul and interval_div, whose steps of rounding it takes: scale multiplies or divides.
func scaleInterval(a datetime.Interval, scale func(float64) float64) (datetime.Interval, error) {
	fits32 := func(f float64) bool { return f <= math.MaxInt32 && f >= math.MinInt32 }
	months, days := scale(float64(a.Months)), scale(float64(a.Days))
	if !fits32(months) || !fits32(days) {
		return datetime.Interval{}, intervalOutOfRange()
	}
	v := datetime.Interval{Months: int32(months), Days: int32(days)}
	monthDays := roundMicros((months - float64(v.Months)) * daysPerMonth)
	seconds := roundMicros((days - float64(v.Days) + monthDays - math.Trunc(monthDays)) * secondsPerDay)
	if math.Abs(seconds) >= secondsPerDay {
		v.Days += int32(seconds / secondsPerDay)
		seconds -= math.Trunc(seconds/secondsPerDay) * secondsPerDay
	}
	v.Days += int32(monthDays)
	micros := math.RoundToEven(scale(float64(a.Micros)) + seconds*datetime.Second)
	if !(micros >= math.MinInt64 && micros < math.MaxInt64) {
		return datetime.Interval{}, intervalOutOfRange()
	}
	v.Micros = int64(micros)
	return v, nil
}

func multiplyInterval(a datetime.Interval, factor float64) (datetime.Interval, error) {
	return scaleInterval(a, func(x float64) float64 { return x * factor })
}

func divideInterval(a datetime.Interval, factor float64) (datetime.Interval, error) {
	if factor == 0 {
		return datetime.Interval{}, divisionByZero()
	}
	return scaleInterval(a, func(x float64) float64 { return x / factor })
}

// justifyHours turns 24 hours into days, justifyDays 30 days into months, and both have one sign then.
func justifyHours(v datetime.Interval) (datetime.Interval, error) {
	v, ok := carryHours(v)
	if !ok {
		return v, intervalOutOfRange()
	}
	switch {
	case v.Days > 0 && v.Micros < 0:
		v.Micros += datetime.Day
		v.Days--
	case v.Days < 0 && v.Micros > 0:
		v.Micros -= datetime.Day
		v.Days++
	}
	return v, nil
}

func carryHours(v datetime.Interval) (datetime.Interval, bool) {
	days := int64(v.Days) + v.Micros/datetime.Day
	v.Micros %= datetime.Day
	v.Days = int32(days)
	return v, days == int64(v.Days)
}

func carryDays(v datetime.Interval) (datetime.Interval, bool) {
	months := int64(v.Months) + int64(v.Days)/daysPerMonth
	v.Days %= daysPerMonth
	v.Months = int32(months)
	return v, months == int64(v.Months)
}

func justifyDays(v datetime.Interval) (datetime.Interval, error) {
	v, ok := carryDays(v)
	if !ok {
		return v, intervalOutOfRange()
	}
	switch {
	case v.Months > 0 && v.Days < 0:
		v.Days += daysPerMonth
		v.Months--
	case v.Months < 0 && v.Days > 0:
		v.Days -= daysPerMonth
		v.Months++
	}
	return v, nil
}

func justifyInterval(v datetime.Interval) (datetime.Interval, error) {
	// Days are carried first where that keeps them from overflowing.
	if v.Days > 0 && v.Micros > 0 || v.Days < 0 && v.Micros < 0 {
		var ok bool
		if v, ok = carryDays(v); !ok {
			return v, intervalOutOfRange()
		}
	}
	v, ok := carryHours(v)
	if ok {
		v, ok = carryDays(v)
	}
	if !ok {
		return v, intervalOutOfRange()
	}
	switch {
	case v.Months > 0 && (v.Days < 0 || v.Days == 0 && v.Micros < 0):
		v.Days += daysPerMonth
		v.Months--
	case v.Months < 0 && (v.Days > 0 || v.Days == 0 && v.Micros > 0):
		v.Days -= daysPerMonth
		v.Months++
	}
	switch {
	case v.Days > 0 && v.Micros < 0:
		v.Micros += datetime.Day
		v.Days--
	case v.Days < 0 && v.Micros > 0:
		v.Micros -= datetime.Day
		v.Days++
	}
	return v, nil
}

func interval1(f func(a datetime.Interval) (datetime.Interval, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		v, err := f(c.interval(0, i))
		if err == nil {
			c.putInterval(v)
		}
		return err
	})
}

func interval2(f func(a, b datetime.Interval) (datetime.Interval, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		v, err := f(c.interval(0, i), c.interval(1, i))
		if err == nil {
			c.putInterval(v)
		}
		return err
	})
}

// intervalBy makes the kernel of an interval and a number, which are arguments k and 1-k.
func intervalBy(k int, f func(a datetime.Interval, x float64) (datetime.Interval, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		v, err := f(c.interval(k, i), c.float(1-k, i))
		if err == nil {
			c.putInterval(v)
		}
		return err
	})
}

func intervalOperators() []*Operator {
	return []*Operator{
		op("+", "interval", "interval", "interval", interval2(addIntervals), "sum", "interval '1 day' + interval '02:00' → 1 day 02:00:00"),
		op("-", "interval", "interval", "interval", interval2(subIntervals), "difference", "interval '1 day' - interval '02:00' → 1 day -02:00:00"),
		op("*", "interval", "float8", "interval", intervalBy(0, multiplyInterval), "multiple", "interval '1 hour' * 3.5 → 03:30:00"),
		op("*", "float8", "interval", "interval", intervalBy(1, multiplyInterval), "multiple", "2 * interval '1 day' → 2 days"),
		op("/", "interval", "float8", "interval", intervalBy(0, divideInterval), "part", "interval '1 hour' / 1.5 → 00:40:00"),
		op("-", "", "interval", "interval", interval1(negateInterval), "negation", "- interval '23 hours' → -23:00:00"),
		op("+", "interval", "time", "time", timeAndInterval(1, 0, false), "time of day, over midnight", "interval '3 hours' + time '23:00' → 02:00:00"),
		op("+", "time", "interval", "time", timeAndInterval(0, 1, false), "time of day, over midnight", "time '23:00' + interval '3 hours' → 02:00:00"),
		op("-", "time", "interval", "time", timeAndInterval(0, 1, true), "time of day, over midnight", "time '05:00' - interval '2 hours' → 03:00:00"),
		op("+", "interval", "timetz", "timetz", timetzAndInterval(1, 0, false), "time of day, over midnight", "interval '3 hours' + timetz '23:00+01' → 02:00:00+01"),
		op("+", "timetz", "interval", "timetz", timetzAndInterval(0, 1, false), "time of day, over midnight", "timetz '23:00+01' + interval '3 hours' → 02:00:00+01"),
		op("-", "timetz", "interval", "timetz", timetzAndInterval(0, 1, true), "time of day, over midnight", "timetz '05:00+01' - interval '2 hours' → 03:00:00+01"),
		op("-", "time", "time", "interval", perRow(func(c *Call, i int) error {
			c.putInterval(datetime.Interval{Micros: c.int(0, i) - c.int(1, i)})
			return nil
		}), "difference", "time '05:00' - time '03:00' → 02:00:00"),
	}
}

// ofDay moves a time of day over midnight.
func ofDay(micros int64) int64 {
	_, rest := datetime.Split(micros)
	return rest
}

func moveTime(micros int64, v datetime.Interval, minus bool) int64 {
	// The interval's days and months do not count; what is left cannot overflow.
	if minus {
		return ofDay(micros - v.Micros%datetime.Day)
	}
	return ofDay(micros + v.Micros%datetime.Day)
}

func timeAndInterval(t, v int, minus bool) Kernel {
	return perRow(func(c *Call, i int) error {
		c.putInt(moveTime(c.int(t, i), c.interval(v, i), minus))
		return nil
	})
}

func timetzAndInterval(t, v int, minus bool) Kernel {
	return perRow(func(c *Call, i int) error {
		micros, west := splitTimetz(c.bytes(t, i))
		c.putAppended(joinTimetz(c.Out.Data, moveTime(micros, c.interval(v, i), minus), west))
		return nil
	})
}

// withoutMonths tells whether the interval that is argument k has no part whose length varies.
func withoutMonths(k int, zoned bool) func(args []types.Value, s *types.Settings) bool {
	return func(args []types.Value, s *types.Settings) bool {
		v := datetime.DecodeInterval(args[k].Bytes)
		return v.Months == 0 && (v.Days == 0 || !zoned || clocksNeverChange(s))
	}
}
