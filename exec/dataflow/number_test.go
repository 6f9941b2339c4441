package dataflow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// TestNumberedRows: rows of all workers go under numbers into files, as those of blocks and runs that are full, and into an index beside them.
func TestNumberedRows(t *testing.T) {
	const count = 12_000
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 1024
		w := newWorld(t, c)
		w.source(1, dataflow.SourceDef{}, makeSource(t, gen.Datagen,
			"rows", fmt.Sprint(count), "fields.id.kind", "sequence", "fields.x.kind", "sequence"))
		var b builder
		in := b.add(&flow.Source{Relation: 1, Columns: []int{0}}, fields("id"))
		in = b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("%", bigint, column(0), number(7))}}, fields("id", "m"), in)
		def, rows := b.view(2, "v", -1, in)
		def.Wait = false
		rows.Numbered, rows.Columns = true, fields("id", "m", "number")
		rows.Arrangements = []flow.Arrangement{{ID: 2, Table: 2, Unique: true, Key: []flow.SortKey{{Column: 2}}}, {ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}}}
		g := def.Graph
		g.Nodes[len(g.Nodes)-1] = flow.Node{Spec: &flow.Materialize{Relation: *rows}, Columns: rows.Columns, Inputs: g.Nodes[len(g.Nodes)-1].Inputs}
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		seen := 0
		for n := 0; seen < count; n++ {
			if n > count {
				t.Fatalf("only %d rows have come", seen)
			}
			files := w.store.Metrics().Ingested
			w.step()
			files = w.store.Metrics().Ingested - files
			if n%3 == 2 {
				w.crash(uint64(n))
			}
			var ids builder
			ids.add(&flow.Output{}, fields("id"), ids.add(&flow.Scan{Relation: 2, Columns: []int{0}}, fields("id")))
			got, err := w.read(&ids.g, dataflow.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			before := seen
			if got != "" {
				seen = strings.Count(got, "\n") + 1
			}
			if want := bag(t, fields("id"), list(seen, func(i int) string { return fmt.Sprint(i) })); got != want {
				t.Fatalf("%d rows are not the first ones: %.200s", seen, got)
			}
			if n > 0 && seen > before && files == 0 {
				t.Errorf("the rows up to %d did not go through files", seen)
			}
			if all, indexed := w.rows(rows), w.indexed(rows); all != indexed {
				t.Fatalf("the index has %.200s, the view %.200s", indexed, all)
			}
		}
	})
}
