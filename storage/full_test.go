package storage

import (
	"sync/atomic"
	"testing"
	"time"

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
	if s, err := Open(Options{FS: FillingFS{FS: fs, Full: full}, Dir: "data"}); pgerr.CodeOf(err) != pgerr.DiskFull {
		t.Fatalf("opening: %v, %v", err, s)
	}
	full.Store(false)
	if found := checkScenario(t, FillingFS{FS: fs, Full: full}); found != 1 {
		t.Errorf("the store is at epoch %d", found)
	}
}

// TestCommitOnFullDisk: a commit whose files find no space is told as that, and can be made when there is some.
func TestCommitOnFullDisk(t *testing.T) {
	fs, full := NewCrashFS(), &atomic.Bool{}
	s, err := Open(Options{FS: FillingFS{FS: fs, Full: full}, Dir: "data", IngestBytes: 1})
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

// waitingStore is a store at epoch 1 whose commit of epoch 2 finds no space in the log, and waits until full is false; then done has its error.
func waitingStore(t *testing.T) (s *Store, fs *CrashFS, full *atomic.Bool, done chan error) {
	t.Helper()
	fs, full = NewCrashFS(), &atomic.Bool{}
	s = mustOpen(t, Options{FS: FillingFS{FS: fs, LogsFull: full}, Dir: "data"})
	if err := s.Commit(1, scenarioChanges(1)); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	done = make(chan error, 1)
	go func() { done <- s.Commit(2, scenarioChanges(2)) }()
	for s.WaitsForSpace() == nil {
		time.Sleep(time.Millisecond)
	}
	return s, fs, full, done
}

// TestLogOnFullDisk: a commit whose place in the log finds no space waits until there is some, and no byte of it is lost; whoever would wait for it is told.
func TestLogOnFullDisk(t *testing.T) {
	s, fs, full, done := waitingStore(t)
	if err := s.WaitsForSpace(); pgerr.CodeOf(err) != pgerr.DiskFull {
		t.Errorf("meanwhile: %v", err)
	}
	if found := checkScenario(t, fs.Crash(50, 1)); found != 1 {
		t.Errorf("after a crash meanwhile the store is at epoch %d", found)
	}
	full.Store(false)
	if err := <-done; err != nil || s.WaitsForSpace() != nil {
		t.Errorf("with space again: %v, %v", err, s.WaitsForSpace())
	}
	for n := uint64(3); n < 20; n++ {
		if err := s.Commit(n, scenarioChanges(n)); err != nil {
			t.Fatal(err)
		}
	}
	if found := checkScenario(t, fs.Crash(0, 0)); found != 19 {
		t.Errorf("the store is at epoch %d", found)
	}
	mustClose(t, s)
}

// TestCloseOnFullDisk: a store that is to be closed does not wait for space. It fails, at the epoch before.
func TestCloseOnFullDisk(t *testing.T) {
	s, fs, _, done := waitingStore(t)
	mustClose(t, s)
	if err := <-done; pgerr.CodeOf(err) != pgerr.DiskFull {
		t.Errorf("commit: %v", err)
	}
	if found := checkScenario(t, fs); found != 1 {
		t.Errorf("the store is at epoch %d", found)
	}
}
