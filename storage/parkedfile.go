package storage

import (
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/freshetdb/freshet/internal/parkedsync"
)

// parkedBytes is how much must have been written, to files of any kind, since the last sync of a file for its next one to park the goroutine: a
// sync takes long if there is much on its way to the disk, whose file ever it is of. Else it takes no longer than parking and waking.
const parkedBytes = 128 << 10

// parkedFS is a file system whose files are written so.
type parkedFS struct {
	FS
	written *atomic.Int64 // bytes, to all files
}

func newParkedFS(fs FS) parkedFS { return parkedFS{FS: fs, written: new(atomic.Int64)} }

func (f parkedFS) park(file vfs.File, err error) (vfs.File, error) {
	if err != nil || file.Fd() == vfs.InvalidFd { // a file in memory
		return file, err
	}
	p := &parkedFile{File: file, written: f.written}
	p.synced.Store(f.written.Load())
	return p, nil
}

func (f parkedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.park(f.FS.Create(name, category))
}

func (f parkedFS) ReuseForWrite(oldName, newName string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.park(f.FS.ReuseForWrite(oldName, newName, category))
}

func (f parkedFS) OpenDir(name string) (vfs.File, error) { return f.park(f.FS.OpenDir(name)) }

// Unwrap gives Pebble the file system below, where it asks what that can do.
func (f parkedFS) Unwrap() vfs.FS { return f.FS }

// parkedFile is a file that is being written, whose syncs leave the processor to other goroutines where they may take long.
type parkedFile struct {
	vfs.File
	written *atomic.Int64 // bytes, of all files of the store
	synced  atomic.Int64  // what written was at the file's last sync
}

func (f *parkedFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.written.Add(int64(n))
	return n, err
}

func (f *parkedFile) Sync() error { return f.sync(parkedsync.All, f.File.Sync) }

func (f *parkedFile) SyncData() error { return f.sync(parkedsync.Data, f.File.SyncData) }

func (f *parkedFile) sync(parked func(fd uintptr) (done bool, err error), here func() error) error {
	written := f.written.Load()
	if written-f.synced.Swap(written) >= parkedBytes {
		if done, err := parked(f.Fd()); done {
			return err
		}
	}
	return here()
}
