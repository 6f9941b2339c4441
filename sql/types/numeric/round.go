package numeric

import "math/big"

// Rounding says what becomes of the digits that a smaller scale has no place for.
type Rounding uint8

// The ways to round.
const (
	HalfAway  Rounding = iota // to the nearest, and away from zero in the middle: round(), casts, typmods
	Truncate                  // towards zero: trunc()
	Ceiling                   // up: ceil()
	FloorDown                 // down: floor()
)

// Round returns n with the given number of digits behind the point; zeros are added or digits rounded off. A negative scale
// rounds before the point and shows no fraction, as round(n, -2) does. Scales are limited as in PostgreSQL (±2000).
func (n Num) Round(scale int, how Rounding) (Num, error) {
	const limit = 2000 // NUMERIC_MAX_RESULT_SCALE
	return n.rescale(max(-limit, min(limit, scale)), how).check()
}

// Ceil and Floor are the integers next to n.
func (n Num) Ceil() (Num, error) { return n.Round(0, Ceiling) }

// Floor is the greatest integer that is not above n.
func (n Num) Floor() (Num, error) { return n.Round(0, FloorDown) }

// rescale is Round without limits.
func (n Num) rescale(scale int, how Rounding) Num {
	if !n.Finite() || scale == n.scale {
		return n
	}
	if scale > n.scale {
		by := scale - n.scale
		n.scale = scale
		return n.rescaledUp(by)
	}
	n = n.dropDigits(n.scale-scale, how)
	n.scale = scale
	if scale < 0 {
		n.scale = 0
		n = n.rescaledUp(-scale)
	}
	return n.unsignedZero()
}

// rescaledUp multiplies the coefficient by 10^k.
func (n Num) rescaledUp(k int) Num {
	if n.big == nil {
		if product, ok := n.mag.mulPow10(k); ok {
			n.mag = product
			return n
		}
	}
	n.setBig(new(big.Int).Mul(n.asBig(), bigPow10(k)))
	return n
}

// dropDigits divides the coefficient by 10^k and rounds.
func (n Num) dropDigits(k int, how Rounding) Num {
	up := how == Ceiling && n.kind == positive || how == FloorDown && n.kind == negative
	if k > n.digits() { // more digits go than there are: below one half
		one := up && !n.isZeroMag()
		n.mag, n.big = u128{}, nil
		if one {
			n.mag.lo = 1
		}
		return n
	}
	if n.big == nil && k < len(pow10s) {
		q, r := n.mag.quoRem(pow10s[k])
		if up && r != (u128{}) || how == HalfAway && r.cmp(pow10s[k].sub(r)) >= 0 {
			q, _ = q.add(u128{lo: 1})
		}
		n.mag = q
		return n
	}
	divisor := bigPow10(k)
	q, r := new(big.Int).QuoRem(n.asBig(), divisor, new(big.Int))
	if up && r.Sign() != 0 || how == HalfAway && r.Lsh(r, 1).Cmp(divisor) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	n.setBig(q)
	return n
}
