package connector

import (
	"context"
	"time"

	"github.com/freshetdb/freshet/sql/batch"
)

// Sink takes the net changes of a relation, epoch by epoch, after each epoch is durable. Its methods are called from one goroutine.
type Sink interface {
	// Open begins, and answers the last epoch that the target has whole, if it keeps that with the data (then delivery is
	// exactly once), or 0.
	Open(ctx context.Context) (last uint64, err error)

	// Write takes changes of an epoch. The batch is borrowed for the call. Epochs grow; after a failure an epoch may be
	// written again from its beginning, and one that is not after the last flushed one must be taken and dropped.
	Write(ctx context.Context, epoch uint64, b *batch.Batch) error

	// Flush ends an epoch: when it returns, the epoch is safe in the target.
	Flush(ctx context.Context, epoch uint64) error

	// Close ends writing. What was written since the last Flush is not delivered. A second Close does nothing.
	Close() error
}

// Pacer is the power of a sink to take several epochs before each Flush. Without it there is one after each epoch.
type Pacer interface {
	// Pace says when a flush is due: so long after the first Write, or so many bytes of changes, as they lie in the changelog, after it.
	Pace() (interval time.Duration, bytes int64)
}
