package storage

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestRising: of a table whose keys rise, what lies behind its end goes through files from the third epoch on, and the rest through the batch. One whose
// keys come anywhere has no files.
func TestRising(t *testing.T) {
	options := Options{Dir: t.TempDir(), AppendBytes: 4000}
	s := mustOpen(t, options)
	wide := bytes.Repeat([]byte("w"), 200)
	const epochs, rows = 6, 40
	for n := range epochs {
		rising, anywhere := []*state.Run{{}, {}}, &state.Run{}
		for i := range rows {
			rising[i%2].Put(fmt.Appendf(nil, "%03d", 20*n+i), fmt.Appendf(nil, "%d %s", n, wide)) // half of them are there
			anywhere.Put(fmt.Appendf(nil, "%03d.%d", i, n), wide)
		}
		c := Changes{Now: int64(n), Tables: []TableChanges{{Table: 1, Rises: true, Runs: rising}, {Table: 2, Rises: true, Runs: []*state.Run{anywhere}}}}
		if err := s.Commit(uint64(n+1), c); err != nil {
			t.Fatal(err)
		}
		if got, want := s.Metrics().Ingested, uint64(max(0, n-1)); got != want {
			t.Errorf("epoch %d: %d epochs went through files, want %d", n+1, got, want)
		}
	}
	if _, known := s.commit.lastKeys[2]; known {
		t.Error("a table whose keys come anywhere is taken for one whose keys rise")
	}
	mustClose(t, s)
	s = mustOpen(t, options)
	defer mustClose(t, s)
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, snapshot)
	all := scanAll(t, snapshot.Table(1), state.Range{})
	if want := 20*(epochs-1) + rows; len(all) != want {
		t.Fatalf("%d rows, want %d", len(all), want)
	}
	for i, row := range all {
		if want := fmt.Sprintf("%03d=%d ", i, min(i/20, epochs-1)); row[:len(want)] != want {
			t.Errorf("row %.10q, want %q", row, want)
		}
	}
	if got := len(scanAll(t, snapshot.Table(2), state.Range{})); got != epochs*rows {
		t.Errorf("%d rows of the other table, want %d", got, epochs*rows)
	}
}
