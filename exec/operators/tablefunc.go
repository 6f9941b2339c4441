package operators

import (
	"errors"
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// tableFunc calls table functions for every row of its input, several in step, and puts their columns behind the row's. Rows of many calls
// share a batch, and a call that gives many is emitted as they come.
type tableFunc struct {
	stateless
	spec   *flow.TableFunc
	ctx    *eval.Context
	errors RowErrors
	calls  []tableCall
	failed fn.Errors // of calls, in the batch that is pushed
	out    *batch.Batch
	sel    []int32 // the rows of the input behind those of out
	most   int     // rows of out for the row that is being looked at: it is repeated in each
}

// tableCall is one of the functions.
type tableCall struct {
	spec *flow.TableCall
	args []*eval.Evaluator
	vecs []fn.Arg
	call fn.TableCall
	rows fn.RowIterator // nil: at its end
	// view are the columns of the output that belong to this call, so that its rows are written where they go.
	view batch.Batch
}

func newTableFunc(spec *flow.TableFunc, env Env) *tableFunc {
	columns := slices.Clone(spec.Columns)
	for i := range spec.Calls {
		columns = append(columns, spec.Calls[i].Result...)
	}
	if spec.Ordinality {
		columns = append(columns, types.Of(types.OIDInt8))
	}
	t := &tableFunc{spec: spec, ctx: env.Eval, errors: env.Errors, out: batch.New(columns...)}
	first := len(spec.Columns)
	for i := range spec.Calls {
		s := &spec.Calls[i]
		c := tableCall{spec: s, vecs: make([]fn.Arg, len(s.Args))}
		for _, e := range s.Args {
			c.args = append(c.args, eval.Compile(e))
			c.call.Types = append(c.call.Types, e.Type())
		}
		c.call.Args, c.call.Result = make([]types.Value, len(s.Args)), s.Result
		c.view.Cols = t.out.Cols[first : first+len(s.Result) : first+len(s.Result)]
		first += len(s.Result)
		t.calls = append(t.calls, c)
	}
	return t
}

func (t *tableFunc) Push(_ int, b *batch.Batch, emit op.Emit) error {
	t.ctx.Errors.Truncate(0)
	t.failed.Truncate(0)
	t.ctx.Errors.Splits = true
	for k := range t.calls {
		c := &t.calls[k]
		for i, e := range c.args {
			c.vecs[i] = e.Eval(t.ctx, b)
		}
	}
	if tooWide(t.ctx) {
		return halve(b, func(half *batch.Batch) error { return t.Push(0, half, emit) })
	}
	// An evaluation belongs to its expression until that is evaluated again, so all of them stay while rows are made.
	if t.ctx.Errors.Len() > 0 {
		t.failed.Rows = append(t.failed.Rows, t.ctx.Errors.Rows...)
		t.failed.Errs = append(t.failed.Errs, t.ctx.Errors.Errs...)
	}
	for i := range b.Len() {
		if slices.Contains(t.failed.Rows, int32(i)) {
			continue
		}
		if err := t.row(b, i, emit); err != nil {
			return err
		}
	}
	if err := t.flush(b, emit); err != nil {
		return err
	}
	if t.failed.Len() == 0 {
		return nil
	}
	t.ctx.Errors.Truncate(0)
	t.ctx.Errors.Rows = append(t.ctx.Errors.Rows, t.failed.Rows...)
	t.ctx.Errors.Errs = append(t.ctx.Errors.Errs, t.failed.Errs...)
	return t.errors(t.ctx, b)
}

// row makes the rows for one row of the input.
func (t *tableFunc) row(b *batch.Batch, i int, emit op.Emit) error {
	t.most = batch.Rows
	if weight := weightOf(b, i); weight > wideRow {
		t.most = max(1, batch.BytesMax/weight)
	}
	open := false
	for k := range t.calls {
		ok, err := t.calls[k].open(i, t.ctx.Now)
		if err != nil {
			return t.fail(i, err)
		}
		open = open || ok
	}
	ordinal := int64(0)
	for open {
		from := len(t.sel)
		rows, more, err := t.step(from)
		if err != nil {
			return t.fail(i, err)
		}
		for range rows {
			t.sel = append(t.sel, int32(i))
			if ordinal++; t.spec.Ordinality {
				v := &t.out.Cols[len(t.out.Cols)-1]
				v.Ints = append(v.Ints, ordinal)
			}
		}
		open = more
		if len(t.sel) >= t.most {
			if err := t.flush(b, emit); err != nil {
				return err
			}
		}
	}
	if ordinal > 0 || !t.spec.Outer {
		return nil
	}
	for c := len(t.spec.Columns); c < len(t.out.Cols); c++ {
		t.out.Cols[c].AppendNull()
	}
	if t.sel = append(t.sel, int32(i)); len(t.sel) < t.most {
		return nil
	}
	return t.flush(b, emit)
}

// step appends the next rows of all calls behind the from rows that the output has, the shorter calls filled up with nulls.
func (t *tableFunc) step(from int) (rows int, more bool, err error) {
	want := max(1, t.most-from)
	for k := range t.calls {
		n, err := t.calls[k].next(from, want)
		if err != nil {
			t.takeBack(from)
			return 0, false, err
		}
		rows, more = max(rows, n), more || t.calls[k].rows != nil
	}
	for k := range t.calls {
		for c := range t.calls[k].view.Cols {
			for v := &t.calls[k].view.Cols[c]; v.Len() < from+rows; {
				v.AppendNull()
			}
		}
	}
	return rows, more, nil
}

// takeBack drops the rows behind the first n, which are not whole.
func (t *tableFunc) takeBack(n int) {
	for c := len(t.spec.Columns); c < len(t.out.Cols); c++ {
		truncate(&t.out.Cols[c], n)
	}
}

// truncate drops all values of a vector but the first n.
func truncate(v *batch.Vec, n int) {
	if v.Len() <= n {
		return
	}
	switch v.Kind() {
	case types.Bool:
		v.Bools = v.Bools[:n]
	case types.Int64:
		v.Ints = v.Ints[:n]
	case types.Float64:
		v.Floats = v.Floats[:n]
	case types.Bytes:
		v.Data, v.Offsets = v.Data[:v.Offsets[n]], v.Offsets[:n+1]
	}
	if words := (n + 63) / 64; len(v.Nulls) >= words && words > 0 {
		v.Nulls = v.Nulls[:words]
		if n%64 != 0 {
			v.Nulls[words-1] &= 1<<(n%64) - 1
		}
	} else if words == 0 {
		v.Nulls = v.Nulls[:0]
	}
}

// fail notes that a row's call failed. Rows that it gave before stay.
func (t *tableFunc) fail(i int, err error) error {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err
	}
	t.failed.Add(i, e)
	return nil
}

// open begins the call for row i; ok is false if it has no rows.
func (c *tableCall) open(i int, now int64) (ok bool, err error) {
	c.rows = nil
	for k, v := range c.vecs {
		at := i
		if v.Const {
			at = 0
		}
		if c.call.Args[k] = v.Value(at); c.call.Args[k].Null && !c.spec.Function.NullCall {
			return false, nil
		}
	}
	c.call.Now = now
	c.rows, err = c.spec.Function.Open(&c.call)
	return c.rows != nil, err
}

// next appends up to want more rows to the call's columns, fewer only at its end.
func (c *tableCall) next(from, want int) (rows int, err error) {
	for c.rows != nil && rows < want {
		c.view.Diff = nil
		c.view.SetLen(from + rows)
		more, err := c.rows.Next(&c.view, want-rows)
		if err != nil {
			return 0, err
		}
		if rows = c.count(from, rows); !more {
			c.rows = nil
		}
	}
	return rows, nil
}

// count is how many rows the call has appended: by its columns, or, without any, as it says itself.
func (c *tableCall) count(from, before int) int {
	if len(c.view.Cols) == 0 {
		return max(before, c.view.Len()-from)
	}
	return c.view.Cols[0].Len() - from
}

func (t *tableFunc) flush(b *batch.Batch, emit op.Emit) error {
	if len(t.sel) == 0 {
		return nil
	}
	for c := range t.spec.Columns {
		t.out.Cols[c].Gather(&b.Cols[c], t.sel)
	}
	if len(b.Diff) > 0 {
		for _, i := range t.sel {
			t.out.Diff = append(t.out.Diff, b.Diff[i])
		}
	}
	t.out.SetLen(len(t.sel))
	err := emit(t.out)
	t.out.Reset()
	t.sel = t.sel[:0]
	return err
}
