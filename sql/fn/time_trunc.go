package fn

import (
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// lengths of units that days have a whole number of.
var unitMicros = map[unit]int64{
	unitMicrosecond: 1, unitMillisecond: 1000, unitSecond: datetime.Second, unitMinute: datetime.Minute, unitHour: datetime.Hour, unitDay: datetime.Day,
}

// floorTo cuts down to a multiple.
func floorTo(n, size int64) int64 { return floorDiv(n, size) * size }

// isoWeekday is 1 for Monday to 7 for Sunday.
func isoWeekday(days int64) int64 { return (days + 3) - floorTo(days+3, 7) + 1 }

// truncYear cuts a year down to decades, centuries and millennia; those before Christ count from 1 BC, which is year 0.
func truncYear(year int, u unit) int {
	switch u {
	case unitDecade:
		return int(floorTo(int64(year), 10))
	case unitCentury:
		return centuryStart(year, 100)
	case unitMillennium:
		return centuryStart(year, 1000)
	default:
		return year
	}
}

func centuryStart(year, size int) int {
	if year > 0 {
		return (year+size-1)/size*size - (size - 1)
	}
	return -((size - 1 - (year - 1)) / size * size) + 1
}

// truncLocal cuts a local time down to a unit; ok is false for units that times are not cut to.
func truncLocal(t int64, u unit) (cut int64, ok bool) {
	if size := unitMicros[u]; size > 0 {
		return floorTo(t, size), true
	}
	days, _ := datetime.Split(t)
	year, month, _ := datetime.Civil(days)
	switch u {
	case unitWeek:
		days -= isoWeekday(days) - 1
	case unitMonth:
		days = datetime.Days(year, month, 1)
	case unitQuarter:
		days = datetime.Days(year, (month-1)/3*3+1, 1)
	case unitYear, unitDecade, unitCentury, unitMillennium:
		days = datetime.Days(truncYear(year, u), 1, 1)
	default:
		return 0, false
	}
	return days * datetime.Day, true
}

// truncUnit is the unit to cut to; those that are only fields are unknown here.
func (c *Call) truncUnit(i int, of types.OID) (unit, error) {
	u, err := c.unit(0, i, of)
	if err == nil && u >= unitDow {
		err = unknownUnit(c.text(0, i), of)
	}
	return u, err
}

func truncTimestamp(c *Call, i int) error {
	t := c.int(1, i)
	if infiniteTime(t) {
		c.putInt(t)
		return nil
	}
	u, err := c.truncUnit(i, types.OIDTimestamp)
	if err != nil {
		return err
	}
	cut, ok := truncLocal(t, u)
	switch {
	case !ok:
		return c.unsupported(0, i, types.OIDTimestamp)
	case cut < datetime.MinTimestamp || cut > t:
		return datetime.OutOfRange()
	}
	c.putInt(cut)
	return nil
}

// truncIn cuts in a time zone: down to hours by the offset of the time itself, above by the clocks there.
func truncIn(t int64, u unit, location *time.Location) (cut int64, ok bool, err error) {
	local, err := datetime.UTCToLocal(t, location)
	if err != nil {
		return 0, true, err
	}
	cut, ok = truncLocal(local, u)
	if !ok {
		return 0, false, nil
	}
	if cut < datetime.MinTimestamp || cut > local {
		return 0, true, datetime.OutOfRange()
	}
	if unitMicros[u] > 0 && u != unitDay {
		return cut - local + t, true, nil
	}
	cut, err = datetime.LocalToUTC(cut, location)
	return cut, true, err
}

func truncTimestamptz(c *Call, i int) error {
	t := c.int(1, i)
	if infiniteTime(t) {
		c.putInt(t)
		return nil
	}
	location := c.settings().Location
	if len(c.Args) > 2 {
		zone, err := scratch[unitCache](c).zone.find(c.text(2, i))
		if err != nil {
			return err
		}
		location = zone.locationAt(t)
	}
	u, err := c.truncUnit(i, types.OIDTimestamptz)
	if err != nil {
		return err
	}
	cut, ok, err := truncIn(t, u, location)
	switch {
	case err != nil:
		return err
	case !ok:
		return c.unsupported(0, i, types.OIDTimestamptz)
	}
	c.putInt(cut)
	return nil
}

func truncInterval(c *Call, i int) error {
	u, err := c.truncUnit(i, types.OIDInterval)
	if err != nil {
		return err
	}
	v := c.interval(1, i)
	cutMonths := func(months int32) {
		v.Months, v.Days, v.Micros = v.Months/months*months, 0, 0
	}
	switch u {
	case unitMillennium:
		cutMonths(12000)
	case unitCentury:
		cutMonths(1200)
	case unitDecade:
		cutMonths(120)
	case unitYear:
		cutMonths(monthsPerYear)
	case unitQuarter:
		cutMonths(3)
	case unitMonth:
		cutMonths(1)
	case unitDay:
		v.Micros = 0
	case unitWeek:
		return c.unsupported(0, i, types.OIDInterval).WithDetail("Months usually have fractional weeks.")
	default:
		size := unitMicros[u]
		if size == 0 {
			return c.unsupported(0, i, types.OIDInterval)
		}
		v.Micros = v.Micros / size * size
	}
	c.putInterval(v)
	return nil
}

// dateBin cuts down to multiples of a stride from an origin.
func dateBin(c *Call, i int) error {
	stride, t, origin := c.interval(0, i), c.int(1, i), c.int(2, i)
	switch {
	case infiniteTime(t):
		c.putInt(t)
		return nil
	case infiniteTime(origin):
		return pgerr.New(pgerr.DatetimeFieldOverflow, "origin out of range")
	case stride.Months != 0:
		return pgerr.New(pgerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	size, ok := mulChecked(int64(stride.Days), datetime.Day)
	if ok {
		size, ok = addChecked(size, stride.Micros)
	}
	if !ok {
		return intervalOutOfRange()
	}
	if size <= 0 {
		return pgerr.New(pgerr.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	distance, ok := subChecked(t, origin)
	if !ok {
		return intervalOutOfRange()
	}
	if t, ok = addChecked(origin, floorTo(distance, size)); !ok || t < datetime.MinTimestamp || t > datetime.MaxTimestamp {
		return datetime.OutOfRange()
	}
	c.putInt(t)
	return nil
}
