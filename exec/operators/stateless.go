// Package operators is the operators of a dataflow, one file each.
package operators

import (
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// stateless is the end of a tick for operators that keep nothing: the output's time is the inputs' earliest.
type stateless struct{}

func (stateless) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	return op.Outcome{Watermark: earliest(t.Watermarks), Wake: op.Never}, nil
}

// earliest is the watermark of what several inputs flow into.
func earliest(watermarks []int64) int64 {
	low := int64(op.Complete)
	for _, w := range watermarks {
		low = min(low, w)
	}
	return low
}

// RowErrors takes the errors of rows that an operator could not compute, after each batch. It is the runtime's: a view keeps
// them in sys.row_errors, a SELECT fails. b is the batch that the numbers in ctx.Errors count in.
type RowErrors func(ctx *eval.Context, b *batch.Batch) error

// filter lets the rows pass for which a condition is true.
type filter struct {
	stateless
	cond   *eval.Evaluator
	ctx    *eval.Context
	errors RowErrors
	sel    []int32
	out    *batch.Batch
}

func newFilter(spec *flow.Filter, ctx *eval.Context, errors RowErrors) *filter {
	return &filter{cond: eval.Compile(spec.Cond), ctx: ctx, errors: errors, out: batch.New(spec.Columns...)}
}

func (f *filter) Push(_ int, b *batch.Batch, emit op.Emit) error {
	f.ctx.Errors.Truncate(0)
	f.ctx.Errors.Splits = true
	f.sel = f.cond.Select(f.ctx, b, f.sel[:0])
	if tooWide(f.ctx) {
		return halve(b, func(half *batch.Batch) error { return f.Push(0, half, emit) })
	}
	if f.ctx.Errors.Len() > 0 {
		if err := f.errors(f.ctx, b); err != nil {
			return err
		}
	}
	switch len(f.sel) {
	case 0:
		return nil
	case b.Len():
		return emit(b)
	}
	f.out.Reset()
	f.out.Gather(b, f.sel)
	return emit(f.out)
}

// project computes new columns from every row.
type project struct {
	stateless
	exprs  []*eval.Evaluator
	ctx    *eval.Context
	errors RowErrors
	out    batch.Batch
	// owned are the vectors that results are copied into where they are constants.
	owned []batch.Vec
	// kept are the rows that are left when those with errors are skipped; nil: they are not.
	kept *batch.Batch
	sel  []int32
}

func newProject(spec *flow.Project, env Env) *project {
	p := &project{ctx: env.Eval, errors: env.Errors}
	if env.SkipErrors {
		p.kept = batch.New()
		for _, e := range spec.Exprs {
			p.kept.Cols = append(p.kept.Cols, batch.NewVec(e.Type()))
		}
	}
	for _, e := range spec.Exprs {
		p.exprs = append(p.exprs, eval.Compile(e))
		p.owned = append(p.owned, batch.NewVec(e.Type()))
	}
	p.out.Cols = make([]batch.Vec, len(p.exprs))
	return p
}

func (p *project) Push(_ int, b *batch.Batch, emit op.Emit) error {
	p.ctx.Errors.Truncate(0)
	p.ctx.Errors.Splits = true
	for i, e := range p.exprs {
		x := e.Eval(p.ctx, b)
		if !x.Const {
			p.out.Cols[i] = *x.Vec // the columns are shared, not copied: what is emitted is borrowed anyway
			continue
		}
		if v := x.Value(0); b.Len() > 1 && len(v.Bytes) > batch.BytesMax/b.Len() {
			p.ctx.Errors.Full = true
		} else {
			repeat(&p.owned[i], v, b.Len())
			p.out.Cols[i] = p.owned[i]
		}
	}
	if tooWide(p.ctx) {
		return halve(b, func(half *batch.Batch) error { return p.Push(0, half, emit) })
	}
	if p.ctx.Errors.Len() > 0 {
		if err := p.errors(p.ctx, b); err != nil {
			return err
		}
	}
	p.out.Diff = b.Diff
	p.out.SetLen(b.Len())
	if p.kept != nil && p.ctx.Errors.Len() > 0 {
		return p.skip(emit)
	}
	return emit(&p.out)
}

// skip emits the rows that could be computed.
func (p *project) skip(emit op.Emit) error {
	failed := p.ctx.Errors.Rows
	slices.Sort(failed)
	p.sel = p.sel[:0]
	for i := range int32(p.out.Len()) {
		for len(failed) > 0 && failed[0] < i {
			failed = failed[1:]
		}
		if len(failed) == 0 || failed[0] != i {
			p.sel = append(p.sel, i)
		}
	}
	if len(p.sel) == 0 {
		return nil
	}
	p.kept.Reset()
	p.kept.Gather(&p.out, p.sel)
	return emit(p.kept)
}

// tooWide ends an evaluation that may be done again in parts, and tells whether it has to be: the results would be too long for one batch.
func tooWide(ctx *eval.Context) bool {
	full := ctx.Errors.Full
	ctx.Errors.Splits, ctx.Errors.Full = false, false
	return full
}

// halve gives f the rows of a batch in two parts.
func halve(b *batch.Batch, f func(half *batch.Batch) error) error {
	half := batch.New()
	for i := range b.Cols {
		half.Cols = append(half.Cols, batch.NewVec(b.Cols[i].Type()))
	}
	if b.Shares() {
		whole := batch.Batch{Cols: slices.Clone(half.Cols)}
		whole.AppendPlain(b)
		b = &whole
	}
	middle := b.Len() / 2
	half.AppendRange(b, 0, middle)
	if err := f(half); err != nil {
		return err
	}
	half.Reset()
	half.AppendRange(b, middle, b.Len())
	return f(half)
}

// repeat fills a vector with n times the same value.
func repeat(v *batch.Vec, value types.Value, n int) {
	v.Reset()
	for range n {
		v.Append(value)
	}
}

// union hands on what comes from any input.
type union struct{ stateless }

func (union) Push(_ int, b *batch.Batch, emit op.Emit) error { return emit(b) }
