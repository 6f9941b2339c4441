package dataflow_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// truncated has a table with three rows and an index, and if wanted a view above it.
func truncated(t *testing.T, c dataflow.Config, unique, watched bool) (*world, *dataflow.RelationDef) {
	w := newWorld(t, c)
	tab := table(1, "t", "a", "b")
	tab.Arrangements = append(tab.Arrangements, flow.Arrangement{ID: 2, Table: 2, Key: []flow.SortKey{{Column: 1}}, Unique: unique})
	tab.Constraints = append(tab.Constraints, "t_b_key")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	if watched {
		var b builder
		def, _ := b.view(3, "v", 0, b.scan(&tab.Relation, nil))
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	}
	w.mustWrite(tab, "1 10\n2 20\n3 30")
	return w, tab
}

// eachTruncated runs a test for tables whose rows go one by one, and for those whose ranges are deleted.
func eachTruncated(t *testing.T, test func(w *world, tab *dataflow.RelationDef)) {
	for _, unique := range []bool{false, true} {
		for _, watched := range []bool{false, true} {
			eachMode(t, func(t *testing.T, c dataflow.Config) { test(truncated(t, c, unique, watched)) })
		}
	}
}

func (w *world) truncate(tab *dataflow.RelationDef) error {
	_, err := w.run.Change(w.t.Context(), dataflow.Change{Truncate: []flow.RelationID{tab.ID}})
	return err
}

// holds checks what a table and its index have.
func (w *world) holds(tab *dataflow.RelationDef, rows string) {
	w.t.Helper()
	for _, got := range []string{w.rows(&tab.Relation), w.indexed(&tab.Relation)} {
		if want := bag(w.t, tab.Columns, rows); got != want {
			w.t.Fatalf("got %s, want %s", got, want)
		}
	}
}

// TestTruncateBesideWrites: rows that are written in the tick of a TRUNCATE, or behind it, lie above an empty table, whatever keys they have.
func TestTruncateBesideWrites(t *testing.T) {
	eachTruncated(t, func(w *world, tab *dataflow.RelationDef) {
		results := make(chan error, 2)
		w.onTick = func() {
			go func() { results <- w.write(tab, "1 10\n4 20") }()
			go func() { results <- w.write(tab, "5 30") }()
			time.Sleep(20 * time.Millisecond) // both are most likely waiting for the tick then
		}
		if err := w.truncate(tab); err != nil {
			w.t.Fatal(err)
		}
		for range 2 {
			if err := <-results; err != nil {
				w.t.Fatalf("a write beside TRUNCATE: %v", err)
			}
		}
		w.holds(tab, "1 10\n4 20\n5 30")
		w.crash(1)
		w.holds(tab, "1 10\n4 20\n5 30")
		w.mustWrite(tab, "-1 4 20\n2 20")
		w.holds(tab, "1 10\n2 20\n5 30")
	})
}

// TestTruncateBesideReaders: who has begun before a TRUNCATE still sees the rows, and can write nothing that rests on them.
func TestTruncateBesideReaders(t *testing.T) {
	eachTruncated(t, func(w *world, tab *dataflow.RelationDef) {
		var conflict *dataflow.ConflictError
		reader, endReader := w.writeAll(tab, "9 90")
		defer endReader()
		reader.Note(tab.ID, 0, []byte{0}, []byte{0xff})
		deleter, endDeleter := w.writeAll(tab, "-1 2 20")
		defer endDeleter()
		before, err := w.run.Snapshot()
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.truncate(tab); err != nil {
			w.t.Fatal(err)
		}
		w.holds(tab, "")
		got, err := w.read(scanAll(&tab.Relation), dataflow.ReadOptions{Snapshot: before})
		if err != nil {
			w.t.Fatal(err)
		}
		if got != signed("1 10\n2 20\n3 30") {
			w.t.Fatalf("a snapshot from before has %s", got)
		}
		for _, txn := range []*dataflow.Txn{reader, deleter} {
			if _, err := w.run.Write(w.t.Context(), txn); !errors.As(err, &conflict) {
				w.t.Fatalf("a transaction from before was not refused: %v", err)
			}
		}
		if err := before.Close(); err != nil {
			w.t.Fatal(err)
		}
	})
}

// TestTruncateRefused: a TRUNCATE whose epoch finds no space, or that is refused for another table, leaves the rows where they are.
func TestTruncateRefused(t *testing.T) {
	eachTruncated(t, func(w *world, tab *dataflow.RelationDef) {
		w.ingestAll()
		still := func() {
			w.t.Helper()
			w.holds(tab, "1 10\n2 20\n3 30")
			if err := w.write(tab, "1 40"); pgerr.CodeOf(err) != pgerr.UniqueViolation {
				w.t.Fatalf("a key that is there was taken: %v", err)
			}
		}
		if _, err := w.run.Change(w.t.Context(), dataflow.Change{Truncate: []flow.RelationID{tab.ID, 77}}); err == nil {
			w.t.Fatal("a table was truncated that is not there")
		}
		still()
		other := table(7, "other", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*other}})
		w.mustWrite(other, "1 1")
		index := dataflow.IndexDef{Relation: 7, Arrangement: flow.Arrangement{ID: 8, Table: 8, Key: []flow.SortKey{{Column: 1}}}}
		w.full.Store(true)
		both := dataflow.Change{Truncate: []flow.RelationID{tab.ID}, Indexes: []dataflow.IndexDef{index}} // the index needs space
		if _, err := w.run.Change(w.t.Context(), both); pgerr.CodeOf(err) != pgerr.DiskFull {
			w.t.Fatalf("with no space: %v", err)
		}
		w.full.Store(false)
		still()
		w.crash(1)
		still()
	})
}

// TestTruncateBesideBuilds: an index or another form that is being built of a table which is truncated, or has been, begins anew: it is not given the rows that leave, and has those that
// come. So it is after a TRUNCATE that was refused.
func TestTruncateBesideBuilds(t *testing.T) {
	for ticks := 1; ticks < 8; ticks++ {
		for _, watched := range []bool{false, true} {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				w, tab := tenRows(t, c)
				if watched {
					var b builder
					def, _ := b.view(3, "v", 0, b.scan(&tab.Relation, nil))
					w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
				}
				checkTruncateBesideBuild(t, w, tab, ticks)
			})
		}
	}
}

func checkTruncateBesideBuild(t *testing.T, w *world, tab *dataflow.RelationDef, ticks int) {
	index := flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 2}}, Unique: true}
	rewrite := summed(tab, []flow.SortKey{{Column: 0}}, index)
	change := dataflow.Change{Rewrites: []dataflow.Rewrite{rewrite}}
	done := make(chan error, 2)
	both := [][]flow.RelationID{{tab.ID, 77}, {tab.ID}} // the first is refused
	truncate := func(ids []flow.RelationID) {
		_, err := w.run.Change(t.Context(), dataflow.Change{Truncate: ids})
		done <- err
	}
	asked := 0
	change.Canceled = func() error { // in a tick
		if asked++; asked != ticks {
			return nil
		}
		for _, ids := range both {
			queued := w.run.Queued()
			go truncate(ids)
			for w.run.Queued() == queued {
				runtime.Gosched()
			}
		}
		return nil
	}
	if err := w.run.Build(t.Context(), &change, meta.Changes{}); err != nil {
		t.Fatal(err)
	}
	change.Canceled = nil
	if asked < ticks {
		truncate(both[0])
		truncate(both[1])
	}
	if first, second := <-done, <-done; (first == nil) == (second == nil) {
		t.Fatal(first, second)
	}
	filled := int64(0)
	for _, g := range w.run.Stats().Graphs {
		if g.ID < 1000 {
			continue
		}
		filled = max(filled, g.FilledRows) // the graph of an index is given the rows that the form before has
		if given := g.Operators[0].RowsOut; given > filled {
			t.Fatalf("graph %d was given %d rows that leave", g.ID, given-filled)
		}
	}
	w.mustWrite(tab, "1 10\n4 20")
	if _, err := w.run.Change(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	tab = &rewrite.Relation
	w.holds(tab, "1 10 11\n4 20 24")
	w.mustWrite(tab, "-1 4 20 24\n5 5 10")
	w.made.Relations[0] = *tab
	w.crash(1)
	w.holds(tab, "1 10 11\n5 5 10")
}
