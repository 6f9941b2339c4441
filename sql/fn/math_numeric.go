package fn

import (
	"math/big"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

func roundNumeric(how numeric.Rounding) Kernel {
	return perRow(func(c *Call, i int) error {
		scale := 0
		if len(c.Args) > 1 {
			scale = int(c.int(1, i))
		}
		n, err := c.numeric(0, i).Round(scale, how)
		if err == nil {
			c.putNumeric(n)
		}
		return err
	})
}

func signNumeric(n numeric.Num) (numeric.Num, error) {
	if n.IsNaN() {
		return n, nil
	}
	return numeric.New(int64(n.Sign()), 0), nil
}

func log10Numeric(n numeric.Num) (numeric.Num, error) { return numeric.Log(numeric.New(10, 0), n) }

func scaleOf(c *Call, i int) error {
	n := c.numeric(0, i)
	if !n.Finite() {
		c.putNull()
		return nil
	}
	c.putInt(int64(n.Scale()))
	return nil
}

func minScale(c *Call, i int) error {
	n := c.numeric(0, i)
	if !n.Finite() {
		c.putNull()
		return nil
	}
	c.putInt(int64(n.Normal().Scale()))
	return nil
}

func widthBucketNumeric(c *Call, i int) error {
	x, low, high, count := c.numeric(0, i), c.numeric(1, i), c.numeric(2, i), c.int(3, i)
	switch {
	case count <= 0:
		return bucketCount()
	case x.IsNaN() || low.IsNaN() || high.IsNaN():
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "operand, lower bound, and upper bound cannot be NaN")
	case !low.Finite() || !high.Finite():
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "lower and upper bounds must be finite")
	case numeric.Compare(low, high) == 0:
		return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "lower bound cannot equal upper bound")
	}
	if numeric.Compare(low, high) > 0 {
		x, low, high = x.Neg(), low.Neg(), high.Neg()
	}
	n := int64(0)
	switch {
	case numeric.Compare(x, low) < 0:
	case numeric.Compare(x, high) >= 0:
		n = count + 1
	default:
		above, err := numeric.Sub(x, low)
		if err != nil {
			return err
		}
		size, err := numeric.Sub(high, low)
		if err != nil {
			return err
		}
		if above, err = numeric.Mul(above, numeric.New(count, 0)); err != nil {
			return err
		}
		if above, err = numeric.DivTrunc(above, size); err != nil {
			return err
		}
		if n, err = above.Int64(64, "bigint"); err != nil {
			return err
		}
		n++
	}
	if n > 1<<31-1 {
		return pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
	}
	c.putInt(n)
	return nil
}

// widthBucketArray finds the place of a value in a sorted array of lower bounds.
func widthBucketArray(c *Call, i int) error {
	a, err := c.openArray(1, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) > 1 {
		return pgerr.New(pgerr.ArraySubscriptError, "thresholds must be one-dimensional array")
	}
	bounds, err := a.all()
	if err != nil {
		return err
	}
	x := c.value(0, i)
	low, high := 0, len(bounds)
	for low < high {
		mid := (low + high) / 2
		if bounds[mid].Null {
			return pgerr.New(pgerr.NullValueNotAllowed, "thresholds array must not contain NULLs")
		}
		if a.codec.Compare(x, bounds[mid]) < 0 {
			high = mid
		} else {
			low = mid + 1
		}
	}
	c.putInt(int64(low))
	return nil
}

func factorial(c *Call, i int) error {
	n := c.int(0, i)
	const most = 32177
	switch {
	case n < 0:
		return pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > most:
		return pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	f, err := numeric.FromBig(new(big.Int).MulRange(1, max(n, 1)), 0)
	if err == nil {
		c.putNumeric(f)
	}
	return err
}

func numericFunctions() []*Function {
	return []*Function{
		def("abs(numeric) numeric", numeric1(func(n numeric.Num) (numeric.Num, error) { return n.Abs(), nil }), "absolute value", "abs(-17.4) → 17.4"),
		def("ceil(numeric) numeric", numeric1(numeric.Num.Ceil), "the next integer above", "ceil(42.2) → 43"),
		def("ceiling(numeric) numeric", numeric1(numeric.Num.Ceil), "the next integer above", "ceiling(-42.8) → -42"),
		def("floor(numeric) numeric", numeric1(numeric.Num.Floor), "the next integer below", "floor(-42.8) → -43"),
		def("round(numeric) numeric", roundNumeric(numeric.HalfAway), "the nearest integer, away from zero in the middle", "round(42.5) → 43"),
		def("round(numeric, int4) numeric", roundNumeric(numeric.HalfAway), "rounded to a number of digits behind the point, or before it", "round(42.4382, 2) → 42.44", "round(1234.56, -1) → 1230"),
		def("trunc(numeric) numeric", roundNumeric(numeric.Truncate), "the integer part", "trunc(42.8) → 42"),
		def("trunc(numeric, int4) numeric", roundNumeric(numeric.Truncate), "cut to a number of digits behind the point, or before it", "trunc(42.4382, 2) → 42.43"),
		def("sign(numeric) numeric", numeric1(signNumeric), "-1, 0 or 1", "sign(-8.4) → -1"),
		def("sqrt(numeric) numeric", numeric1(numeric.Sqrt), "square root", "sqrt(2.0) → 1.414213562373095"),
		def("exp(numeric) numeric", numeric1(numeric.Exp), "e to a power", "exp(1.0) → 2.7182818284590452"),
		def("ln(numeric) numeric", numeric1(numeric.Ln), "natural logarithm", "ln(2.0) → 0.6931471805599453"),
		def("log(numeric) numeric", numeric1(log10Numeric), "logarithm to base 10", "log(100.0) → 2.0000000000000000"),
		def("log10(numeric) numeric", numeric1(log10Numeric), "logarithm to base 10", "log10(1000.0) → 3.0000000000000000"),
		def("log(numeric, numeric) numeric", numeric2(numeric.Log), "logarithm to a base, which comes first", "log(2.0, 64.0) → 6.0000000000000000"),
		def("power(numeric, numeric) numeric", numeric2(numeric.Power), "a number to a power", "power(9.0, 3.0) → 729.0000000000000000"),
		def("pow(numeric, numeric) numeric", numeric2(numeric.Power), "a number to a power", "pow(2.0, -2) → 0.2500000000000000"),
		def("mod(numeric, numeric) numeric", numeric2(numeric.Mod), "remainder, with the sign of the dividend", "mod(9.5, 4) → 1.5"),
		def("div(numeric, numeric) numeric", numeric2(numeric.DivTrunc), "quotient without its fraction", "div(9, 4) → 2"),
		def("gcd(numeric, numeric) numeric", numeric2(numeric.GCD), "greatest common divisor", "gcd(1071.0, 462) → 21.0"),
		def("lcm(numeric, numeric) numeric", numeric2(numeric.LCM), "least common multiple", "lcm(1071.0, 462) → 23562.0"),
		def("scale(numeric) int4", perRow(scaleOf), "number of digits behind the point", "scale(8.4100) → 4"),
		def("min_scale(numeric) int4", perRow(minScale), "number of digits behind the point that are needed", "min_scale(8.4100) → 2"),
		def("trim_scale(numeric) numeric", numeric1(func(n numeric.Num) (numeric.Num, error) { return n.TrimScale(), nil }), "without zeros at the end of the fraction", "trim_scale(8.4100) → 8.41"),
		def("factorial(int8) numeric", perRow(factorial), "factorial", "factorial(5) → 120"),
		def("width_bucket(numeric, numeric, numeric, int4) int4", perRow(widthBucketNumeric), "which of a number of buckets between two bounds a value falls into", "width_bucket(5.35, 0.024, 10.06, 5) → 3"),
		def("width_bucket(anycompatible, anycompatiblearray) int4", perRow(widthBucketArray), "which bucket of a sorted array of lower bounds a value falls into", "width_bucket(5, ARRAY[1, 3, 7]) → 2"),
	}
}

func numericMoreOperators() []*Operator {
	return []*Operator{
		op("^", "numeric", "numeric", "numeric", numeric2(numeric.Power), "power", "2.0 ^ 3.0 → 8.0000000000000000"),
	}
}
