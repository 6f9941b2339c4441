package dataflow

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/planner/flow"
)

// Status is what a graph does.
type Status uint8

// Filling graphs have not caught up with their inputs yet and cannot be read; failed ones are not kept up to date any more.
const (
	Running Status = iota
	Filling
	Failed
)

func (s Status) String() string { return [...]string{"running", "backfilling", "failed"}[s] }

// stats are figures that any goroutine may ask for.
type stats struct {
	epochs atomic.Int64
	ticks  atomic.Int64
	errors errorStore
	log    epochLog

	mu      sync.Mutex
	failing TickFailure
	sources map[sourceID]string // last errors
}

type sourceID struct {
	source    flow.RelationID
	partition string
}

func (s *stats) sourceError(id flow.RelationID, partition string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sources == nil {
		s.sources = map[sourceID]string{}
	}
	if err == nil {
		delete(s.sources, sourceID{id, partition})
	} else {
		s.sources[sourceID{id, partition}] = err.Error()
	}
}

// TickFailure tells that ticks fail for a reason that is no graph's and no source's: the last error, since when, how often in a row, and
// when it is tried again. Times are microseconds since 1970-01-01 UTC.
type TickFailure struct {
	Err         error
	Since, Next int64
	Failures    int
}

// tickFailed notes that a tick has failed, or with no error that one has not.
func (s *stats) tickFailed(next int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.failing = TickFailure{}
		return
	}
	if s.failing.Err == nil {
		s.failing.Since = time.Now().UnixMicro()
	}
	s.failing.Err, s.failing.Next = err, next
	s.failing.Failures++
}

// Stats are figures of the runtime since it was made.
type Stats struct {
	Epoch  uint64
	Epochs int64
	Ticks  int64
	// StateBytes is the memory of all operators.
	StateBytes int64
	Graphs     []GraphStats
	Sources    []SourceStats
	// Failing has an error while ticks fail.
	Failing TickFailure
}

// GraphStats are figures of one graph. Tables are graphs of one operator.
type GraphStats struct {
	ID    flow.RelationID
	Table bool
	// Status with Err, if it has failed.
	Status Status
	Err    error
	// FilledRows are those that the graph was given of what was there before it.
	FilledRows int64
	// RowsIn are those that came from scans and sources, RowsOut those that the last operator got.
	RowsIn, RowsOut int64
	// Watermark is that of the output, op.NoWatermark if it has none.
	Watermark  int64
	StateBytes int64
	Errors     int64
	// Sink is nil of what is no sink that is given again what it has not taken.
	Sink      *SinkStats
	Operators []OperatorStats
}

// OperatorStats are figures of one node of a graph, over all workers.
type OperatorStats struct {
	RowsIn, RowsOut, Watermark int64
	// CPUMicros is processor time since the graph was built, about, without what became of the rows that it has emitted.
	CPUMicros int64
}

// SourceStats are figures of one partition of a source, as one of its readers has it.
type SourceStats struct {
	Source flow.RelationID
	// Graph is the one that reads on its own, 0 for the shared reader.
	Graph     flow.RelationID
	Partition string
	Offset    connector.Offset
	// Rows is how many have come, Future how many of them were too far in the future to move the watermark. LastRows is when some came last,
	// 0 if none did.
	Rows, Future, LastRows int64
	// Lag is how many rows or bytes are still to be read, -1 if that is not known.
	Lag       int64
	Watermark int64
	// Reached is the watermark of all partitions together, which stays when none moves it.
	Reached int64
	// Idle partitions do not hold the watermark back, since IdleSince.
	Idle      bool
	IdleSince int64
	Ended     bool
	// Err is why it cannot be read, empty if it can.
	Err string
}

// Stats answers the figures. It waits for the end of the tick that runs, and until its epoch is durable; the next tick does not wait for that.
func (r *Runtime) Stats() Stats {
	for {
		s, behind := r.figures()
		if behind == nil {
			return s
		}
		if _, err := behind.wait(); err == nil {
			s.Epoch, s.Epochs = behind.tick.Epoch, s.Epochs+1
			return s
		} // else they are those of the epoch before
	}
}

// figures are the figures of now, which are durable when the epoch is that is still on its way, if there is one.
func (r *Runtime) figures() (s Stats, behind *inflight) {
	r.tick.Lock()
	defer r.tick.Unlock()
	if r.inflight != nil && r.inflight.finished() {
		_ = r.settle()
	}
	s = Stats{Epoch: r.committed.Epoch().Number, Epochs: r.stats.epochs.Load(), Ticks: r.stats.ticks.Load(), StateBytes: r.config.Pool.Bytes()}
	for _, g := range r.byID {
		s.Graphs = append(s.Graphs, r.graphStats(g))
	}
	slices.SortFunc(s.Graphs, func(a, b GraphStats) int { return int(a.ID) - int(b.ID) })
	r.stats.mu.Lock()
	defer r.stats.mu.Unlock()
	s.Failing = r.stats.failing
	for _, f := range r.feeds() {
		for _, p := range f.partitions {
			x := SourceStats{
				Source: f.source.def.ID, Partition: p.name, Offset: p.position, Rows: p.totals.rows, Future: p.totals.future,
				LastRows: p.totals.lastRows, Lag: p.lag(), Watermark: p.time, Reached: f.watermark, Idle: p.idle, Ended: p.ended,
				Err: r.stats.sources[sourceID{f.source.def.ID, p.name}],
			}
			if p.idle {
				x.IdleSince = p.silentSince + f.source.def.IdleTimeoutMicros
			}
			if f.private {
				x.Graph = flow.RelationID(f.graph)
			}
			s.Sources = append(s.Sources, x)
		}
	}
	return s, r.inflight
}

// Status answers how a view or sink is, and why it has failed if it has. What is gone is running: nothing of it is waited for.
func (r *Runtime) Status(id flow.RelationID) (Status, error) {
	r.tick.Lock()
	defer r.tick.Unlock()
	g := r.byID[id]
	if g == nil {
		return Running, nil
	}
	return g.status, g.err
}

func (r *Runtime) graphStats(g *graph) GraphStats {
	s := GraphStats{
		ID: g.id(), Table: g.isTable, Status: g.status, Err: g.err, FilledRows: g.progress.rows.Load(),
		StateBytes: r.config.Pool.BytesOf(owner(g)),
	}
	if d := g.log.delivery; d != nil {
		s.Sink = d.stats()
	}
	for _, n := range g.nodes {
		var o OperatorStats
		o.Watermark = n.time()
		for _, p := range n.procs {
			if p != nil {
				o.RowsIn += p.rowsIn
				o.RowsOut += p.rowsOut
				o.CPUMicros += p.nanos / 1000
			}
		}
		switch n.spec.(type) {
		case *flow.Scan, *flow.Source:
			s.RowsIn += o.RowsIn
		case *flow.Materialize, *flow.Output:
			s.RowsOut, s.Watermark = o.RowsIn, o.Watermark
		default:
		}
		s.Operators = append(s.Operators, o)
	}
	s.Errors = r.RowErrorCount(g.id())
	return s
}
