package storage

import (
	"errors"
	"testing"
)

// TestTableBytes flushes rows of one table, and asks for it and for one that has none.
func TestTableBytes(t *testing.T) {
	s := mustOpen(t, Options{MemTableBytes: 256 << 10})
	defer mustClose(t, s)
	for n := uint64(1); n < 20; n++ {
		if err := errors.Join(s.Commit(n, scenarioChanges(n)), s.Publish(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if rows, none := s.TableBytes(1), s.TableBytes(77); rows <= 0 || none != 0 {
		t.Errorf("a table of rows takes %d bytes, and one without %d", rows, none)
	}
}
