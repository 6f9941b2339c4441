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
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// indexWorld has a table with two columns, which is written to in every tick in which an index of it is built.
type indexWorld struct {
	*world
	t       *rapid.T
	tab     *dataflow.RelationDef
	rows    map[int64]int64
	results []chan error
}

// TestIndexEquation: an index that is built over many ticks beside writes has the rows of its table, whatever the writes, the number of
// workers and the form of the index; and so has it after a crash.
func TestIndexEquation(t *testing.T) { rapid.Check(t, checkIndexEquation) }

func checkIndexEquation(t *rapid.T) {
	w := &indexWorld{t: t, tab: table(1, "t", "a", "b"), rows: map[int64]int64{}}
	w.world = newWorld(t, dataflow.Config{
		Workers:  rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "workers"),
		Parallel: rapid.SampledFrom([]dataflow.Parallel{dataflow.ParallelNever, dataflow.ParallelAlways}).Draw(t, "parallel"),
		FillRows: rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "rows of a tick"),
	})
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*w.tab}})
	for range 4 {
		w.mustWrite(w.tab, w.draw())
	}
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
	for _, result := range w.results {
		if err := <-result; err != nil {
			t.Fatal(err)
		}
	}
	w.tab.Arrangements = append(w.tab.Arrangements, index)
	w.made.Relations[0].Arrangements = w.tab.Arrangements
	w.checkIndex(index.Where != nil)
	w.mustWrite(w.tab, w.draw())
	w.checkIndex(index.Where != nil)
	w.crash(rapid.Uint64().Draw(t, "seed"))
	w.mustWrite(w.tab, w.draw())
	w.checkIndex(index.Where != nil)
}

// draw draws changes of rows.
func (w *indexWorld) draw() string {
	var change strings.Builder
	for k := range int64(16) {
		if rapid.IntRange(0, 3).Draw(w.t, "touch") > 0 {
			continue
		}
		if old, there := w.rows[k]; there {
			fmt.Fprintf(&change, "-1 %d %s\n", k, value(old))
			delete(w.rows, k)
		}
		if rapid.Bool().Draw(w.t, "come") {
			w.rows[k] = rapid.Int64Range(-1, 6).Draw(w.t, "b")
			fmt.Fprintf(&change, "+1 %d %s\n", k, value(w.rows[k]))
		}
	}
	return strings.TrimSpace(change.String())
}

// writeBeside has a transaction wait for the next tick.
func (w *indexWorld) writeBeside() {
	txn, end := w.begin()
	rows, err := batch.Parse(columnTypes(w.tab.Columns), w.draw())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := txn.Write(w.tab.ID, rows); err != nil {
		w.t.Fatal(err)
	}
	result, queued := make(chan error, 1), w.run.Queued()
	go func() {
		_, err := w.run.Write(w.t.Context(), txn)
		end()
		result <- err
	}()
	for w.run.Queued() == queued {
		runtime.Gosched()
	}
	w.results = append(w.results, result)
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

// hasTable tells whether the store has rows of a table.
func (w *world) hasTable(id key.TableID) bool {
	w.t.Helper()
	s, err := w.store.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	cursor, err := s.Table(id).Scan(state.Range{})
	if err != nil {
		w.t.Fatal(err)
	}
	var run state.Run
	_, err = cursor.Next(&run, 1)
	if err := errors.Join(err, cursor.Close()); err != nil {
		w.t.Fatal(err)
	}
	return run.Len() > 0
}

// tenRows have a key each, and two of them the same b.
func tenRows(t *testing.T, c dataflow.Config) (*world, *dataflow.RelationDef) {
	c.FillRows = 2
	w := newWorld(t, c)
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 10\n2 20\n3 30\n4 40\n5 50\n6 60\n7 70\n8 80\n9 90\n10 20")
	return w, tab
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
