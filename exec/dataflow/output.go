package dataflow

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// outputOp collects what a sink gets when the epoch is durable.
type outputOp struct {
	// held sums up the changes of a tick. It is nil where no row both comes and goes in a tick: those rows wait as they have come.
	held *held
	// tick are the net changes of the tick, and kept those of the one before, until its epoch is durable.
	tick, kept *sinkRows
	log        *changeEncoder // of what goes into the changelog instead
}

// sinkRows are net changes: a batch, where they had to be summed up, or the rows as they have come.
type sinkRows struct {
	net, piece *batch.Batch
	rows       tickRows
}

func newSinkRows(t []types.Type) *sinkRows {
	return &sinkRows{net: batch.New(t...), piece: batch.New(t...), rows: tickRows{types: t}}
}

func newOutputOp(g *graph, t []types.Type, net bool) *outputOp {
	o := &outputOp{tick: newSinkRows(t), kept: newSinkRows(t)}
	if !net {
		o.held = newHeld(t)
	}
	if g.logging() {
		o.log = newChangeEncoder(len(t))
	}
	return o
}

func (o *outputOp) Push(_ int, b *batch.Batch, _ op.Emit) error {
	if o.held != nil {
		o.held.input.AppendAll(b)
	} else {
		o.tick.rows.add(b)
	}
	return nil
}

// changed tells whether a sink is to be given anything of the tick.
func (o *outputOp) changed() bool { return o.tick.net.Len() > 0 || o.tick.rows.used > 0 }

// keep puts the changes of the tick aside. Those of the one before are with the sink.
func (o *outputOp) keep() { o.tick, o.kept = o.kept, o.tick }

// deliver hands on what was put aside, and forgets it. Another tick may run meanwhile.
func (o *outputOp) deliver(emit op.Emit) error { return o.kept.handOn(emit) }

// handOn emits changes and forgets them.
func (n *sinkRows) handOn(emit op.Emit) error {
	err := emitPieces(n.net, n.piece, emit)
	if err == nil {
		err = n.rows.emit(emit)
	}
	n.net.Reset()
	n.rows.reset()
	return err
}

func (o *outputOp) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	if o.held != nil {
		o.held.sum.Consolidate(o.tick.net, o.held.input)
		o.held.input.Reset()
	} else if invariants.Enabled {
		o.tick.rows.assertNet()
	}
	if o.log != nil {
		_ = o.tick.handOn(func(b *batch.Batch) error { // which has no error of its own
			o.log.add(b)
			return nil
		})
	}
	return op.Outcome{Watermark: t.Watermarks[0], Wake: op.Never}, nil
}

// tickRows are the rows of a tick, in full batches and a last one. A large batch in their place would be copied whenever it has to grow, and again by
// pieces to hand it on.
type tickRows struct {
	types []types.Type
	list  []*batch.Batch
	used  int // how many of the list have rows; the memory of the others is for the next ticks
}

func (r *tickRows) add(b *batch.Batch) {
	for from := 0; from < b.Len(); {
		to := r.open()
		n := min(batch.Rows-to.Len(), b.Len()-from)
		to.AppendRange(b, from, from+n)
		from += n
	}
}

// open answers a batch that has room.
func (r *tickRows) open() *batch.Batch {
	if r.used == 0 || r.list[r.used-1].Full() {
		if r.used == len(r.list) {
			r.list = append(r.list, batch.New(r.types...))
		}
		r.used++
	}
	return r.list[r.used-1]
}

func (r *tickRows) emit(emit op.Emit) error {
	for _, b := range r.list[:r.used] {
		if err := emit(b); err != nil {
			return err
		}
	}
	return nil
}

// reset forgets the rows. What is kept is at most twice what they took: the next ticks may be small for long.
func (r *tickRows) reset() {
	for _, b := range r.list[:r.used] {
		b.Reset()
	}
	kept := min(len(r.list), 2*r.used+1)
	clear(r.list[kept:])
	r.list, r.used = r.list[:kept], 0
}

// assertNet asserts that no row of the tick both comes and goes.
func (r *tickRows) assertNet() {
	h := newHeld(r.types)
	for _, b := range r.list[:r.used] {
		h.input.AppendAll(b)
	}
	assertNet(&h.sum, h.net, h.input)
}
