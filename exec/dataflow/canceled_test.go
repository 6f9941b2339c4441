package dataflow_test

import (
	"errors"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

var errCanceled = errors.New("canceled")

// TestCanceledChange cancels a change at each place where it asks, until it is made: before that nothing of it is there.
func TestCanceledChange(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		t.Run("index", func(t *testing.T) {
			w, tab := threeRows(t, c)
			index := flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}}
			w.cancelEverywhere(tab, dataflow.Change{Indexes: []dataflow.IndexDef{{Relation: 1, Arrangement: index}}})
			tab.Arrangements = append(tab.Arrangements, index)
			w.mustWrite(tab, "4 40")
			if got := w.indexed(&tab.Relation); got != signed("1 10\n2 20\n3 30\n4 40") {
				t.Errorf("the index has %s", got)
			}
		})
		t.Run("truncate", func(t *testing.T) {
			w, tab := threeRows(t, c)
			var b builder
			def, _ := b.view(3, "v", 0, b.scan(&tab.Relation, nil)) // which is to see the rows leave
			w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
			w.cancelEverywhere(tab, dataflow.Change{Truncate: []flow.RelationID{1}})
			w.mustWrite(tab, "4 40")
			if got := w.rows(&tab.Relation); got != signed("4 40") {
				t.Errorf("the table has %s", got)
			}
		})
		t.Run("rewrite", func(t *testing.T) {
			w, tab := threeRows(t, c)
			next := table(1, "t", "a", "b", "c")
			next.Arrangements[0].Table = 10
			values := []flow.Expr{column(0), column(1), plus(column(0), column(1))}
			w.cancelEverywhere(tab, dataflow.Change{Rewrites: []dataflow.Rewrite{{Relation: *next, Values: values}}})
			w.mustWrite(next, "4 40 44")
			if got := w.rows(&next.Relation); got != signed("1 10 11\n2 20 22\n3 30 33\n4 40 44") {
				t.Errorf("the table has %s", got)
			}
		})
	})
}

func threeRows(t *testing.T, c dataflow.Config) (*world, *dataflow.RelationDef) {
	w := newWorld(t, c)
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 10\n2 20\n3 30")
	return w, tab
}

// cancelEverywhere makes a change of a table with three rows, after it was canceled at each place where it asks.
func (w *world) cancelEverywhere(tab *dataflow.RelationDef, change dataflow.Change) {
	w.t.Helper()
	for place := 0; ; place++ {
		asked := 0
		change.Canceled = func() error {
			if asked++; asked > place {
				return errCanceled
			}
			return nil
		}
		switch _, err := w.run.Change(w.t.Context(), change); {
		case err == nil && place == 0:
			w.t.Fatal("the change never asks")
		case err == nil:
			return
		case !errors.Is(err, errCanceled):
			w.t.Fatal(err)
		}
		if got := w.rows(&tab.Relation); got != signed("1 10\n2 20\n3 30") {
			w.t.Fatalf("canceled at place %d it left %s", place, got)
		}
	}
}
