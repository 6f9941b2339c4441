package dataflow_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
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

// TestReadsOnce holds that a transaction notes each read once, none of a relation of which it has read all, and those again that it has forgotten.
func TestReadsOnce(t *testing.T) {
	txn := dataflow.Begin(nil)
	a, b, c := []byte("a"), []byte("b"), []byte("c")
	for i, step := range []struct {
		relation    flow.RelationID
		arrangement int
		from, to    []byte
		want        int
	}{
		{1, 0, a, b, 1},
		{1, 0, a, b, 1},
		{1, 0, a, c, 2},
		{1, 0, a, nil, 3},
		{1, 0, nil, b, 4},
		{1, 1, a, b, 5},
		{2, 0, a, b, 6},
		{1, 0, nil, nil, 7},
		{1, 1, b, c, 7}, // all has been read
		{1, 0, nil, nil, 7},
		{2, 0, b, c, 8},
	} {
		if got := txn.Note(step.relation, step.arrangement, step.from, step.to); got != step.want {
			t.Errorf("after read %d there are %d, want %d", i, got, step.want)
		}
	}
	txn.Forget(1)
	if got := txn.Note(1, 0, a, b); got != 3 { // and two of relation 2
		t.Errorf("after a read of what was forgotten there are %d, want 3", got)
	}
}
