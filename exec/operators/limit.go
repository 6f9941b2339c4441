package operators

import (
	"math"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// noLimit is the end of what has no LIMIT.
const noLimit = math.MaxInt64

// rowWindow is which rows LIMIT and OFFSET let pass, by their number from 0: from <= number < to.
type rowWindow struct{ from, to int64 }

// evalWindow computes LIMIT and OFFSET, whose expressions have no columns. Null is the same as none.
func evalWindow(ctx *eval.Context, limit, offset flow.Expr) (rowWindow, error) {
	w := rowWindow{to: noLimit}
	n, ok, err := evalCount(ctx, offset)
	switch {
	case err != nil:
		return w, err
	case ok && n < 0:
		return w, pgerr.New(pgerr.InvalidRowCountInResultOffset, "OFFSET must not be negative")
	}
	w.from = n
	n, ok, err = evalCount(ctx, limit)
	switch {
	case err != nil:
		return w, err
	case ok && n < 0:
		return w, pgerr.New(pgerr.InvalidRowCountInLimit, "LIMIT must not be negative")
	case ok && n < noLimit-w.from:
		w.to = w.from + n
	}
	return w, nil
}

func evalCount(ctx *eval.Context, e flow.Expr) (n int64, ok bool, err error) {
	if e == nil {
		return 0, false, nil
	}
	v, err := evalConstant(ctx, e)
	if err != nil || v.Null {
		return 0, false, err
	}
	return v.Int, true, nil
}

// evalConstant computes an expression without columns.
func evalConstant(ctx *eval.Context, e flow.Expr) (types.Value, error) {
	one := &batch.Batch{}
	one.SetLen(1)
	ctx.Errors.Truncate(0)
	v := eval.Compile(e).Eval(ctx, one).Value(0)
	if ctx.Errors.Len() > 0 {
		return types.NullValue, ctx.Errors.Errs[0]
	}
	return v, nil
}

// clip is how many of count rows, the first of which has number at, are in the window.
func (w rowWindow) clip(at, count int64) int64 {
	end := at + count
	if end < at { // so many copies that the number overflows
		end = math.MaxInt64
	}
	return max(0, min(end, w.to)-max(at, w.from))
}
