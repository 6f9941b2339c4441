package operators_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// TestRunningAllocatesNothing checks the steady state of operators that keep rows in a running view, and of those that keep nothing: rows come in
// one tick, and leave in the next. Joins, aggregates, ranks, sessions and held rows have tests of their own.
func TestRunningAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	columns := []types.Type{int8Type, int8Type}
	lookup := intJoin(flow.LeftJoin)
	lookup.Lookup = true
	over := func(call flow.OverCall) flow.Spec {
		return &flow.Over{
			Columns: columns, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Late: -1, Calls: []flow.OverCall{call},
			Frame: flow.Frame{Unit: fn.FrameRows, Start: flow.FrameBound{Kind: fn.UnboundedPreceding}, End: flow.FrameBound{Kind: fn.CurrentRow}},
		}
	}
	for _, c := range []struct {
		name   string
		spec   flow.Spec
		inputs int
	}{
		{"union all", &flow.Union{Inputs: 2}, 2},
		{"intersect", &flow.SetOp{Columns: columns}, 2},
		{"except all", &flow.SetOp{Columns: columns, Except: true, All: true}, 2},
		{"single", &flow.Single{Columns: columns, Keys: []int{0, 1}}, 1},
		{"row_number", over(flow.OverCall{Function: flow.OverRowNumber, Filter: -1, Result: int8Type}), 1},
		{"sum in a frame", over(flow.OverCall{
			Function: flow.OverAggregate, Aggregate: overAggregateOf("sum", types.OIDInt4), Args: []flow.Expr{column(1, int8Type)}, Filter: -1, Result: int8Type,
		}), 1},
		{"lag", over(flow.OverCall{Function: flow.OverLag, Args: []flow.Expr{column(1, int8Type)}, Filter: -1, Result: int8Type}), 1},
		{"lookup join", lookup, 2},
		{"timeless", &flow.Timeless{}, 1},
		{"clock", &flow.Clock{Every: 10, Size: 10}, 1},
	} {
		env := joinEnv(oneShotEnv())
		env.OneShot = false
		operator := operators.Build(c.spec, env)
		in, out := intBatches(2000, 100, 1), intBatches(2000, 100, -1)
		emit := func(*batch.Batch) error { return nil }
		tick := op.Tick{Watermarks: []int64{op.NoWatermark, op.NoWatermark}[:c.inputs]}
		round := func() {
			for _, list := range [][]*batch.Batch{in, out} {
				for input := range c.inputs {
					pushAll(t, operator, input, list, emit)
				}
				if _, err := operator.EndTick(tick, emit); err != nil {
					t.Fatal(err)
				}
				takeAll(env)
			}
		}
		round()
		if n := testing.AllocsPerRun(3, round); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
