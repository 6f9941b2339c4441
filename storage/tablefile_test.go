package storage

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// What is written in pieces of all sizes is there as it was written, and all that came before a sync survives a crash.
func TestTableFile(t *testing.T) {
	fs := NewCrashFS()
	created, err := fs.Create("a.sst", writeCategory)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := fs.OpenDir("")
	if err := errors.Join(err, folder.Sync(), folder.Close()); err != nil {
		t.Fatal(err)
	}
	file := newTableFile(created)
	rng := rand.New(rand.NewPCG(1, 1))
	data := make([]byte, 3*tableWriteBytes+17)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	synced := 0
	for at, n := 0, 0; at < len(data); at += n {
		if n = min(rng.IntN(50_000), len(data)-at); at < tableWriteBytes && at+n > tableWriteBytes/2 {
			n = tableWriteBytes + 1000
		}
		if written, err := file.Write(data[at : at+n]); err != nil || written != n {
			t.Fatal(written, err)
		}
		if rng.IntN(8) == 0 {
			if err := file.SyncData(); err != nil {
				t.Fatal(err)
			}
			synced = at + n
		}
	}
	if crashed := content(t, fs.Crash(0, 1)); len(crashed) < synced || !bytes.HasPrefix(data, crashed) || synced == 0 {
		t.Fatalf("%d bytes after a crash, %d were synced", len(crashed), synced)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, fs); !bytes.Equal(got, data) {
		t.Fatalf("%d bytes, want %d", len(got), len(data))
	}
}

// content is what a.sst has.
func content(t *testing.T, fs FS) []byte {
	t.Helper()
	file, err := fs.Open("a.sst")
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	return data
}

// An error of the disk is told by the write, the sync or the end that meets it.
func TestTableFileError(t *testing.T) {
	for name, finish := range map[string]func(f *tableFile) error{
		"write": func(f *tableFile) error {
			_, err := f.Write(make([]byte, tableWriteBytes))
			return err
		},
		"sync":  (*tableFile).Sync,
		"data":  (*tableFile).SyncData,
		"close": (*tableFile).Close,
		"part": func(f *tableFile) error {
			_, err := f.SyncTo(1)
			return err
		},
	} {
		fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind == errorfs.OpFileWrite {
				return errorfs.ErrInjected
			}
			return nil
		}))
		created, err := fs.Create("a.sst", writeCategory)
		if err != nil {
			t.Fatal(err)
		}
		file := newTableFile(created)
		if _, err := file.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := finish(file); !errors.Is(err, errorfs.ErrInjected) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
