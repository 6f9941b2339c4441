package dataflow

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// watermarkExprs are expressions over a timestamp, and whether they rise with it.
func watermarkExprs() (exprs []flow.Expr, rising []bool) {
	timestamp := types.Of(types.OIDTimestamp)
	time := &flow.Column{Index: 1, Typ: timestamp}
	interval := func(v datetime.Interval) flow.Expr {
		return &flow.Const{Typ: types.Of(types.OIDInterval), Value: types.BytesValue(v.Append(nil))}
	}
	less := func(v datetime.Interval) flow.Expr {
		for _, o := range fn.Builtins().Operators("-") {
			if o.Left == types.OIDTimestamp && o.Right == types.OIDInterval {
				return &flow.Call{Function: o.Function, Args: []flow.Expr{time, interval(v)}, Typ: timestamp}
			}
		}
		panic("no timestamp - interval")
	}
	exprs = []flow.Expr{time, less(datetime.Interval{Micros: 4_000_000}), less(datetime.Interval{Micros: -4_000_000, Days: 3}), less(datetime.Interval{Months: 1})}
	return exprs, []bool{true, true, true, false}
}

// TestWatermarker: the greatest time is that of the greatest value where an expression rises with its column, and otherwise is looked for in all rows.
func TestWatermarker(t *testing.T) {
	exprs, rising := watermarkExprs()
	for i, e := range exprs {
		if w := newWatermarker(e); w.rising >= 0 != rising[i] {
			t.Errorf("expression %d: rising is column %d", i, w.rising)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(exprs)-1).Draw(t, "expression")
		w, all := newWatermarker(exprs[i]), newWatermarker(exprs[i])
		all.rising = -1
		limit := rapid.SampledFrom([]int64{math.MaxInt64 - 1, 100, 4_000_000}).Draw(t, "limit")
		times := rapid.OneOf(rapid.Int64Range(-10, 110), rapid.Int64Range(3_999_990, 8_000_010), rapid.SampledFrom([]int64{datetime.Infinity, datetime.NegInfinity, datetime.Infinity - 1, datetime.NegInfinity + 1, datetime.NegInfinity + 86_400_000_000}))
		b := batch.New(types.Of(types.OIDText), types.Of(types.OIDTimestamp))
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			b.Cols[0].AppendBytes(nil)
			if rapid.IntRange(0, 19).Draw(t, "null") == 0 {
				b.Cols[1].AppendNull()
			} else {
				b.Cols[1].Ints = append(b.Cols[1].Ints, times.Draw(t, "time"))
			}
			b.AppendDiff(1)
		}
		high, future := w.maxTime(b, limit)
		if wantHigh, wantFuture := all.maxTime(b, limit); high != wantHigh || future != wantFuture {
			t.Errorf("%d and %d in the future, instead of %d and %d:\n%s", high, future, wantHigh, wantFuture, b)
		}
	})
}
