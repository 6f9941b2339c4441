package dataflow

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
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
	// columns are the wanted ones of all nodes together.
	columns    []int
	partitions []*partition
	opened     bool // partitions are known
	retry      backoff
	bucket     connector.Bucket
	// watermark is that of the last epoch, next that of the tick that runs.
	watermark, next int64
	clock           []*watermarker // by worker; nil: the source has no time
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
	// lastRows is when rows came last, by the ticks' time; idle that it is too long ago.
	lastRows int64
	idle     bool
	// stored tells which time and idleness the store has.
	storedTime int64
	storedIdle bool
	retry      backoff
	waiter     waiter
	rows       int64 // taken since the start
	resumed    bool  // the store had a position
	rowBytes   int   // about, of a row
}

// taken is a piece that a tick has taken.
type taken struct {
	partition *partition
	piece     connector.Piece
	time      int64
	rows      int64
	bytes     int
	errors    []connector.RowError
	released  bool
}

func (t *taken) release() {
	if !t.released {
		t.released = true
		t.piece.Release()
	}
}

// watermarker computes the time of rows on one worker.
type watermarker struct {
	expr *eval.Evaluator
	ctx  eval.Context
}

// maxTime is the greatest time of rows, but for those too far in the future.
func (w *watermarker) maxTime(b *batch.Batch, limit int64) int64 {
	w.ctx.Errors.Truncate(0)
	v := w.expr.Eval(&w.ctx, b)
	high := int64(op.NoWatermark)
	for i, x := range v.Ints {
		if x > high && x <= limit && !v.IsNull(i) {
			high = x
		}
	}
	return high
}

// remap returns an expression whose columns are places in wanted, where they were places in columns.
func remap(e flow.Expr, columns, wanted []int) flow.Expr {
	list := func(args []flow.Expr) []flow.Expr {
		out := make([]flow.Expr, len(args))
		for i, a := range args {
			out[i] = remap(a, columns, wanted)
		}
		return out
	}
	switch e := e.(type) {
	case *flow.Column:
		return &flow.Column{Index: slices.Index(wanted, columns[e.Index]), Typ: e.Typ}
	case *flow.Call:
		return &flow.Call{Function: e.Function, Args: list(e.Args), Typ: e.Typ}
	case *flow.Logic:
		return &flow.Logic{Or: e.Or, Args: list(e.Args)}
	case *flow.Not:
		return &flow.Not{X: remap(e.X, columns, wanted)}
	case *flow.IsNull:
		return &flow.IsNull{X: remap(e.X, columns, wanted), Not: e.Not}
	case *flow.Coalesce:
		return &flow.Coalesce{Args: list(e.Args), Typ: e.Typ}
	case *flow.Case:
		c := &flow.Case{Else: remap(e.Else, columns, wanted), Typ: e.Typ}
		for _, w := range e.Whens {
			c.Whens = append(c.Whens, flow.When{Cond: remap(w.Cond, columns, wanted), Result: remap(w.Result, columns, wanted)})
		}
		return c
	case *flow.Const, *flow.Param:
		return e
	}
	invariants.Assertf(false, "a watermark with a %T", e)
	return e
}

// types are those of the feed's columns.
func (f *feed) types() []types.Type {
	t := make([]types.Type, len(f.columns))
	for i, c := range f.columns {
		t[i] = f.source.def.Columns[c].Type
	}
	return t
}

// columnsChanged computes anew what the feed reads, and has its readers opened again if that is something else.
func (r *Runtime) columnsChanged(f *feed) {
	var columns []int
	for _, n := range f.nodes {
		for _, c := range n.spec.(*flow.Source).Columns {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	slices.Sort(columns)
	if !slices.Equal(columns, f.columns) {
		f.columns = columns
		for _, p := range f.partitions {
			p.reset()
		}
	}
	f.clock = nil
	for _, n := range f.nodes {
		if spec := n.spec.(*flow.Source); spec.Watermark != nil {
			for range r.config.Workers {
				f.clock = append(f.clock, &watermarker{expr: eval.Compile(remap(spec.Watermark.Expr, spec.Columns, columns))})
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

// detach takes a node from the feed.
func (r *Runtime) detach(f *feed, n *node) {
	f.nodes = slices.DeleteFunc(f.nodes, func(o *node) bool { return o == n })
	if len(f.nodes) > 0 {
		r.columnsChanged(f)
	}
}

// sourceOp gives the rows of a feed to a graph.
type sourceOp struct {
	spec *flow.Source
	feed *feed
	pick []int // places of the wanted columns in the feed's
	view batch.Batch
	high int64
}

func newSourceOp(spec *flow.Source, f *feed) *sourceOp {
	s := &sourceOp{spec: spec, view: batch.Batch{Cols: make([]batch.Vec, len(spec.Columns))}, high: op.NoWatermark}
	if f != nil {
		s.follow(f)
	}
	return s
}

func (s *sourceOp) follow(f *feed) {
	s.feed, s.pick = f, nil
	for _, c := range s.spec.Columns {
		s.pick = append(s.pick, slices.Index(f.columns, c))
	}
}

// watermark is the time of the feed in this tick. It does not go back when a graph changes its feed.
func (s *sourceOp) watermark() int64 {
	if s.feed == nil {
		return s.high
	}
	return max(s.high, s.feed.next)
}

func (s *sourceOp) Push(_ int, b *batch.Batch, emit op.Emit) error {
	return emit(pick(&s.view, b, s.pick))
}

func (s *sourceOp) EndTick(op.Tick, op.Emit) (op.Outcome, error) {
	s.high = s.watermark()
	return op.Outcome{Watermark: s.high, Wake: op.Never}, nil
}

// decode makes rows of a piece and pushes them into the graphs.
func (t *taken) decode(worker int, tick *tickRun, memory *batch.Batch) error {
	f := t.partition.feed
	report := func(e connector.RowError) {
		e.Sample = slices.Clone(e.Sample)
		t.errors = append(t.errors, e)
	}
	limit := int64(op.Complete) - 1
	if f.source.def.MaxFutureMicros > 0 && !f.source.def.Connector.Traits().Synthetic {
		limit = tick.Now + f.source.def.MaxFutureMicros
	}
	for more := true; more; {
		memory.Reset()
		var err error
		if more, err = t.piece.Decode(memory, report); err != nil {
			return &feedError{t.partition, err}
		}
		if memory.Len() == 0 {
			continue
		}
		t.rows += int64(memory.Len())
		if f.clock != nil {
			t.time = max(t.time, f.clock[worker].maxTime(memory, limit))
		}
		for _, n := range f.nodes {
			if err := n.procs[worker].push(0, memory); err != nil {
				return err
			}
		}
		memory.Scribble()
	}
	t.release()
	return nil
}

// tellTime computes the watermarks of the tick, when all of its rows are there.
func (r *Runtime) tellTime(t *tickRun) {
	for _, k := range t.taken {
		p := k.partition
		p.nextTime = max(p.nextTime, k.time)
		if k.rows > 0 {
			p.lastRows = t.Now
		}
	}
	for _, f := range r.feeds() {
		f.tellTime(t.Now)
		if f.next == f.watermark {
			continue
		}
		for _, n := range f.nodes {
			n.graph.time.Store(true)
		}
	}
}

// tellTime sets the watermark of the tick: the least of the partitions that are neither idle nor at their end.
func (f *feed) tellTime(now int64) {
	f.next = f.watermark
	if !f.opened || len(f.partitions) == 0 {
		return
	}
	low, ended := int64(op.Complete), true
	for _, p := range f.partitions {
		p.idle = f.source.def.IdleTimeoutMicros > 0 && now-p.lastRows >= f.source.def.IdleTimeoutMicros
		if !p.nextEnd {
			ended = false
			if !p.idle {
				low = min(low, p.nextTime)
			}
		}
	}
	switch {
	case ended:
		f.next = op.Complete
	case low != op.Complete && f.clock != nil:
		f.next = max(f.next, low)
	}
}

// feeds are all feeds there are, in a fixed order.
func (r *Runtime) feeds() []*feed { return r.allFeeds }

// listFeeds lists the feeds anew, when graphs or their feeds have changed.
func (r *Runtime) listFeeds() {
	r.allFeeds = slices.Clone(r.private)
	for _, g := range r.graphs {
		for _, n := range g.nodes {
			if n.feed != nil && !slices.Contains(r.allFeeds, n.feed) {
				r.allFeeds = append(r.allFeeds, n.feed)
			}
		}
	}
}

// input is the number of a partition's watermark among the records of a feed.
func (p *partition) input() uint32 { return inputNumber(p.feed.source.def.ID, p.name) }

// inputNumber numbers the watermarks of a graph by what they are of; no name is the source as a whole.
func inputNumber(source flow.RelationID, partition string) uint32 {
	h := fnv.New32a()
	id := uint32(source)
	_, _ = h.Write([]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)})
	_, _ = h.Write([]byte(partition))
	return h.Sum32()
}

// collectSources writes how far sources are.
func (r *Runtime) collectSources(t *tickRun) {
	m := &t.changes.Meta
	for _, f := range r.feeds() {
		if slices.Contains(r.joining, f) {
			continue
		}
		if f.rewrite && f.private {
			m.Settings = append(m.Settings, meta.Setting{Name: privateSetting(flow.RelationID(f.graph), f.source.def.ID)})
		}
		for _, p := range f.partitions {
			if f.rewrite || p.next.Compare(p.position) != 0 || p.nextEnd != p.ended {
				m.Offsets = append(m.Offsets, meta.Offset{
					Graph: f.graph, Source: uint32(f.source.def.ID), Partition: p.name, Position: p.next,
				})
			}
			if f.rewrite || p.nextTime != p.storedTime || p.idle != p.storedIdle {
				m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: f.graph, Input: p.input(), Time: p.nextTime, Idle: p.idle})
			}
		}
		if f.rewrite || f.next != f.watermark {
			m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: f.graph, Input: inputNumber(f.source.def.ID, ""), Time: f.next})
		}
	}
}

// finishSources makes what the tick has taken the place to go on from.
func (r *Runtime) finishSources(t *tickRun, committed bool) {
	for _, k := range t.taken {
		k.partition.rows += k.rows
		if f := k.partition.feed; f.private {
			f.nodes[0].graph.progress.rows.Add(k.rows)
		}
		if k.rows > 0 && k.bytes > 0 {
			k.partition.rowBytes = k.bytes / int(k.rows)
		}
		for i := range k.errors {
			r.stats.decodeError(k.partition.feed.source.def.ID, &k.errors[i], t.Now, t.Epoch)
		}
	}
	for _, f := range r.feeds() {
		f.watermark, f.rewrite = f.next, f.rewrite && !committed
		for _, p := range f.partitions {
			moved := p.next.Compare(p.position) != 0
			p.position, p.time, p.ended = p.next, p.nextTime, p.nextEnd
			p.storedTime, p.storedIdle = p.nextTime, p.idle
			if moved && committed && p.reader != nil {
				if err := p.reader.Ack(context.Background(), p.position); err != nil {
					r.config.Logger.Warn("a source did not take the acknowledgement", "source", f.source.def.ID, "partition", p.name, "error", err)
				}
			}
		}
	}
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
	b.at = now + 100_000<<b.failures // up to 6.4 s
}

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
