package dataflow

import (
	"encoding/binary"
	"testing"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// What workers have added to a window and taken away is added up; a window that has no groups left is not open.
func TestWindowsOfEmpty(t *testing.T) {
	store, err := storage.Open(storage.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	const table = 7
	var run state.Run
	for _, w := range []struct{ end, worker, groups int64 }{{60, 0, 6}, {60, 1, -2}, {60, 3, -4}, {120, 1, 2}, {120, 2, -1}} {
		run.Put(binary.BigEndian.AppendUint32(key.AppendBound(nil, w.end), uint32(w.worker)), binary.AppendVarint(nil, w.groups))
	}
	if err := store.Commit(1, storage.Changes{Tables: []storage.TableChanges{{Table: table, Runs: []*state.Run{&run}}}}); err != nil {
		t.Fatal(err)
	}
	committed, err := store.Committed()
	if err != nil {
		t.Fatal(err)
	}
	defer committed.Close()
	s := &Snapshot{store: committed}
	windows, err := s.windowsOf(&flow.Aggregate{View: &flow.GroupsInView{}}, table)
	if err != nil {
		t.Fatal(err)
	}
	if len(windows) != 1 || windows[0].End != 120 || windows[0].Groups != 1 {
		t.Errorf("open are %+v, want the window that ends at 120 with one group", windows)
	}
}
