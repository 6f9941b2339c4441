package dataflow_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/meta"
)

// readerOf defines a view of columns of a table, as a subscription has it or in the catalog.
func readerOf(tab *dataflow.RelationDef, temporary bool, columns ...int) (dataflow.GraphDef, *flow.Relation) {
	var b builder
	var some []flow.Field
	for _, c := range columns {
		some = append(some, tab.Columns[c])
	}
	def, rel := b.view(20, "reader", -1, b.add(&flow.Scan{Relation: tab.ID, Columns: columns}, some))
	def.Temporary = temporary
	return def, rel
}

// newForm is a form of tenRows, and whether a reader of each list of columns can go on with it.
type newForm struct {
	name    string
	rewrite func(tab *dataflow.RelationDef) dataflow.Rewrite
	goesOn  func(filled bool, columns []int) bool
}

func newForms() []newForm {
	index := flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 2}}}
	with := func(values ...flow.Expr) func(tab *dataflow.RelationDef) dataflow.Rewrite {
		return func(tab *dataflow.RelationDef) dataflow.Rewrite {
			w := summed(tab, []flow.SortKey{{Column: 0}}, index)
			w.Values, w.Checks = append(values, plus(column(0), column(1))), nil
			return w
		}
	}
	return []newForm{
		{"another column", with(column(0), column(1)), func(bool, []int) bool { return true }},
		{"other values", with(column(0), plus(column(1), number(1))), func(_ bool, columns []int) bool { return columns[len(columns)-1] == 0 }},
		{"other keys", with(call("-", bigint, number(0), column(0)), column(1)), func(filled bool, columns []int) bool { return filled && columns[0] == 1 }},
		{"another key", func(tab *dataflow.RelationDef) dataflow.Rewrite {
			return summed(tab, []flow.SortKey{{Column: 1}, {Column: 0}}, index)
		}, func(bool, []int) bool { return false }},
	}
}

// TestRewriteReaders: a subscription to a query goes on with the new form of a table, whether it has caught up or not, if what it reads of it has stayed; else it ends.
func TestRewriteReaders(t *testing.T) {
	for _, form := range newForms() {
		for _, columns := range [][]int{{0}, {1}, {0, 1}} {
			for _, filled := range []bool{false, true} {
				t.Run(fmt.Sprint(form.name, columns, filled), func(t *testing.T) {
					eachMode(t, func(t *testing.T, c dataflow.Config) {
						w, tab := tenRows(t, c)
						checkReader(t, w, tab, form.rewrite(tab), filled, form.goesOn(filled, columns), columns)
					})
				})
			}
		}
	}
}

func checkReader(t *testing.T, w *world, tab *dataflow.RelationDef, rewrite dataflow.Rewrite, filled, goesOn bool, columns []int) {
	change := dataflow.Change{Rewrites: []dataflow.Rewrite{rewrite}}
	if err := w.run.Build(t.Context(), &change, meta.Changes{}); err != nil {
		t.Fatal(err)
	}
	def, rel := readerOf(tab, true, columns...)
	def.Wait = filled
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	var follower *dataflow.Follower
	if filled {
		var err error
		if follower, err = w.run.Follow(rel.ID, dataflow.At{}); err != nil {
			t.Fatal(err)
		}
		defer follower.Close()
	}
	if _, err := w.run.Change(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	w.mustWrite(&rewrite.Relation, "11 110 121")
	w.finish()
	if got := len(w.run.Stats().Graphs) == 2; got != goesOn {
		t.Fatalf("the reader goes on: %t, want %t", got, goesOn)
	}
	if goesOn {
		var b builder
		some, _ := readerOf(&rewrite.Relation, true, columns...)
		b.add(&flow.Output{}, rel.Columns, b.add(some.Graph.Nodes[0].Spec, rel.Columns))
		want, err := w.read(&b.g, dataflow.ReadOptions{})
		if got := w.rows(rel); err != nil || got != want {
			t.Fatalf("the reader has\n%s\nwant\n%s (%v)", got, want, err)
		}
	} else if filled {
		if err := ended(t, follower); pgerr.CodeOf(err) != pgerr.ObjectNotInPrerequisiteState {
			t.Fatal(err)
		}
	}
}

// ended is the error with which following ends.
func ended(t *testing.T, f *dataflow.Follower) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if _, _, err := f.Next(ctx, 1<<60, func(uint64, int64, *batch.Batch) error { return nil }); err != nil {
			return err
		}
	}
}

// TestRewriteWaiter: who waits for a subscription to catch up is told why it does not.
func TestRewriteWaiter(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, tab := tenRows(t, c)
		form := newForms()[1].rewrite(tab)
		for _, test := range []struct {
			change dataflow.Change
			code   pgerr.Code
		}{
			{dataflow.Change{Rewrites: []dataflow.Rewrite{form}}, pgerr.ObjectNotInPrerequisiteState},
			{dataflow.Change{Drop: []flow.RelationID{tab.ID}}, pgerr.UndefinedTable},
		} {
			if err := w.run.Build(t.Context(), &test.change, meta.Changes{}); err != nil {
				t.Fatal(err)
			}
			done, asked := make(chan error, 1), false
			def, _ := readerOf(tab, true, 1)
			reader := dataflow.Change{Graphs: []dataflow.GraphDef{def}, Canceled: func() error {
				if !asked { // in the tick that has given it the first rows
					asked = true
					go func() {
						_, err := w.run.Change(t.Context(), test.change)
						done <- err
					}()
					for w.run.Queued() == 0 { // it waits for the next tick then
						runtime.Gosched()
					}
				}
				return nil
			}}
			_, err := w.run.Change(t.Context(), reader)
			var told *pgerr.Error
			if !errors.As(err, &told) || told.Code != test.code || told.Message[:12] != `relation "t"` {
				t.Fatalf("who waits is told %v, want %s", err, test.code)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestRewriteBesideView: a view that has not caught up keeps its table from getting another order only.
func TestRewriteBesideView(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, tab := tenRows(t, c)
		def, rel := readerOf(tab, false, 1)
		def.Wait = false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		keys, column := newForms()[2].rewrite(tab), newForms()[0].rewrite(tab)
		if _, err := w.run.Change(t.Context(), dataflow.Change{Rewrites: []dataflow.Rewrite{keys}}); pgerr.CodeOf(err) != pgerr.ObjectInUse {
			t.Fatalf("other keys while a view is being filled: %v", err)
		}
		if _, err := w.run.Change(t.Context(), dataflow.Change{Rewrites: []dataflow.Rewrite{column}}); err != nil {
			t.Fatal(err)
		}
		w.finish()
		if got, want := w.rows(rel), bag(t, fields("b"), "10\n+2 20\n30\n40\n50\n60\n70\n80\n90"); got != want {
			t.Fatalf("the view has %s, want %s", got, want)
		}
	})
}
