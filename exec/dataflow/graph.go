package dataflow

import (
	"cmp"
	"sync/atomic"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// relation is a table or a materialized view: what lies in the store and can be scanned. It does not change; a new index
// makes a new one.
type relation struct {
	def          RelationDef
	arrangements []*arrangement
	types        []types.Type
}

func newRelation(def RelationDef) *relation {
	r := &relation{def: def, types: fieldTypes(def.Columns)}
	for i, a := range def.Arrangements {
		r.arrangements = append(r.arrangements, newArrangement(a, def.Columns, i == 0 && def.indexOf == nil))
	}
	for _, a := range r.arrangements {
		a.once = cmp.Or(def.indexOf, r).primary().Unique
	}
	r.primary().packed = def.Numbered
	return r
}

func (r *relation) newBatch() *batch.Batch { return batch.New(r.types...) }

func (r *relation) primary() *arrangement { return r.arrangements[0] }

func fieldTypes(fields []flow.Field) []types.Type {
	t := make([]types.Type, len(fields))
	for i, f := range fields {
		t[i] = f.Type
	}
	return t
}

// graph is a running dataflow: that of a view or sink, or the one node that keeps a table.
type graph struct {
	def   GraphDef
	nodes []*node
	// tables are the workers' sides of the state tables, by worker and by place in flow.Graph.Tables.
	tables [][]*state.Table
	evals  []*eval.Context // by worker
	// relation is what the graph keeps, rows the node that does; nil for a sink.
	relation *relation
	rows     *node
	// emptied tells that the tick has deleted all rows that were there.
	emptied bool
	output  *node
	isTable bool
	// numbers tell rows apart that have nothing else for that.
	numbers rowNumbers
	// committed tells that an epoch with the graph is durable: its state must be read from there.
	committed bool
	// adopted is the epoch whose changes of the relation the sequencer has made, in the form of its arrangements.
	adopted uint64
	status  Status
	err     error
	// standsStill tells that a failed graph can go on from its last good epoch.
	standsStill bool
	// misfit tells that what a failed graph keeps is of another form.
	misfit bool
	// stumbled is the epoch at which the graph failed last.
	stumbled uint64
	// active tells which workers have work of the graph in this tick; time that the time of an input has moved.
	active []bool
	time   atomic.Bool
	wake   int64
	// number grows with the places in Runtime.graphs.
	number int
	stages [][]*node // what of it is in each stage of a tick
	roused bool      // it is in Runtime.roused, or while those are looked for in reached
	// complete tells that the graph has been filled once: what it keeps can be read.
	complete bool
	progress fillProgress
	errors   []tickErrors // by worker
	deal     *exchange    // how rows of the relation are dealt to workers
	// clock computes the time of a table's rows, nil if it has none; high is how far it has come, next with the tick that runs.
	clock      *watermarker
	high, next int64
	log        changelog
	expired    []int64 // how far each state table has, that the store knows of
}

func (g *graph) id() flow.RelationID { return g.def.ID }

// node is one operator of a graph with its instances.
type node struct {
	graph *graph
	id    int
	spec  flow.Spec
	types []types.Type // of the output
	// inputs are the edges that come in, by the operator's input.
	inputs []*edge
	// outputs are those that go out, also to scans of other graphs.
	outputs []*edge
	stage   int
	single  bool // only worker 0 has an instance
	procs   []*proc
	sum     bool // flow.Node.Consolidate
	// appendOnly tells that no row is ever taken back.
	appendOnly bool
	feed       *feed // of a Source
	// deferral is of columns that it hands on and that are not made yet, nil if there are none.
	deferral *deferral
	fill     *fill // of a Scan that is being filled
}

// edge leads changes from a node to an input of another.
type edge struct {
	from, to *node
	input    int
	// exchange is nil where rows stay on their worker.
	exchange *exchange
}

// proc is a node on one worker.
type proc struct {
	node   *node
	worker int
	op     op.Operator
	emit   op.Emit
	lanes  []*lane
	// watermarks are those of the inputs at the last visit.
	watermarks []int64
	outcome    op.Outcome
	visited    bool // EndTick has been called once
	touched    bool // something was pushed in this tick
	rowsIn     int64
	rowsOut    int64
	time       *stopwatch
	nanos      int64 // of processor time, about, without what it has handed its rows to
	// held is what a node that consolidates has emitted in this tick.
	held      *held
	late      []*lane // to the relations of late rows
	completer completer
}

// push hands a batch to the operator.
func (p *proc) push(in int, b *batch.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	p.touched = true
	p.node.graph.active[p.worker] = true
	p.rowsIn += int64(b.Len())
	checkBatch(p.node, in, b)
	before := p.time.turn(p)
	err := p.op.Push(in, b, p.emit)
	p.time.turn(before)
	if err != nil {
		return p.fault(err)
	}
	return nil
}

// timed is an operator whose time does not come from its inputs.
type timed interface{ watermark() int64 }

// fault says whose error it is, unless that is known already.
func (p *proc) fault(err error) error {
	if _, known := err.(*graphError); known { //nolint:errorlint // it is never wrapped
		return err
	}
	return &graphError{p.node.graph, err}
}

// send hands what the operator has emitted on.
func (p *proc) send(b *batch.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if d := p.node.deferral; d != nil && len(d.made) > 0 {
		return p.completed(d, b)
	}
	return p.deliver(b)
}

// deliver hands rows on whose columns are there.
func (p *proc) deliver(b *batch.Batch) error {
	if p.held != nil {
		p.held.input.AppendAll(b)
		return nil
	}
	return p.forward(b)
}

func (p *proc) forward(b *batch.Batch) error {
	p.rowsOut += int64(b.Len())
	for _, l := range p.lanes {
		if err := l.send(b); err != nil {
			return err
		}
	}
	return nil
}

// flush sends what was collected for other workers.
func (p *proc) flush() error {
	for _, list := range [2][]*lane{p.lanes, p.late} {
		for _, l := range list {
			for w := range l.parts {
				if err := l.flush(w); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// due tells whether EndTick has anything to do, and brings the watermarks of the inputs up to date.
func (p *proc) due(now int64) bool {
	due := p.touched || !p.visited || p.outcome.Wake <= now
	for in, e := range p.node.inputs {
		if w := e.watermark(p.worker); w != p.watermarks[in] {
			checkTime(p, p.watermarks[in], w)
			p.watermarks[in] = w
			due = true
		}
	}
	if s, ok := p.op.(timed); ok && s.watermark() != p.outcome.Watermark {
		due = true
	}
	return due
}

// end ends the tick of the operator, if it has anything to do.
func (p *proc) end(t *op.Tick) error {
	if !p.due(t.Now) {
		return nil
	}
	p.touched = false
	before := p.time.turn(p)
	out, err := p.op.EndTick(op.Tick{Epoch: t.Epoch, Now: t.Now, Watermarks: p.watermarks}, p.emit)
	if err == nil && p.held != nil {
		err = p.held.flush(p.forward)
	}
	p.time.turn(before)
	if err != nil {
		return p.fault(err)
	}
	if out.Watermark != p.outcome.Watermark || !p.visited {
		for _, e := range p.node.outputs {
			e.to.graph.time.Store(true)
		}
	}
	p.outcome, p.visited = out, true
	return nil
}

// watermark is that of an edge as a worker sees it.
func (e *edge) watermark(worker int) int64 {
	if e.from.single {
		return e.from.procs[0].outcome.Watermark
	}
	if e.exchange == nil {
		return e.from.procs[worker].outcome.Watermark
	}
	low := int64(op.Complete)
	for _, p := range e.from.procs {
		low = min(low, p.outcome.Watermark)
	}
	return low
}

// held sums up what a node emits in a tick.
type held struct {
	input, net, piece *batch.Batch
	sum               batch.Consolidator
}

func newHeld(columns []types.Type) *held {
	return &held{input: batch.New(columns...), net: batch.New(columns...), piece: batch.New(columns...)}
}

func (h *held) flush(emit op.Emit) error {
	h.net.Reset()
	h.sum.Consolidate(h.net, h.input)
	h.input.Reset()
	return emitPieces(h.net, h.piece, emit)
}
