package datetime

import "github.com/freshetdb/freshet/internal/pgerr"

// problem is what was wrong with a text; the DTERR codes of datetime.c.
type problem int

const (
	fine problem = iota
	badFormat
	fieldOverflow
	monthDayOverflow // a hint about DateStyle goes with it
	intervalOverflow
	zoneOverflow
)

// err gives PostgreSQL's error for a problem with a text.
func (p problem) err(text, typeName string) error {
	switch p {
	case fine:
		return nil
	case fieldOverflow, monthDayOverflow:
		e := pgerr.Newf(pgerr.DatetimeFieldOverflow, `date/time field value out of range: "%s"`, text)
		if p == monthDayOverflow {
			e.Hint = `Perhaps you need a different "datestyle" setting.`
		}
		return e
	case intervalOverflow:
		return pgerr.Newf(pgerr.IntervalFieldOverflow, `interval field value out of range: "%s"`, text)
	case zoneOverflow:
		return pgerr.Newf(pgerr.InvalidTimeZoneDisplacement, `time zone displacement out of range: "%s"`, text)
	default:
		return pgerr.Newf(pgerr.InvalidDatetimeFormat, `invalid input syntax for type %s: "%s"`, typeName, text)
	}
}

// badZone is the one problem that names a part of the text.
func badZone(name string) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, `time zone "%s" not recognized`, name)
}
