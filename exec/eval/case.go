package eval

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
)

// caseNode is CASE WHEN ... END. Conditions are computed for the rows that no earlier one took, results for the rows that
// take them.
type caseNode struct {
	arms []arm
	last part
	out  batch.Vec

	open, taken []int32
	// from says for every row which arm's result it takes, and at which place of it.
	from []source
	args []fn.Arg
}

type arm struct{ cond, result part }

// source is where a row of the result comes from.
type source struct{ arm, row int32 }

func compileCase(e *flow.Case) node {
	c := &caseNode{last: compilePart(e.Else), out: batch.NewVec(e.Typ)}
	for _, w := range e.Whens {
		c.arms = append(c.arms, arm{compilePart(w.Cond), compilePart(w.Result)})
	}
	c.args = make([]fn.Arg, len(c.arms)+1)
	return c
}

func (c *caseNode) eval(ctx *Context, b *batch.Batch) fn.Arg {
	c.out.Reset()
	c.open, c.from = c.open[:0], c.from[:0]
	for i := range b.Len() {
		c.open = append(c.open, int32(i))
		c.from = append(c.from, source{})
	}
	for k := range c.arms {
		if len(c.open) == 0 {
			break
		}
		c.split(c.arms[k].cond.of(ctx, b, c.open))
		c.take(ctx, b, k, &c.arms[k].result, c.taken)
	}
	c.take(ctx, b, len(c.arms), &c.last, c.open)
	for i, s := range c.from {
		if c.out.AppendFrom(c.args[s.arm].Vec, int(s.row)); full(ctx, &c.out, i, b) {
			break
		}
	}
	return fn.Arg{Vec: &c.out}
}

// split divides the open rows into those for which a condition is true, which are taken, and the others.
func (c *caseNode) split(cond fn.Arg) {
	kept := c.open[:0]
	c.taken = c.taken[:0]
	for i, row := range c.open {
		at := i
		if cond.Const {
			at = 0
		}
		if !cond.IsNull(at) && cond.Bools[at] {
			c.taken = append(c.taken, row)
		} else {
			kept = append(kept, row)
		}
	}
	c.open = kept
}

// take computes a result for some rows and notes that they come from it.
func (c *caseNode) take(ctx *Context, b *batch.Batch, k int, p *part, rows []int32) {
	if len(rows) == 0 {
		return
	}
	c.args[k] = p.of(ctx, b, rows)
	for i, row := range rows {
		s := source{int32(k), int32(i)}
		if c.args[k].Const {
			s.row = 0
		}
		c.from[row] = s
	}
}
