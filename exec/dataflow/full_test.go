package dataflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// ingestAll restarts a world so that all its commits go through sorted files.
func (w *world) ingestAll() {
	w.t.Helper()
	w.ingest = 1
	w.restart()
}

// TestStatementsOnFullDisk: statements whose epoch finds no space are refused, and leave nothing behind; those that come when there is space are taken.
func TestStatementsOnFullDisk(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, tab, shown := bulkWorld(t, c, true)
		w.ingestAll()
		want := ""
		for i := range 5 {
			w.full.Store(true)
			if err := w.write(tab, fmt.Sprintf("%d %d", i, i)); pgerr.CodeOf(err) != pgerr.DiskFull {
				t.Fatalf("writing: %v", err)
			}
			var b builder
			def, rel := b.view(flow.RelationID(10+i), fmt.Sprint("w", i), 0, b.scan(&tab.Relation, nil))
			if i > 0 { // there are rows to delete
				change := dataflow.Change{Truncate: []flow.RelationID{tab.ID}, Graphs: []dataflow.GraphDef{def}}
				if _, err := w.run.Change(t.Context(), change); pgerr.CodeOf(err) != pgerr.DiskFull {
					t.Fatalf("changing: %v", err)
				}
			}
			w.full.Store(false)
			w.mustWrite(tab, fmt.Sprintf("%d %d", i, 100+i))
			w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
			want += fmt.Sprintf("%d %d\n", i, 100+i)
			if i == 2 {
				w.crash(1)
			}
			w.finish()
			for _, r := range []string{w.rows(shown), w.rows(rel), w.indexed(&tab.Relation)} {
				if r != bag(t, tab.Columns, want) {
					t.Errorf("got %s, want %s", r, bag(t, tab.Columns, want))
				}
			}
		}
		w.close()
	})
}

// TestSourcesOnFullDisk: what an epoch that finds no space has taken of a source is taken again.
func TestSourcesOnFullDisk(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, rows, all, counts := aheadWorld(t, c)
		w.config.Ahead = dataflow.AheadNever
		w.ingestAll()
		for i := 0; checkAhead(w, rows, all, counts) < aheadRows; i++ {
			w.full.Store(true)
			if _, err := w.run.Step(t.Context()); pgerr.CodeOf(err) != pgerr.DiskFull {
				t.Fatalf("a tick: %v", err)
			}
			w.full.Store(false)
			w.step()
			if i == 3 {
				w.crash(1)
			}
		}
		w.close()
	})
}

// TestAheadOnFullDisk: an epoch that others run ahead of waits for space.
func TestAheadOnFullDisk(t *testing.T) {
	w, rows, all, counts := aheadWorld(t, dataflow.Config{Workers: 2, Parallel: dataflow.ParallelAlways})
	w.ingestAll()
	w.step()
	before := checkAhead(w, rows, all, counts)
	w.full.Store(true)
	time.AfterFunc(50*time.Millisecond, func() { w.full.Store(false) })
	w.step()
	if after := checkAhead(w, rows, all, counts); after <= before {
		t.Errorf("%d rows before and %d after", before, after)
	}
	w.crash(1)
	w.finish()
	if n := checkAhead(w, rows, all, counts); n != aheadRows {
		t.Errorf("%d rows", n)
	}
	w.close()
}
