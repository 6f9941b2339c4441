package storage

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

func mustOpen(tb testing.TB, o Options) *Store {
	tb.Helper()
	s, err := Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func mustClose(tb testing.TB, c interface{ Close() error }) {
	tb.Helper()
	if err := c.Close(); err != nil {
		tb.Error(err)
	}
}

func refused(t *testing.T, o Options, code pgerr.Code, part string) {
	t.Helper()
	s, err := Open(o)
	if err == nil {
		mustClose(t, s)
	}
	if pgerr.CodeOf(err) != code || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want %s with %q", err, code, part)
	}
}

// TestFolder opens real folders on the disk: a new one, one in use, one of a later version, and one that is something else.
func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := mustOpen(t, Options{Dir: dir})
	refused(t, Options{Dir: dir}, pgerr.ObjectInUse, "in use by another process")
	if err := s.Commit(1, scenarioChanges(1)); err != nil {
		t.Fatal(err)
	}
	if m := s.Metrics(); m.BytesWritten < 48<<10 || m.DiskBytes == 0 || m.MemTables == 0 {
		t.Errorf("metrics %+v", m)
	}
	copied := filepath.Join(t.TempDir(), "checkpoint")
	if epoch, err := s.Checkpoint(copied); err != nil || epoch != 1 {
		t.Errorf("checkpoint: epoch %d, %v", epoch, err)
	}
	if _, err := s.Checkpoint(copied); pgerr.CodeOf(err) != pgerr.ObjectInUse {
		t.Errorf("checkpoint over another: %v", err)
	}
	if err := s.Commit(2, scenarioChanges(2)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	for path, epoch := range map[string]uint64{copied: 1, dir: 2} {
		s := mustOpen(t, Options{Dir: path, ReadOnly: true})
		snapshot, err := s.Snapshot()
		if err != nil || snapshot.Epoch().Number != epoch {
			t.Errorf("%v, %v, want epoch %d", snapshot, err, epoch)
		}
		mustClose(t, snapshot)
		if err := s.Commit(9, Changes{Now: 9}); pgerr.CodeOf(err) != pgerr.ReadOnlySQLTransaction {
			t.Errorf("commit to a folder that is read only: %v", err)
		}
		mustClose(t, s)
	}
	format := filepath.Join(dir, formatFile)
	for text, part := range map[string]string{
		formatText + "9\n": "has format 9, this version of Freshet reads formats up to 8",
		formatText + "3\n": "has format 3, this version of Freshet reads formats 4 to 8", "nonsense": "does not say",
	} {
		if err := os.WriteFile(format, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, Options{Dir: dir}, pgerr.FeatureNotSupported, part)
	}
	// One of the formats before, which had no runs, no packs, no tables whose keys rise, or no runs of tables that expire, is read as it is, and becomes one of this format when it is written.
	for _, old := range []string{"4\n", "5\n", "6\n", "7\n"} {
		if err := os.WriteFile(format, []byte(formatText+old), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, readOnly := range []bool{true, false} {
			mustClose(t, mustOpen(t, Options{Dir: dir, ReadOnly: readOnly}))
			want := formatText + old
			if !readOnly {
				want = formatText + "8\n"
			}
			if text, err := os.ReadFile(format); err != nil || string(text) != want {
				t.Errorf("read only: %v: %q, %v", readOnly, text, err)
			}
		}
	}
	if err := os.Remove(format); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Dir: dir}, pgerr.ObjectInUse, "is not a data folder of Freshet")
	refused(t, Options{Dir: filepath.Join(dir, "none"), ReadOnly: true}, pgerr.UndefinedFile, "does not exist")
}

// violates runs what is a mistake of ours, which panics with the tag "invariants".
func violates(t *testing.T, f func() error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(*invariants.Violation); !ok {
				panic(p)
			}
		}
	}()
	var v *invariants.Violation
	if err := f(); !errors.As(err, &v) {
		t.Errorf("got %v, want a violation", err)
	}
}

func TestMistakes(t *testing.T) {
	s := mustOpen(t, Options{})
	if err := s.Commit(5, scenarioChanges(5)); err != nil {
		t.Fatal(err)
	}
	violates(t, func() error { return s.Commit(5, scenarioChanges(5)) })
	violates(t, func() error { return s.Commit(6, Changes{Now: 1}) })
	violates(t, func() error { return s.Publish(6) })
	snapshot, err := s.Committed()
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := snapshot.Table(1).Scan(state.Range{})
	if err != nil {
		t.Fatal(err)
	}
	violates(t, s.Close)
	mustClose(t, snapshot)
	violates(t, snapshot.Close)
	violates(t, s.Close)
	var run state.Run
	if _, err := cursor.Next(&run, 10); err != nil || run.Len() != 2 {
		t.Errorf("cursor of a closed snapshot: %d rows, %v", run.Len(), err)
	}
	mustClose(t, cursor)
	mustClose(t, s)
	violates(t, func() error { _, err := s.Snapshot(); return err })
}

// TestGolden holds all bytes of a small store: docs/formats.md explains them.
func TestGolden(t *testing.T) {
	s := mustOpen(t, Options{BufferBytes: 11})
	defer mustClose(t, s)
	plain, expiring, growing, changing := &state.Run{}, &state.Run{}, &state.Run{}, &state.Run{}
	changing.Put([]byte("m"), []byte("abcdefgh"))
	changing.Delete([]byte("no"))
	growing.Put([]byte("l"), []byte("x"))
	plain.Put([]byte("k"), []byte("v"))
	expiring.Put(append(key.AppendBound(nil, 10), 'k'), []byte("w"))
	err := s.Commit(3, Changes{
		Now:    7,
		Meta:   meta.Changes{Settings: []meta.Setting{{Name: "n", Value: "v"}}},
		Tables: []TableChanges{{Table: 1, Runs: []*state.Run{plain}}, {Table: 2, Expires: true, ExpiredTo: 9, Runs: []*state.Run{expiring}}, {Table: 3, Appends: true, Runs: []*state.Run{growing}}, {Table: 4, Runs: []*state.Run{changing}}},
		Log:    []LogEntry{{Relation: 1, Data: []byte("a")}, {Relation: 1, Data: []byte("b")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{
		{"01" + "45", "01" + "0000000000000003" + "0000000000000007"},
		{"01" + "4c" + "00000003", "01" + "6c"},
		{"01" + "53" + "6e", "01" + "76"},
		{"01" + "58" + "00000002", "01" + "0000000000000009"},
		{"02" + "00000001" + "6b", "76"},
		{"02" + "00000002" + "800000000000000a" + "6b", "77"},
		{"02" + "00000003" + "6c", "78"},
		{"03" + "00000001" + "0000000000000003" + "00000000", "61"},
		{"03" + "00000001" + "0000000000000003" + "00000001", "62"},
		{"04" + "0000000000000003" + "00000000", "01" + "00000004" + "02" + "03" + "02" + "08" + "05" + "00" + "6d" + "6e6f" + "6162636465666768"},
	}
	if diff := gocmp.Diff(want, dump(s)); diff != "" {
		t.Error(diff)
	}
}

// TestReadersDuringCommits has readers that must see each published epoch whole while others are written.
func TestReadersDuringCommits(t *testing.T) {
	s := mustOpen(t, Options{MemTableBytes: 256 << 10})
	if err := errors.Join(s.Commit(1, scenarioChanges(1)), s.Publish(1)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for last := uint64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				snapshot, err := s.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				n := snapshot.Epoch().Number
				rows := scanAll(failer{t}, snapshot.Table(1), state.Range{})
				contents, err := snapshot.Meta()
				if err != nil || n < last || len(rows) != 2 || rows[0] != "a="+string(contents.Offsets[0].Position) {
					t.Errorf("epoch %d after %d: %q, %v", n, last, rows, err)
				}
				last = n
				mustClose(t, snapshot)
			}
		})
	}
	for n := uint64(2); n < 100; n++ {
		if err := errors.Join(s.Commit(n, scenarioChanges(n)), s.Publish(n)); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
	mustClose(t, s)
}

// failer lets helpers report from other goroutines than the test's.
type failer struct{ *testing.T }

func (f failer) Fatal(args ...any) { f.Error(args...) }

func (f failer) Fatalf(format string, args ...any) { f.Errorf(format, args...) }

// noLock is a file system whose files cannot be locked for a reason.
type noLock struct {
	vfs.FS
	err error
}

func (f noLock) Lock(string) (io.Closer, error) { return nil, f.err }

// TestFolderNotWritable: a folder that must not be written is told from one that another process has.
func TestFolderNotWritable(t *testing.T) {
	for err, want := range map[error]struct {
		code pgerr.Code
		part string
	}{
		&fs.PathError{Op: "open", Path: "LOCK", Err: syscall.EACCES}: {pgerr.IOError, "permission denied"},
		&fs.PathError{Op: "open", Path: "LOCK", Err: syscall.EROFS}:  {pgerr.IOError, "read-only file system"},
		syscall.EAGAIN: {pgerr.ObjectInUse, "in use by another process"},
	} {
		refused(t, Options{Dir: "data", FS: noLock{vfs.NewMem(), err}}, want.code, want.part)
	}
}
