package types

import (
	"time"

	"github.com/freshetdb/freshet/sql/types/datetime"
)

// Settings are the settings of a session that text forms depend on. They must not change while they are in use.
type Settings struct {
	// ExtraFloatDigits is extra_float_digits, -15 to 3: above 0 floats are written so that reading gives the same float.
	ExtraFloatDigits int
	// ByteaEscape is bytea_output = 'escape'.
	ByteaEscape bool
	// DateOrder is the second part of DateStyle: how 01/02/03 is read. Dates are written in ISO form.
	DateOrder datetime.Order
	// Location is TimeZone; nil is UTC.
	Location *time.Location
	// Now is when the transaction began, in microseconds since 1970-01-01 UTC: what 'now' and 'today' mean as input.
	Now int64
	// Names knows the objects that values of regclass and its relatives are; nil: they are written as numbers.
	Names Names
	// Enums knows the labels of enums; nil: they cannot be read.
	Enums Enums
}

// DefaultSettings are those of a fresh session.
var DefaultSettings = &Settings{ExtraFloatDigits: 1}

// input is what package datetime needs of the settings.
func (s *Settings) input() datetime.Input {
	return datetime.Input{Order: s.DateOrder, Location: s.Location, Now: s.Now}
}
