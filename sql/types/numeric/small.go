package numeric

import (
	"encoding/binary"
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
	for i := len(b) - 1; i > 0; i-- {
		s.Coefficient = s.Coefficient<<8 | uint64(b[i])
	}
	return s, true
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
