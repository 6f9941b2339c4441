package numeric

import (
	"fmt"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// PostgreSQL's typmod of numeric(p, s) is (p<<16 | s) + 4, with s as 11 bits with a sign.
const typmodHeader = 4

// MaxPrecision, MinDeclaredScale and MaxDeclaredScale bound what a type may declare.
const (
	MaxPrecision     = 1000
	MinDeclaredScale = -1000
	MaxDeclaredScale = 1000
)

// Typmod returns the typmod of numeric(precision, scale).
func Typmod(precision, scale int) (int32, error) {
	if precision < 1 || precision > MaxPrecision {
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "NUMERIC precision %d must be between 1 and %d", precision, MaxPrecision)
	}
	if scale < MinDeclaredScale || scale > MaxDeclaredScale {
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "NUMERIC scale %d must be between %d and %d",
			scale, MinDeclaredScale, MaxDeclaredScale)
	}
	return int32(precision<<16|scale&0x7ff) + typmodHeader, nil
}

// SplitTypmod is the inverse of Typmod.
func SplitTypmod(typmod int32) (precision, scale int) {
	t := int(typmod - typmodHeader)
	return t >> 16 & 0xffff, (t&0x7ff ^ 1024) - 1024
}

// ApplyTypmod rounds to the type's scale and refuses what has too many digits before the point.
func (n Num) ApplyTypmod(typmod int32) (Num, error) {
	if typmod < typmodHeader || n.kind == nan {
		return n, nil
	}
	precision, scale := SplitTypmod(typmod)
	if !n.Finite() {
		return Num{}, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	n = n.rescale(scale, HalfAway)
	if n.digits()-n.scale > precision-scale {
		return Num{}, fieldOverflow(typmod)
	}
	return n, nil
}

func fieldOverflow(typmod int32) error {
	precision, scale := SplitTypmod(typmod)
	limit := "1"
	if precision != scale {
		limit = fmt.Sprintf("10^%d", precision-scale)
	}
	return pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
		WithDetail("A field with precision %d, scale %d must round to an absolute value less than %s.", precision, scale, limit)
}
