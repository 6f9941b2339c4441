package storage

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestParkedFile(t *testing.T) {
	fs := newParkedFS(vfs.Default)
	create := func(name string) *parkedFile {
		t.Helper()
		file, err := fs.Create(filepath.Join(t.TempDir(), name), vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		return file.(*parkedFile)
	}
	write := func(f *parkedFile, bytes int) {
		t.Helper()
		if _, err := f.Write(make([]byte, bytes)); err != nil {
			t.Fatal(err)
		}
	}
	can, syncErr := true, error(nil)
	sync := func(f *parkedFile, parks, here bool, want error) {
		t.Helper()
		var parked, plain bool
		err := f.sync(func(uintptr) (bool, error) { parked = true; return can, syncErr }, func() error { plain = true; return nil })
		if parked != parks || plain != here || !errors.Is(err, want) {
			t.Errorf("parked: %v, plain: %v, %v", parked, plain, err)
		}
	}
	file, other := create("file"), create("other")
	write(file, 100)
	sync(file, false, true, nil)
	write(file, parkedBytes)
	sync(file, true, false, nil)
	sync(file, false, true, nil)
	sync(other, true, false, nil) // what was written to the first is in its way
	sync(other, false, true, nil)
	write(file, parkedBytes)
	can = false
	sync(file, true, true, nil)
	write(file, parkedBytes)
	can, syncErr = true, errors.New("lost")
	sync(file, true, false, syncErr)
	write(other, parkedBytes)
	if err := other.SyncData(); err != nil {
		t.Error(err)
	}
	write(other, parkedBytes)
	if err := other.Sync(); err != nil {
		t.Error(err)
	}
}

func TestParkedFileInMemory(t *testing.T) {
	file, err := newParkedFS(vfs.NewMem()).Create("file", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, ok := file.(*parkedFile); ok {
		t.Error("a file in memory is none of the operating system's")
	}
}
