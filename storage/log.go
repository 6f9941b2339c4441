package storage

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// health is what Pebble tells about itself while it runs, from goroutines of its own.
type health struct {
	log     *slog.Logger
	failure atomic.Pointer[error]
	opening atomic.Bool // Pebble opens the database, and waits for its flushes
	stalled atomic.Bool
	stalls  atomic.Int64
	// full counts the files that wait for space on the disk, until impatient is closed.
	full      atomic.Int32
	impatient chan struct{}
	noWait    sync.Once
}

// diskFullPause is how often a full disk is asked again.
const diskFullPause = time.Second

// whileFull runs an operation at a vital file, and again while the disk is full: whoever needs it waits, as for a slow disk, and nothing is lost.
// While a database is opened it is run once.
func (h *health) whileFull(operation func() error) error {
	err := operation()
	if !vfs.IsNoSpaceError(err) || h.opening.Load() {
		return err
	}
	if h.full.Add(1) == 1 {
		h.log.Error("the disk is full; commits wait until there is space", "error", err)
		defer h.log.Info("there is space on the disk again; commits go on")
	}
	defer h.full.Add(-1)
	for vfs.IsNoSpaceError(err) && h.pause() {
		err = operation()
	}
	return err
}

// pause waits, unless nobody is to wait any more.
func (h *health) pause() bool {
	select {
	case <-time.After(diskFullPause):
		return true
	case <-h.impatient:
		return false
	}
}

func (h *health) stopWaiting() { h.noWait.Do(func() { close(h.impatient) }) }

func (h *health) isImpatient() bool {
	select {
	case <-h.impatient:
		return true
	default:
		return false
	}
}

// fail notes the first reason for which the store has failed.
func (h *health) fail(err error) {
	if h.failure.CompareAndSwap(nil, &err) {
		h.log.Error("store failed; commits are refused until it is opened again", "error", err)
	}
}

// err is why the store has failed, or nil.
func (h *health) err() error {
	if p := h.failure.Load(); p != nil {
		return *p
	}
	return nil
}

// Infof, Errorf and Fatalf are Pebble's logger. Fatalf is called when the write-ahead log or the manifest cannot be written;
// Pebble expects that it ends the process. Ours returns, the store refuses commits, and its owner opens it again.

func (h *health) Infof(format string, args ...any) {
	h.log.Debug("pebble", "message", fmt.Sprintf(format, args...))
}

func (h *health) Errorf(format string, args ...any) {
	h.log.Warn("pebble", "message", fmt.Sprintf(format, args...))
}

func (h *health) Fatalf(format string, args ...any) {
	h.fail(fmt.Errorf(format, args...))
}

// backgroundError is told when a flush or a compaction has failed. Pebble tries it again at once; while it opens the database it does nothing else
// until a flush succeeds, which may be never; commits may wait for one that long too.
func (h *health) backgroundError(err error) {
	if h.opening.Load() || h.isImpatient() {
		h.fail(err)
		return
	}
	h.log.Warn("background work on the data folder failed", "error", err)
}

func (h *health) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: h.backgroundError,
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			h.fail(fmt.Errorf("data folder is damaged: %v", info))
		},
		DiskSlow: func(info pebble.DiskSlowInfo) {
			h.log.Warn("disk is slow", "file", info.Path, "operation", info.OpType.String(), "duration", info.Duration)
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			h.stalled.Store(true)
			h.stalls.Add(1)
			h.log.Info("commits wait for the disk", "reason", info.Reason)
		},
		WriteStallEnd: func() {
			h.stalled.Store(false)
			h.log.Info("commits go on")
		},
		LowDiskSpace: func(info pebble.LowDiskSpaceInfo) {
			h.log.Warn("disk space is low", "info", info.String())
		},
	}
}
