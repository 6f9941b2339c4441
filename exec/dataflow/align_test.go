package dataflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// sparseMicros is the time from row to row of the sparse source of these tests; that of the dense one is 1.
const sparseMicros = 20

// countsOfTwo makes a view that counts the rows of two sources, of which the first has a row for each microsecond.
func countsOfTwo(w *world, dense, sparse func() connector.Source) *flow.Relation {
	w.source(1, dataflow.SourceDef{}, dense)
	w.source(2, dataflow.SourceDef{}, sparse)
	var b builder
	side := func(id flow.RelationID, gap int64) flow.Input {
		time := call("*", bigint, column(0), number(gap))
		in := b.add(&flow.Source{Relation: id, Columns: []int{0}, Watermark: &flow.Watermark{Expr: time, Column: 0}}, fields("id"))
		return b.add(&flow.Project{Exprs: []flow.Expr{number(int64(id))}}, fields("source"), in)
	}
	in := b.add(&flow.Union{Inputs: 2}, fields("source"), side(1, 1), side(2, sparseMicros))
	in.Exchange = &flow.Exchange{Keys: []int{0}}
	b.g.Tables = []flow.StateTable{{ID: 501}}
	in = b.add(&flow.Aggregate{
		Columns: columnTypes(fields("source")), Keys: []int{0}, Late: -1,
		Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}},
	}, fields("source", "rows"), in)
	def, view := b.view(3, "v", 0, in)
	def.Wait = false
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	return view
}

// rowsOfTwo are the rows of the two sources that have come.
func rowsOfTwo(w *world, view *flow.Relation) (dense, sparse int) {
	if _, err := fmt.Sscanf(w.rows(view), "+1 1 %d\n+1 2 %d", &dense, &sparse); err != nil {
		w.t.Fatal(err)
	}
	return dense, sparse
}

func sequenceOf(t *testing.T, rows int) func() connector.Source {
	return makeSource(t, gen.Datagen, "rows", fmt.Sprint(rows), "fields.id.kind", "sequence", "fields.x.kind", "sequence")
}

// TestSourcesInStep: sources of one graph are at the same time when their first ticks are over, however many rows they have for it.
func TestSourcesInStep(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 32 << 10
		w := newWorld(t, c)
		const rows = 400_000
		view := countsOfTwo(w, sequenceOf(t, rows), sequenceOf(t, rows/sparseMicros))
		seen := 0
		for {
			w.step()
			dense, sparse := rowsOfTwo(w, view)
			if dense == rows || sparse == rows/sparseMicros {
				break
			}
			if ahead := sparse*sparseMicros - dense; dense > rows/2 {
				if seen++; max(ahead, -ahead) > 2*sparseMicros {
					t.Errorf("one source is at %d and the other at %d", dense, sparse*sparseMicros)
				}
			}
		}
		if seen < 3 {
			t.Errorf("only %d ticks were looked at", seen)
		}
		for dense := 0; dense < rows; dense, _ = rowsOfTwo(w, view) {
			w.step()
		}
		w.step()
		if dense, sparse := rowsOfTwo(w, view); dense != rows || sparse != rows/sparseMicros {
			t.Errorf("%d and %d rows have come", dense, sparse)
		}
	})
}

// TestSourceWithoutRows: a source that is behind and has nothing to give holds no other one back.
func TestSourceWithoutRows(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 32 << 10
		w := newWorld(t, c)
		const rows = 200_000
		path := filepath.Join(t.TempDir(), "in.json")
		if err := os.WriteFile(path, []byte(jsonLines(0, 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		view := countsOfTwo(w, sequenceOf(t, rows), makeSource(t, file.Kind, "path", path))
		for range 2 * rows / c.TickRows * 2 {
			w.step()
		}
		if dense, sparse := rowsOfTwo(w, view); dense != rows || sparse != 1000 {
			t.Errorf("%d and %d rows have come", dense, sparse)
		}
	})
}
