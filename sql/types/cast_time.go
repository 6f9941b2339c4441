package types

import (
	"time"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

func infinite(n int64) bool { return n == datetime.Infinity || n == datetime.NegInfinity }

// convertTime makes the casts between dates, times and intervals.
func convertTime(v Value, from, to OID, s *Settings) (Value, error) {
	switch from {
	case to:
		return v, nil // only its modifier changes
	case OIDDate:
		local, err := dateToTimestamp(v.Int)
		if err != nil || to == OIDTimestamp {
			return Value{Int: local}, err
		}
		return timestampValue(datetime.LocalToUTC(local, s.Location))
	case OIDTimestamp:
		if to == OIDTimestamptz {
			return timestampValue(datetime.LocalToUTC(v.Int, s.Location))
		}
		return splitLocal(v.Int, to, 0)
	case OIDTimestamptz:
		local, err := datetime.UTCToLocal(v.Int, s.Location)
		if err != nil || to == OIDTimestamp {
			return timestampValue(local, err)
		}
		return splitLocal(local, to, int32((v.Int-local)/datetime.Second))
	case OIDTime:
		if to == OIDInterval {
			return Value{Bytes: datetime.Interval{Micros: v.Int}.Append(nil)}, nil
		}
		location := s.Location
		if location == nil {
			location = time.UTC
		}
		_, offset := time.UnixMicro(s.Now).In(location).Zone()
		return Value{Bytes: joinTimetz(nil, v.Int, int32(-offset))}, nil
	case OIDInterval:
		micros := datetime.DecodeInterval(v.Bytes).Micros % datetime.Day
		if micros < 0 {
			micros += datetime.Day
		}
		return Value{Int: micros}, nil
	case OIDTimetz:
		micros, _ := splitTimetz(v.Bytes)
		return Value{Int: micros}, nil
	default:
		return Value{}, invariants.Errorf("no conversion from type %d to %d", from, to)
	}
}

func timestampValue(micros int64, err error) (Value, error) { return Value{Int: micros}, err }

func dateToTimestamp(days int64) (int64, error) {
	if infinite(days) {
		return days, nil
	}
	if days > datetime.MaxTimestamp/datetime.Day {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return days * datetime.Day, nil
}

// splitLocal takes the date or the time of day out of a local timestamp. An infinity has no time of day: it becomes null.
func splitLocal(local int64, to OID, west int32) (Value, error) {
	if infinite(local) {
		if to == OIDDate {
			return Value{Int: local}, nil
		}
		return NullValue, nil
	}
	days, ofDay := datetime.Split(local)
	switch to {
	case OIDDate:
		return Value{Int: days}, nil
	case OIDTimetz:
		return Value{Bytes: joinTimetz(nil, ofDay, west)}, nil
	default:
		return Value{Int: ofDay}, nil
	}
}

// fromJSONB takes a number or a boolean out of a jsonb scalar.
func fromJSONB(v Value, to OID) (Value, error) {
	kind := "numeric"
	switch c := append(v.Bytes[:len(v.Bytes):len(v.Bytes)], 0)[0]; c {
	case '{':
		kind = "object"
	case '[':
		kind = "array"
	case '"':
		kind = "string"
	case 't', 'f':
		if to == OIDBool {
			return BoolValue(c == 't'), nil
		}
		kind = "boolean"
	case 'n':
		kind = "null"
	}
	if kind != "numeric" || to == OIDBool {
		return Value{}, pgerr.Newf(pgerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", kind, FormatType(Of(to)))
	}
	n, err := numeric.Parse(string(v.Bytes), -1)
	if err != nil {
		return Value{}, err
	}
	return fromNumeric(n, to)
}
