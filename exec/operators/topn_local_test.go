package operators_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// localThenTop is a LocalTop and the TopN behind it, or a LocalAggregate and its Aggregate, as one operator: together they are what the second is alone.
type localThenTop struct{ local, top op.Operator }

func (l localThenTop) Push(in int, b *batch.Batch, emit op.Emit) error {
	return l.local.Push(in, b, func(b *batch.Batch) error { return l.top.Push(0, b, emit) })
}

func (l localThenTop) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	if _, err := l.local.EndTick(t, func(b *batch.Batch) error { return l.top.Push(0, b, emit) }); err != nil {
		return op.Outcome{}, err
	}
	return l.top.EndTick(t, emit)
}

// localOf is the LocalTop that may stand before a TopN; nil: none may.
func localOf(spec *flow.TopN) *flow.LocalTop {
	if !spec.AppendOnly || spec.Limit <= 0 || spec.Kind == flow.DenseRank {
		return nil
	}
	return &flow.LocalTop{
		Columns: spec.Columns, Partition: spec.Partition, Order: spec.Order, Rows: int(spec.Offset + spec.Limit), Bound: spec.Bound,
	}
}

func buildTopN(spec *flow.TopN, local bool, env operators.Env) op.Operator {
	top := operators.Build(spec, joinEnv(env))
	if l := localOf(spec); l != nil && local {
		return localThenTop{operators.Build(l, joinEnv(env)), top}
	}
	return top
}

// TestLocalTopDrops shows that of each partition only what may be among the first passes, and that it stands aside where it drops little.
func TestLocalTopDrops(t *testing.T) {
	spec := &flow.LocalTop{Columns: []types.Type{int8Type, int8Type}, Partition: []int{0}, Order: []flow.SortKey{{Column: 1, Desc: true}}, Rows: 2}
	passed := func(operator op.Operator, parts int64) int {
		rows := 0
		for range 64 {
			b := batch.New(spec.Columns...)
			for i := range int64(batch.Rows) {
				b.AppendValues(1, types.IntValue(i%parts), types.IntValue(i))
			}
			if err := operator.Push(0, b, func(b *batch.Batch) error { rows += b.Len(); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		return rows
	}
	operator := operators.Build(spec, joinEnv(operators.Env{}))
	if got, want := passed(operator, 4), 64*4*2; got != want {
		t.Errorf("%d rows pass, want %d", got, want)
	}
	if got, want := passed(operator, batch.Rows), 64*batch.Rows; got != want {
		t.Errorf("%d rows pass, want all %d", got, want)
	}
	if got, most := passed(operator, 4), 32*batch.Rows; got < most {
		t.Errorf("%d rows pass, as if it had not stood aside", got)
	}
}

func TestLocalTopAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	spec := &flow.LocalTop{
		Columns: []types.Type{int8Type, int8Type}, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Rows: 3, Bound: column(0, int8Type),
	}
	operator := operators.Build(spec, joinEnv(operators.Env{}))
	in := intBatches(2000, 100, 1)
	emit := func(*batch.Batch) error { return nil }
	tick := op.Tick{Watermarks: []int64{50}}
	round := func() {
		pushAll(t, operator, 0, in, emit)
		if _, err := operator.EndTick(tick, emit); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(10, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
