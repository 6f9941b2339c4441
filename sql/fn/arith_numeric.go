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
		op("+", "numeric", "numeric", "numeric", numeric2(numeric.Add), "sum", "1.5 + 2.25 → 3.75"),
		op("-", "numeric", "numeric", "numeric", numeric2(numeric.Sub), "difference", "1.5 - 2.25 → -0.75"),
		op("*", "numeric", "numeric", "numeric", multiplyNumerics, "product", "1.5 * 2.25 → 3.375"),
		op("/", "numeric", "numeric", "numeric", numeric2(numeric.Div), "quotient", "10.0 / 4 → 2.5000000000000000"),
		op("%", "numeric", "numeric", "numeric", numeric2(numeric.Mod), "remainder, with the sign of the dividend", "-7.5 % 2 → -1.5"),
		op("-", "", "numeric", "numeric", numeric1(func(a numeric.Num) (numeric.Num, error) { return a.Neg(), nil }), "negation", "- 1.5 → -1.5"),
		op("+", "", "numeric", "numeric", numeric1(func(a numeric.Num) (numeric.Num, error) { return a, nil }), "the number itself", "+ 1.5 → 1.5"),
		op("@", "", "numeric", "numeric", numeric1(func(a numeric.Num) (numeric.Num, error) { return a.Abs(), nil }), "absolute value", "@ (-1.5) → 1.5"),
	}
}

// multiplyNumerics multiplies small numbers in place, and the others as numeric.Mul does. A factor that is a constant is decoded once.
func multiplyNumerics(c *Call) {
	var factor [2]numeric.Small
	var small [2]bool
	for k := range factor {
		if c.Args[k].Const && !c.isNull(k, 0) {
			factor[k], small[k] = numeric.DecodeSmall(c.bytes(k, 0))
		}
	}
	for i := range c.Rows {
		if c.anyNull(i) {
			c.pad()
			continue
		}
		for k := range factor {
			if !c.Args[k].Const {
				factor[k], small[k] = numeric.DecodeSmall(c.bytes(k, i))
			}
		}
		if small[0] && small[1] {
			if product, ok := factor[0].Mul(factor[1]); ok {
				c.putAppended(product.Append(c.Out.Data))
				continue
			}
		}
		c.row(slowProduct, i)
	}
}

func slowProduct(c *Call, i int) error {
	n, err := numeric.Mul(c.numeric(0, i), c.numeric(1, i))
	if err == nil {
		c.putNumeric(n)
	}
	return err
}
