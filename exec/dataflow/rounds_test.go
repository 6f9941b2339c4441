package dataflow_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestRounds follows a chain of pairs (n, n + 1): a join whose side stays reads it once for all rounds, any other one in each.
func TestRounds(t *testing.T) {
	const pairs = flow.RelationID(7)
	const length = 40
	for _, side := range []flow.Side{flow.NoSide, flow.LeftSide, flow.RightSide} {
		var scans int
		w := newWorld(t, dataflow.Config{})
		system := func(id flow.RelationID) (dataflow.SystemScan, bool) {
			return func(_ context.Context, _ []int, emit op.Emit) error {
				scans++
				b := batch.New(bigint, bigint)
				for n := range int64(length) {
					b.AppendValues(1, types.IntValue(n), types.IntValue(n+1))
				}
				return emit(b)
			}, id == pairs
		}
		got, err := w.read(chain(pairs, side), dataflow.ReadOptions{System: system})
		if err != nil {
			t.Fatal(err)
		}
		if want := bag(t, fields("n"), list(length+1, func(i int) string { return fmt.Sprint(i) })); got != want {
			t.Errorf("side %d: got %s, want %s", side, got, want)
		}
		if once := scans == 1; once != (side != flow.NoSide) {
			t.Errorf("side %d: the pairs were read %d times", side, scans)
		}
	}
}

// TestRoundsAreForgotten: of a recursion that is read again and again nothing stays between two reads, neither its rows nor what they were read from.
func TestRoundsAreForgotten(t *testing.T) {
	var again dataflow.Again
	w := newWorld(t, dataflow.Config{})
	system := func(flow.RelationID) (dataflow.SystemScan, bool) {
		return func(_ context.Context, _ []int, emit op.Emit) error {
			b := batch.New(bigint, bigint)
			b.AppendValues(1, types.IntValue(0), types.IntValue(1))
			return emit(b)
		}, true
	}
	graph := chain(7, flow.NoSide)
	for range 2 {
		got, err := w.read(graph, dataflow.ReadOptions{System: system, Again: &again})
		if err != nil {
			t.Fatal(err)
		}
		if want := bag(t, fields("n"), list(2, func(i int) string { return fmt.Sprint(i) })); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if again.Keeps() {
			t.Error("a recursion is kept")
		}
	}
}

// chain is a recursion from 0 on along pairs, which are joined on the given side; NoSide is a left side that does not stay.
func chain(pairs flow.RelationID, stays flow.Side) *flow.Graph {
	var step builder
	scan := step.add(&flow.Scan{Relation: pairs, Columns: []int{0, 1}}, fields("from", "to"))
	rows := step.add(&flow.Working{Columns: []types.Type{bigint}}, fields("n"))
	join := &flow.Join{
		Left: []types.Type{bigint, bigint}, Right: []types.Type{bigint}, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false}, RightTable: 1, Stays: stays,
	}
	to, inputs := 1, []flow.Input{scan, rows}
	if stays == flow.RightSide {
		join.Left, join.Right = join.Right, join.Left
		to, inputs = 2, []flow.Input{rows, scan}
	}
	in := step.add(join, fields("a", "b", "c"), inputs...)
	step.add(&flow.Output{}, fields("n"), step.add(&flow.Project{Exprs: []flow.Expr{column(to)}}, fields("n"), in))
	step.g.Tables = make([]flow.StateTable, 2)

	var b builder
	in = b.add(&flow.Values{Columns: []types.Type{bigint}, Rows: [][]flow.Expr{{number(0)}}}, fields("n"))
	b.add(&flow.Output{}, fields("n"), b.add(&flow.Recursion{Columns: []types.Type{bigint}, All: true}, fields("n"), in))
	b.g.Steps = []*flow.Graph{&step.g}
	return &b.g
}
