package fn

import (
	"sync"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

type distinctKey struct {
	eq  *Operator
	not bool
}

var distinctFunctions sync.Map

// DistinctFrom returns the function of a IS [NOT] DISTINCT FROM b for the equality operator of their types: two nulls are the same,
// and a null is distinct from all else. The same operator gives the same function.
func DistinctFrom(eq *Operator, not bool) *Function {
	key := distinctKey{eq, not}
	if f, ok := distinctFunctions.Load(key); ok {
		return f.(*Function)
	}
	name := "is distinct from"
	if not {
		name = "is not distinct from"
	}
	f, _ := distinctFunctions.LoadOrStore(key, &Function{
		Name: name, Args: eq.Function.Args, Result: types.OIDBool, Volatility: eq.Function.Volatility, NullCall: true, Monotone: -1,
		Kernel: func(c *Call) { distinct(c, eq.Function.Kernel, not) },
	})
	return f.(*Function)
}

// inner is a call that a function makes for its own result.
type inner struct {
	call Call
	out  batch.Vec
	made bool
}

// run computes a kernel over rows of args; the result is in out.
func (n *inner) run(kernel Kernel, outer *Call, result types.OID, rows int, args ...Arg) {
	if !n.made {
		n.out, n.made = batch.NewVec(types.Of(result)), true
	}
	n.out.Reset()
	n.call.Rows, n.call.Out, n.call.Errors, n.call.Environment = rows, &n.out, outer.Errors, outer.Environment
	n.call.Args = append(n.call.Args[:0], args...)
	kernel(&n.call)
}

func distinct(c *Call, equal Kernel, not bool) {
	eq := scratch[inner](c)
	from := c.Errors.Len()
	eq.run(equal, c, types.OIDBool, c.Rows, c.Args...)
	out := grow(&c.Out.Bools, c.Rows)
	for i := range out {
		a, b := c.isNull(0, i), c.isNull(1, i)
		same := a && b
		if !a && !b {
			same = eq.out.Bools[i]
		}
		out[i] = same == not
	}
	// What was compared with a null was not compared.
	kept := from
	for k := from; k < c.Errors.Len(); k++ {
		if row := int(c.Errors.Rows[k]); !c.isNull(0, row) && !c.isNull(1, row) {
			c.Errors.Rows[kept], c.Errors.Errs[kept] = c.Errors.Rows[k], c.Errors.Errs[k]
			kept++
		}
	}
	c.Errors.Truncate(kept)
}

// extremeFunctions are GREATEST and LEAST, which are null only if all arguments are.
func extremeFunctions() []*Function {
	return []*Function{
		def("greatest(variadic anycompatible) anycompatible", extreme(1), "the largest of the arguments that are not null", "greatest(1, 3, NULL, 2) → 3").nulls(),
		def("least(variadic anycompatible) anycompatible", extreme(-1), "the smallest of the arguments that are not null", "least(1, 3, NULL, 2) → 1").nulls(),
	}
}

func extreme(sign int) Kernel {
	return func(c *Call) {
		codec, ok := types.CodecOf(c.Out.Type().OID)
		if !ok {
			codec, _ = types.CodecOf(types.OIDText)
		}
		for i := range c.Rows {
			best := types.NullValue
			for k := range c.Args {
				v := c.value(k, i)
				if !v.Null && (best.Null || codec.Compare(v, best)*sign > 0) {
					best = v
				}
			}
			c.putValue(best)
		}
	}
}
