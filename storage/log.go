package storage

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// health is what Pebble tells about itself while it runs, from goroutines of its own.
type health struct {
	log     *slog.Logger
	failure atomic.Pointer[error]
	opening atomic.Bool // Pebble opens the database, and waits for its flushes
	stalled atomic.Bool
	stalls  atomic.Int64
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
// until a flush succeeds, which may be never.
func (h *health) backgroundError(err error) {
	if h.opening.Load() {
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
