package dataflow_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// TestIndexEquation: an index that is built over many ticks beside writes has the rows of its table, whatever the writes, the number of
// workers and the form of the index; and so has it after a crash.
func TestIndexEquation(t *testing.T) { rapid.Check(t, checkIndexEquation) }

func checkIndexEquation(t *rapid.T) {
	w := newIndexWorld(t)
	index := flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1, Desc: rapid.Bool().Draw(t, "desc")}}}
	if rapid.Bool().Draw(t, "unique") { // no two rows have the same a
		index.Key, index.Unique = append(index.Key, flow.SortKey{Column: 0}), true
	}
	if rapid.Bool().Draw(t, "partial") {
		index.Where = above(1, 2)
	}
	change := dataflow.Change{Indexes: []dataflow.IndexDef{{Relation: 1, Arrangement: index, Constraint: "i"}}}
	change.Canceled = func() error { // it is asked in every tick
		w.writeBeside()
		return nil
	}
	if _, err := w.run.Change(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	w.written()
	w.tab.Arrangements = append(w.tab.Arrangements, index)
	w.made.Relations[0].Arrangements = w.tab.Arrangements
	w.checkIndex(index.Where != nil)
	w.mustWrite(w.tab, w.draw())
	w.checkIndex(index.Where != nil)
	w.crash(rapid.Uint64().Draw(t, "seed"))
	w.mustWrite(w.tab, w.draw())
	w.checkIndex(index.Where != nil)
}

func (w *indexWorld) checkIndex(partial bool) {
	var want []string
	for a, b := range w.rows {
		if !partial || b > 2 {
			want = append(want, fmt.Sprintf("%d %s", a, value(b)))
		}
	}
	if got, want := w.indexed(&w.tab.Relation), bag(w.t, w.tab.Columns, strings.Join(want, "\n")); got != want {
		w.t.Fatalf("the index has\n%s\nand the table\n%s", got, want)
	}
}

// TestIndexCrash: what a crash leaves of an index that was being built is gone after the next epoch, and its table can be used again.
func TestIndexCrash(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		for ticks := 1; ticks < 5; ticks++ {
			w, tab := tenRows(t, c)
			index := flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}}
			change := dataflow.Change{Indexes: []dataflow.IndexDef{{Relation: 1, Arrangement: index}}}
			left, crashed := ticks, w.fs
			change.Canceled = func() error {
				if left--; left == 0 {
					crashed = w.fs.Crash(0, 1)
					return errCanceled
				}
				return nil
			}
			if _, err := w.run.Change(t.Context(), change); !errors.Is(err, errCanceled) {
				t.Fatal(err)
			}
			if w.hasTable(9) || len(w.run.Stats().Graphs) > 1 {
				t.Fatal("something is left of an index that was canceled")
			}
			w.close()
			w.fs = crashed
			w.open()
			if ticks > 1 && !w.hasTable(9) {
				t.Fatal("nothing was there to be removed")
			}
			w.mustWrite(tab, "11 110")
			if w.hasTable(9) {
				t.Fatal("something is left of an index after a crash")
			}
			change.Canceled = nil
			if _, err := w.run.Change(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			tab.Arrangements = append(tab.Arrangements, index)
			if got, want := w.indexed(&tab.Relation), w.rows(&tab.Relation); got != want {
				t.Fatalf("the index has %s, the table %s", got, want)
			}
		}
	})
}

// TestIndexViolated: a unique index whose rows do not fit is not made, whether they were there or come in the meantime.
func TestIndexViolated(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		for _, comes := range []string{"", "11 30", "0 90", "-1 10 20\n10 10"} {
			w, tab := tenRows(t, c)
			if comes != "" {
				w.mustWrite(tab, "-1 10 20\n10 100")
				comes = strings.Replace(comes, "-1 10 20", "-1 10 100", 1)
			}
			index := dataflow.IndexDef{Relation: 1, Arrangement: flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}, Unique: true}, Constraint: "i"}
			change, asked := dataflow.Change{Indexes: []dataflow.IndexDef{index}}, 0
			done := make(chan error, 1)
			change.Canceled = func() error {
				if asked++; asked == 2 && comes != "" {
					go func() { done <- w.write(tab, comes) }()
					for w.run.Queued() == 0 {
						runtime.Gosched()
					}
				}
				return nil
			}
			_, err := w.run.Change(t.Context(), change)
			var refused *pgerr.Error
			if !errors.As(err, &refused) || refused.Code != "23505" || refused.Message != `could not create unique index "i"` ||
				!strings.HasPrefix(refused.Detail, "Key (b)=(") || !strings.HasSuffix(refused.Detail, ") is duplicated.") {
				t.Fatalf("%s: %v", comes, err)
			}
			if comes != "" {
				if err := <-done; err != nil {
					t.Fatalf("%s: %v", comes, err)
				}
			}
			w.mustWrite(tab, "12 20")
			if w.hasTable(9) || len(w.run.Stats().Graphs) > 1 {
				t.Fatal("something is left of an index that was not made")
			}
		}
	})
}
