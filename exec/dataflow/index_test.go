package dataflow_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// indexed answers the rows of a relation as its first index has them.
func (w *world) indexed(rel *flow.Relation) string {
	w.t.Helper()
	var b builder
	b.add(&flow.Output{}, rel.Columns, b.scan(rel, &flow.Access{Arrangement: 1}))
	got, err := w.read(&b.g, dataflow.ReadOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// TestIndexBesideRows: an index counts what the tick that makes it changes.
func TestIndexBesideRows(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 2048
		w := newWorld(t, c)
		path := filepath.Join(t.TempDir(), "in.json")
		if err := os.WriteFile(path, []byte(strings.Repeat("{\"id\":1,\"x\":2}\n", 60_000)), 0o600); err != nil {
			t.Fatal(err)
		}
		w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
		var b builder
		def, view := b.view(2, "v", -1, b.add(&flow.Source{Relation: 1, Columns: []int{0, 1}}, fields("id", "x")))
		def.Wait = false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		before := w.rows(view)
		index := dataflow.IndexDef{Relation: 2, Arrangement: flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}}}
		if _, err := w.run.Change(t.Context(), dataflow.Change{Indexes: []dataflow.IndexDef{index}}); err != nil {
			t.Fatal(err)
		}
		if w.rows(view) == before {
			t.Fatal("nothing came beside the index")
		}
		for range 4 {
			if got, want := w.indexed(view), w.rows(view); got != want {
				t.Fatalf("the index has %s, the view %s", got, want)
			}
			w.step()
		}
	})
}

// TestIndexBesideWrites: a transaction in the tick that begins an index is in it, or it is held to it, or it keeps a unique index from being made.
func TestIndexBesideWrites(t *testing.T) {
	for _, unique := range []bool{false, true} {
		eachMode(t, func(t *testing.T, c dataflow.Config) {
			w := newWorld(t, c)
			tab := table(1, "t", "a", "b")
			w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
			w.mustWrite(tab, "1 10\n2 20\n3 30")
			results := make(chan error, 2)
			w.onTick = func() {
				go func() { results <- w.write(tab, "-1 1 10\n4 40") }()
				go func() { results <- w.write(tab, "5 30") }()
				time.Sleep(20 * time.Millisecond) // both are most likely waiting for the tick then
			}
			index := dataflow.IndexDef{Relation: 1, Arrangement: flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}, Unique: unique}, Constraint: "t_b_key"}
			_, notMade := w.run.Change(t.Context(), dataflow.Change{Indexes: []dataflow.IndexDef{index}})
			want, violations := "2 20\n3 30\n4 40\n5 30", 0
			for _, err := range []error{notMade, <-results, <-results} {
				var refused *pgerr.Error
				if errors.As(err, &refused) && refused.Code == "23505" {
					violations++
				} else if err != nil {
					t.Fatalf("a write beside the index: %v", err)
				}
			}
			if unique != (violations == 1) {
				t.Fatalf("%d violations", violations)
			}
			if unique && notMade == nil {
				want = "2 20\n3 30\n4 40"
			}
			if notMade == nil {
				w.made.Relations[0].Arrangements = append(w.made.Relations[0].Arrangements, index.Arrangement)
			}
			w.crash(1)
			if s := status(w, 1); s.Status != dataflow.Running {
				t.Errorf("the table is %v: %v", s.Status, s.Err)
			}
			if got, want := w.rows(&tab.Relation), bag(t, tab.Columns, want); got != want {
				t.Errorf("the table has %s, want %s", got, want)
			}
			if notMade == nil {
				if got, want := w.indexed(&w.made.Relations[0].Relation), w.rows(&tab.Relation); got != want {
					t.Errorf("the index has %s, want %s", got, want)
				}
			}
		})
	}
}
