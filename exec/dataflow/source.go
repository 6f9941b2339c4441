package dataflow

import (
	"context"
	"slices"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/meta"
)

// source is a stream from outside. The graphs that read it share one feed, but for those that have not reached it yet.
type source struct {
	def    SourceDef
	shared *feed // nil if no graph reads it
}

func newSource(def SourceDef) *source { return &source{def: def} }

// feed reads a source from one place for some graphs.
type feed struct {
	source *source
	// graph is whose offsets they are: the source itself for the shared feed, else the graph that has not reached it.
	graph meta.GraphID
	nodes []*node
	// read says what its readers give.
	read reading
	// pieces are what each worker has decoded last, if columns are put off.
	pieces     []connector.DeferringPiece
	partitions []*partition
	opened     bool  // partitions are known
	listed     int64 // when they were asked for last
	retry      backoff
	bucket     connector.Bucket
	turn       int // which partition is the first to be read from
	// watermark is that of the last epoch, next that of the tick that runs.
	watermark, next int64
	clock           []*watermarker // by worker; nil: the source has no time
	leftClock       []*watermarker // the same for rows that are left out; nil: there are none
	pace            pace
	group           int  // feeds that meet have the same number
	leads           bool // its rows come before those of others in a tick
	private         bool
	// rewrite has all records of the feed written in the next epoch.
	rewrite bool
	saved   *records // for partitions that are found after a start; nil: all are new
}

// partition is one partition of a feed.
type partition struct {
	feed   *feed
	name   string
	reader connector.Reader // nil: to be opened at position
	// position, time and ended are those of the last epoch; time is the greatest of a row so far.
	position connector.Offset
	time     int64
	ended    bool
	// next and nextTime are those after what the tick that runs has taken.
	next     connector.Offset
	nextTime int64
	nextEnd  bool
	// silentSince is since when nothing has come, by the ticks' time, while there was nothing to fetch; idle that it is too long.
	silentSince int64
	idle        bool
	// quiet tells that there was nothing to fetch when it was asked last: not that it could not be asked, or has more than is taken.
	quiet bool
	// stored tells which time and idleness the store has.
	storedTime int64
	storedIdle bool
	retry      backoff
	waiter     waiter
	totals     partitionTotals
	begun      bool // rows were taken since the start
	resumed    bool // the store had a position
	rowBytes   int  // about, of a row
	counting   counting
}

// taken is a piece that a tick has taken.
type taken struct {
	partition *partition
	piece     connector.Piece
	time      int64
	rows      int64
	future    int64 // rows that are too far in the future
	bytes     int
	// errors are the first that did not decode, of errorCount.
	errors     []connector.RowError
	errorCount int64
	released   bool
}

func (t *taken) release() {
	if !t.released {
		t.released = true
		t.piece.Release()
	}
}

// columnsChanged computes anew what the feed reads, and has its readers opened again if that is something else.
func (r *Runtime) columnsChanged(f *feed) {
	var specs []*flow.Source
	for _, n := range f.nodes {
		specs = append(specs, n.spec.(*flow.Source))
	}
	read := readingOf(f.source.def.Connector, specs)
	ways := read.putOff(f)
	if !read.equal(&f.read) {
		f.read = read
		delete(r.intake.memory, f)
		for _, p := range f.partitions {
			p.reset()
		}
	}
	f.defers(ways)
	f.clock, f.leftClock = nil, nil
	for _, spec := range specs {
		if spec.Watermark != nil {
			f.clock = newClocks(spec, f.read.decodes(), r.config.Workers)
			if len(f.read.where) > 0 {
				f.leftClock = newClocks(spec, f.read.left, r.config.Workers)
			}
			break
		}
	}
	for _, n := range f.nodes {
		for _, p := range n.procs {
			if p != nil && p.op != nil {
				p.op.(*sourceOp).follow(f)
			}
		}
	}
}

// newClocks makes what computes the time of rows with columns of a source, for each worker.
func newClocks(spec *flow.Source, columns []int, workers int) (clocks []*watermarker) {
	place := func(c int) int { return slices.Index(columns, spec.Columns[c]) }
	for range workers {
		clocks = append(clocks, newWatermarker(flow.MapColumns(spec.Watermark.Expr, place)))
	}
	return clocks
}

// detach takes a node from the feed.
func (r *Runtime) detach(f *feed, n *node) {
	f.nodes = slices.DeleteFunc(f.nodes, func(o *node) bool { return o == n })
	if len(f.nodes) > 0 {
		r.columnsChanged(f)
	}
}

// sourceOp gives the rows of a feed to a graph.
type sourceOp struct {
	feed   *feed
	chosen chosen
	high   int64
}

func newSourceOp(spec *flow.Source, f *feed, columns []types.Type) *sourceOp {
	s := &sourceOp{chosen: newChosen(spec, columns), high: op.NoWatermark}
	if f != nil {
		s.follow(f)
	}
	return s
}

func (s *sourceOp) follow(f *feed) {
	s.feed = f
	s.chosen.follow(&f.read)
}

// watermark is the time of the feed in this tick. It does not go back when a graph changes its feed.
func (s *sourceOp) watermark() int64 {
	if s.feed == nil {
		return s.high
	}
	return max(s.high, s.feed.next)
}

func (s *sourceOp) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if b = s.chosen.of(b); b.Len() == 0 {
		return nil
	}
	return emit(b)
}

func (s *sourceOp) EndTick(op.Tick, op.Emit) (op.Outcome, error) {
	s.high = s.watermark()
	return op.Outcome{Watermark: s.high, Wake: op.Never}, nil
}

// decode makes rows of a piece and pushes them into the graphs.
func (t *taken) decode(worker int, tick *tickRun, memory *decoded) error {
	f := t.partition.feed
	report := func(e connector.RowError) {
		if t.errorCount++; len(t.errors) < tickErrorsMax {
			e.Sample = slices.Clone(e.Sample)
			t.errors = append(t.errors, e)
		}
	}
	limit := int64(op.Complete) - 1
	if f.source.def.MaxFutureMicros > 0 && !f.source.def.Connector.Traits().Synthetic {
		limit = tick.Now + f.source.def.MaxFutureMicros
	}
	if len(f.read.deferred) > 0 {
		return t.decodeEarly(worker, limit, memory, report)
	}
	rows, left := &memory.rows, &memory.left
	rows.Reset()
	for more := true; more; {
		left.Reset()
		var err error
		if more, err = t.piece.Decode(rows, left, report); err != nil {
			return &feedError{t.partition, err}
		}
		if f.leftClock != nil {
			t.tell(f.leftClock[worker], left, limit)
		}
		t.rows += int64(left.Len())
		for _, n := range f.nodes {
			n.procs[worker].rowsIn += int64(left.Len()) // they were read for it
		}
		if rows.Len() == 0 || more && memory.sparse() {
			continue
		}
		if f.clock != nil {
			t.tell(f.clock[worker], rows, limit)
		}
		t.rows += int64(rows.Len())
		for _, n := range f.nodes {
			if err := n.procs[worker].push(0, rows); err != nil {
				return err
			}
		}
		rows.Scribble()
		rows.Reset()
	}
	t.release()
	return nil
}

// tell notes the time of rows.
func (t *taken) tell(clock *watermarker, rows *batch.Batch, limit int64) {
	high, future := clock.maxTime(rows, limit)
	t.time = max(t.time, high)
	t.future += future
}

// undoSources goes back to the last epoch.
func (r *Runtime) undoSources(t *tickRun) {
	for _, k := range t.taken {
		k.release()
	}
	r.joining = r.joining[:0]
	for _, f := range r.feeds() {
		f.next = f.watermark
		for _, p := range f.partitions {
			if p.next.Compare(p.position) != 0 || p.nextEnd != p.ended {
				p.reset()
			}
			p.nextTime = p.time
		}
	}
}

// reset has the partition read again from the last epoch's position.
func (p *partition) reset() {
	p.waiter.stop()
	if p.reader != nil {
		_ = p.reader.Close() // nothing of it is wanted any more
		p.reader = nil
	}
	p.next, p.nextTime, p.nextEnd = p.position, p.time, p.ended
}

// close ends the reading of a feed.
func (f *feed) close() {
	for _, p := range f.partitions {
		p.reset()
	}
}

// close ends the reading of a feed that is given up, and drops what it decoded into.
func (r *Runtime) close(f *feed) {
	f.close()
	delete(r.intake.memory, f)
}

// stopReading ends the shared reading of a source.
func (s *source) stopReading() {
	if s.shared != nil {
		s.shared.close()
		s.shared = nil
	}
}

func (s *source) close() error {
	s.stopReading()
	return s.def.Connector.Close()
}

// backoff says when to try again.
type backoff struct {
	failures int
	at       int64
}

func (b *backoff) failed(now int64) {
	b.failures = min(b.failures+1, 6)
	b.at = now + b.micros()
}

// micros is how long to wait: up to 6.4 s.
func (b *backoff) micros() int64 { return 100_000 << b.failures }

func (b *backoff) wait(now int64) bool { return b.failures > 0 && now < b.at }

// waiter waits for a partition beside the ticks.
type waiter struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// waiting tells whether there is nothing to fetch yet.
func (w *waiter) waiting() bool {
	if w.done == nil {
		return false
	}
	select {
	case <-w.done:
		w.cancel()
		w.done = nil
		return false
	default:
		return true
	}
}

// start waits until the reader has something.
func (w *waiter) start(reader connector.Reader, signal func()) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	done := make(chan struct{})
	w.cancel, w.done = cancel, done
	go func() {
		defer close(done)
		_ = reader.Wait(ctx) // whatever it says, Fetch will say it again
		signal()
	}()
}

// stop ends the wait; the reader is then free.
func (w *waiter) stop() {
	if w.done != nil {
		w.cancel()
		<-w.done
		w.done = nil
	}
}
