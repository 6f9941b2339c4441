package dataflow

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// Config is what a runtime works with.
type Config struct {
	// Store is open until the runtime is closed.
	Store *storage.Store
	// Workers is how many there are; 0: one.
	Workers int
	// Pool is where operators get memory; nil: one of the runtime's own.
	Pool *state.Pool
	// MemoryLimit is how many bytes state may take before sources are taken from more slowly; 0: no limit.
	MemoryLimit int64
	// Clock gives microseconds since 1970-01-01 UTC; nil: the machine's. It may go back; ticks do not.
	Clock func() int64
	// Logger gets what goes wrong; nil drops it.
	Logger *slog.Logger
	// TickRows is how many rows a tick takes of sources; 0: DefaultTickRows at first, and what adapts to TickMicros later.
	TickRows int
	// TickMicros is how long a tick of a running runtime should take to compute, twice as long where its sources are behind and no statements come; 0:
	// DefaultTickMicros. Step does not adapt, nor does what has TickRows.
	TickMicros int64
	// ErrorsKept is how many errors of rows are kept of a relation; 0: DefaultErrorsKept.
	ErrorsKept int
	// FillRows is how many rows of a relation a new graph is given in a tick, at least; 0: DefaultFillRows.
	FillRows int
	// FollowBytes is how much of a relation without history waits in memory for one who follows it and is slow; 0: DefaultFollowBytes.
	FollowBytes int
	// Parallel says when workers have goroutines of their own.
	Parallel Parallel
	// Ahead says when a tick runs while the epoch before it is made durable.
	Ahead Ahead
}

// Parallel says when the workers of a tick run in parallel.
type Parallel uint8

// By default a tick is run in parallel if it has enough input. The others are for tests.
const (
	ParallelBySize Parallel = iota
	ParallelAlways
	ParallelNever
)

// The defaults of Config.
const (
	DefaultTickRows    = 64 << 10
	DefaultTickMicros  = 50_000
	DefaultFillRows    = 16 << 10
	DefaultFollowBytes = 16 << 20
)

func (c Config) withDefaults() Config {
	c.Workers = max(c.Workers, 1)
	if c.Clock == nil {
		c.Clock = func() int64 { return time.Now().UnixMicro() }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.TickMicros == 0 {
		c.TickMicros = DefaultTickMicros
	}
	if c.ErrorsKept == 0 {
		c.ErrorsKept = DefaultErrorsKept
	}
	if c.FollowBytes == 0 {
		c.FollowBytes = DefaultFollowBytes
	}
	if c.FillRows == 0 {
		c.FillRows = DefaultFillRows
	}
	return c
}

// Runtime runs dataflows over a store.
type Runtime struct {
	config  Config
	ownPool bool

	// in is what waits for the next tick.
	in struct {
		sync.Mutex
		writes  []*pendingWrite
		changes []*pendingChange
		closed  bool
		// failed is why nothing is taken any more: nobody would answer, since the loop has ended.
		failed error
		// notNow is why statements are refused for the time being.
		notNow error
	}
	wake chan struct{} // has room for one
	// ctx ends when the runtime is closed: for connectors.
	ctx    context.Context //nolint:containedctx // it lives as long as the runtime
	cancel context.CancelFunc
	stop   chan struct{}
	done   chan struct{} // closed when the loop has ended; nil if it was not started

	// tick is held while a tick runs. What follows is only touched under it.
	tick      sync.Mutex
	closed    bool
	failed    error // the store has failed, or what the runtime holds cannot be trusted
	epoch     op.Tick
	committed *storage.Snapshot
	inflight  *inflight // the epoch behind committed, if it is on its way to the disk
	inStep    bool      // the tick that runs is one of Step
	graphs    []*graph  // in an order in which each comes after those that it scans
	byID      map[flow.RelationID]*graph
	sources   map[flow.RelationID]*source
	fills     map[fillID]*fill
	due       int64       // when a graph has something to do though nothing comes
	roused    []*graph    // with which the next tick begins
	reached   []*graph    // by the tick, in their order
	stages    [][]segment // of reached
	planned   int         // the last number of a graph
	logged    []*graph    // whose changes somebody wants, and perhaps others
	// sinkErrors are of sinks whose targets take nothing. They are taken out of the dataflow when no tick runs.
	sinkErrors []sinkError
	sequencer  sequencer
	private    []*feed
	allFeeds   []*feed
	joining    []*feed          // of private, that reach the shared ones in this tick
	waiting    []*pendingChange // for graphs to catch up
	parallel   bool             // workers of this tick have goroutines
	mail       *mail
	// before is for the change that is being applied, to note what it changes.
	before *catalog
	// unpublished are the relations and sources that are others with the next epoch, or gone, or become readable.
	unpublished map[flow.RelationID]bool
	stopwatches []stopwatch   // by worker
	reads       atomic.Uint32 // owners given to reads
	pendingMeta meta.Changes  // for the next epoch: who has failed
	freePieces  [][]byte      // buffers for pieces of the changelog
	temporary   temporaries
	intake      intake

	published published
	stats     stats
}

// New returns a runtime that does not run yet: Restore tells it what there is, Start starts it.
func New(c Config) (*Runtime, error) {
	r := &Runtime{
		config:      c.withDefaults(),
		wake:        make(chan struct{}, 1),
		stop:        make(chan struct{}),
		byID:        map[flow.RelationID]*graph{},
		sources:     map[flow.RelationID]*source{},
		fills:       map[fillID]*fill{},
		unpublished: map[flow.RelationID]bool{},
	}
	if r.config.Store == nil {
		return nil, invariants.Errorf("a runtime needs a store")
	}
	if r.config.Pool == nil {
		r.config.Pool, r.ownPool = state.NewPool(), true
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.mail = newMail(r.config.Workers)
	r.stopwatches = make([]stopwatch, r.config.Workers)
	r.intake.rows = cmp.Or(r.config.TickRows, DefaultTickRows)
	r.intake.bytes = feedBytesMax
	var err error
	if r.committed, err = r.config.Store.Committed(); err != nil {
		return nil, err
	}
	last := r.committed.Epoch()
	r.epoch = op.Tick{Epoch: last.Number, Now: last.Now}
	r.stats.log.add(EpochStats{Epoch: last.Number, Time: last.Now})
	r.sequencer.init(r)
	if err := r.stats.errors.restore(r.committed); err != nil {
		return nil, errors.Join(err, r.committed.Close())
	}
	r.published.view = &view{}
	return r, nil
}

// Start lets the runtime tick of its own accord.
func (r *Runtime) Start() {
	r.done = make(chan struct{})
	go r.loop()
}

// running tells whether the runtime ticks of its own accord.
func (r *Runtime) running() bool { return r.done != nil }

// signal wakes the loop.
func (r *Runtime) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// runTick runs one tick of the loop.
func (r *Runtime) runTick() error {
	r.tick.Lock()
	defer r.tick.Unlock()
	_, err := r.tickOnce(r.ctx)
	return err
}

// How long the loop sleeps: what time alone brings about starts at most ten ticks a second, and one is run every second whatever there is.
const (
	idleMicros = 100_000
	restMicros = 1_000_000
)

// loop ticks when there is something to do.
func (r *Runtime) loop() {
	defer close(r.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var failing backoff
	for {
		pause := r.ready()
		if pause > 0 {
			timer.Reset(time.Duration(pause) * time.Microsecond)
			select {
			case <-r.wake:
			case <-timer.C:
			case <-r.stop:
			}
		}
		select {
		case <-r.stop:
			return
		default:
		}
		if err := r.runTick(); err != nil {
			r.config.Logger.Error("tick failed", "error", err)
			if r.failure() != nil {
				return
			}
			failing.failed(r.config.Clock())
			r.stats.tickFailed(failing.at, err)
			select {
			case <-time.After(time.Duration(failing.micros()) * time.Microsecond): // whatever it is, it is not asked again at full speed
			case <-r.stop:
			}
		} else if failing.failures > 0 {
			failing = backoff{}
			r.stats.tickFailed(0, nil)
		}
	}
}

// ready tells how many microseconds there is nothing to do; 0 if there is something.
func (r *Runtime) ready() int64 {
	r.in.Lock()
	waiting := len(r.in.writes)+len(r.in.changes) > 0
	r.in.Unlock()
	if waiting {
		return 0
	}
	r.tick.Lock()
	defer r.tick.Unlock()
	now := max(r.config.Clock(), r.epoch.Now)
	if len(r.fills) > 0 || r.due == dueNow {
		return 0
	}
	pause := min(restMicros, max(r.due-now, idleMicros))
	if len(r.private) > 0 || !isEmpty(&r.pendingMeta) {
		pause = idleMicros
	}
	for _, f := range r.feeds() {
		pause = min(pause, f.ready(now, pause))
	}
	return max(pause, 0)
}

// ready tells in how many microseconds the feed may have something, at most pause.
func (f *feed) ready(now, pause int64) int64 {
	if !f.opened {
		return min(pause, max(f.retry.at-now, 1))
	}
	def := &f.source.def
	if !def.Connector.Traits().Bounded {
		pause = min(pause, max(f.listed+listMicros-now, idleMicros))
	}
	for _, p := range f.partitions {
		if def.IdleTimeoutMicros > 0 && !p.idle && !p.nextEnd {
			pause = min(pause, max(p.silentSince+def.IdleTimeoutMicros-now, idleMicros))
		}
		switch {
		case p.nextEnd || p.waiter.waiting():
		case p.retry.wait(now):
			pause = min(pause, p.retry.at-now)
		case f.private && f.source.shared != nil && f.atShared(p):
		default:
			pause = min(pause, f.bucket.Ready(now)-now)
		}
	}
	return pause
}

// atShared tells whether a private feed stands where the shared one does in a partition: then it waits for the others.
func (f *feed) atShared(p *partition) bool {
	s := f.source.shared.partition(p.name)
	return s != nil && s.position.Compare(p.position) == 0
}

// failure is why nothing can be written any more.
func (r *Runtime) failure() error {
	r.tick.Lock()
	defer r.tick.Unlock()
	return r.failed
}

// Close finishes the tick that runs, stops all goroutines and closes the sources and sinks. Writes and changes that wait get an error. The store takes
// commits behind it, but does not wait for space any more where the disk is full.
// Snapshots must have been closed.
func (r *Runtime) Close() error {
	r.in.Lock()
	if r.in.closed {
		r.in.Unlock()
		return nil
	}
	r.in.closed = true
	r.in.Unlock()
	close(r.stop)
	r.cancel()
	r.config.Store.StopWaiting()
	if r.running() {
		<-r.done
	}
	r.refuse(shutdown())
	r.tick.Lock()
	defer r.tick.Unlock()
	_ = r.settle() // an error has made the runtime fail; nobody waits for what is lost
	r.closed = true
	for _, c := range r.waiting {
		c.answer(r.epoch.Epoch, shutdown())
	}
	r.waiting = nil
	var err error
	for _, f := range r.private {
		f.close()
	}
	for _, s := range r.sources {
		err = errors.Join(err, s.close())
	}
	for _, g := range r.byID {
		g.endFollowers(shutdown())
		if d := g.log.delivery; d != nil {
			d.end(true)
		}
		if g.def.Sink != nil {
			err = errors.Join(err, g.def.Sink.Close())
		}
	}
	graphs := r.graphs
	r.graphs, r.byID = nil, nil
	err = errors.Join(err, r.published.close(), r.committed.Close())
	for _, g := range graphs {
		r.config.Pool.Drop(state.Owner(g.id())) // operators have no end of their own
	}
	if r.ownPool {
		err = errors.Join(err, r.config.Pool.Close())
	}
	return err
}

// shutdown is the error of what waits when the runtime is closed.
func shutdown() error {
	return pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command")
}

// admits tells why nothing more is taken, if that is so. The caller holds the lock of what waits.
func (r *Runtime) admits() error {
	if r.in.closed {
		return shutdown()
	}
	if r.in.failed != nil {
		return r.in.failed
	}
	if r.in.notNow != nil {
		return r.in.notNow
	}
	return r.config.Store.WaitsForSpace()
}

// refuse answers all that waits with an error.
func (r *Runtime) refuse(err error) {
	r.in.Lock()
	writes, changes := r.in.writes, r.in.changes
	r.in.writes, r.in.changes = nil, nil
	r.in.Unlock()
	for _, w := range writes {
		w.answer(0, err)
	}
	for _, c := range changes {
		c.answer(0, err)
	}
}
