package operators_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// benchBatches makes batches of random groups, with times that rise over all of them.
func benchBatches(groups int) []*batch.Batch {
	rng := rand.New(rand.NewPCG(1, 2))
	var batches []*batch.Batch
	for n := range 64 {
		b := batch.New(aggColumns...)
		for i := range batch.Rows {
			g := rng.IntN(groups)
			b.AppendValues(1, types.IntValue(int64(g)), types.TextValue(fmt.Sprintf("channel-%011d", g)), types.IntValue(rng.Int64N(1000)),
				types.NullValue, types.BoolValue(i%2 == 0), types.IntValue(int64(n*batch.Rows+i)/100_000), types.FloatValue(rng.Float64()))
		}
		batches = append(batches, b)
	}
	return batches
}

func benchAggregate(tb testing.TB, spec *flow.Aggregate) (op.Operator, func()) {
	tb.Helper()
	spec.Columns = aggColumns
	pool := state.NewPool()
	env := operators.Env{Pool: pool}
	var tables []*state.Table
	for range 1 + len(spec.Multisets()) {
		tables = append(tables, state.NewTable(nil))
	}
	env.Tables = tables
	operator := makeOver(spec)(env)
	var changes state.Changes
	return operator, func() {
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, func(*batch.Batch) error { return nil }); err != nil {
			tb.Fatal(err)
		}
		for _, t := range tables {
			changes.Run.Reset()
			changes.DeleteRanges = changes.DeleteRanges[:0]
			t.Take(&changes)
		}
	}
}

func benchSpecs() map[string]*flow.Aggregate {
	calls := []flow.AggCall{aggCall("count"), aggCall("sum", colValue), aggCall("max", colValue)}
	return map[string]*flow.Aggregate{
		"int":        {Keys: []int{colInt}, Calls: calls, AppendOnly: true, Late: -1},
		"text":       {Keys: []int{colText}, Calls: calls, AppendOnly: true, Late: -1},
		"window":     {Keys: []int{colTime, colInt}, Bound: column(colTime, timeType), Calls: calls, AppendOnly: true},
		"retract":    {Keys: []int{colInt}, Calls: calls, Late: -1},
		"distinct":   {Keys: []int{colInt}, Calls: []flow.AggCall{distinct(aggCall("count", colValue))}, Late: -1},
		"hop":        {Keys: []int{colInt}, Calls: calls, Panes: &flow.Panes{Time: colTime, Slide: 1, Size: 5, Expires: true}, AppendOnly: true},
		"count only": {Keys: []int{colInt}, Calls: calls[:1], AppendOnly: true, Late: -1},
	}
}

// BenchmarkAggregate measures ticks of 64 batches; push/s is the rate without their ends.
func BenchmarkAggregate(b *testing.B) {
	for _, groups := range []int{10_000, 1_000_000} {
		batches := benchBatches(groups)
		for name, spec := range benchSpecs() {
			b.Run(fmt.Sprintf("%s/rows=%d/keys=%d", name, batch.Rows, groups), func(b *testing.B) {
				operator, endTick := benchAggregate(b, spec)
				b.ReportAllocs()
				n, ends := 0, time.Duration(0)
				for b.Loop() {
					if err := operator.Push(0, batches[n%len(batches)], nil); err != nil {
						b.Fatal(err)
					}
					if n++; n%len(batches) == 0 {
						start := time.Now()
						endTick()
						ends += time.Since(start)
					}
				}
				b.ReportMetric(float64(b.N)*batch.Rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
				b.ReportMetric(float64(b.N)*batch.Rows/(b.Elapsed()-ends).Seconds()/1e6, "Mpush/s")
			})
		}
	}
}

// TestAggregateAllocatesNothing checks a batch in steady state.
func TestAggregateAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	batches := benchBatches(1000)
	for name, spec := range benchSpecs() {
		operator, endTick := benchAggregate(t, spec)
		push := func() {
			for _, b := range batches[:4] {
				if err := operator.Push(0, b, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 3 {
			push()
			endTick()
		}
		push()
		if n := testing.AllocsPerRun(20, push); n != 0 {
			t.Errorf("%s: %v allocations in 4 batches", name, n)
		}
	}
}
