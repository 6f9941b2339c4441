package dataflow

import (
	"sync"
	"time"
)

// EpochStats are figures of one epoch. Rows in came from statements and sources, about; changed are entries of tables of the store.
type EpochStats struct {
	Epoch uint64
	// Time is that of the tick, in microseconds since 1970-01-01 UTC.
	Time                       int64
	RowsIn, RowsChanged, Bytes int64
	// TickMicros is how long computing took, CommitMicros how long it took to make it durable.
	TickMicros, CommitMicros int64
}

// epochsKept is how many epochs are remembered.
const epochsKept = 1024

// epochLog has the figures of the last epochs, in a ring.
type epochLog struct {
	sync.Mutex
	ring []EpochStats
	next int
}

func (l *epochLog) add(e EpochStats) {
	l.Lock()
	defer l.Unlock()
	if len(l.ring) < epochsKept {
		l.ring = append(l.ring, e)
		return
	}
	l.ring[l.next] = e
	l.next = (l.next + 1) % epochsKept
}

// note takes the figures of a tick whose epoch is durable and not published yet.
func (l *epochLog) note(t *tickRun, begun, computed time.Time) {
	e := EpochStats{
		Epoch: t.Epoch, Time: t.Now, RowsIn: int64(t.rows), TickMicros: computed.Sub(begun).Microseconds(),
		CommitMicros: time.Since(computed).Microseconds(),
	}
	for i := range t.changes.Tables {
		for _, run := range t.changes.Tables[i].Runs {
			e.RowsChanged += int64(run.Len())
			e.Bytes += int64(run.Bytes())
		}
	}
	l.add(e)
}

// Epochs answers the figures of the last epochs, the oldest first. The first is that which the runtime has begun with, of which only the
// time is known. The last may be about to be published.
func (r *Runtime) Epochs() []EpochStats {
	l := &r.stats.log
	l.Lock()
	defer l.Unlock()
	return append(append(make([]EpochStats, 0, len(l.ring)), l.ring[l.next:]...), l.ring[:l.next]...)
}
