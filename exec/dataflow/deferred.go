package dataflow

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// deferral says which columns of what a node hands on are not made yet: where rows are dropped soon, they are made of the rest only.
type deferral struct {
	feed *feed
	// of has for each column its place in reading.deferred, or -1 if it is there.
	of []int
	// made are those of them that are made of what the node emits, before anybody gets it.
	made []int
}

// way is where a column goes that is not made yet, through the operators behind a source that do not look at it.
type way struct {
	steps []step
	// share is of how many rows it is made in the end, about: all of them are 1.
	share float64
}

// step is a node on a way: it hands the column on in some places. At the last one it is made.
type step struct {
	node   *node
	places []int
	last   bool
}

// putOff finds the columns that can wait until rows have been dropped. It answers their ways.
func (r *reading) putOff(f *feed) (ways []way) {
	for _, column := range r.columns {
		if f.source.def.Connector.Defers(column) && len(r.where) == 0 {
			if w := wayOf(column, f.nodes); w.share < 1 {
				r.deferred, ways = append(r.deferred, column), append(ways, w)
				continue
			}
		}
		r.early = append(r.early, column)
	}
	return ways
}

// wayOf is the way of a column from all nodes that read it.
func wayOf(column int, sources []*node) (w way) {
	for _, n := range sources {
		spec := n.spec.(*flow.Source)
		place := slices.Index(spec.Columns, column)
		if slices.ContainsFunc(spec.Where, func(p flow.Predicate) bool { return p.Column == column }) ||
			spec.Watermark != nil && reads(spec.Watermark.Expr, []int{place}) {
			w.share = math.Inf(1)
		} else if place >= 0 {
			w.follow(n, []int{place}, 1)
		}
	}
	return w
}

// follow goes on behind a node that hands the column on with such a share of the rows.
func (w *way) follow(n *node, places []int, share float64) {
	var next []*node
	last := n.sum
	for _, to := range n.graph.nodes {
		for _, e := range to.inputs {
			if e.from == n {
				next = append(next, to)
				last = last || e.exchange != nil || looksAt(to, places)
			}
		}
	}
	w.steps = append(w.steps, step{n, places, last})
	switch {
	case last && share == 1: // no row has been dropped
		w.share = math.Inf(1)
	case last:
		w.share += share
	default:
		for _, to := range next {
			if on := handedOn(to.spec, places); len(on) > 0 {
				w.follow(to, on, share*passing(to.spec))
			}
		}
	}
}

// looksAt tells whether a node needs columns of its input in these places: it may do more with them than hand them on.
func looksAt(n *node, places []int) bool {
	if n.graph.def.form != nil {
		return true
	}
	switch spec := n.spec.(type) {
	case *flow.Filter:
		return reads(spec.Cond, places)
	case *flow.LocalTop:
		return spec.Bound != nil && reads(spec.Bound, places) ||
			slices.ContainsFunc(operators.LooksAt(spec), func(c int) bool { return slices.Contains(places, c) })
	case *flow.Project:
		return slices.ContainsFunc(spec.Exprs, func(e flow.Expr) bool {
			_, plain := e.(*flow.Column)
			return !plain && reads(e, places)
		})
	default:
		return true
	}
}

func reads(e flow.Expr, places []int) (found bool) {
	flow.VisitColumns(e, func(c int) { found = found || slices.Contains(places, c) })
	return found
}

// handedOn are the places in a node's output of columns that it does not look at.
func handedOn(spec flow.Spec, places []int) []int {
	p, ok := spec.(*flow.Project)
	if !ok {
		return places
	}
	var out []int
	for i, e := range p.Exprs {
		if c, plain := e.(*flow.Column); plain && slices.Contains(places, c.Index) {
			out = append(out, i)
		}
	}
	return out
}

// passing is which share of its rows a node lets pass, as a guess. It has to be right only where several make the same column, which costs
// nothing twice if it is made for all at once.
func passing(spec flow.Spec) float64 {
	switch spec := spec.(type) {
	case *flow.LocalTop:
		return 1. / 16
	case *flow.Filter:
		return selectivity(spec.Cond)
	default:
		return 1
	}
}

func selectivity(cond flow.Expr) float64 {
	switch e := cond.(type) {
	case *flow.Logic:
		if e.Or {
			break
		}
		all := 1.
		for _, arg := range e.Args {
			all *= selectivity(arg)
		}
		return all
	case *flow.IsNull:
		if e.Not {
			return 1
		}
	case *flow.Call:
		switch e.Function.Name {
		case "=":
			return 1. / 16
		case "<>":
			return 1
		}
	default:
	}
	return 1. / 2
}

// defers notes at the nodes behind a feed what becomes of the columns that are put off.
func (f *feed) defers(ways []way) {
	for _, n := range f.nodes {
		n.forgetDeferred()
	}
	for i, w := range ways {
		for _, s := range w.steps {
			d := s.node.deferral
			if d == nil {
				d = &deferral{feed: f, of: slices.Repeat([]int{-1}, len(s.node.types))}
				s.node.deferral = d
			}
			for _, place := range s.places {
				d.of[place] = i
			}
			if s.last {
				d.made = append(d.made, s.places...)
			}
		}
	}
}

// forgetDeferred takes back what was noted at a node and behind it: each of those has one input.
func (n *node) forgetDeferred() {
	n.deferral = nil
	for _, to := range n.graph.nodes {
		if len(to.inputs) == 1 && to.inputs[0].from == n && to.deferral != nil {
			to.forgetDeferred()
		}
	}
}

// decodes are the columns that are made of all rows.
func (r *reading) decodes() []int {
	if len(r.deferred) > 0 {
		return r.early
	}
	return r.columns
}

// numbered has rows with the numbers of values in place of those that are made later.
type numbered struct {
	early        batch.Batch // the columns that are there
	places, late []int       // of those and of the others in the rows
	numbers      []int32     // 0, 1, 2, ...
}

func (r *reading) numbered(early batch.Batch) numbered {
	m := numbered{early: early}
	for _, column := range r.early {
		m.places = append(m.places, slices.Index(r.columns, column))
	}
	for _, column := range r.deferred {
		m.late = append(m.late, slices.Index(r.columns, column))
	}
	for i := range batch.Rows {
		m.numbers = append(m.numbers, int32(i))
	}
	return m
}

// show makes rows those that were decoded.
func (m *numbered) show(rows *batch.Batch) {
	n := m.early.Len()
	for i, place := range m.places {
		rows.Cols[place] = m.early.Cols[i]
	}
	for _, place := range m.late {
		rows.Cols[place].Numbers = m.numbers[:n]
	}
	rows.SetLen(n)
}

// decodeEarly decodes a piece as decode does, but for the columns that are put off.
func (t *taken) decodeEarly(worker int, limit int64, memory *decoded, report connector.Report) error {
	f := t.partition.feed
	f.pieces[worker] = t.piece.(connector.DeferringPiece)
	early := &memory.early
	for more := true; more; {
		early.Reset()
		var err error
		if more, err = t.piece.Decode(early, nil, report); err != nil {
			return &feedError{t.partition, err}
		}
		if f.clock != nil {
			t.tell(f.clock[worker], early, limit)
		}
		t.rows += int64(early.Len())
		memory.show(&memory.rows)
		for _, n := range f.nodes {
			if err := n.procs[worker].push(0, &memory.rows); err != nil {
				return err
			}
		}
		early.Scribble()
	}
	f.pieces[worker] = nil
	t.release()
	return nil
}

// completer makes columns that were put off, on one worker.
type completer struct {
	of   *deferral
	made batch.Batch  // by their places in reading.deferred
	want []*batch.Vec // the same; nil: not wanted
	out  batch.Batch
}

// complete answers b with its columns in these places made. It is borrowed until the next call.
func (c *completer) complete(d *deferral, worker int, b *batch.Batch, places []int) *batch.Batch {
	if c.of != d {
		*c = completer{of: d, want: make([]*batch.Vec, len(d.feed.read.deferred))}
		c.made.Cols = make([]batch.Vec, len(c.want))
		for place, i := range d.of {
			if i >= 0 {
				c.made.Cols[i] = batch.NewVec(b.Cols[place].Type())
			}
		}
	}
	clear(c.want)
	for _, place := range places {
		v := &c.made.Cols[d.of[place]]
		v.Reset()
		c.want[d.of[place]] = v
	}
	d.feed.pieces[worker].Complete(c.want, b.Cols[places[0]].Numbers)
	c.out.Cols = append(c.out.Cols[:0], b.Cols...)
	for _, place := range places {
		c.out.Cols[place] = c.made.Cols[d.of[place]]
	}
	c.out.Diff = b.Diff
	c.out.SetLen(b.Len())
	return &c.out
}

// completed hands on what the operator has emitted, with the columns made that were put off until here. That is reading the source: nobody's time.
func (p *proc) completed(d *deferral, b *batch.Batch) error {
	before := p.time.turn(nil)
	b = p.completer.complete(d, p.worker, b, d.made)
	p.time.turn(before)
	err := p.deliver(b)
	p.completer.made.Scribble()
	return err
}

// whole answers a batch of the only input with all columns, for who looks at a row that could not be computed.
func (p *proc) whole(c *completer, b *batch.Batch) *batch.Batch {
	var places []int
	for i := range b.Cols {
		if len(b.Cols[i].Numbers) > 0 {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return b
	}
	return c.complete(p.node.inputs[0].from.deferral, p.worker, b, places)
}
