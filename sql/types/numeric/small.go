package numeric

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
)

// Small is a finite number whose coefficient has at most 64 bits and whose scale is below 31, as most are. Kernels compute with it
// without the detour over Num.
type Small struct {
	// Negative is the sign; zero has none.
	Negative    bool
	Scale       uint8
	Coefficient uint64
}

// DecodeSmall reads an encoded number if it is a small one.
func DecodeSmall(b []byte) (s Small, ok bool) {
	if len(b) == 0 || len(b) > 9 || b[0]&7 > negative || b[0]>>3 == wideScale {
		return s, len(b) == 0
	}
	s.Negative, s.Scale = b[0]&7 == negative, b[0]>>3
	s.Coefficient = loadSmall(b[1:])
	return s, true
}

// loadSmall reads up to eight bytes, little-endian. Of fewer than eight the first and the last half are read, which may overlap.
func loadSmall(b []byte) uint64 {
	switch n := len(b); {
	case n == 8:
		return binary.LittleEndian.Uint64(b)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	case n >= 2:
		return uint64(binary.LittleEndian.Uint16(b)) | uint64(binary.LittleEndian.Uint16(b[n-2:]))<<(8*(n-2))
	case n == 1:
		return uint64(b[0])
	default:
		return 0
	}
}

// SmallInt is v as a number without a scale.
func SmallInt(v int64) Small {
	if v < 0 {
		return Small{Negative: true, Coefficient: -uint64(v)}
	}
	return Small{Coefficient: uint64(v)}
}

// Mul returns s*t if that is a small number.
func (s Small) Mul(t Small) (product Small, ok bool) {
	high, low := bits.Mul64(s.Coefficient, t.Coefficient)
	product = Small{s.Negative != t.Negative && low != 0, s.Scale + t.Scale, low}
	return product, high == 0 && product.Scale < wideScale
}

// Append appends the encoding of s, which is that of the same Num.
func (s Small) Append(dst []byte) []byte {
	head := s.Scale << 3
	if s.Negative {
		head |= negative
	}
	dst = append(dst, head)
	end := len(dst) + (bits.Len64(s.Coefficient)+7)/8
	return binary.LittleEndian.AppendUint64(dst, s.Coefficient)[:end]
}

// scaled returns the coefficient that s has with a scale that is not below its own, if 64 bits hold it.
func (s Small) scaled(scale uint8) (coefficient uint64, ok bool) {
	if scale == s.Scale {
		return s.Coefficient, true
	}
	up := pow10s[scale-s.Scale] // below 10^31
	high, low := bits.Mul64(s.Coefficient, up.lo)
	return low, high == 0 && (up.hi == 0 || s.Coefficient == 0)
}

// Compare orders s and t by value, if that is possible without more than 64 bits.
func (s Small) Compare(t Small) (order int, ok bool) {
	if s.Negative != t.Negative {
		if s.Negative {
			return -1, true
		}
		return 1, true
	}
	scale := max(s.Scale, t.Scale)
	a, okA := s.scaled(scale)
	b, okB := t.scaled(scale)
	if s.Negative {
		a, b = b, a
	}
	return cmp.Compare(a, b), okA && okB
}

// add returns s+t if that is a small number; the sign of t is the other one for a difference.
func (s Small) add(t Small) (sum Small, ok bool) {
	scale := max(s.Scale, t.Scale)
	a, okA := s.scaled(scale)
	b, okB := t.scaled(scale)
	sum = Small{s.Negative, scale, a + b}
	switch {
	case s.Negative == t.Negative:
		okB = okB && sum.Coefficient >= a
	case a >= b:
		sum.Coefficient = a - b
	default:
		sum.Negative, sum.Coefficient = t.Negative, b-a
	}
	sum.Negative = sum.Negative && sum.Coefficient != 0
	return sum, okA && okB
}

// Add returns s+t if that is a small number.
func (s Small) Add(t Small) (sum Small, ok bool) { return s.add(t) }

// Sub returns s-t if that is a small number.
func (s Small) Sub(t Small) (difference Small, ok bool) {
	t.Negative = !t.Negative
	return s.add(t)
}

// Int64 is s as an integer, if it has no scale and fits.
func (s Small) Int64() (n int64, ok bool) {
	n = int64(s.Coefficient)
	if s.Negative {
		n = -n
	}
	return n, s.Scale == 0 && s.Coefficient <= math.MaxInt64
}
