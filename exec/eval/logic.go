package eval

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
)

// not is NOT x: null stays null.
type not struct {
	x   node
	out batch.Vec
}

func (n *not) eval(ctx *Context, b *batch.Batch) fn.Arg {
	x := n.x.eval(ctx, b)
	n.out.Reset()
	for _, v := range x.Bools {
		n.out.Bools = append(n.out.Bools, !v)
	}
	orNulls(&n.out, x.Nulls)
	return fn.Arg{Vec: &n.out, Const: x.Const}
}

// isNull is x IS [NOT] NULL.
type isNull struct {
	x   node
	not bool
	out batch.Vec
}

func (n *isNull) eval(ctx *Context, b *batch.Batch) fn.Arg {
	x := n.x.eval(ctx, b)
	n.out.Reset()
	if !x.HasNulls() {
		n.out.Bools = slices.Grow(n.out.Bools, x.Len())[:x.Len()]
		for i := range n.out.Bools {
			n.out.Bools[i] = n.not
		}
		return fn.Arg{Vec: &n.out, Const: x.Const}
	}
	for i := range x.Len() {
		n.out.Bools = append(n.out.Bools, x.IsNull(i) != n.not)
	}
	return fn.Arg{Vec: &n.out, Const: x.Const}
}

// logic is AND or OR. Each argument is computed only for the rows that those before have not decided, as a guard expects:
// x <> 0 AND y / x > 1.
type logic struct {
	// decides is the value that settles a row: false for AND, true for OR.
	decides bool
	args    []part
	// harmless tells that no argument can fail: all of them are computed for all rows, which is cheaper than to pick rows out.
	harmless bool
	out      batch.Vec
	open     []int32 // the rows not decided yet
}

func compileLogic(e *flow.Logic) node {
	l := &logic{decides: e.Or, out: newBools()}
	sets, rest := compileSets(e)
	if len(sets) == 1 && len(rest) == 0 {
		return sets[0].node
	}
	l.args, l.harmless = sets, true // looking up cannot fail
	for _, arg := range rest {
		l.args = append(l.args, compilePart(arg))
		l.harmless = l.harmless && flow.Compares(arg)
	}
	return l
}

func (l *logic) eval(ctx *Context, b *batch.Batch) fn.Arg {
	l.out.Reset()
	if l.harmless && l.combine(ctx, b) {
		return fn.Arg{Vec: &l.out}
	}
	l.out.Reset()
	l.open = l.open[:0]
	for i := range b.Len() {
		l.out.Bools = append(l.out.Bools, !l.decides)
		l.open = append(l.open, int32(i))
	}
	for k := range l.args {
		if len(l.open) == 0 {
			break
		}
		x := l.args[k].of(ctx, b, l.open)
		l.take(x, k == len(l.args)-1)
	}
	return fn.Arg{Vec: &l.out}
}

// combine computes all arguments for all rows. It answers false, and l.out means nothing, if one of them is a constant or has nulls.
func (l *logic) combine(ctx *Context, b *batch.Batch) bool {
	for k := range l.args {
		x := l.args[k].eval(ctx, b)
		switch {
		case x.Const || x.HasNulls():
			return false
		case k == 0:
			l.out.Bools = append(l.out.Bools, x.Bools...)
		case l.decides:
			for i, v := range x.Bools[:len(l.out.Bools)] {
				l.out.Bools[i] = l.out.Bools[i] || v
			}
		default:
			for i, v := range x.Bools[:len(l.out.Bools)] {
				l.out.Bools[i] = l.out.Bools[i] && v
			}
		}
	}
	return true
}

// take merges an argument's values for the open rows and keeps those that are still open.
func (l *logic) take(x fn.Arg, last bool) {
	kept := l.open[:0]
	for i, row := range l.open {
		at := i
		if x.Const {
			at = 0
		}
		switch {
		case x.IsNull(at):
			l.out.SetNull(int(row))
		case x.Bools[at] == l.decides:
			l.out.Bools[row] = l.decides
			clearNull(&l.out, int(row))
			continue
		}
		if !last {
			kept = append(kept, row)
		}
	}
	l.open = kept
}

func clearNull(v *batch.Vec, i int) {
	if w := i >> 6; w < len(v.Nulls) {
		v.Nulls[w] &^= 1 << (i & 63)
	}
}

// part is a node that is evaluated for some rows of a batch only.
type part struct {
	node
	columns []int // that the node reads: no others are copied for it
	rows    *batch.Batch
}

func compilePart(e flow.Expr) part {
	p := part{node: compile(e)}
	flow.VisitColumns(e, func(c int) {
		if !slices.Contains(p.columns, c) {
			p.columns = append(p.columns, c)
		}
	})
	return p
}

// of computes the node for the rows of b that sel lists. Where that is all of them the batch is used as it is.
func (p *part) of(ctx *Context, b *batch.Batch, sel []int32) fn.Arg {
	if len(sel) == b.Len() {
		return p.eval(ctx, b)
	}
	if p.rows == nil {
		p.rows = &batch.Batch{Cols: make([]batch.Vec, len(b.Cols))}
		for i := range b.Cols {
			p.rows.Cols[i] = batch.NewVec(b.Cols[i].Type())
		}
	}
	p.rows.Reset()
	p.rows.GatherColumns(b, sel, p.columns)
	errors := ctx.Errors.Len()
	x := p.eval(ctx, p.rows)
	for k := errors; k < ctx.Errors.Len(); k++ {
		ctx.Errors.Rows[k] = sel[ctx.Errors.Rows[k]]
	}
	return x
}
