package dataflow

import (
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// watermarker computes the time of rows on one worker.
type watermarker struct {
	expr *eval.Evaluator
	ctx  eval.Context
	// rising is the column that the expression never falls with, if it has no other; -1 for none. Then its greatest value has the greatest time, and
	// last computes that of it alone, which is put into one.
	rising int
	last   *eval.Evaluator
	one    *batch.Batch
}

func newWatermarker(e flow.Expr) *watermarker {
	w := &watermarker{expr: eval.Compile(e)}
	column, ok := risesWith(e)
	if !ok {
		w.rising = -1
		return w
	}
	w.rising, w.one = column.Index, batch.New(column.Typ)
	w.last = eval.Compile(flow.MapColumns(e, func(int) int { return 0 }))
	return w
}

// risesWith answers the only column of an expression, if it is an integer or a time and the expression never falls where that rises.
func risesWith(e flow.Expr) (*flow.Column, bool) {
	switch e := e.(type) {
	case *flow.Column:
		return e, e.Typ.Kind() == types.Int64
	case *flow.Call:
		f := e.Function
		if f.Monotone < 0 || f.Monotone >= len(e.Args) {
			return nil, false
		}
		values := make([]types.Value, len(e.Args))
		for i, a := range e.Args {
			if c, ok := a.(*flow.Const); ok {
				values[i] = c.Value
			} else if i != f.Monotone {
				return nil, false
			}
		}
		if f.MonotoneIf != nil && !f.MonotoneIf(values, nil) {
			return nil, false
		}
		return risesWith(e.Args[f.Monotone])
	default:
		return nil, false
	}
}

// maxTime is the greatest time of rows, but for those too far in the future, which it counts.
func (w *watermarker) maxTime(b *batch.Batch, limit int64) (high, future int64) {
	if high, ok := w.ofGreatest(b); ok && high <= limit {
		return high, 0
	}
	w.ctx.Errors.Truncate(0)
	v := w.expr.Eval(&w.ctx, b)
	high = op.NoWatermark
	nulls := v.HasNulls()
	for i, x := range v.Ints {
		switch {
		case x <= high || nulls && v.IsNull(i):
		case x <= limit:
			high = x
		default:
			future++
		}
	}
	return high, future
}

// ofGreatest is the time of the greatest value of the rising column. There is none if it cannot be computed of that.
func (w *watermarker) ofGreatest(b *batch.Batch) (high int64, ok bool) {
	if w.rising < 0 || b.Len() == 0 || b.Cols[w.rising].HasNulls() {
		return 0, false
	}
	greatest := b.Cols[w.rising].Ints[0]
	for _, x := range b.Cols[w.rising].Ints {
		greatest = max(greatest, x)
	}
	w.one.Reset()
	w.one.Cols[0].Ints = append(w.one.Cols[0].Ints, greatest)
	w.one.AppendDiff(1)
	w.ctx.Errors.Truncate(0)
	v := w.last.Eval(&w.ctx, w.one)
	if v.IsNull(0) || len(w.ctx.Errors.Rows) > 0 {
		return 0, false
	}
	return v.Ints[0], true
}
