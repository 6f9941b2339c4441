package fn

import (
	"strings"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// zone is a time zone as a text names it: a location, or an abbreviation whose offset may depend on the time.
type zone struct {
	location     *time.Location
	abbreviation string
	offset       int // of location, if there is an abbreviation
}

// locationAt is the zone for a time.
func (z *zone) locationAt(t int64) *time.Location {
	if z.abbreviation != "" {
		offset, _ := datetime.OffsetOfAbbreviation(z.abbreviation, t)
		if z.location == nil || offset != z.offset {
			z.location, z.offset = time.FixedZone(z.abbreviation, offset), offset
		}
	}
	return z.location
}

// zoneCache is the zone of a call site, for the text that was seen last.
type zoneCache struct {
	text string
	zone zone
	ok   bool
}

func (z *zoneCache) find(text string) (*zone, error) {
	if z.ok && text == z.text {
		return &z.zone, nil
	}
	z.text, z.ok = strings.Clone(text), false
	if _, ok := datetime.OffsetOfAbbreviation(text, 0); ok {
		z.zone, z.ok = zone{abbreviation: z.text}, true
		return &z.zone, nil
	}
	name := z.text
	if name != "" && strings.ContainsRune("+-0123456789", rune(name[0])) {
		name = "<" + name + ">" + name // a POSIX zone without a name
	}
	location, err := datetime.FindZone(name)
	if err != nil {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, `time zone "%s" not recognized`, z.text)
	}
	z.zone, z.ok = zone{location: location}, true
	return &z.zone, nil
}

// zoneOfInterval is a zone that is given by its offset.
func zoneOfInterval(v datetime.Interval) (*time.Location, error) {
	if v.Months != 0 || v.Days != 0 {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, `interval time zone "%s" must not include months or days`, datetime.AppendInterval(nil, v))
	}
	return time.FixedZone("", int(v.Micros/datetime.Second)), nil
}

// zoned makes the kernel of AT TIME ZONE: shift is the conversion.
func zoned(interval bool, shift func(t int64, location *time.Location) (int64, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		t := c.int(1, i)
		if infiniteTime(t) {
			c.putInt(t)
			return nil
		}
		location, err := c.zoneArg(interval, i, t)
		if err != nil {
			return err
		}
		t, err = shift(t, location)
		if err == nil {
			c.putInt(t)
		}
		return err
	})
}

// zoneArg is the time zone that argument 0 is.
func (c *Call) zoneArg(interval bool, i int, t int64) (*time.Location, error) {
	if interval {
		return zoneOfInterval(c.interval(0, i))
	}
	z, err := scratch[zoneCache](c).find(c.text(0, i))
	if err != nil {
		return nil, err
	}
	return z.locationAt(t), nil
}

func zonedTimetz(interval bool) Kernel {
	return perRow(func(c *Call, i int) error {
		location, err := c.zoneArg(interval, i, c.Now)
		if err != nil {
			return err
		}
		_, offset := time.UnixMicro(c.Now).In(location).Zone()
		micros, west := splitTimetz(c.bytes(1, i))
		c.putAppended(joinTimetz(c.Out.Data, ofDay(micros+(int64(west)+int64(offset))*datetime.Second), int32(-offset)))
		return nil
	})
}

func zoneFunctions() []*Function {
	return []*Function{
		def("timezone(text, timestamp) timestamptz", zoned(false, datetime.LocalToUTC), "the moment at which the clocks of a zone show the time: x AT TIME ZONE zone", "timezone('America/Denver', timestamp '2001-02-16 20:38:40') → 2001-02-17 03:38:40+00"),
		def("timezone(text, timestamptz) timestamp", zoned(false, datetime.UTCToLocal), "what the clocks of a zone show: x AT TIME ZONE zone", "timestamptz '2001-02-16 20:38:40-05' AT TIME ZONE 'America/Denver' → 2001-02-16 18:38:40"),
		def("timezone(text, timetz) timetz", zonedTimetz(false), "the time of day in a zone", "timezone('UTC', timetz '05:34:17-05') → 10:34:17+00").stable(),
		def("timezone(interval, timestamp) timestamptz", zoned(true, datetime.LocalToUTC), "the moment at which clocks with an offset from UTC show the time", "timezone(interval '-07:00', timestamp '2001-02-16 20:38:40') → 2001-02-17 03:38:40+00"),
		def("timezone(interval, timestamptz) timestamp", zoned(true, datetime.UTCToLocal), "what clocks with an offset from UTC show", "timezone(interval '-07:00', timestamptz '2001-02-16 20:38:40-05') → 2001-02-16 18:38:40"),
		def("timezone(interval, timetz) timetz", zonedTimetz(true), "the time of day with another offset", "timezone(interval '1 hour', timetz '05:34:17-05') → 11:34:17+01"),
	}
}
