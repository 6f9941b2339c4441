package dataflow_test

import (
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// TestReach: a tick visits what its rows come to, and nothing else of what there is.
func TestReach(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.Ahead = dataflow.AheadNever // what is counted is of the last tick
		w := newWorld(t, c)
		const others = 50
		crowd, tab := table(1, "crowd", "id", "v"), table(2, "t", "id", "v")
		made := dataflow.Change{Relations: []dataflow.RelationDef{*crowd, *tab}}
		for i := range others {
			made.Relations = append(made.Relations, *table(flow.RelationID(1000+i), fmt.Sprintf("other%d", i), "id"))
			var b builder
			def, _ := b.view(flow.RelationID(2000+i), fmt.Sprintf("of_crowd%d", i), 0, b.scan(&crowd.Relation, nil))
			made.Graphs = append(made.Graphs, def)
		}
		w.change(made)
		var below, on builder
		def, view := below.view(10, "v", 0, below.scan(&tab.Relation, nil))
		def2, view2 := on.view(11, "w", 0, on.scan(view, nil))
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def, def2}})
		w.finish()
		check := func(when string, tab *dataflow.RelationDef, rows string, visited int) {
			t.Helper()
			w.mustWrite(tab, rows)
			if got := w.run.Visited(); got != visited {
				t.Errorf("%s: a write to table %q visits %d graphs, not %d", when, tab.Name, got, visited)
			}
		}
		check("made", tab, "1 10", 3)
		check("made", crowd, "1 10", 1+others)
		w.restart()
		w.mustWrite(tab, "2 20") // the first tick of a runtime looks at all
		check("restarted", tab, "3 30", 3)
		check("restarted", crowd, "2 20", 1+others)
		if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{11}}); err != nil {
			t.Fatal(err)
		}
		w.made.Graphs = w.made.Graphs[:len(w.made.Graphs)-1]
		check("without a view", tab, "4 40", 2)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def2}})
		w.finish()
		check("with it again", tab, "5 50", 3)
		if got, want := w.rows(view2), bag(t, view2.Columns, "1 10\n2 20\n3 30\n4 40\n5 50"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestChangeAmongMany: what a change of one table allocates does not grow with how many others there are.
func TestChangeAmongMany(t *testing.T) {
	allocations := func(tables int) float64 {
		w := newWorld(t, dataflow.Config{})
		var made dataflow.Change
		for i := range tables {
			made.Relations = append(made.Relations, *table(flow.RelationID(1000+i), fmt.Sprintf("other%d", i), "id"))
		}
		w.change(made)
		return testing.AllocsPerRun(20, func() {
			for _, c := range []dataflow.Change{{Relations: []dataflow.RelationDef{*table(1, "t", "id", "v")}}, {Drop: []flow.RelationID{1}}} {
				if _, err := w.run.Change(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	few, many := allocations(10), allocations(2000)
	t.Logf("%.0f allocations among 10 tables, %.0f among 2,000", few, many)
	if many > 2*few {
		t.Errorf("a change makes %.0f allocations among 2,000 tables, %.0f among 10", many, few)
	}
}
