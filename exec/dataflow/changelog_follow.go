package dataflow

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// Follower gives the changes of a relation, epoch by epoch, from some moment on. One goroutine uses it.
//
// That of a relation with history reads the changelog, however far behind it is. Another one is given its changes in memory, and ends
// with an error when too many of them wait.
type Follower struct {
	runtime  *Runtime
	graph    *graph
	rel      *relation
	start    moment
	snapshot *Snapshot
	decoder  *pieceDecoder
	wake     chan struct{} // has room for one

	// at is how far the reader was given everything.
	at       moment
	seen     atomic.Uint64 // at, for others
	position logPosition
	taken    portion

	mu     sync.Mutex
	last   moment // that was published
	queue  [][]loggedPiece
	queued int // bytes
	err    error
	closed bool
}

// Follow begins to follow a relation at a moment. The follower must be closed.
func (r *Runtime) Follow(id flow.RelationID, from At) (*Follower, error) {
	r.tick.Lock() // between ticks, so that no epoch is missed and none comes twice
	defer r.tick.Unlock()
	if r.closed {
		return nil, shutdown()
	}
	if err := r.settle(); err != nil {
		return nil, err
	}
	s, err := r.Snapshot()
	if err != nil {
		return nil, err
	}
	f, err := r.follow(s, id, from)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return f, nil
}

func (r *Runtime) follow(s *Snapshot, id flow.RelationID, from At) (*Follower, error) {
	rel, err := s.relation(id)
	if err != nil {
		return nil, err
	}
	g := r.byID[id]
	if g.status == Failed {
		return nil, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "materialized view %q has failed and has no more changes", rel.def.Name).
			WithDetail("%s", g.err.Error()).
			WithHint("ALTER MATERIALIZED VIEW ... RESUME computes it again.")
	}
	start, err := from.resolve(s, s.view.relations.Get(id), id)
	if err != nil {
		return nil, err
	}
	f := &Follower{
		runtime: r, graph: g, rel: rel, start: start, snapshot: s, decoder: newPieceDecoder(rel.types), wake: make(chan struct{}, 1),
		at: start, position: after(start.epoch), last: moment{s.Epoch(), s.Now()},
	}
	f.seen.Store(start.epoch)
	f.signal()
	g.log.followers = append(g.log.followers, f)
	r.listLog(g)
	return f, nil
}

// Start is the epoch behind which the follower begins, and its time.
func (f *Follower) Start() (epoch uint64, now int64) { return f.start.epoch, f.start.now }

// Epoch is the last one of which all was given. Any goroutine may ask.
func (f *Follower) Epoch() uint64 { return f.seen.Load() }

// Rows emits the rows of the relation at Start. It is called before Next, at most once; then what it reads is let go.
func (f *Follower) Rows(ctx context.Context, emit op.Emit) error {
	if err := f.snapshot.scanAt(ctx, f.graph.id(), f.rel, f.start.epoch, emit); err != nil {
		return err
	}
	return f.letGo()
}

func (f *Follower) letGo() error {
	s := f.snapshot
	if f.snapshot = nil; s == nil {
		return nil
	}
	return s.Close()
}

// Next waits until an epoch was published that the follower has not given, and emits the changes of those that there are, up to the given
// one. It answers the epoch up to which all is given now, with its time; the batches are borrowed.
func (f *Follower) Next(ctx context.Context, upTo uint64, emit func(epoch uint64, now int64, b *batch.Batch) error) (uint64, int64, error) {
	if err := f.letGo(); err != nil {
		return 0, 0, err
	}
	to, err := f.wait(ctx)
	if err != nil {
		return 0, 0, err
	}
	if to.epoch > upTo {
		to = moment{upTo, min(to.now, f.at.now)}
	}
	if f.graph.log.keep > 0 {
		err = f.readLog(&to, emit)
	} else {
		err = f.readQueue(&to, emit)
	}
	if err != nil {
		return 0, 0, err
	}
	f.at = to
	f.seen.Store(to.epoch)
	return to.epoch, to.now, nil
}

// Now is the time that a tick would have which began now, in microseconds since 1970-01-01 UTC. When it returns all epochs of ticks that have begun
// are published: whoever has been given them has all up to that time.
func (r *Runtime) Now() (int64, error) {
	r.tick.Lock()
	defer r.tick.Unlock()
	if r.failed != nil {
		return 0, r.failed
	}
	return r.config.Clock(), r.settle()
}

// wait waits for an epoch that was not given yet.
func (f *Follower) wait(ctx context.Context) (moment, error) {
	for {
		f.mu.Lock()
		last, err := f.last, f.err
		f.mu.Unlock()
		if err != nil || last.epoch > f.at.epoch {
			return last, err
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			return last, context.Cause(ctx)
		}
	}
}

// readLog gives the changes up to a moment from the changelog.
func (f *Follower) readLog(to *moment, emit func(epoch uint64, now int64, b *batch.Batch) error) error {
	for more := true; more; {
		var err error
		if more, err = f.readPortion(to.epoch); err != nil {
			return err
		}
		for _, piece := range f.taken.pieces {
			to.now = max(to.now, piece.at.now)
			if err := f.give(piece, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Follower) readPortion(upTo uint64) (more bool, err error) {
	s, err := f.runtime.Snapshot()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.view.relations.Get(f.graph.id()) == nil {
		return false, f.dropped()
	}
	// The snapshot came first: what it lacks is in since already.
	if since := f.graph.log.since.Load(); since != nil && since.epoch >= f.position.epoch {
		return false, tooOld(f.rel.def.Name, since)
	}
	return f.taken.read(s.store, f.graph.logID(), &f.position, upTo)
}

func (f *Follower) give(piece loggedPiece, emit func(epoch uint64, now int64, b *batch.Batch) error) error {
	return f.decoder.decode(piece.data, func(b *batch.Batch) error { return emit(piece.at.epoch, piece.at.now, b) })
}

// readQueue gives the changes up to a moment that wait in memory.
func (f *Follower) readQueue(to *moment, emit func(epoch uint64, now int64, b *batch.Batch) error) error {
	for {
		list, err := f.pop(to.epoch)
		if err != nil || list == nil {
			return err
		}
		for _, piece := range list {
			to.now = max(to.now, piece.at.now)
			if err := f.give(piece, emit); err != nil {
				return err
			}
		}
	}
}

// pop takes the changes of the next epoch that wait, nil if there are none up to the given one.
func (f *Follower) pop(upTo uint64) ([]loggedPiece, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || len(f.queue) == 0 || f.queue[0][0].at.epoch > upTo {
		return nil, f.err
	}
	list := f.queue[0]
	f.queue = f.queue[1:]
	for _, piece := range list {
		f.queued -= len(piece.data)
	}
	return list, nil
}

// tell is called when an epoch is published, with what it has changed. It answers whether the follower keeps the pieces.
func (f *Follower) tell(at moment, list [][]byte) (held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = at
	if f.graph.log.keep == 0 && f.err == nil && len(list) > 0 {
		held = f.enqueue(at, list)
	}
	f.signal()
	return held
}

func (f *Follower) enqueue(at moment, list [][]byte) bool {
	waiting := make([]loggedPiece, len(list))
	for i, data := range list {
		waiting[i] = loggedPiece{at, data}
		f.queued += len(data)
	}
	// One epoch that is larger alone is given to who has taken all before.
	if f.queued > f.runtime.config.FollowBytes && len(f.queue) > 0 {
		f.queue = nil
		f.err = pgerr.Newf(pgerr.ProgramLimitExceeded, "the subscription is too slow: more than %d bytes of changes of relation %q wait for it",
			f.runtime.config.FollowBytes, f.rel.def.Name).
			WithHint("A relation that was created WITH (retain_history = '1 day') keeps its changes on disk, for readers of any pace.")
		return false
	}
	f.queue = append(f.queue, waiting)
	return true
}

func (f *Follower) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// end makes the follower answer an error from now on.
func (f *Follower) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
		f.queue = nil
	}
	f.signal()
}

func (f *Follower) dropped() error { return droppedRelation(f.rel.def.Name) }

func droppedRelation(name string) error {
	return pgerr.Newf(pgerr.UndefinedTable, "relation %q was dropped", name)
}

// endFollowers ends those who follow a graph, since it is gone or has failed; nil: it was dropped.
func (g *graph) endFollowers(err error) {
	for _, f := range g.log.followers {
		reason := err
		if reason == nil {
			reason = f.dropped()
		}
		f.end(reason)
	}
	g.log.followers = nil
}

// Close ends following. A second one does nothing.
func (f *Follower) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	f.runtime.tick.Lock()
	f.graph.log.followers = slices.DeleteFunc(f.graph.log.followers, func(o *Follower) bool { return o == f })
	f.runtime.tick.Unlock()
	return f.letGo()
}
