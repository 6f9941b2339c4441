package dataflow_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestTxnLimit holds that a transaction that is too large is an error, and that what was rolled back does not count.
func TestTxnLimit(t *testing.T) {
	w := newWorld(t, dataflow.Config{Workers: 1})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	s, err := w.run.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows := batch.New(columnTypes(tab.Columns)...)
	for i := range int64(10) {
		rows.AppendValues(1, types.IntValue(i), types.IntValue(i))
	}
	defer dataflow.LimitTxns(2*rows.Bytes() + 1)()
	txn := dataflow.Begin(s)
	for range 2 {
		if err := txn.Write(tab.ID, rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := txn.Write(tab.ID, rows); pgerr.CodeOf(err) != pgerr.ProgramLimitExceeded {
		t.Errorf("got %v", err)
	}
	txn.Rollback(1)
	if err := txn.Write(tab.ID, rows); err != nil {
		t.Error(err)
	}
	txn.Discard(tab.ID)
	for range 2 {
		if err := txn.Write(tab.ID, rows); err != nil {
			t.Error(err)
		}
	}
}
