package dataflow_test

import (
	"errors"
	"math"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// TestChangeWithTransaction: a change and the transaction that comes with it are one epoch. Either is refused with the other, what the transaction has read
// is looked at though the change drops it, and what it has written there goes with that.
func TestChangeWithTransaction(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		w.ingestAll()
		kept, gone := table(1, "kept", "a", "b"), table(2, "gone", "a", "b")
		var over, overGone builder
		view, shown := over.view(3, "v", 0, over.scan(&kept.Relation, nil))
		viewGone, _ := overGone.view(4, "w", 0, overGone.scan(&gone.Relation, nil))
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*kept, *gone}, Graphs: []dataflow.GraphDef{view, viewGone}})
		w.mustWrite(kept, "1 0")
		w.mustWrite(gone, "1 0")

		// drop drops one table, and commits a transaction that has read it and written to both.
		drop := func(rows string, meanwhile func()) error {
			txn, end := w.begin()
			defer end()
			txn.Read(gone.ID)
			for _, tab := range []*dataflow.RelationDef{gone, kept} {
				b, err := batch.Parse(columnTypes(tab.Columns), signed(rows))
				if err != nil {
					t.Fatal(err)
				}
				if err := txn.Write(tab.ID, b); err != nil {
					t.Fatal(err)
				}
			}
			meanwhile()
			_, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{viewGone.ID, gone.ID}, Txn: txn})
			return err
		}
		check := func(when, want string, there bool) {
			t.Helper()
			for _, rel := range []*flow.Relation{&kept.Relation, shown} {
				if got := w.rows(rel); got != bag(t, kept.Columns, want) {
					t.Errorf("%s: %s has %s, want %s", when, rel.Name, got, want)
				}
			}
			s, err := w.run.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			if s.Lacks(gone.ID) == there {
				t.Errorf("%s: the table is there: %v", when, !there)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := drop("1 5", func() {}); pgerr.CodeOf(err) != pgerr.UniqueViolation {
			t.Fatalf("a key twice: %v", err)
		}
		check("a key twice", "1 0", true)
		var conflict *dataflow.ConflictError
		if err := drop("2 0", func() { w.mustWrite(gone, "9 9") }); !errors.As(err, &conflict) {
			t.Fatalf("what was read has changed: %v", err)
		}
		check("what was read has changed", "1 0", true)
		if err := drop("2 0", func() { w.full.Store(true) }); pgerr.CodeOf(err) != pgerr.DiskFull {
			t.Fatalf("a full disk: %v", err)
		}
		w.full.Store(false)
		check("a full disk", "1 0", true)

		w.finish()
		before := w.step()
		if err := drop("3 7", func() {}); err != nil {
			t.Fatal(err)
		}
		if after := w.step(); after != before+1 {
			t.Errorf("they are %d epochs", after-before)
		}
		w.made.Relations, w.made.Graphs = w.made.Relations[:1], []dataflow.GraphDef{view}
		check("committed", "1 0\n3 7", false)
		w.crash(1)
		check("after a crash", "1 0\n3 7", false)
		w.mustWrite(kept, "4 8")
		check("written on", "1 0\n3 7\n4 8", false)
		w.close()
	})
}

// TestChangeWithTransactionTwice: a tick that fails with both is done again with both, each once.
func TestChangeWithTransactionTwice(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		kept, gone := table(1, "kept", "rowid", "b"), table(2, "gone", "a", "b")
		kept.RowID = 0
		var fails builder
		def, _ := fails.view(3, "f", -1, fails.add(&flow.Project{Exprs: []flow.Expr{plus(column(1), number(math.MaxInt64))}}, fields("x"), fails.scan(&kept.Relation, nil)))
		def.OnError = dataflow.ErrorFail
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*kept, *gone}, Graphs: []dataflow.GraphDef{def}})
		txn, end := w.begin()
		defer end()
		rows, err := batch.Parse(columnTypes(kept.Columns), "+1 NULL 7")
		if err == nil {
			err = txn.Write(kept.ID, rows)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{gone.ID}, Txn: txn}); err != nil {
			t.Fatal(err)
		}
		w.finish()
		if status, _ := w.run.Status(def.ID); status != dataflow.Failed {
			t.Errorf("the graph that fails has status %v", status)
		}
		var sevens builder
		sevens.add(&flow.Output{}, fields("b"), sevens.add(&flow.Project{Exprs: []flow.Expr{column(1)}}, fields("b"), sevens.scan(&kept.Relation, nil)))
		if got, err := w.read(&sevens.g, dataflow.ReadOptions{}); err != nil || got != bag(t, fields("b"), "7") {
			t.Errorf("the table has %s, %v", got, err)
		}
	})
}
