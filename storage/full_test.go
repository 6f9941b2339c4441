package storage

import (
	"sync/atomic"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// TestOpenOnFullDisk: a store whose log cannot be brought into files is not opened, instead of trying it for ever, and loses nothing.
func TestOpenOnFullDisk(t *testing.T) {
	before, full := NewCrashFS(), &atomic.Bool{}
	s, err := Open(Options{FS: before, Dir: "data"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(1, scenarioChanges(1)); err != nil {
		t.Fatal(err)
	}
	fs := before.Crash(0, 0) // the epoch is in the log alone
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	if s, err := Open(Options{FS: FillingFS{fs, full}, Dir: "data"}); pgerr.CodeOf(err) != pgerr.DiskFull {
		t.Fatalf("opening: %v, %v", err, s)
	}
	full.Store(false)
	if found := checkScenario(t, FillingFS{fs, full}); found != 1 {
		t.Errorf("the store is at epoch %d", found)
	}
}

// TestCommitOnFullDisk: a commit whose files find no space is told as that, and can be made when there is some.
func TestCommitOnFullDisk(t *testing.T) {
	fs, full := NewCrashFS(), &atomic.Bool{}
	s, err := Open(Options{FS: FillingFS{fs, full}, Dir: "data", IngestBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(1, scenarioChanges(1)); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	if err := s.Commit(2, scenarioChanges(2)); pgerr.CodeOf(err) != pgerr.DiskFull {
		t.Errorf("commit: %v", err)
	}
	if found := checkScenario(t, fs.Crash(0, 0)); found != 1 {
		t.Errorf("the store is at epoch %d", found)
	}
	full.Store(false)
	if err := s.Commit(2, scenarioChanges(2)); err != nil {
		t.Errorf("with space again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if found := checkScenario(t, fs); found != 2 {
		t.Errorf("the store is at epoch %d", found)
	}
}
