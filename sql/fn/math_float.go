package fn

import (
	"math"
	"math/rand/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// float1 makes the kernel of a function that has a result for every float.
func float1(f func(x float64) float64) Kernel {
	return func(c *Call) {
		a := c.Args[0]
		out := grow(&c.Out.Floats, c.Rows)
		for i := range out {
			out[i] = f(a.Floats[i&a.mask()])
		}
	}
}

// floatChecked makes the kernel of a function that may overflow, or has no result.
func floatChecked(f func(x float64) (float64, error)) Kernel {
	t := float{oid: types.OIDFloat8}
	return perRow(func(c *Call, i int) error {
		x := c.float(0, i)
		r, err := f(x)
		if err == nil {
			c.putFloat(t.check(c, i, r, inf(x), true))
		}
		return err
	})
}

// floatInfinite is floatChecked for functions that may be infinite.
func floatInfinite(low, high float64, f func(x float64) float64) Kernel {
	return perRow(func(c *Call, i int) error {
		x := c.float(0, i)
		if inf(x) || x < low || x > high {
			return inputOutOfRange()
		}
		c.putFloat(f(x))
		return nil
	})
}

func inputOutOfRange() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
}

// within makes a function that takes numbers between two bounds.
func within(low, high float64, f func(float64) float64) Kernel {
	return floatChecked(func(x float64) (float64, error) {
		if x < low || x > high {
			return 0, inputOutOfRange()
		}
		return f(x), nil
	})
}

// finite makes a function that takes all but the infinities.
func finite(f func(float64) float64) Kernel {
	return floatChecked(func(x float64) (float64, error) {
		if inf(x) {
			return 0, inputOutOfRange()
		}
		return f(x), nil
	})
}

func sqrtFloat(x float64) (float64, error) {
	if x < 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	return math.Sqrt(x), nil
}

func logFloat(log func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		switch {
		case x == 0:
			return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
		case x < 0:
			return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
		}
		return log(x), nil
	}
}

func powerFloat(c *Call, i int) error {
	x, y := c.float(0, i), c.float(1, i)
	switch {
	case x == 0 && y < 0:
		return pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case x < 0 && !inf(y) && !math.IsNaN(y) && math.Trunc(y) != y:
		return pgerr.New(pgerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
	}
	r := math.Pow(x, y)
	t := float{oid: types.OIDFloat8}
	c.putFloat(t.check(c, i, r, inf(x) || inf(y), x == 0 || inf(x) || inf(y)))
	return nil
}

func expFloat(c *Call, i int) error {
	x := c.float(0, i)
	t := float{oid: types.OIDFloat8}
	c.putFloat(t.check(c, i, math.Exp(x), inf(x), inf(x)))
	return nil
}

// The functions of degrees are exact at multiples of 30 and 45.

// A variable: a constant would be multiplied with more digits than a float has.
var radiansPerDegree = 0.0174532925199432957692

var (
	sin30         = math.Sin(30 * radiansPerDegree)
	oneMinusCos60 = 1 - math.Cos(60*radiansPerDegree)
	asin05        = math.Asin(0.5)
	acos05        = math.Acos(0.5)
	atan1         = math.Atan(1)
	tan45         = sindQuadrant(45) / cosdQuadrant(45)
	cot45         = cosdQuadrant(45) / sindQuadrant(45)
)

func sindQuadrant(x float64) float64 {
	if x <= 30 {
		return math.Sin(x*radiansPerDegree) / sin30 / 2
	}
	return 1 - (1-math.Cos((90-x)*radiansPerDegree))/oneMinusCos60/2
}

func cosdQuadrant(x float64) float64 {
	if x <= 60 {
		return 1 - (1-math.Cos(x*radiansPerDegree))/oneMinusCos60/2
	}
	return math.Sin((90-x)*radiansPerDegree) / sin30 / 2
}

// quadrant brings an angle into the first quadrant; the signs are those of its sine and cosine.
func quadrant(x float64) (angle, sinSign, cosSign float64) {
	sinSign, cosSign = 1, 1
	x = math.Mod(x, 360)
	if x < 0 {
		x, sinSign = -x, -1
	}
	if x > 180 {
		x, sinSign = 360-x, -sinSign
	}
	if x > 90 {
		x, cosSign = 180-x, -1
	}
	return x, sinSign, cosSign
}

func sind(x float64) float64 {
	x, sign, _ := quadrant(x)
	return sign * sindQuadrant(x)
}

func cosd(x float64) float64 {
	x, _, sign := quadrant(x)
	return sign * cosdQuadrant(x)
}

func tand(x float64) float64 {
	x, s, c := quadrant(x)
	return noNegativeZero(s * c * (sindQuadrant(x) / cosdQuadrant(x) / tan45))
}

func cotd(x float64) float64 {
	x, s, c := quadrant(x)
	return noNegativeZero(s * c * (cosdQuadrant(x) / sindQuadrant(x) / cot45))
}

func noNegativeZero(x float64) float64 {
	if x == 0 {
		return 0
	}
	return x
}

func asindPositive(x float64) float64 {
	if x <= 0.5 {
		return math.Asin(x) / asin05 * 30
	}
	return 90 - math.Acos(x)/acos05*60
}

func asind(x float64) float64 { return math.Copysign(asindPositive(math.Abs(x)), x) }

func acosd(x float64) float64 {
	positive := func(x float64) float64 {
		if x <= 0.5 {
			return 90 - math.Asin(x)/asin05*30
		}
		return math.Acos(x) / acos05 * 60
	}
	if x >= 0 {
		return positive(x)
	}
	return 90 + asindPositive(-x)
}

func atand(x float64) float64 { return math.Atan(x) / atan1 * 45 }

func atan2Kernel(scale func(float64) float64) Kernel {
	return perRow(func(c *Call, i int) error {
		c.putFloat(scale(math.Atan2(c.float(0, i), c.float(1, i))))
		return nil
	})
}

func cot(x float64) float64 { return 1 / math.Tan(x) }

func random(c *Call) {
	for range c.Rows {
		c.putFloat(rand.Float64()) //nolint:gosec // SQL's random() promises no secrecy
	}
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	default:
		return 0
	}
}

// widthBucketFloat tells which of count buckets between two bounds a value falls into.
func widthBucketFloat(c *Call, i int) error {
	x, low, high, count := c.float(0, i), c.float(1, i), c.float(2, i), c.int(3, i)
	switch {
	case count <= 0:
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "count must be greater than zero")
	case math.IsNaN(x) || math.IsNaN(low) || math.IsNaN(high):
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "operand, lower bound, and upper bound cannot be NaN")
	case inf(low) || inf(high):
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "lower and upper bounds must be finite")
	case low == high:
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "lower bound cannot equal upper bound")
	}
	if low > high {
		x, low, high = -x, -low, -high
	}
	n := int64(0)
	switch {
	case x < low:
	case x >= high:
		n = count + 1
	default:
		n = int64(float64(count)*((x-low)/(high-low))) + 1
		n = min(n, count)
	}
	if n > math.MaxInt32 {
		return pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
	}
	c.putInt(n)
	return nil
}

func floatFunctions() []*Function {
	one := func(name string, kernel Kernel, doc string, examples ...string) *Function {
		return def(name+"(float8) float8", kernel, doc, examples...)
	}
	return []*Function{
		one("abs", float1(math.Abs), "absolute value", "abs(-17.4::float8) → 17.4"),
		def("abs(float4) float4", float1(math.Abs), "absolute value", "abs(-17.5::real) → 17.5"),
		one("ceil", float1(math.Ceil), "the next integer above", "ceil(-42.8::float8) → -42"),
		one("ceiling", float1(math.Ceil), "the next integer above", "ceiling(95.3::float8) → 96"),
		one("floor", float1(math.Floor), "the next integer below", "floor(-42.8::float8) → -43"),
		one("round", float1(math.RoundToEven), "the nearest integer, of two the even one", "round(2.5::float8) → 2"),
		one("trunc", float1(math.Trunc), "the integer part", "trunc(-42.8::float8) → -42"),
		one("sign", float1(sign), "-1, 0 or 1", "sign(-8.4::float8) → -1"),
		one("sqrt", floatChecked(sqrtFloat), "square root", "sqrt(2::float8) → 1.4142135623730951"),
		one("dsqrt", floatChecked(sqrtFloat), "square root", "dsqrt(4) → 2"),
		one("cbrt", float1(math.Cbrt), "cube root", "cbrt(8) → 2"),
		one("exp", perRow(expFloat), "e to a power", "exp(1.0::float8) → 2.718281828459045"),
		one("ln", floatChecked(logFloat(math.Log)), "natural logarithm", "ln(2.0::float8) → 0.6931471805599453"),
		one("log", floatChecked(logFloat(math.Log10)), "logarithm to base 10", "log(100::float8) → 2"),
		one("log10", floatChecked(logFloat(math.Log10)), "logarithm to base 10", "log10(1000::float8) → 3"),
		def("power(float8, float8) float8", perRow(powerFloat), "a number to a power", "power(9::float8, 3) → 729"),
		def("pow(float8, float8) float8", perRow(powerFloat), "a number to a power", "pow(9::float8, 3) → 729"),
		one("degrees", floatChecked(func(x float64) (float64, error) { return x / radiansPerDegree, nil }), "radians as degrees", "degrees(0.5) → 28.64788975654116"),
		one("radians", float1(func(x float64) float64 { return x * radiansPerDegree }), "degrees as radians", "radians(45.0) → 0.7853981633974483"),
		def("pi() float8", func(c *Call) { fill(grow(&c.Out.Floats, c.Rows), math.Pi) }, "π", "pi() → 3.141592653589793"),
		def("random() float8", random, "a random number from 0 up to 1").volatile(),
		one("sin", finite(math.Sin), "sine", "sin(1) → 0.8414709848078965"),
		one("cos", finite(math.Cos), "cosine", "cos(0) → 1"),
		one("tan", finite(math.Tan), "tangent", "tan(0) → 0"),
		one("cot", floatInfinite(math.Inf(-1), math.Inf(1), cot), "cotangent", "cot(0.5) → 1.830487721712452"),
		one("asin", within(-1, 1, math.Asin), "inverse sine", "asin(1) → 1.5707963267948966"),
		one("acos", within(-1, 1, math.Acos), "inverse cosine", "acos(1) → 0"),
		one("atan", float1(math.Atan), "inverse tangent", "atan(1) → 0.7853981633974483"),
		def("atan2(float8, float8) float8", atan2Kernel(func(x float64) float64 { return x }), "inverse tangent of a quotient", "atan2(1, 0) → 1.5707963267948966"),
		one("sinh", float1(math.Sinh), "hyperbolic sine", "sinh(0) → 0"),
		one("cosh", float1(math.Cosh), "hyperbolic cosine", "cosh(0) → 1"),
		one("tanh", float1(math.Tanh), "hyperbolic tangent", "tanh(0) → 0"),
		one("asinh", float1(math.Asinh), "inverse hyperbolic sine", "asinh(0) → 0"),
		one("acosh", within(1, math.Inf(1), math.Acosh), "inverse hyperbolic cosine", "acosh(1) → 0"),
		one("atanh", floatInfinite(-1, 1, math.Atanh), "inverse hyperbolic tangent", "atanh(0) → 0"),
		one("sind", finite(sind), "sine of degrees", "sind(30) → 0.5"),
		one("cosd", finite(cosd), "cosine of degrees", "cosd(60) → 0.5"),
		one("tand", floatInfinite(math.Inf(-1), math.Inf(1), tand), "tangent of degrees", "tand(45) → 1"),
		one("cotd", floatInfinite(math.Inf(-1), math.Inf(1), cotd), "cotangent of degrees", "cotd(45) → 1"),
		one("asind", within(-1, 1, asind), "inverse sine in degrees", "asind(0.5) → 30"),
		one("acosd", within(-1, 1, acosd), "inverse cosine in degrees", "acosd(0.5) → 60"),
		one("atand", float1(atand), "inverse tangent in degrees", "atand(1) → 45"),
		def("atan2d(float8, float8) float8", atan2Kernel(func(x float64) float64 { return x / atan1 * 45 }), "inverse tangent of a quotient in degrees", "atan2d(1, 0) → 90"),
		def("width_bucket(float8, float8, float8, int4) int4", perRow(widthBucketFloat), "which of a number of buckets between two bounds a value falls into", "width_bucket(5.35::float8, 0.024, 10.06, 5) → 3"),
	}
}

func floatMoreOperators() []*Operator {
	all := []*Operator{
		op("^", "float8", "float8", "float8", perRow(powerFloat), "power", "2 ^ 3 → 8"),
		op("|/", "", "float8", "float8", floatChecked(sqrtFloat), "square root", "|/ 25.0 → 5"),
		op("||/", "", "float8", "float8", float1(math.Cbrt), "cube root", "||/ 64.0 → 4"),
	}
	for _, t := range []string{"float4", "float8"} {
		all = append(all,
			op("+", "", t, t, float1(func(x float64) float64 { return x }), "the number itself", "+ 1.5::"+t+" → 1.5"),
			op("@", "", t, t, float1(math.Abs), "absolute value", "@ (-5.5::"+t+") → 5.5"))
	}
	return all
}
