package numeric

import (
	"math"
	"math/big"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// FromInt64 returns v with scale 0.
func FromInt64(v int64) Num {
	if v < 0 {
		return Num{kind: negative, mag: u128{lo: -uint64(v)}}
	}
	return Num{mag: u128{lo: uint64(v)}}
}

// New returns coefficient × 10^-scale; scale is 0 to MaxScale.
func New(coefficient int64, scale int) Num {
	n := FromInt64(coefficient)
	n.scale = scale
	return n
}

// FromBig returns coefficient × 10^-scale. It keeps no reference to the coefficient.
func FromBig(coefficient *big.Int, scale int) (Num, error) {
	n := Num{scale: scale}
	if coefficient.Sign() < 0 {
		n.kind = negative
	}
	n.setBig(new(big.Int).Abs(coefficient))
	return n.check()
}

// Int64 rounds half away from zero. typeName is in the error's text: smallint, integer or bigint; bits is its width.
func (n Num) Int64(bits int, typeName string) (int64, error) {
	switch n.kind {
	case nan:
		return 0, pgerr.Newf(pgerr.FeatureNotSupported, "cannot convert NaN to %s", typeName)
	case posInf, negInf:
		return 0, pgerr.Newf(pgerr.FeatureNotSupported, "cannot convert infinity to %s", typeName)
	}
	n = n.rescale(0, HalfAway)
	limit := uint64(1) << (bits - 1)
	if n.kind == positive {
		limit--
	}
	if n.big != nil || n.mag.hi != 0 || n.mag.lo > limit {
		return 0, pgerr.Newf(pgerr.NumericValueOutOfRange, "%s out of range", typeName)
	}
	if n.kind == negative {
		return -int64(n.mag.lo), nil
	}
	return int64(n.mag.lo), nil
}

// FromFloat64 returns f with 15 significant digits, as PostgreSQL casts double precision.
func FromFloat64(f float64) Num { return fromFloat(f, 15) }

// FromFloat32 returns f with 6 significant digits, as PostgreSQL casts real.
func FromFloat32(f float64) Num { return fromFloat(f, 6) }

func fromFloat(f float64, digits int) Num {
	switch {
	case math.IsNaN(f):
		return NaN
	case math.IsInf(f, 1):
		return Inf
	case math.IsInf(f, -1):
		return NegInf
	}
	// %g of C: no zeros at the end of the fraction, which the normal form has neither.
	text := strconv.FormatFloat(f, 'e', digits-1, 64)
	n, err := Parse(text, -1)
	if err != nil { // no float has that many digits
		return NaN
	}
	return n.Normal()
}

// Float64 returns the nearest float; bits is 32 or 64. What is too large is an error, as what is too small is, as the text
// form read by that type would be.
func (n Num) Float64(bits int) (float64, error) {
	switch n.kind {
	case nan:
		return math.NaN(), nil
	case posInf:
		return math.Inf(1), nil
	case negInf:
		return math.Inf(-1), nil
	}
	const exact = 1 << 53
	if bits == 64 && n.big == nil && n.mag.hi == 0 && n.mag.lo <= exact && n.scale <= 22 {
		f := float64(n.mag.lo) / float64Pow10[n.scale] // both exact, so the quotient is rounded once
		if n.kind == negative {
			f = -f
		}
		return f, nil
	}
	var buf [64]byte
	text := n.AppendText(buf[:0])
	f, err := strconv.ParseFloat(string(text), bits)
	if err != nil || f == 0 && !n.isZeroMag() {
		name := "double precision"
		if bits == 32 {
			name = "real"
		}
		return 0, pgerr.Newf(pgerr.NumericValueOutOfRange, `"%s" is out of range for type %s`, text, name)
	}
	return f, nil
}

var float64Pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}
