package key

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

const signBit = 1 << 63

// orderedInt maps integers to unsigned ones in the same order.
func orderedInt(n int64) uint64 { return uint64(n) ^ signBit }

// orderedFloat maps floats to unsigned integers in PostgreSQL's order: -0 is 0, and all NaNs are one, above +Infinity.
func orderedFloat(f float64) uint64 {
	switch {
	case f == 0:
		return signBit
	case math.IsNaN(f):
		return math.MaxUint64
	}
	b := math.Float64bits(f)
	if b&signBit != 0 {
		return ^b
	}
	return b | signBit
}

// floatOf is the inverse of orderedFloat.
func floatOf(u uint64) float64 {
	switch {
	case u == math.MaxUint64:
		return math.NaN()
	case u&signBit != 0:
		return math.Float64frombits(u &^ signBit)
	default:
		return math.Float64frombits(^u)
	}
}

func appendUint64(dst []byte, u uint64) []byte { return binary.BigEndian.AppendUint64(dst, u) }

// AppendBound appends an expiry bound, as a column with Bound does: 8 bytes in the order of integers.
func AppendBound(dst []byte, bound int64) []byte { return appendUint64(dst, orderedInt(bound)) }

// BoundOf is the expiry bound that a key begins with, and the rest of the key; ok is false if the key is too short.
func BoundOf(k []byte) (bound int64, rest []byte, ok bool) {
	if len(k) < 8 {
		return 0, nil, false
	}
	return int64(binary.BigEndian.Uint64(k) ^ signBit), k[8:], true
}

// The escapes of byte strings. The end sorts below everything that can go on: 0x00 inside is 0x00 0xFF.
const (
	escape     = 0x00
	escapedEnd = 0x01
	escapedNul = 0xFF
)

// appendEscaped appends b so that the order is that of the bytes and the end can be found.
func appendEscaped(dst, b []byte) []byte {
	for {
		n := bytes.IndexByte(b, 0)
		if n < 0 {
			dst = append(dst, b...)
			return append(dst, escape, escapedEnd)
		}
		dst = append(dst, b[:n+1]...)
		dst = append(dst, escapedNul)
		b = b[n+1:]
	}
}

// escapeTail turns dst[from:] into its escaped form in place.
func escapeTail(dst []byte, from int) []byte {
	n := len(dst)
	nuls := bytes.Count(dst[from:], []byte{0})
	dst = slices.Grow(dst, nuls+2)[:n+nuls]
	for to := len(dst); to > n; {
		n--
		if dst[n] == 0 {
			dst[to-2], dst[to-1] = 0, escapedNul
			to -= 2
			continue
		}
		dst[to-1] = dst[n]
		to--
	}
	return append(dst, escape, escapedEnd)
}

// cutEscaped finds the end of an escaped byte string whose bytes are combined with mask. raw is what lies before the end,
// with the escapes; plain tells that it has none.
func cutEscaped(src []byte, mask byte) (raw, rest []byte, plain, ok bool) {
	plain = true
	for at := 0; ; {
		n := bytes.IndexByte(src[at:], escape^mask)
		if n < 0 || at+n+1 >= len(src) {
			return nil, nil, false, false
		}
		at += n
		switch src[at+1] ^ mask {
		case escapedEnd:
			return src[:at], src[at+2:], plain, true
		case escapedNul:
			plain = false
			at += 2
		default:
			return nil, nil, false, false
		}
	}
}

// appendUnescaped appends the bytes of raw, which cutEscaped returned.
func appendUnescaped(dst, raw []byte, mask byte, plain bool) []byte {
	from := len(dst)
	if plain {
		dst = append(dst, raw...)
	} else {
		for i := 0; i < len(raw); i++ {
			dst = append(dst, raw[i])
			if raw[i]^mask == escape {
				i++ // what follows is escapedNul
			}
		}
	}
	if mask != 0 {
		invert(dst[from:])
	}
	return dst
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// trimSpaces is a bpchar as it is compared.
func trimSpaces(b []byte) []byte { return bytes.TrimRight(b, " ") }
