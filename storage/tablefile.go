package storage

import (
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// tableWriteBytes is how much of a sorted file is written at once. Its blocks are of 4 KiB: to write each by itself costs more time in the kernel than
// all that was done to make it.
const tableWriteBytes = 256 << 10

var tableBuffers = sync.Pool{New: func() any { return new([tableWriteBytes]byte) }}

// tableFile is a sorted file that is being written, which nobody reads before its end. It collects what is written, at the latest until it
// is synced or closed; an error comes to light then.
type tableFile struct {
	vfs.File
	buffer *[tableWriteBytes]byte
	used   int
}

func newTableFile(file vfs.File) *tableFile {
	return &tableFile{File: file, buffer: tableBuffers.Get().(*[tableWriteBytes]byte)}
}

func (f *tableFile) Write(p []byte) (int, error) {
	for rest := p; ; {
		n := copy(f.buffer[f.used:], rest)
		f.used += n
		if rest = rest[n:]; len(rest) == 0 {
			return len(p), nil
		}
		if err := f.flush(); err != nil {
			return 0, err
		}
	}
}

// flush writes what was collected.
func (f *tableFile) flush() error {
	if f.used == 0 {
		return nil
	}
	_, err := f.File.Write(f.buffer[:f.used])
	f.used = 0
	return err
}

func (f *tableFile) Sync() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *tableFile) SyncData() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.SyncData()
}

func (f *tableFile) SyncTo(length int64) (fullSync bool, err error) {
	if err := f.flush(); err != nil {
		return false, err
	}
	return f.File.SyncTo(length)
}

// Close closes the file whatever happened before.
func (f *tableFile) Close() error {
	err := f.flush()
	tableBuffers.Put(f.buffer)
	f.buffer = nil
	if closeErr := f.File.Close(); err == nil {
		err = closeErr
	}
	return err
}
