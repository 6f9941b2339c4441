package fn

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// unit is a field of a time, or a length to cut times to.
type unit uint8

const (
	noUnit unit = iota
	unitMicrosecond
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitTimezone
	unitTimezoneHour
	unitTimezoneMinute
	unitDow
	unitIsoDow
	unitDoy
	unitIsoYear
	unitJulian
	unitEpoch
)

// unitWords are the spellings of datetime.c, which looks at ten letters.
var unitWords = map[unit]string{
	unitMicrosecond: "microsecon us usec usecond useconds usecs", unitMillisecond: "millisecon ms msec msecond mseconds msecs",
	unitSecond: "s sec second seconds secs", unitMinute: "m min minute minutes mins", unitHour: "h hour hours hr hrs", unitDay: "d day days",
	unitWeek: "w week weeks", unitMonth: "mon month months mons", unitQuarter: "qtr quarter", unitYear: "y year years yr yrs",
	unitDecade: "dec decade decades decs", unitCentury: "c cent centuries century", unitMillennium: "mil millennia millennium mils",
	unitTimezone: "timezone", unitTimezoneHour: "timezone_h", unitTimezoneMinute: "timezone_m", unitDow: "dow", unitIsoDow: "isodow", unitDoy: "doy",
	unitIsoYear: "isoyear", unitJulian: "j jd julian", unitEpoch: "epoch",
}

var unitOf = func() map[string]unit {
	m := map[string]unit{}
	for u, words := range unitWords {
		for _, word := range strings.Fields(words) {
			m[word] = u
		}
	}
	return m
}()

const unitLetters = 10

// unitCache is the unit of a call site, for the text that was seen last.
type unitCache struct {
	text string
	unit unit
	// zone is for functions that have one too.
	zone zoneCache
}

// unit reads argument k; an unknown one is the error of functions over a type.
func (c *Call) unit(k, i int, of types.OID) (unit, error) {
	cache := scratch[unitCache](c)
	text := c.text(k, i)
	if text != cache.text || cache.unit == noUnit {
		word := strings.ToLower(text)
		cache.text, cache.unit = strings.Clone(text), unitOf[word[:min(len(word), unitLetters)]]
	}
	if cache.unit == noUnit {
		return noUnit, unknownUnit(text, of)
	}
	return cache.unit, nil
}

func unknownUnit(text string, of types.OID) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, `unit "%s" not recognized for type %s`, strings.ToLower(text), types.FormatType(types.Of(of)))
}

// unsupported is the error for a unit that a type does not have.
func (c *Call) unsupported(k, i int, of types.OID) *pgerr.Error {
	return pgerr.Newf(pgerr.FeatureNotSupported, `unit "%s" not supported for type %s`, strings.ToLower(c.text(k, i)), types.FormatType(types.Of(of)))
}
