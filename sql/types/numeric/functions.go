package numeric

import (
	"math"
	"math/big"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// The functions here give the scales that numeric.c of PostgreSQL 15 chooses, and round the exact result to them.

const (
	minSignificantDigits = 16
	maxDisplayScale      = 1000
	maxResultScale       = 2000
)

// displayScale bounds a scale, which is no less than those of the arguments.
func displayScale(scale int, args ...Num) int {
	for _, n := range args {
		scale = max(scale, n.scale)
	}
	return min(max(scale, 0), maxDisplayScale)
}

// words are the weight of the first digit in base 10000, and the first one or two digits with the power of ten that they count.
func (n *Num) words() (weight int, digits float64, tens int) {
	weight, first := n.leadingWord()
	digits, tens = float64(first), weight*4
	// The second word counts only if there is one that is not all zeros behind.
	if n.cmpMagPow(first, weight) {
		return weight, digits, tens
	}
	two := *n
	if drop := n.scale + (weight-1)*4; drop > 0 {
		two = two.dropDigits(drop, Truncate)
	} else {
		two = two.rescaledUp(-drop)
	}
	digits, _ = new(big.Float).SetInt(two.asBig()).Float64()
	return weight, digits, tens - 4
}

// cmpMagPow tells whether the absolute value is word × 10000^weight.
func (n *Num) cmpMagPow(word uint64, weight int) bool {
	x := new(big.Int).Set(n.asBig())
	y := new(big.Int).SetUint64(word)
	if shift := weight*4 + n.scale; shift >= 0 {
		y.Mul(y, bigPow10(shift))
	} else {
		x.Mul(x, bigPow10(-shift))
	}
	return x.Cmp(y) == 0
}

// float is the number with a precision in bits.
func (n *Num) float(bits uint) *big.Float {
	x := new(big.Float).SetPrec(bits).SetInt(n.asBig())
	x.Quo(x, new(big.Float).SetPrec(bits).SetInt(bigPow10(n.scale)))
	if n.kind == negative {
		x.Neg(x)
	}
	return x
}

// bitsFor is a precision for numbers of so many decimal digits.
func bitsFor(digits int) uint { return uint(max(digits, 0))*4 + 128 }

// fromFloatAt rounds to a scale, half away from zero.
func fromFloatAt(x *big.Float, scale int) (Num, error) {
	y := new(big.Float).SetPrec(x.Prec() + 32).Set(x)
	y.Mul(y, new(big.Float).SetPrec(y.Prec()).SetInt(bigPow10(scale)))
	half := big.NewFloat(0.5)
	if y.Signbit() {
		half.Neg(half)
	}
	i, _ := y.Add(y, half).Int(nil)
	return FromBig(i, scale)
}

// approx is the value as a float, infinite where it is too large.
func (n *Num) approx() float64 {
	f, _ := n.float(64).Float64()
	return f
}

// expFloat is e^x with the precision of x: the series for x/2^k, squared k times.
func expFloat(x *big.Float) *big.Float {
	prec := x.Prec()
	k := max(x.MantExp(nil)+16, 0)
	if x.Sign() == 0 {
		k = 0
	}
	work := prec + uint(k) + 64
	r := new(big.Float).SetPrec(work).SetMantExp(new(big.Float).SetPrec(work).Set(x), -k)
	sum, term := big.NewFloat(1).SetPrec(work), big.NewFloat(1).SetPrec(work)
	for i := int64(1); ; i++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetPrec(work).SetInt64(i))
		if term.Sign() == 0 || term.MantExp(nil) < -int(work) {
			break
		}
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return sum.SetPrec(prec)
}

// lnFloat is the natural logarithm of a positive x, exact to about its precision behind the point.
func lnFloat(x *big.Float) *big.Float {
	m := new(big.Float)
	e := x.MantExp(m)
	if f, _ := m.Float64(); f < math.Sqrt2/2 {
		m.SetMantExp(m, 1)
		e--
	}
	result := newtonLn(m.SetPrec(x.Prec()))
	if e != 0 {
		ln2 := newtonLn(new(big.Float).SetPrec(x.Prec() + 32).SetInt64(2))
		result.Add(result, ln2.Mul(ln2, new(big.Float).SetPrec(x.Prec()+32).SetInt64(int64(e))))
	}
	return result
}

func newtonLn(m *big.Float) *big.Float {
	prec := m.Prec() + 32
	f, _ := m.Float64()
	y := new(big.Float).SetPrec(prec).SetFloat64(math.Log(f))
	for bits := uint(48); ; bits *= 3 { // each step triples the digits that are right
		e := expFloat(y)
		d := new(big.Float).SetPrec(prec).Sub(m, e)
		d.Quo(d, new(big.Float).SetPrec(prec).Add(m, e))
		y.Add(y, d.Mul(d, big.NewFloat(2)))
		if bits > prec {
			return y
		}
	}
}

// Sqrt returns the square root.
func Sqrt(n Num) (Num, error) {
	switch {
	case n.IsNaN() || n.kind == posInf:
		return n, nil
	case n.Sign() < 0:
		return Num{}, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	weight := 0
	if !n.isZeroMag() {
		weight, _ = n.leadingWord()
	}
	const digitsPerWord = 4
	sweight := (weight+1)*digitsPerWord/2 - 1
	scale := displayScale(minSignificantDigits-sweight, n)
	square := new(big.Int).Mul(n.asBig(), bigPow10(2*scale-n.scale))
	root := new(big.Int).Sqrt(square)
	rest := new(big.Int).Sub(square, new(big.Int).Mul(root, root))
	if rest.Cmp(root) > 0 {
		root.Add(root, big.NewInt(1))
	}
	return FromBig(root, scale)
}

const log10e = 0.434294481903252

// Exp returns e^n.
func Exp(n Num) (Num, error) {
	switch n.kind {
	case nan, posInf:
		return n, nil
	case negInf:
		return Num{}, nil
	}
	x := n.approx()
	weight := min(max(x*log10e, -maxResultScale), maxResultScale)
	scale := displayScale(minSignificantDigits-int(weight), n)
	if math.Abs(x) >= maxResultScale*3 { // PostgreSQL's limit
		if x > 0 {
			return Num{}, overflow()
		}
		return Num{scale: scale}, nil
	}
	return fromFloatAt(expFloat(ptr(n).float(bitsFor(scale+int(max(x*log10e, 0))))), scale)
}

func ptr(n Num) *Num { return &n }

// checkLog gives the errors of logarithms.
func checkLog(n Num) error {
	switch {
	case n.IsNaN():
		return nil
	case n.Sign() < 0:
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	case n.Sign() == 0:
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return nil
}

// lnWeight is estimate_ln_dweight: about the weight of the first decimal digit of the logarithm.
func lnWeight(n Num) int {
	if Compare(n, New(9, 1)) >= 0 && Compare(n, New(11, 1)) <= 0 {
		x := addFinite(n, New(-1, 0))
		if x.isZeroMag() {
			return 0
		}
		weight, first := x.leadingWord()
		return weight*4 + int(math.Log10(float64(first)))
	}
	_, digits, tens := n.words()
	ln := math.Log(digits) + float64(tens)*math.Ln10
	return int(math.Log10(math.Abs(ln)))
}

// Ln returns the natural logarithm.
func Ln(n Num) (Num, error) {
	if err := checkLog(n); err != nil || !n.Finite() {
		return n, err
	}
	scale := displayScale(minSignificantDigits-lnWeight(n), n)
	return fromFloatAt(lnFloat(n.float(bitsFor(scale+n.digits()))), scale)
}

// Log returns the logarithm of n to a base.
func Log(base, n Num) (Num, error) {
	if base.IsNaN() || n.IsNaN() {
		return NaN, nil
	}
	if err := checkLog(base); err != nil {
		return Num{}, err
	}
	if err := checkLog(n); err != nil {
		return Num{}, err
	}
	switch {
	case base.kind == posInf && n.kind == posInf:
		return NaN, nil
	case base.kind == posInf:
		return Num{}, nil
	case n.kind == posInf:
		return n, nil
	}
	scale := displayScale(minSignificantDigits-lnWeight(n)+lnWeight(base), base, n)
	bits := bitsFor(scale + base.digits() + n.digits() + 16)
	x, y := lnFloat(base.float(bits)), lnFloat(n.float(bits))
	if x.Sign() == 0 || Compare(base, New(1, 0)) == 0 {
		return Num{}, divisionByZero()
	}
	return fromFloatAt(y.Quo(y, x), scale)
}

// Power returns base^exponent.
func Power(base, exponent Num) (Num, error) {
	one := New(1, 0)
	integer := !exponent.Finite() || Compare(exponent.rescale(0, Truncate), exponent) == 0
	switch {
	case base.IsNaN():
		if exponent.IsZero() {
			return one, nil
		}
		return NaN, nil
	case exponent.IsNaN():
		if Compare(base, one) == 0 {
			return one, nil
		}
		return NaN, nil
	case base.Sign() == 0 && exponent.Sign() < 0:
		return Num{}, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case base.Sign() < 0 && !integer:
		return Num{}, pgerr.New(pgerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
	case !base.Finite() || !exponent.Finite():
		return powerSpecial(base, exponent), nil
	}
	if integer {
		if n, err := exponent.Int64(32, ""); err == nil {
			return powerInt(base, int(n))
		}
	}
	if base.isZeroMag() {
		return Num{scale: minSignificantDigits}, nil
	}
	odd := integer && exponent.rescale(0, Truncate).isOdd()
	ln := lnFloat(ptr(base.Abs()).float(bitsFor(base.digits() + 32)))
	value, _ := ln.Mul(ln, exponent.float(ln.Prec())).Float64()
	if math.Abs(value) > maxResultScale*3.01 {
		if value > 0 {
			return Num{}, overflow()
		}
		return Num{scale: maxDisplayScale}, nil
	}
	weight := value * log10e
	scale := displayScale(minSignificantDigits-int(weight), base, exponent)
	bits := bitsFor(scale + int(math.Abs(weight)) + base.digits() + exponent.digits() + 32)
	ln = lnFloat(ptr(base.Abs()).float(bits))
	n, err := fromFloatAt(expFloat(ln.Mul(ln, exponent.float(bits))), scale)
	if odd && base.Sign() < 0 {
		n = n.Neg()
	}
	return n, err
}

func (n Num) isOdd() bool { return n.asBig().Bit(0) == 1 }

// powerSpecial is a power of which an argument is infinite; neither is NaN.
func powerSpecial(base, exponent Num) Num {
	one := New(1, 0)
	size := Compare(base.Abs(), one)
	switch {
	case Compare(base, one) == 0 || exponent.IsZero():
		return one
	case !exponent.Finite() && size == 0: // (-1)^Infinity
		return one
	case !exponent.Finite() && (exponent.Sign() > 0) == (size > 0):
		return Inf
	case !exponent.Finite():
		return Num{}
	case exponent.Sign() < 0:
		return Num{}
	case base.kind == negInf && exponent.rescale(0, Truncate).isOdd():
		return NegInf
	default:
		return Inf
	}
}

// powerInt is power_var_int, whose scale is that of the base, or 16.
func powerInt(base Num, exponent int) (Num, error) {
	scale := displayScale(minSignificantDigits, base)
	if base.isZeroMag() && exponent != 0 {
		return Num{scale: scale}, nil
	}
	weight := 0.0
	if !base.isZeroMag() {
		_, digits, tens := base.words()
		weight = (math.Log10(digits) + float64(tens)) * float64(exponent)
	}
	switch {
	case weight > MaxIntegerDigits+8:
		return Num{}, overflow()
	case weight+1 < -float64(scale):
		return Num{scale: scale}, nil
	}
	switch exponent {
	case 0:
		return New(1, 0).rescale(scale, HalfAway), nil
	case 1:
		return base.rescale(scale, HalfAway).check()
	}
	bits := bitsFor(scale + int(math.Abs(weight)) + base.digits() + 64)
	result, square := big.NewFloat(1).SetPrec(bits), base.float(bits)
	for n := uint(max(exponent, -exponent)); n > 0; n >>= 1 {
		if n&1 == 1 {
			result.Mul(result, square)
		}
		if n > 1 {
			square.Mul(square, square)
		}
	}
	if exponent < 0 {
		result.Quo(big.NewFloat(1).SetPrec(bits), result)
	}
	return fromFloatAt(result, scale)
}

// TrimScale drops zeros at the end of the fraction; MinScale is the scale that is left.
func (n Num) TrimScale() Num { return n.Normal() }

// Integral gives the number as an integer; ok is false if it has a fraction or is not finite.
func (n Num) Integral() (i *big.Int, ok bool) {
	if !n.Finite() {
		return nil, false
	}
	whole := n.rescale(0, Truncate)
	if Compare(whole, n) != 0 {
		return nil, false
	}
	i = new(big.Int).Set(whole.asBig())
	if n.kind == negative {
		i.Neg(i)
	}
	return i, true
}

// GCD returns the greatest common divisor, of fractions too.
func GCD(a, b Num) (Num, error) {
	if !a.Finite() || !b.Finite() {
		return NaN, nil
	}
	x, y := align(a, b)
	return FromBig(new(big.Int).GCD(nil, nil, x.asBig(), y.asBig()), x.scale)
}

// LCM returns the least common multiple, of fractions too.
func LCM(a, b Num) (Num, error) {
	if !a.Finite() || !b.Finite() {
		return NaN, nil
	}
	x, y := align(a, b)
	if x.isZeroMag() || y.isZeroMag() {
		return Num{scale: x.scale}, nil
	}
	g := new(big.Int).GCD(nil, nil, x.asBig(), y.asBig())
	return FromBig(g.Mul(new(big.Int).Quo(x.asBig(), g), y.asBig()), x.scale)
}
