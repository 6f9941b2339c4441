// Package eval compiles scalar expressions and computes them over batches, a column at a time.
//
// An Evaluator belongs to one operator on one worker: it keeps the vectors of its intermediate results from batch to batch,
// so that nothing is allocated in steady state. Errors of rows are collected beside the result (fn.Errors); a failed row's
// value is null.
package eval

import (
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Context is what an evaluation reads beside its input.
type Context struct {
	// Environment has the time, the settings and the session.
	fn.Environment
	// Params are the values of the statement's parameters, $1 first.
	Params []types.Value
	// Errors takes the rows that cannot be computed. Their numbers are those of the batch given to Eval.
	Errors fn.Errors
}

// Evaluator is a compiled expression.
type Evaluator struct{ root node }

// Compile makes an evaluator of an expression.
func Compile(e flow.Expr) *Evaluator { return &Evaluator{compile(e)} }

// Eval computes the expression for all rows of a batch. The result is borrowed until the next call; it may be a column of the
// batch itself. If it is a constant its vector has one value.
func (e *Evaluator) Eval(ctx *Context, b *batch.Batch) fn.Arg { return e.root.eval(ctx, b) }

// Select computes a condition and appends the numbers of the rows for which it is true to sel.
func (e *Evaluator) Select(ctx *Context, b *batch.Batch, sel []int32) []int32 {
	r := e.root.eval(ctx, b)
	if r.Const {
		if !r.IsNull(0) && r.Bools[0] {
			for i := range b.Len() {
				sel = append(sel, int32(i))
			}
		}
		return sel
	}
	if !r.HasNulls() {
		return appendTrue(sel, r.Bools)
	}
	for i, ok := range r.Bools {
		if ok && !r.IsNull(i) {
			sel = append(sel, int32(i))
		}
	}
	return sel
}

// node is a compiled expression. eval's result is borrowed until the node's next eval.
type node interface {
	eval(ctx *Context, b *batch.Batch) fn.Arg
}

func compile(e flow.Expr) node {
	switch e := e.(type) {
	case *flow.Column:
		return column(e.Index)
	case *flow.Const:
		v := batch.NewVec(e.Typ)
		v.Append(e.Value)
		return &constant{v}
	case *flow.Call:
		return compileCall(e)
	case *flow.Logic:
		return compileLogic(e)
	case *flow.Not:
		return &not{x: compile(e.X), out: newBools()}
	case *flow.IsNull:
		return &isNull{x: compile(e.X), not: e.Not, out: newBools()}
	case *flow.Case:
		return compileCase(e)
	case *flow.Coalesce:
		return compileCoalesce(e)
	case *flow.Param:
		return &param{index: e.Index, value: batch.NewVec(e.Typ)}
	}
	invariants.Assertf(false, "cannot compile a %T", e)
	return nil
}

func newBools() batch.Vec { return batch.NewVec(types.Of(types.OIDBool)) }

// column is a column of the input, which is the result as it stands.
type column int

func (c column) eval(_ *Context, b *batch.Batch) fn.Arg { return fn.Arg{Vec: &b.Cols[c]} }

// constant is the same value for all rows.
type constant struct{ value batch.Vec }

func (c *constant) eval(*Context, *batch.Batch) fn.Arg { return fn.Arg{Vec: &c.value, Const: true} }

// param is a parameter of the statement: a constant that is not known before it is evaluated.
type param struct {
	index int
	value batch.Vec
}

func (p *param) eval(ctx *Context, _ *batch.Batch) fn.Arg {
	p.value.Reset()
	p.value.Append(ctx.Params[p.index])
	return fn.Arg{Vec: &p.value, Const: true}
}

// call is a function over the results of other nodes.
type call struct {
	function *fn.Function
	args     []node
	out      batch.Vec
	call     fn.Call
}

func compileCall(e *flow.Call) node {
	c := &call{function: e.Function, out: batch.NewVec(e.Typ)}
	for _, arg := range e.Args {
		c.args = append(c.args, compile(arg))
	}
	c.call.Args = make([]fn.Arg, len(c.args))
	return c
}

func (c *call) eval(ctx *Context, b *batch.Batch) fn.Arg {
	rows := b.Len()
	c.out.Reset()
	allConst := c.function.Volatility != fn.Volatile
	for i, arg := range c.args {
		c.call.Args[i] = arg.eval(ctx, b)
		allConst = allConst && c.call.Args[i].Const
	}
	if allConst {
		rows = 1
	}
	errors := ctx.Errors.Len()
	c.call.Rows, c.call.Out, c.call.Errors, c.call.Environment = rows, &c.out, &ctx.Errors, ctx.Environment
	c.function.Kernel(&c.call)
	if !c.function.NullCall {
		c.mergeNulls(rows)
	}
	if n := ctx.Errors.Len(); n > errors {
		ctx.Errors.DropNulls(errors, &c.out)
		for _, row := range ctx.Errors.Rows[errors:] {
			c.out.SetNull(int(row))
		}
		if allConst && ctx.Errors.Len() > errors { // it is the error of every row
			for row := 1; row < b.Len(); row++ {
				ctx.Errors.Add(row, ctx.Errors.Errs[errors])
			}
		}
	}
	return fn.Arg{Vec: &c.out, Const: allConst}
}

// mergeNulls makes the result null where any argument is.
func (c *call) mergeNulls(rows int) {
	for i := range c.call.Args {
		a := &c.call.Args[i]
		switch {
		case !a.HasNulls():
		case !a.Const:
			orNulls(&c.out, a.Nulls)
		case a.IsNull(0):
			for row := range rows {
				c.out.SetNull(row)
			}
		}
	}
}

// full tells whether there is no room in out for more rows than the i-th of a batch, which is then to be evaluated again in parts (fn.Errors). The
// rest are nulls.
func full(ctx *Context, out *batch.Vec, i int, b *batch.Batch) bool {
	if len(out.Data) < batch.BytesMax || i+1 >= b.Len() || !ctx.Errors.Splits {
		return false
	}
	ctx.Errors.Full = true
	for range b.Len() - i - 1 {
		out.AppendNull()
	}
	return true
}

// orNulls adds the nulls of one vector to another's.
func orNulls(v *batch.Vec, nulls []uint64) {
	for len(v.Nulls) < len(nulls) {
		v.Nulls = append(v.Nulls, 0)
	}
	for w, bits := range nulls {
		v.Nulls[w] |= bits
	}
}
