package fn

import (
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// numeric2 makes the kernel of an operation over two numerics.
func numeric2(f func(a, b numeric.Num) (numeric.Num, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := f(c.numeric(0, i), c.numeric(1, i))
		if err == nil {
			c.putNumeric(n)
		}
		return err
	})
}

func numeric1(f func(a numeric.Num) (numeric.Num, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := f(c.numeric(0, i))
		if err == nil {
			c.putNumeric(n)
		}
		return err
	})
}

func numericOperators() []*Operator {
	return []*Operator{
		op("+", "numeric", "numeric", "numeric", smallNumerics(numeric.Small.Add, numeric.Add), "sum", "1.5 + 2.25 → 3.75"),
		op("-", "numeric", "numeric", "numeric", smallNumerics(numeric.Small.Sub, numeric.Sub), "difference", "1.5 - 2.25 → -0.75"),
		op("*", "numeric", "numeric", "numeric", smallNumerics(numeric.Small.Mul, numeric.Mul), "product", "1.5 * 2.25 → 3.375"),
		op("/", "numeric", "numeric", "numeric", numeric2(numeric.Div), "quotient", "10.0 / 4 → 2.5000000000000000"),
		op("%", "numeric", "numeric", "numeric", numeric2(numeric.Mod), "remainder, with the sign of the dividend", "-7.5 % 2 → -1.5"),
		op("-", "", "numeric", "numeric", numeric1(func(a numeric.Num) (numeric.Num, error) { return a.Neg(), nil }), "negation", "- 1.5 → -1.5"),
		op("+", "", "numeric", "numeric", numeric1(func(a numeric.Num) (numeric.Num, error) { return a, nil }), "the number itself", "+ 1.5 → 1.5"),
		op("@", "", "numeric", "numeric", numeric1(func(a numeric.Num) (numeric.Num, error) { return a.Abs(), nil }), "absolute value", "@ (-1.5) → 1.5"),
	}
}

// smallNumerics makes the kernel of an operation over two numerics that computes small numbers in place, and the others as slow does. An
// argument that is a constant is decoded once.
func smallNumerics(fast func(a, b numeric.Small) (numeric.Small, bool), slow func(a, b numeric.Num) (numeric.Num, error)) Kernel {
	slowRow := func(c *Call, i int) error {
		n, err := slow(c.numeric(0, i), c.numeric(1, i))
		if err == nil {
			c.putNumeric(n)
		}
		return err
	}
	return func(c *Call) {
		x := smallArgs(c)
		for i := range c.Rows {
			if c.anyNull(i) {
				c.pad()
				continue
			}
			if x.decode(c, i) {
				if n, ok := fast(x.args[0], x.args[1]); ok {
					c.putAppended(n.Append(c.Out.Data))
					continue
				}
			}
			c.row(slowRow, i)
		}
	}
}

// smallPair is the two arguments of a row as small numbers, where they are.
type smallPair struct {
	args  [2]numeric.Small
	small [2]bool
}

// smallArgs decodes the arguments that are constants.
func smallArgs(c *Call) smallPair {
	var x smallPair
	for k := range x.args {
		if c.Args[k].Const && !c.isNull(k, 0) {
			x.args[k], x.small[k] = numeric.DecodeSmall(c.bytes(k, 0))
		}
	}
	return x
}

// decode reads the arguments of a row and tells whether both are small.
func (x *smallPair) decode(c *Call, i int) bool {
	for k := range x.args {
		if !c.Args[k].Const {
			x.args[k], x.small[k] = numeric.DecodeSmall(c.bytes(k, i))
		}
	}
	return x.small[0] && x.small[1]
}

// compareNumerics compares small numbers in place, and the others as numeric.Compare does.
func (sign comparison) compareNumerics(c *Call) {
	x := smallArgs(c)
	out := grow(&c.Out.Bools, c.Rows)
	for i := range out {
		if x.decode(c, i) {
			if d, ok := x.args[0].Compare(x.args[1]); ok {
				out[i] = sign.of(d)
				continue
			}
		}
		out[i] = sign.of(numeric.CompareEncoded(c.bytes(0, i), c.bytes(1, i)))
	}
}
