package operators_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

func holdSpec() *flow.Hold {
	return &flow.Hold{Columns: []types.Type{timeType, int8Type}, Bound: column(0, timeType), Order: []flow.SortKey{{Column: 1, Desc: true}}}
}

func TestHold(t *testing.T) {
	spec := holdSpec()
	late := func(ch optest.Change) bool { return !ch.Row[0].Null && ch.Row[0].Int <= ch.Watermark }
	rapid.Check(t, optest.Case{
		Make:   func(env operators.Env) op.Operator { return operators.Build(spec, joinEnv(env)) },
		Tables: 1, Inputs: [][]types.Type{spec.Columns}, DealtBy: [][]int{{1}},
		Draw: func(t *rapid.T, _ int) optest.Row {
			row := optest.Row{types.IntValue(rapid.Int64Range(0, 5).Draw(t, "time") << 12), types.IntValue(rapid.Int64Range(0, 3).Draw(t, "int"))}
			if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
				row[rapid.IntRange(0, 1).Draw(t, "where")] = types.NullValue
			}
			return row
		},
		Watermark: func(t *rapid.T, _ int) int64 { return rapid.Int64Range(-1, 12).Draw(t, "watermark") << 11 },
		Late: func(_ int, ch optest.Change) []int64 {
			if late(ch) {
				return []int64{ch.Row[0].Int}
			}
			return nil
		},
		WantAt: func(inputs [][]optest.Change, tick op.Tick) optest.Bag {
			out := optest.Bag{}
			for _, ch := range inputs[0] {
				if !late(ch) && !ch.Row[0].Null && ch.Row[0].Int <= tick.Watermarks[0] {
					out.Add(ch.Row, ch.Diff)
				}
			}
			return out
		},
	}.Check)
}

// TestHoldOrder checks the order within a tick, and what a one-shot read does.
func TestHoldOrder(t *testing.T) {
	for _, once := range []bool{false, true} {
		env := joinEnv(oneShotEnv())
		env.OneShot = once
		operator := operators.Build(holdSpec(), env)
		b := batch.New(timeType, int8Type)
		for _, row := range [][2]int64{{5, 1}, {7, 9}, {4, 3}, {5, 2}, {100, 4}} {
			b.AppendValues(1, types.IntValue(row[0]), types.IntValue(row[1]))
		}
		if err := operator.Push(0, b, nil); err != nil {
			t.Fatal(err)
		}
		var got []optest.Row
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{7}}, collect(&got)); err != nil {
			t.Fatal(err)
		}
		order := []int64{}
		for _, r := range got {
			order = append(order, r[1].Int)
		}
		want := []int64{9, 3, 2, 1}
		if once {
			want = []int64{9, 4, 3, 2, 1}
		}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("one-shot %v (-want +got):\n%s", once, diff)
		}
	}
}

func TestHoldAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	operator := operators.Build(holdSpec(), env)
	b := batch.New(timeType, int8Type)
	now := int64(0)
	tick := op.Tick{Watermarks: []int64{0}}
	emit := func(*batch.Batch) error { return nil }
	round := func() {
		b.Reset()
		for i := range batch.Rows {
			b.AppendValues(1, types.IntValue(now+int64(i)+2000), types.IntValue(int64(i)))
		}
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		now += batch.Rows
		tick.Watermarks[0] = now
		if _, err := operator.EndTick(tick, emit); err != nil {
			t.Fatal(err)
		}
		takeAll(env)
	}
	for range 64 {
		round()
	}
	if n := testing.AllocsPerRun(20, round); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
