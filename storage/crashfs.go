package storage

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// CrashFS is a file system in memory for tests that pull the plug: it knows what was synced.
type CrashFS struct{ *vfs.MemFS }

// NewCrashFS returns an empty one.
func NewCrashFS() *CrashFS { return &CrashFS{vfs.NewCrashableMem()} }

// Fail makes the store fail, for tests, as an error of its disk does: it commits nothing more.
func (s *Store) Fail(err error) { s.health.fail(err) }

// Crash returns what a machine would find after losing power now. Of what was not synced each piece is there with a chance of so many
// percent, chosen by the seed. The file system itself goes on.
func (f *CrashFS) Crash(unsyncedPercent int, seed uint64) *CrashFS {
	return &CrashFS{f.CrashClone(vfs.CrashCloneCfg{
		UnsyncedDataPercent: unsyncedPercent,
		RNG:                 rand.New(rand.NewPCG(seed, 0)),
	})}
}

// FillingFS is a file system for tests that has no space for more sorted files while Full is set, and none for logs and manifests while LogsFull is.
type FillingFS struct {
	FS
	Full, LogsFull *atomic.Bool
}

// Create makes a file if there is space.
func (f FillingFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	full := f.LogsFull
	if strings.HasSuffix(name, ".sst") {
		full = f.Full
	}
	return fill(full, func() (vfs.File, error) { return f.FS.Create(name, category) })
}

// ReuseForWrite makes a file of another one if there is space.
func (f FillingFS) ReuseForWrite(oldName, newName string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return fill(f.LogsFull, func() (vfs.File, error) { return f.FS.ReuseForWrite(oldName, newName, category) })
}

func fill(full *atomic.Bool, open func() (vfs.File, error)) (vfs.File, error) {
	if full == nil {
		return open()
	}
	if full.Load() {
		return nil, syscall.ENOSPC
	}
	file, err := open()
	return fillingFile{file, full}, err
}

type fillingFile struct {
	vfs.File
	full *atomic.Bool
}

// Write writes half of it where there is no space.
func (f fillingFile) Write(p []byte) (int, error) {
	if !f.full.Load() {
		return f.File.Write(p)
	}
	n, err := f.File.Write(p[:len(p)/2])
	if err == nil {
		err = syscall.ENOSPC
	}
	return n, err
}
