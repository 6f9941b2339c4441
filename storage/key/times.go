package key

import (
	"encoding/binary"
	"math/bits"
)

// An interval is 8 bytes of microseconds, 4 of days and 4 of months, as in PostgreSQL's binary wire format.
const (
	intervalSize       = 16
	microsecondsPerDay = 24 * 60 * 60 * 1_000_000
	daysPerMonth       = 30
)

// appendInterval appends an interval as PostgreSQL compares it: the length in microseconds, with months of 30 days and
// days of 24 hours (interval_cmp_value). It needs up to 74 bits; 80 are written.
func appendInterval(dst, b []byte) ([]byte, bool) {
	if len(b) != intervalSize {
		return dst, false
	}
	micros := int64(binary.BigEndian.Uint64(b))
	days := int64(int32(binary.BigEndian.Uint32(b[8:])))
	months := int64(int32(binary.BigEndian.Uint32(b[12:])))
	days += months * daysPerMonth // below 2^37
	negative := days < 0
	magnitude := uint64(days)
	if negative {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, microsecondsPerDay)
	if negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	lo, carry := bits.Add64(lo, uint64(micros), 0)
	hi, _ = bits.Add64(hi, uint64(micros>>63), carry) // with the sign of micros in all upper bits
	dst = binary.BigEndian.AppendUint16(dst, uint16(hi)^1<<15)
	return appendUint64(dst, lo), true
}

const intervalKeySize = 10

// A timetz is 8 bytes of microseconds since midnight and 4 bytes of seconds west of Greenwich.
const timetzSize = 12

// appendTimetz appends a timetz as PostgreSQL compares it: by the instant, then by the zone (timetz_cmp_internal).
func appendTimetz(dst, b []byte) ([]byte, bool) {
	if len(b) != timetzSize {
		return dst, false
	}
	micros := int64(binary.BigEndian.Uint64(b))
	zone := int32(binary.BigEndian.Uint32(b[8:]))
	dst = appendUint64(dst, orderedInt(micros+int64(zone)*1_000_000))
	return binary.BigEndian.AppendUint32(dst, uint32(zone)^1<<31), true
}

// appendTimetzOf appends the timetz whose key is k.
func appendTimetzOf(dst, k []byte) []byte {
	instant := int64(binary.BigEndian.Uint64(k) ^ signBit)
	zone := int32(binary.BigEndian.Uint32(k[8:]) ^ 1<<31)
	dst = appendUint64(dst, uint64(instant-int64(zone)*1_000_000))
	return binary.BigEndian.AppendUint32(dst, uint32(zone))
}
