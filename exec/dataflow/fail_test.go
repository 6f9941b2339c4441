package dataflow_test

import (
	"context"
	"errors"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

func status(w *world, id flow.RelationID) dataflow.GraphStats {
	for _, g := range w.run.Stats().Graphs {
		if g.ID == id {
			return g
		}
	}
	w.t.Fatalf("no graph %d", id)
	return dataflow.GraphStats{}
}

// divided is a view of b / a of a table.
func divided(tab *dataflow.RelationDef, id flow.RelationID, onError dataflow.OnError) (dataflow.GraphDef, *flow.Relation) {
	var b builder
	in := b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("/", bigint, column(1), column(0))}}, fields("a", "q"), b.scan(&tab.Relation, nil))
	def, rel := b.view(id, "q", 0, in)
	def.OnError = onError
	return def, rel
}

// TestRowErrors: an error in a row of a view gives null and is kept, and one whose row leaves in the same tick was none.
func TestRowErrors(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		def, view := divided(tab, 2, dataflow.ErrorNull)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		w.mustWrite(tab, "1 10\n2 10\n0 10")
		if got, want := w.rows(view), bag(t, view.Columns, "1 10\n2 5\n0 NULL"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		kept, n := w.errors(2)
		if n != 1 || len(kept) != 1 || kept[0].Err.Code != "22012" || kept[0].Sample != "0, 10" {
			t.Errorf("%d errors, %+v", n, kept)
		}
		w.mustWrite(tab, "-1 0 10\n0 11")
		w.mustWrite(tab, "-1 0 11")
		if kept, n := w.errors(2); n != 0 || len(kept) != 0 {
			t.Errorf("%d errors, %+v", n, kept)
		}
		once := scanAll(&tab.Relation)
		once.Nodes[1] = flow.Node{Spec: &flow.Project{Exprs: []flow.Expr{call("/", bigint, number(1), number(0))}}, Columns: fields("q"), Inputs: once.Nodes[1].Inputs}
		once.Nodes = append(once.Nodes, flow.Node{Spec: &flow.Output{}, Columns: fields("q"), Inputs: []flow.Input{{Node: 1}}})
		if _, err := w.read(once, dataflow.ReadOptions{}); err == nil {
			t.Error("a SELECT that divides by zero has no error")
		}
	})
}

// TestFailedGraph: a graph that fails stays at its last good epoch, with those that depend on it; the others go on.
func TestFailedGraph(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		strict, strictView := divided(tab, 2, dataflow.ErrorFail)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{strict}})
		var on builder
		above, aboveView := on.view(3, "above", 0, on.scan(strictView, nil))
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{above}})
		lax, laxView := divided(tab, 4, dataflow.ErrorNull)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{lax}})
		w.mustWrite(tab, "1 10")
		w.mustWrite(tab, "0 10")
		w.mustWrite(tab, "5 10")
		check := func(when string) {
			t.Helper()
			for _, v := range []*flow.Relation{strictView, aboveView} {
				if got, want := w.rows(v), bag(t, v.Columns, "1 10"); got != want {
					t.Errorf("%s: view %d: %s, want %s", when, v.ID, got, want)
				}
				if s := status(w, v.ID); s.Status != dataflow.Failed || s.Err == nil {
					t.Errorf("%s: %+v", when, s)
				}
			}
			if got, want := w.rows(laxView), bag(t, laxView.Columns, "1 10\n0 NULL\n5 2"); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		check("failed")
		w.crash(1)
		check("after a crash")
		w.mustWrite(tab, "-1 5 10\n5 10")
		// A new view on rows that are in error is refused, and nothing of it stays.
		again, _ := divided(tab, 5, dataflow.ErrorFail)
		if _, err := w.run.Change(t.Context(), dataflow.Change{Graphs: []dataflow.GraphDef{again}}); err == nil {
			t.Error("a view that fails at once was made")
		}
		for _, g := range w.run.Stats().Graphs {
			if g.ID == 5 {
				t.Error("a view that was refused is there")
			}
		}
		check("after a refusal")
		if _, err := w.run.Change(t.Context(), dataflow.Change{Resume: []flow.RelationID{4}}); err == nil {
			t.Error("a view was resumed that runs")
		}
		if _, err := w.run.Change(t.Context(), dataflow.Change{Resume: []flow.RelationID{2}}); err == nil {
			t.Error("a view was resumed whose row in error is still there")
		}
		check("after a resume that failed")
		w.mustWrite(tab, "-1 0 10\n7 14")
		if _, err := w.run.Change(t.Context(), dataflow.Change{Resume: []flow.RelationID{2}}); err != nil {
			t.Fatal(err)
		}
		w.crash(2)
		for _, v := range []*flow.Relation{strictView, aboveView, laxView} {
			if got, want := w.rows(v), bag(t, v.Columns, "1 10\n5 2\n7 2"); got != want {
				t.Errorf("resumed: view %d: %s, want %s", v.ID, got, want)
			}
		}
		w.mustWrite(tab, "-1 7 14\n0 10")
		if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{3, 2}}); err != nil {
			t.Fatal(err)
		}
		w.made.Graphs = w.made.Graphs[2:]
		w.restart()
		if _, err := w.read(scanAll(strictView), dataflow.ReadOptions{}); err == nil {
			t.Error("a dropped view can be read")
		}
		strict.Wait = false
		if _, err := w.run.Change(t.Context(), dataflow.Change{Graphs: []dataflow.GraphDef{strict}}); err == nil {
			t.Error("the row in error is still there")
		}
		w.mustWrite(tab, "-1 0 10")
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{strict}})
		if got, want := w.rows(strictView), bag(t, strictView.Columns, "1 10\n5 2"); got != want {
			t.Errorf("made again: %s, want %s", got, want)
		}
	})
}

// brokenSink takes nothing.
type brokenSink struct{}

func (brokenSink) Open(context.Context) (uint64, error)              { return 0, nil }
func (brokenSink) Write(context.Context, uint64, *batch.Batch) error { return errors.New("no") }
func (brokenSink) Flush(context.Context, uint64) error               { return nil }
func (brokenSink) Close() error                                      { return nil }

// TestBrokenSink: a sink whose target takes nothing fails; the graphs around it go on.
func TestBrokenSink(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		first, firstView := divided(tab, 2, dataflow.ErrorNull)
		var b builder
		b.add(&flow.Output{Sink: 3}, tab.Columns, b.scan(&tab.Relation, nil))
		last, lastView := divided(tab, 4, dataflow.ErrorNull)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{first, {ID: 3, Graph: &b.g, Sink: brokenSink{}}, last}})
		w.mustWrite(tab, "1 10")
		w.mustWrite(tab, "2 10")
		if s := status(w, 3); s.Status != dataflow.Failed {
			t.Errorf("the sink is %v", s.Status)
		}
		for _, v := range []*flow.Relation{firstView, lastView} {
			if got, want := w.rows(v), bag(t, v.Columns, "1 10\n2 5"); got != want {
				t.Errorf("view %d: %s, want %s", v.ID, got, want)
			}
		}
	})
}

// TestRunning: the runtime ticks of its own accord, and stops when it is closed.
func TestRunning(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		w.run.Start()
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		def, view := divided(tab, 2, dataflow.ErrorNull)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		w.mustWrite(tab, "1 10\n2 20")
		if got, want := w.rows(view), bag(t, view.Columns, "1 10\n2 10"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if err := w.run.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.run.Snapshot(); err == nil {
			t.Error("a closed runtime gives a snapshot")
		}
		if _, err := w.run.Change(t.Context(), dataflow.Change{}); err == nil {
			t.Error("a closed runtime takes a change")
		}
	})
}

func TestDropWhatIsUsed(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{7}}); err == nil {
		t.Error("what is not there was dropped")
	}
	var conflict *dataflow.ConflictError
	if err := w.write(tab, "-1 1 1"); !errors.As(err, &conflict) {
		t.Errorf("a row left that is not there: %v", err)
	}
	w.mustWrite(tab, "1 1\n2 2")
	def, view := divided(tab, 2, dataflow.ErrorNull)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	if _, err := w.run.Change(t.Context(), dataflow.Change{Truncate: []flow.RelationID{1}}); err != nil {
		t.Fatal(err)
	}
	if got := w.rows(&tab.Relation) + w.rows(view); got != "" {
		t.Errorf("after TRUNCATE: %s", got)
	}
}

// TestAddIndex: an index is built from the rows that are there, and kept up to date; a unique one may be refused.
func TestAddIndex(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		w.mustWrite(tab, "1 10\n2 20\n3 20")
		index := dataflow.IndexDef{Relation: 1, Arrangement: flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}, Unique: true}, Constraint: "t_b_key"}
		if _, err := w.run.Change(t.Context(), dataflow.Change{Indexes: []dataflow.IndexDef{index}}); err == nil {
			t.Fatal("a unique index was made over rows with one key")
		}
		index.Arrangement.Unique = false
		index.Arrangement.Where = above(1, 15)
		w.change(dataflow.Change{Indexes: []dataflow.IndexDef{index}})
		w.made.Relations[0].Arrangements = append(w.made.Relations[0].Arrangements, index.Arrangement)
		check := func(want string) {
			t.Helper()
			var b builder
			b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, &flow.Access{Arrangement: 1}))
			got, err := w.read(&b.g, dataflow.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if want := bag(t, tab.Columns, want); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		check("2 20\n3 20")
		w.mustWrite(tab, "-1 2 20\n2 1\n4 30")
		check("3 20\n4 30")
		w.crash(3)
		w.mustWrite(tab, "5 50\n-1 4 30")
		check("3 20\n5 50")
		if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{9}}); err != nil {
			t.Fatal(err)
		}
		w.made.Relations[0].Arrangements = w.made.Relations[0].Arrangements[:1]
		w.mustWrite(tab, "6 60")
	})
}
