package operators_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

func drawWatermark(t *rapid.T, _ int) int64 {
	return rapid.SampledFrom([]int64{op.NoWatermark, 0, 2, 3, 5, 8, 12, 20, 30, op.Complete}).Draw(t, "watermark")
}

// lateFor tells whether something that is complete at a bound was closed when a change came.
func lateFor(ch optest.Change, bound int64) bool {
	return ch.Watermark != op.NoWatermark && bound <= ch.Watermark
}

// windowCalls are calls of every way to compute an aggregate.
func windowCalls() []flow.AggCall {
	return []flow.AggCall{
		aggCall("count"), aggCall("sum", colValue), aggCall("max", colNumeric), filtered(aggCall("min", colText)), distinct(aggCall("count", colText)),
		aggCall("max", colValue), aggCall("sum", colFloat), aggCall("var_pop", colFloat), aggCall("regr_sxy", colFloat, colFloat), aggCall("avg", colNumeric),
		aggCall("stddev", colNumeric), aggCall("variance", colValue), aggCall("bool_or", colBool), aggCall("bit_and", colValue),
		aggCall("max", colFloat),
	}
}

// timeOf is the bound of a row that is complete at its time: one without a time has a group that is complete at the end of time.
func timeOf(row optest.Row) int64 {
	if row[colTime].Null {
		return math.MaxInt64 - 1
	}
	return row[colTime].Int
}

// TestAggregateBound checks groups that expire: rows behind the watermark are late, whatever was emitted stays, and with OnClose a group comes out
// once, when it is complete.
func TestAggregateBound(t *testing.T) {
	type boundCase struct {
		keys, boundKeys []int
		bound           flow.Expr
		boundOf         func(row optest.Row) int64
	}
	later := func(row optest.Row) int64 {
		if row[colInt].Null {
			return math.MaxInt64 - 1
		}
		return row[colInt].Int + 5
	}
	plus5 := infix("+", column(colInt, int8Type), number(5))
	cases := []boundCase{
		{[]int{colTime, colInt}, nil, column(colTime, timeType), timeOf},
		{[]int{colText, colTime}, nil, column(colTime, timeType), timeOf},
		{[]int{colTime}, []int{0}, column(colTime, timeType), timeOf},
		{[]int{colInt, colNumeric}, nil, plus5, later},
		{[]int{colInt, colText}, []int{0}, plus5, later},
	}
	rapid.Check(t, func(t *rapid.T) {
		c := cases[rapid.IntRange(0, len(cases)-1).Draw(t, "case")]
		spec := &flow.Aggregate{Columns: aggColumns, Keys: c.keys, BoundKeys: c.boundKeys, Bound: c.bound, Calls: windowCalls()}
		spec.OnClose, spec.AppendOnly = rapid.Bool().Draw(t, "on close"), rapid.Bool().Draw(t, "append only")
		checkBound(t, spec, makeOver(spec), c.boundOf)
	})
}

// checkBound checks what makes an aggregate, whose groups have bounds.
func checkBound(t *rapid.T, spec *flow.Aggregate, maker func(env operators.Env) op.Operator, boundOf func(row optest.Row) int64) {
	optest.Case{
		Make: maker, Tables: 1 + len(spec.Multisets()), DealtBy: [][]int{spec.Keys}, Inputs: [][]types.Type{aggColumns},
		Draw: drawAgg, AppendOnly: spec.AppendOnly, Watermark: drawWatermark,
		Late: func(_ int, ch optest.Change) []int64 {
			if bound := boundOf(ch.Row); lateFor(ch, bound) {
				return []int64{bound}
			}
			return nil
		},
		WantAt: func(inputs [][]optest.Change, now op.Tick) optest.Bag {
			inTime := slices.DeleteFunc(slices.Clone(inputs[0]), func(ch optest.Change) bool { return lateFor(ch, boundOf(ch.Row)) })
			return onceOrFail(t, spec, [][]optest.Change{inTime}, now.Watermarks[0])
		},
	}.Check(t)
}

// TestAggregatePanes compares sliding windows with a group for every window of a row.
func TestAggregatePanes(t *testing.T) {
	for _, keys := range [][]int{{}, {colInt}, {colText, colInt}, {colNumeric}} {
		t.Run(fmt.Sprint(keys), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				p := rapid.SampledFrom([]flow.Panes{
					{Slide: 2, Size: 6}, {Slide: 2, Size: 5, Offset: 1}, {Slide: 5, Size: 2}, {Slide: 4, Size: 4},
				}).Draw(t, "panes")
				p.Time, p.Expires = colTime, rapid.Bool().Draw(t, "expires")
				spec := &flow.Aggregate{Columns: aggColumns, Keys: keys, Panes: &p, Calls: windowCalls(), AppendOnly: rapid.Bool().Draw(t, "append only")}
				spec.OnClose = p.Expires && rapid.Bool().Draw(t, "on close")
				checkPanes(t, spec, makeOver(spec))
			})
		})
	}
}

func checkPanes(t *rapid.T, spec *flow.Aggregate, maker func(env operators.Env) op.Operator) {
	p := spec.Panes
	// The model: the windows of a row are columns behind the others, and group by them too.
	n := len(aggColumns)
	model := &flow.Aggregate{
		Columns: append(slices.Clone(aggColumns), timeType, timeType), Keys: append(slices.Clone(spec.Keys), n, n+1),
		Calls: spec.Calls, OnClose: spec.OnClose, AppendOnly: spec.AppendOnly,
	}
	if spec.OnClose {
		model.Bound = column(n+1, timeType)
	}
	ends := func(row optest.Row) (ends []int64) {
		if row[colTime].Null {
			return nil
		}
		for start := int64(-100); start < 100; start++ {
			if (start-p.Offset)%p.Slide == 0 && start <= row[colTime].Int && row[colTime].Int < start+p.Size {
				ends = append(ends, start+p.Size)
			}
		}
		return ends
	}
	isLate := func(ch optest.Change, end int64) bool { return p.Expires && lateFor(ch, end) }
	var dealtBy [][]int
	if len(spec.Keys) > 0 {
		dealtBy = [][]int{spec.Keys}
	}
	optest.Case{
		Make: maker, Tables: 1 + len(spec.Multisets()), DealtBy: dealtBy, Inputs: [][]types.Type{aggColumns},
		Draw: drawAgg, AppendOnly: spec.AppendOnly, Watermark: drawWatermark,
		Late: func(_ int, ch optest.Change) (late []int64) {
			for _, end := range ends(ch.Row) {
				if isLate(ch, end) {
					late = append(late, end)
				}
			}
			return late
		},
		WantAt: func(inputs [][]optest.Change, now op.Tick) optest.Bag {
			var expanded []optest.Change
			for _, ch := range inputs[0] {
				for _, end := range ends(ch.Row) {
					if !isLate(ch, end) {
						row := append(slices.Clone(ch.Row), types.IntValue(end-p.Size), types.IntValue(end))
						expanded = append(expanded, optest.Change{Row: row, Diff: ch.Diff})
					}
				}
			}
			return onceOrFail(t, model, [][]optest.Change{expanded}, now.Watermarks[0])
		},
	}.Check(t)
}

// TestManyWindows: windows of few groups take little memory each, whatever the last one that went had.
func TestManyWindows(t *testing.T) {
	const windows = 2000
	spec := &flow.Aggregate{Columns: []types.Type{int8Type, int8Type}, Keys: []int{0, 1}, BoundKeys: []int{0}, Bound: column(0, int8Type), Calls: []flow.AggCall{aggCall("count")}, AppendOnly: true}
	env := operators.Env{Pool: state.NewPool(), Tables: []*state.Table{state.NewTable(nil)}}
	operator := makeOver(spec)(env)
	emit := func(*batch.Batch) error { return nil }
	push := func(bound, key int64) {
		b := batch.New(spec.Columns...)
		b.AppendValues(1, types.IntValue(bound), types.IntValue(key))
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
	}
	end := func(watermark int64) {
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{watermark}}, emit); err != nil {
			t.Fatal(err)
		}
		env.Tables[0].Take(&state.Changes{})
	}
	for key := range int64(5000) {
		push(1, key)
	}
	end(1)
	for bound := range int64(windows) {
		push(2+bound, 0)
	}
	end(1)
	if each := env.Pool.Bytes() / windows; each > 8<<10 {
		t.Errorf("a window of one group takes %d bytes", each)
	}
}
