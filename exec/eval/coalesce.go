package eval

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
)

// coalesce is the first argument that is not null. An argument is computed for the rows only where those before it are null.
type coalesce struct {
	args []part
	out  batch.Vec

	open, next []int32 // the rows that have no value yet
	results    []fn.Arg
	from       []source
}

func compileCoalesce(e *flow.Coalesce) node {
	c := &coalesce{out: batch.NewVec(e.Typ)}
	for _, arg := range e.Args {
		c.args = append(c.args, compilePart(arg))
	}
	c.results = make([]fn.Arg, len(c.args))
	return c
}

func (c *coalesce) eval(ctx *Context, b *batch.Batch) fn.Arg {
	c.out.Reset()
	c.open, c.from = c.open[:0], c.from[:0]
	for i := range b.Len() {
		c.open = append(c.open, int32(i))
		c.from = append(c.from, source{arm: -1})
	}
	for k := range c.args {
		if len(c.open) == 0 {
			break
		}
		errors := ctx.Errors.Len()
		x := c.args[k].of(ctx, b, c.open)
		if x.Const && !x.HasNulls() && k == 0 && ctx.Errors.Len() == errors {
			return x
		}
		c.results[k] = x
		c.next = c.next[:0]
		for i, row := range c.open {
			at := i
			if x.Const {
				at = 0
			}
			if x.IsNull(at) {
				c.next = append(c.next, row)
				continue
			}
			c.from[row] = source{int32(k), int32(at)}
		}
		c.open, c.next = c.next, c.open
	}
	for i, s := range c.from {
		if s.arm < 0 {
			c.out.AppendNull()
			continue
		}
		if c.out.AppendFrom(c.results[s.arm].Vec, int(s.row)); full(ctx, &c.out, i, b) {
			break
		}
	}
	return fn.Arg{Vec: &c.out}
}
