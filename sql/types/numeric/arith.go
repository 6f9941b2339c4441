package numeric

import (
	"math/big"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Neg returns -n.
func (n Num) Neg() Num {
	switch n.kind {
	case positive:
		n.kind = negative
		return n.unsignedZero()
	case negative:
		n.kind = positive
	case posInf:
		n.kind = negInf
	case negInf:
		n.kind = posInf
	}
	return n
}

// Abs returns |n|.
func (n Num) Abs() Num {
	if n.kind == negative || n.kind == negInf {
		return n.Neg()
	}
	return n
}

// Add returns a+b, with the larger of their scales.
func Add(a, b Num) (Num, error) {
	if !a.Finite() || !b.Finite() {
		return addSpecial(a, b), nil
	}
	return addFinite(a, b).check()
}

// Sub returns a-b, with the larger of their scales.
func Sub(a, b Num) (Num, error) { return Add(a, b.Neg()) }

func addSpecial(a, b Num) Num {
	switch {
	case a.kind == nan || b.kind == nan:
		return NaN
	case a.Finite():
		return b
	case b.Finite() || a.kind == b.kind:
		return a
	default:
		return NaN // Infinity - Infinity
	}
}

func addFinite(a, b Num) Num {
	a, b = align(a, b)
	if a.big == nil && b.big == nil {
		if a.kind == b.kind {
			if sum, ok := a.mag.add(b.mag); ok {
				a.mag = sum
				return a
			}
		} else {
			if a.mag.cmp(b.mag) < 0 {
				a, b = b, a
			}
			a.mag = a.mag.sub(b.mag)
			return a.unsignedZero()
		}
	}
	x, y := a.asBig(), b.asBig()
	sum := new(big.Int)
	switch {
	case a.kind == b.kind:
		sum.Add(x, y)
	case x.Cmp(y) < 0:
		sum.Sub(y, x)
		a.kind = b.kind
	default:
		sum.Sub(x, y)
	}
	a.setBig(sum)
	return a.unsignedZero()
}

// align gives both the larger scale.
func align(a, b Num) (x, y Num) {
	if a.scale < b.scale {
		return a.rescale(b.scale, Truncate), b
	}
	return a, b.rescale(a.scale, Truncate)
}

// Mul returns a*b, with the sum of their scales.
func Mul(a, b Num) (Num, error) {
	if !a.Finite() || !b.Finite() {
		return mulSpecial(a, b), nil
	}
	n := Num{kind: a.kind ^ b.kind, scale: a.scale + b.scale}
	ok := false
	if a.big == nil && b.big == nil {
		n.mag, ok = a.mag.mul(b.mag)
	}
	if !ok {
		n.setBig(new(big.Int).Mul(a.asBig(), b.asBig()))
	}
	n = n.unsignedZero()
	if n.scale > MaxScale {
		n = n.rescale(MaxScale, HalfAway)
	}
	return n.check()
}

func mulSpecial(a, b Num) Num {
	switch {
	case a.kind == nan || b.kind == nan || a.Sign() == 0 || b.Sign() == 0:
		return NaN
	case a.Sign() == b.Sign():
		return Inf
	default:
		return NegInf
	}
}

func divisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// Div returns a/b with the scale that PostgreSQL chooses: at least 16 significant digits, and no less than either scale.
func Div(a, b Num) (Num, error) {
	if a.IsNaN() || b.IsNaN() {
		return NaN, nil
	}
	if !a.Finite() {
		switch {
		case !b.Finite():
			return NaN, nil
		case b.IsZero():
			return Num{}, divisionByZero()
		case a.Sign() == b.Sign():
			return Inf, nil
		default:
			return NegInf, nil
		}
	}
	if !b.Finite() {
		return Num{}, nil
	}
	if b.isZeroMag() {
		return Num{}, divisionByZero()
	}
	return quotient(a, b, divScale(a, b), HalfAway).check()
}

// DivTrunc returns the integer part of a/b, as div() does.
func DivTrunc(a, b Num) (Num, error) {
	if !a.Finite() || !b.Finite() {
		return Div(a, b)
	}
	if b.isZeroMag() {
		return Num{}, divisionByZero()
	}
	return quotient(a, b, 0, Truncate).check()
}

// divScale is select_div_scale of numeric.c, which looks at the weights of the first digits in base 10000.
func divScale(a, b Num) int {
	const minSignificant, maxDisplay, digitsPerWord = 16, 1000, 4
	weightA, firstA := a.leadingWord()
	weightB, firstB := b.leadingWord()
	weight := weightA - weightB
	if firstA <= firstB {
		weight--
	}
	scale := max(minSignificant-weight*digitsPerWord, a.scale, b.scale, 0)
	return min(scale, maxDisplay)
}

// leadingWord gives the first digit of the number in base 10000, and its weight: the power of 10000 that it counts.
func (n *Num) leadingWord() (weight int, word uint64) {
	digits := n.digits()
	if digits == 0 {
		return 0, 0
	}
	exponent := digits - 1 - n.scale // of the first decimal digit
	weight = exponent >> 2
	keep := exponent - weight*4 + 1 // decimal digits in the first word
	top := *n
	if digits > keep {
		top = top.dropDigits(digits-keep, Truncate)
		return weight, top.mag.lo
	}
	return weight, top.rescaledUp(keep - digits).mag.lo
}

// quotient divides finite numbers, b not 0, to the given scale.
func quotient(a, b Num, scale int, how Rounding) Num {
	n := Num{kind: a.kind ^ b.kind, scale: scale}
	shift := scale - a.scale + b.scale
	if a.big == nil && b.big == nil {
		x, y, ok := a.mag, b.mag, false
		if shift >= 0 {
			x, ok = x.mulPow10(shift)
		} else {
			y, ok = y.mulPow10(-shift)
		}
		if ok {
			q, r := x.quoRem(y)
			if how == HalfAway && r.cmp(y.sub(r)) >= 0 {
				q, _ = q.add(u128{lo: 1})
			}
			n.mag = q
			return n.unsignedZero()
		}
	}
	x, y := a.asBig(), b.asBig()
	if shift >= 0 {
		x = new(big.Int).Mul(x, bigPow10(shift))
	} else {
		y = new(big.Int).Mul(y, bigPow10(-shift))
	}
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	if how == HalfAway && r.Lsh(r, 1).Cmp(y) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	n.setBig(q)
	return n.unsignedZero()
}

// Mod returns the remainder of a/b, with the sign of a and the larger of their scales.
func Mod(a, b Num) (Num, error) {
	switch {
	case a.IsNaN() || b.IsNaN():
		return NaN, nil
	case b.IsZero():
		return Num{}, divisionByZero()
	case !a.Finite():
		return NaN, nil
	case !b.Finite():
		return a, nil
	}
	a, b = align(a, b)
	if a.big == nil && b.big == nil {
		_, a.mag = a.mag.quoRem(b.mag)
	} else {
		a.setBig(new(big.Int).Rem(a.asBig(), b.asBig()))
	}
	return a.unsignedZero().check()
}
