// Package blackhole is the sink that counts changes and drops them: what other engines are measured with.
package blackhole

import (
	"context"
	"sync/atomic"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// Kind is the kind for blackholes. Nothing is replayed into one: what is dropped need not be kept first.
var Kind = &connector.Kind{
	Name: "blackhole",
	Doc:  "Counts the changes it is given and drops them.",
	Sink: func(connector.Config) (connector.Sink, error) { return &Sink{}, nil },
}

// Sink counts. Its figures may be read from any goroutine at any time.
type Sink struct {
	inserted, deleted, bytes, epoch atomic.Int64
}

// Open has nothing to find: nothing was kept.
func (s *Sink) Open(context.Context) (uint64, error) { return 0, nil }

func (s *Sink) Write(_ context.Context, _ uint64, b *batch.Batch) error {
	inserted, deleted := int64(b.Len()), int64(0)
	if len(b.Diff) > 0 {
		inserted = 0
		for _, d := range b.Diff {
			inserted += max(d, 0)
			deleted += max(-d, 0)
		}
	}
	s.inserted.Add(inserted)
	s.deleted.Add(deleted)
	s.bytes.Add(int64(b.Bytes()))
	return nil
}

func (s *Sink) Flush(_ context.Context, epoch uint64) error {
	s.epoch.Store(int64(epoch))
	return nil
}

// Close drops nothing that was not dropped before.
func (s *Sink) Close() error { return nil }

// Counts are how many rows were inserted and deleted, and about how many bytes their batches had.
func (s *Sink) Counts() (inserted, deleted, bytes int64) {
	return s.inserted.Load(), s.deleted.Load(), s.bytes.Load()
}

// Epoch is the last one that was flushed, or 0.
func (s *Sink) Epoch() uint64 { return uint64(s.epoch.Load()) }
