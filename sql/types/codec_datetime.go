package types

import (
	"cmp"
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// wireEpochDays is 2000-01-01, from which the wire format counts.
const (
	wireEpochDays   = 10957
	wireEpochMicros = wireEpochDays * datetime.Day
	wireInfinity    = 1<<31 - 1 // of dates
	wireNegInfinity = -1 << 31
)

func parseDate(_, text []byte, _ int32, s *Settings) (Value, error) {
	days, err := datetime.ParseDate(view(text), s.input())
	return Value{Int: days}, err
}

func appendDate(dst []byte, v Value, _ *Settings) []byte { return datetime.AppendDate(dst, v.Int) }

func decodeDate(_, wire []byte, _ int32) (Value, error) {
	if err := wireSize(wire, 4); err != nil {
		return Value{}, err
	}
	switch days := int64(int32(binary.BigEndian.Uint32(wire))); days {
	case wireInfinity:
		return Value{Int: datetime.Infinity}, nil
	case wireNegInfinity:
		return Value{Int: datetime.NegInfinity}, nil
	default:
		days += wireEpochDays
		if days < datetime.MinDate || days >= datetime.EndDate {
			return Value{}, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
		}
		return Value{Int: days}, nil
	}
}

func appendDateBinary(dst []byte, v Value) []byte {
	days := v.Int - wireEpochDays
	switch v.Int {
	case datetime.Infinity:
		days = wireInfinity
	case datetime.NegInfinity:
		days = wireNegInfinity
	}
	return binary.BigEndian.AppendUint32(dst, uint32(days))
}

func parseTime(_, text []byte, mod int32, s *Settings) (Value, error) {
	micros, err := datetime.ParseTime(view(text), s.input(), mod)
	return Value{Int: micros}, err
}

func appendTime(dst []byte, v Value, _ *Settings) []byte { return datetime.AppendTime(dst, v.Int) }

func decodeTime(_, wire []byte, mod int32) (Value, error) {
	if err := wireSize(wire, 8); err != nil {
		return Value{}, err
	}
	micros := int64(binary.BigEndian.Uint64(wire))
	if micros < 0 || micros > datetime.Day {
		return Value{}, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
	}
	return Value{Int: datetime.Round(micros, mod)}, nil
}

func parseTimestamp(_, text []byte, mod int32, s *Settings) (Value, error) {
	micros, err := datetime.ParseTimestamp(view(text), s.input(), mod)
	return Value{Int: micros}, err
}

func parseTimestamptz(_, text []byte, mod int32, s *Settings) (Value, error) {
	micros, err := datetime.ParseTimestamptz(view(text), s.input(), mod)
	return Value{Int: micros}, err
}

func appendTimestamp(dst []byte, v Value, _ *Settings) []byte {
	return datetime.AppendTimestamp(dst, v.Int)
}

func appendTimestamptz(dst []byte, v Value, s *Settings) []byte {
	return datetime.AppendTimestamptz(dst, v.Int, s.Location)
}

func decodeTimestamp(_, wire []byte, mod int32) (Value, error) {
	if err := wireSize(wire, 8); err != nil {
		return Value{}, err
	}
	micros := int64(binary.BigEndian.Uint64(wire))
	if micros == datetime.Infinity || micros == datetime.NegInfinity {
		return Value{Int: micros}, nil
	}
	if micros < datetime.MinTimestamp-wireEpochMicros || micros > datetime.MaxTimestamp-wireEpochMicros {
		return Value{}, datetime.OutOfRange()
	}
	return Value{Int: datetime.Round(micros+wireEpochMicros, mod)}, nil
}

func appendTimestampBinary(dst []byte, v Value) []byte {
	micros := v.Int
	if micros != datetime.Infinity && micros != datetime.NegInfinity {
		micros -= wireEpochMicros
	}
	return binary.BigEndian.AppendUint64(dst, uint64(micros))
}

func parseInterval(dst, text []byte, mod int32, _ *Settings) (Value, error) {
	v, err := datetime.ParseInterval(view(text), mod)
	if err != nil {
		return Value{}, err
	}
	return Value{Bytes: v.Append(dst)}, nil
}

func appendInterval(dst []byte, v Value, _ *Settings) []byte {
	return datetime.AppendInterval(dst, datetime.DecodeInterval(v.Bytes))
}

func decodeInterval(dst, wire []byte, mod int32) (Value, error) {
	if err := wireSize(wire, datetime.IntervalSize); err != nil {
		return Value{}, err
	}
	return Value{Bytes: datetime.DecodeInterval(wire).ApplyTypmod(mod).Append(dst)}, nil
}

func appendIntervalBinary(dst []byte, v Value) []byte {
	return datetime.DecodeInterval(v.Bytes).Append(dst)
}

func compareIntervals(a, b Value) int {
	return datetime.CompareIntervals(datetime.DecodeInterval(a.Bytes), datetime.DecodeInterval(b.Bytes))
}

func appendNormalInterval(dst, b []byte) []byte {
	return datetime.DecodeInterval(b).Normal().Append(dst)
}

// timetzSize is 8 bytes of microseconds since midnight and 4 of seconds west of UTC, in vectors as on the wire.
const timetzSize = 12

func splitTimetz(b []byte) (micros int64, west int32) {
	if len(b) < timetzSize {
		return 0, 0
	}
	return int64(binary.BigEndian.Uint64(b)), int32(binary.BigEndian.Uint32(b[8:]))
}

func joinTimetz(dst []byte, micros int64, west int32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(micros)), uint32(west))
}

func parseTimetz(dst, text []byte, mod int32, s *Settings) (Value, error) {
	micros, west, err := datetime.ParseTimetz(view(text), s.input(), mod)
	if err != nil {
		return Value{}, err
	}
	return Value{Bytes: joinTimetz(dst, micros, west)}, nil
}

func appendTimetz(dst []byte, v Value, _ *Settings) []byte {
	micros, west := splitTimetz(v.Bytes)
	return datetime.AppendTimetz(dst, micros, west)
}

func decodeTimetz(dst, wire []byte, mod int32) (Value, error) {
	if err := wireSize(wire, timetzSize); err != nil {
		return Value{}, err
	}
	micros, west := splitTimetz(wire)
	if micros < 0 || micros > datetime.Day {
		return Value{}, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
	}
	const limit = 16 * 3600 // TZDISP_LIMIT
	if west <= -limit || west >= limit {
		return Value{}, pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range")
	}
	return Value{Bytes: joinTimetz(dst, datetime.Round(micros, mod), west)}, nil
}

func appendTimetzBinary(dst []byte, v Value) []byte {
	micros, west := splitTimetz(v.Bytes)
	return joinTimetz(dst, micros, west)
}

// compareTimetz orders by the moment, and moments that are the same by zone.
func compareTimetz(a, b Value) int {
	aMicros, aWest := splitTimetz(a.Bytes)
	bMicros, bWest := splitTimetz(b.Bytes)
	if order := cmp.Compare(aMicros+int64(aWest)*datetime.Second, bMicros+int64(bWest)*datetime.Second); order != 0 {
		return order
	}
	return cmp.Compare(aWest, bWest)
}
