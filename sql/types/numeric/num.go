// Package numeric is PostgreSQL's numeric: exact decimal numbers with a display scale, NaN and the two infinities
// (PostgreSQL 15, 8.1.2 and src/backend/utils/adt/numeric.c, whose scales, roundings and limits it follows).
//
// A value is ±coefficient × 10^-scale, with the coefficient as an integer. Scale is what is shown behind the point: 1.0 and
// 1.00 are equal and print differently. Coefficients below 2^128 (38 digits) are kept in two words; larger ones are a big.Int.
//
// # Encoding
//
// In vectors and on disk a number is a few bytes:
//
//	byte 0, bits 0-2:  0 finite and not negative, 1 negative, 2 NaN, 3 Infinity, 4 -Infinity
//	byte 0, bits 3-7:  the scale, if it is below 31; else 31, and bytes 1-2 are the scale, big-endian
//	the rest:          the coefficient, little-endian, without zero bytes at its end; nothing for 0
//
// There is no negative zero, and NaN and the infinities have scale 0 and no coefficient, so that two encodings are the same
// bytes exactly if the numbers have the same value and the same scale. No bytes at all are 0, which is what vectors hold
// where a row is null. [Normal] gives one form for all equal numbers, [AppendKey] one that sorts.
package numeric

import (
	"math/big"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// MaxScale and MaxIntegerDigits are PostgreSQL's limits for what is stored: digits behind and before the point.
const (
	MaxScale         = 16383
	MaxIntegerDigits = 131072
)

// The kinds of numbers, as the encoding has them.
const (
	positive = iota
	negative
	nan
	posInf
	negInf
)

// Num is a number in the form that is computed with. The zero Num is 0. It is a value: no function changes its arguments,
// and numbers may share a big coefficient.
type Num struct {
	kind  uint8
	scale int
	mag   u128     // the coefficient, if big is nil
	big   *big.Int // the coefficient, if it does not fit 128 bits; never changed once it is here
}

// The values that are not finite.
var (
	NaN    = Num{kind: nan}
	Inf    = Num{kind: posInf}
	NegInf = Num{kind: negInf}
)

// wideScale in the header says that the scale follows in two bytes.
const wideScale = 31

// Decode reads an encoded number. Encodings come from Append only; of other bytes it makes some number, without failing.
// Coefficients above 128 bits are copied, smaller ones need no memory.
func Decode(b []byte) Num {
	if len(b) == 0 {
		return Num{}
	}
	n := Num{kind: b[0] & 7, scale: int(b[0] >> 3)}
	b = b[1:]
	if n.kind >= nan {
		return Num{kind: min(n.kind, negInf)}
	}
	if n.scale == wideScale && len(b) >= 2 {
		n.scale = min(int(b[0])<<8|int(b[1]), MaxScale)
		b = b[2:]
	}
	if len(b) <= 16 {
		n.mag = loadU128(b)
	} else {
		reversed := make([]byte, len(b))
		for i, c := range b {
			reversed[len(b)-1-i] = c
		}
		n.setBig(new(big.Int).SetBytes(reversed))
	}
	return n.unsignedZero()
}

// Append appends the encoding of n to dst.
func (n Num) Append(dst []byte) []byte {
	if n.kind >= nan {
		return append(dst, n.kind)
	}
	if n.scale < wideScale {
		dst = append(dst, n.kind|byte(n.scale)<<3)
	} else {
		dst = append(dst, n.kind|wideScale<<3, byte(n.scale>>8), byte(n.scale))
	}
	if n.big == nil {
		return n.mag.appendBytes(dst)
	}
	length := (n.big.BitLen() + 7) / 8
	at := len(dst)
	dst = append(dst, make([]byte, length)...)
	n.big.FillBytes(dst[at:])
	for i, j := at, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	return dst
}

// unsignedZero takes the sign off zero.
func (n Num) unsignedZero() Num {
	if n.kind == negative && n.isZeroMag() {
		n.kind = positive
	}
	return n
}

func (n *Num) isZeroMag() bool { return n.big == nil && n.mag == u128{} }

// setBig sets the coefficient, in its small form if it fits.
func (n *Num) setBig(b *big.Int) {
	if b.BitLen() > 128 {
		n.mag, n.big = u128{}, b
		return
	}
	n.mag, n.big = u128OfBig(b), nil
}

// asBig is the coefficient as a big.Int, which must not be changed.
func (n *Num) asBig() *big.Int {
	if n.big != nil {
		return n.big
	}
	return n.mag.toBig()
}

// Finite tells whether n is a number: neither NaN nor infinite.
func (n Num) Finite() bool { return n.kind < nan }

// IsNaN tells whether n is NaN.
func (n Num) IsNaN() bool { return n.kind == nan }

// IsZero tells whether n is 0, of any scale.
func (n Num) IsZero() bool { return n.Finite() && n.isZeroMag() }

// Scale is the number of digits shown behind the point.
func (n Num) Scale() int { return n.scale }

// Sign is -1, 0 or 1; for NaN it is 0.
func (n Num) Sign() int {
	switch {
	case n.kind == nan || n.kind == positive && n.isZeroMag():
		return 0
	case n.kind == negative || n.kind == negInf:
		return -1
	default:
		return 1
	}
}

// digits is the number of decimal digits of the coefficient; 0 has none.
func (n *Num) digits() int {
	if n.big != nil {
		return bigDigits(n.big)
	}
	return n.mag.digits()
}

// overflow is what PostgreSQL's make_result says.
func overflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
}

// Check returns PostgreSQL's error for numbers that are too large to be stored, else n.
func (n Num) check() (Num, error) {
	if n.scale > MaxScale || n.big != nil && n.digits()-n.scale > MaxIntegerDigits {
		return Num{}, overflow()
	}
	return n, nil
}
