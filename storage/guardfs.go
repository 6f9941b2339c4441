package storage

import (
	"errors"
	"os"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guardFS is the file system as Pebble sees it. It adds what Pebble leaves to the end of the process: an error at a vital file (of the
// write-ahead log, the manifest, a folder) makes the store fail, and from then on nothing on disk changes any more. Pebble is not
// told: it would panic with its locks in disorder, wait forever, or remove files that the manifest on disk still needs. It goes on in
// memory until it is closed; what it believes to be durable then hurts nobody, since a store that has failed acknowledges nothing.
// So the disk is as if the process had been killed at the first error.
//
// A disk that is full is no such error at vital files but that they wait until there is space (health.whileFull), unless a sync tells it: what the
// file has then nobody knows.
type guardFS struct {
	FS
	health *health
	memory *vfs.MemFS // what is written after the failure
}

func newGuardFS(fs FS, h *health) guardFS {
	return guardFS{FS: fs, health: h, memory: vfs.NewMem()}
}

func (f guardFS) vital(name string) bool {
	base := f.PathBase(name)
	return strings.HasSuffix(base, ".log") || strings.HasPrefix(base, "MANIFEST") || strings.HasPrefix(base, "marker.")
}

func (f guardFS) failed() bool { return f.health.err() != nil }

// compactionCategory is what Pebble calls the files of compactions. After the failure they are refused, as they may be too large
// for memory; flushes are bounded.
const compactionCategory = "pebble-compaction"

// start opens a file for writing.
func (f guardFS) start(name string, category vfs.DiskWriteCategory, open func() (vfs.File, error)) (vfs.File, error) {
	vital := f.vital(name)
	if !f.failed() {
		file, err := f.open(vital, open)
		if err == nil {
			guarded := guardFile{File: file, vital: vital, health: f.health}
			if strings.HasSuffix(name, ".sst") {
				return newTableFile(guarded), nil
			}
			return guarded, nil
		}
		if !vital {
			f.health.pauseIfFull(err)
			return nil, err
		}
		f.health.fail(err)
	}
	if category == compactionCategory {
		return nil, f.health.err()
	}
	if err := f.memory.MkdirAll(f.PathDir(name), 0o700); err != nil {
		return nil, err
	}
	return f.memory.Create(name, category)
}

func (f guardFS) open(vital bool, open func() (vfs.File, error)) (file vfs.File, err error) {
	if !vital {
		return open()
	}
	err = f.health.whileFull(func() (err error) {
		file, err = open()
		return err
	})
	return file, err
}

// pauseIfFull waits where a file of a flush or compaction found the disk full. Pebble tries both again at once, many thousand times a second.
func (h *health) pauseIfFull(err error) {
	if vfs.IsNoSpaceError(err) && !h.opening.Load() {
		h.pause()
	}
}

func (f guardFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.start(name, category, func() (vfs.File, error) { return f.FS.Create(name, category) })
}

func (f guardFS) ReuseForWrite(oldName, newName string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.start(newName, category, func() (vfs.File, error) { return f.FS.ReuseForWrite(oldName, newName, category) })
}

func (f guardFS) Open(name string, options ...vfs.OpenOption) (vfs.File, error) {
	if f.failed() {
		if file, err := f.memory.Open(name, options...); err == nil {
			return file, nil
		}
	}
	return f.FS.Open(name, options...)
}

func (f guardFS) Stat(name string) (vfs.FileInfo, error) {
	if f.failed() {
		if info, err := f.memory.Stat(name); err == nil {
			return info, nil
		}
	}
	return f.FS.Stat(name)
}

func (f guardFS) OpenDir(name string) (vfs.File, error) {
	file, err := f.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return guardFile{File: file, vital: true, health: f.health}, nil
}

// unlessFailed runs an operation that changes a folder.
func (f guardFS) unlessFailed(operation func() error) error {
	if err := f.health.err(); err != nil {
		return err
	}
	return operation()
}

func (f guardFS) Link(oldName, newName string) error {
	return f.unlessFailed(func() error { return f.FS.Link(oldName, newName) })
}

func (f guardFS) Rename(oldName, newName string) error {
	return f.unlessFailed(func() error { return f.FS.Rename(oldName, newName) })
}

func (f guardFS) MkdirAll(dir string, perm os.FileMode) error {
	return f.unlessFailed(func() error { return f.FS.MkdirAll(dir, perm) })
}

func (f guardFS) Remove(name string) error { return f.remove(name, f.FS.Remove, f.memory.Remove) }

func (f guardFS) RemoveAll(name string) error {
	return f.remove(name, f.FS.RemoveAll, f.memory.RemoveAll)
}

// remove takes a file away; after the failure only out of memory, whatever Pebble believes.
func (f guardFS) remove(name string, disk, memory func(string) error) error {
	if !f.failed() {
		return disk(name)
	}
	if err := memory(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Unwrap gives Pebble the file system below, where it asks what that can do.
func (f guardFS) Unwrap() vfs.FS { return f.FS }

// guardFile is a file that was opened for writing before a failure, or a folder.
type guardFile struct {
	vfs.File
	vital  bool
	health *health
}

// do runs an operation that changes the file. After the failure there are none: a later block behind a missing one would be read
// as a log that is damaged.
func (f guardFile) do(operation func() error) error {
	if f.health.err() != nil {
		return f.after()
	}
	err := operation()
	if err != nil && f.vital {
		f.health.fail(err)
		return nil
	}
	f.health.pauseIfFull(err)
	return err
}

// after is what an operation gives that the failure kept from the disk. The rest of a table that was begun cannot be read back, so it
// must not seem to be there.
func (f guardFile) after() error {
	if f.vital {
		return nil
	}
	return f.health.err()
}

func (f guardFile) Write(p []byte) (int, error) {
	if err := f.do(func() error { return f.write(p) }); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f guardFile) write(p []byte) error {
	write := func() error {
		n, err := f.File.Write(p)
		p = p[n:]
		return err
	}
	if !f.vital {
		return write()
	}
	return f.health.whileFull(write)
}

// Preallocate makes later writes quicker. Whether there is space they will find.
func (f guardFile) Preallocate(offset, length int64) error {
	if f.health.err() != nil {
		return f.after()
	}
	return f.File.Preallocate(offset, length)
}

func (f guardFile) Sync() error { return f.do(f.File.Sync) }

func (f guardFile) SyncData() error { return f.do(f.File.SyncData) }

func (f guardFile) SyncTo(length int64) (fullSync bool, err error) {
	err = f.do(func() error {
		fullSync, err = f.File.SyncTo(length)
		return err
	})
	return fullSync, err
}

// Close closes the file whatever happened before.
func (f guardFile) Close() error {
	err := f.File.Close()
	if err != nil && f.vital {
		f.health.fail(err)
		return nil
	}
	return err
}
