package storage

import (
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is the file system that a store lives on.
type FS = vfs.FS

// Options say where a store is and how much memory it takes. The zero value is a store in memory, gone when it is closed.
type Options struct {
	// Dir is the data folder. It is made if it does not exist. If it is empty, the store is in memory (or at the root of FS).
	Dir string
	// FS is the file system of Dir; nil is the machine's, or memory if Dir is empty.
	FS FS
	// ReadOnly opens a folder that exists, and refuses commits.
	ReadOnly bool
	// CacheBytes is the size of the cache of blocks read from disk; 0 means DefaultCacheBytes.
	CacheBytes int64
	// MemTableBytes is the size of one memtable, of which there are up to memTablesMax; 0 means DefaultMemTableBytes. Small ones
	// are for tests.
	MemTableBytes uint64
	// IngestBytes is the size from which a commit goes through sorted files; 0 means DefaultIngestBytes.
	IngestBytes int
	// AppendBytes is the size from which what an epoch appends to a table goes into sorted files of its own; 0 means
	// DefaultAppendBytes.
	AppendBytes int
	// BufferBytes is the size from which what an epoch changes of a table is kept in memory as a run; 0 means DefaultBufferBytes.
	BufferBytes int
	// SpillBytes is the size from which runs in memory go into sorted files; 0 means DefaultSpillBytes. Twice as much makes commits wait.
	SpillBytes int
	// ReclaimAfter is how long after a table was dropped its files are removed; 0 means DefaultReclaimAfter.
	ReclaimAfter time.Duration
	// Logger gets what happens to the disk; nil drops it.
	Logger *slog.Logger
}

// The defaults of Options.
const (
	DefaultCacheBytes    = 64 << 20
	DefaultMemTableBytes = 64 << 20
	DefaultIngestBytes   = 64 << 20
	DefaultAppendBytes   = 1 << 20
	DefaultBufferBytes   = 128 << 10
	DefaultSpillBytes    = 16 << 20
	DefaultReclaimAfter  = 2 * time.Second
)

// memTablesMax is how many memtables may be full or filling before commits wait for a flush.
const memTablesMax = 4

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
		if o.Dir == "" {
			o.FS = vfs.NewMem()
		}
	}
	o.FS = newParkedFS(o.FS)
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = DefaultMemTableBytes
	}
	if o.IngestBytes == 0 {
		o.IngestBytes = DefaultIngestBytes
	}
	if o.AppendBytes == 0 {
		o.AppendBytes = DefaultAppendBytes
	}
	if o.BufferBytes == 0 {
		o.BufferBytes = DefaultBufferBytes
	}
	if o.SpillBytes == 0 {
		o.SpillBytes = DefaultSpillBytes
	}
	if o.ReclaimAfter == 0 {
		o.ReclaimAfter = DefaultReclaimAfter
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
