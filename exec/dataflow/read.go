package dataflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/state"
)

// SystemScan gives the wanted columns of a system relation.
type SystemScan func(ctx context.Context, columns []int, emit op.Emit) error

// ReadOptions say what to read.
type ReadOptions struct {
	Snapshot *Snapshot
	// Graph is a one-shot graph; its last node is a flow.Output.
	Graph  *flow.Graph
	Params []types.Value
	// Environment is what functions read: the time, the settings, the session.
	Environment fn.Environment
	// Txn shows its own writes over the snapshot, and notes what is read. Nil: neither.
	Txn *Txn
	// View shows what the transaction had written at some moment; nil: all that Txn has written when the read begins.
	View *View
	// System gives the relations that are not in the store; ok is false for those that are.
	System func(id flow.RelationID) (scan SystemScan, ok bool)
	// Again is for a graph that is read again and again; nil: nothing is kept from one read to the next.
	Again *Again
}

// Again keeps what reads of one graph make and the next can use. One goroutine uses it; a read that begins while another one is suspended
// in it does without. The zero value is ready.
type Again struct {
	run  *oneShot
	busy bool
}

// take gives out the run of the read before, made ready for another one, or a new one.
func (a *Again) take(g *flow.Graph) *oneShot {
	if a == nil || a.busy {
		return &oneShot{}
	}
	a.busy = true
	if a.run == nil || a.run.graph != g {
		a.run = &oneShot{graph: g, keep: len(g.Tables)+len(g.Steps) == 0}
	}
	return a.run
}

// put takes a run back.
func (a *Again) put(run *oneShot) {
	if a == nil || a.run != run {
		return
	}
	a.busy = false
	if !run.keep {
		a.run = nil
		return
	}
	run.options, run.ctx, run.out = ReadOptions{}, nil, nil
	run.eval.Environment, run.eval.Params = fn.Environment{}, nil
}

// Read runs a graph once over a snapshot, in the caller's goroutine, and hands its rows to out, whose batches are borrowed. It ends
// early, without an error, when out answers op.ErrEnough.
func (r *Runtime) Read(ctx context.Context, o ReadOptions, out op.Emit) error {
	if o.View == nil && o.Txn != nil {
		o.View = o.Txn.View()
	}
	run := o.Again.take(o.Graph)
	defer o.Again.put(run)
	run.runtime, run.ctx, run.options, run.out = r, ctx, o, out
	run.eval.Environment, run.eval.Params = o.Environment, o.Params
	if run.eval.Cancelled == nil {
		run.eval.Cancelled = func() bool { return ctx.Err() != nil }
	}
	err := run.run()
	if run.owner != 0 {
		r.config.Pool.Drop(run.owner)
		run.owner = 0
	}
	if errors.Is(err, op.ErrEnough) {
		return nil
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// oneShot is one run of a one-shot graph.
type oneShot struct {
	runtime *Runtime
	graph   *flow.Graph     // that nodes were made for
	keep    bool            // nodes may be used again: they have no state, and no steps, which keep the rows of two rounds
	ctx     context.Context //nolint:containedctx // it lives as long as the call
	options ReadOptions
	out     op.Emit
	eval    eval.Context
	nodes   []oneNode
	tables  []*state.Table
	owner   state.Owner
	// outer is the run whose recursion this is a step of; working are the rows that the round is over.
	outer   *oneShot
	working []*batch.Batch
	// values and key are memory for the keys that accesses ask for.
	values []types.Value
	key    []byte
}

// oneNode is a node of a one-shot graph.
type oneNode struct {
	run     *oneShot
	id      flow.NodeID
	op      op.Operator // nil: a leaf or the output
	emit    op.Emit
	decoder *decoder      // of a scan
	table   storage.Table // that a lookup reads
	marks   []int64       // memory for op.Tick.Watermarks
	outs    []oneEdge
	open    int // outs that want more
	inputs  int // that have not ended
	done    bool
	started bool
	filled  bool // the side that stays is there
}

// oneEdge leads to an input of a node.
type oneEdge struct {
	to     flow.NodeID
	input  int
	closed bool // it wants no more
}

func (run *oneShot) run() error {
	g := run.options.Graph
	if run.nodes == nil {
		run.wire(g)
	}
	for i := range run.nodes {
		n := &run.nodes[i]
		n.done, n.started, n.inputs, n.open = false, false, len(g.Nodes[i].Inputs), len(n.outs)
		for e := range n.outs {
			n.outs[e].closed = false
		}
		switch g.Nodes[i].Spec.(type) {
		case *flow.Scan, *flow.Source, *flow.Working, *flow.Output:
		case *flow.Materialize:
			return invariants.Errorf("a one-shot graph keeps a relation")
		case *flow.Filter, *flow.Project: // they keep nothing from row to row
			if n.op == nil {
				n.op = operators.Build(g.Nodes[i].Spec, run.env())
			}
		default:
			if n.filled {
				n.keepSide() // its inputs come before it: they are ready
				continue
			}
			env := run.env()
			if n.stays() >= 0 {
				env.Owner = run.stayingOwner()
			}
			n.op = operators.Build(g.Nodes[i].Spec, env)
		}
	}
	return run.visit(flow.NodeID(len(g.Nodes) - 1))
}

// wire makes the nodes and what leads from one to the other.
func (run *oneShot) wire(g *flow.Graph) {
	run.nodes = make([]oneNode, len(g.Nodes))
	for i := range g.Nodes {
		n := &run.nodes[i]
		n.run, n.id = run, flow.NodeID(i)
		n.emit = n.send
		for in, e := range g.Nodes[i].Inputs {
			run.nodes[e.Node].outs = append(run.nodes[e.Node].outs, oneEdge{to: n.id, input: in})
		}
	}
}

// firstReadOwner is where the owners of memory begin that are reads, and no graphs.
const firstReadOwner = 1 << 31

// env is what operators of a read get.
func (run *oneShot) env() operators.Env {
	run.allot()
	return operators.Env{
		Eval:    &run.eval,
		Errors:  func(ctx *eval.Context, _ *batch.Batch) error { return ctx.Errors.Errs[0] },
		Tables:  run.tables,
		Pool:    run.runtime.config.Pool,
		Owner:   run.owner,
		OneShot: true,
		Rounds:  run.rounds,
		Late: func(int, *batch.Batch, []int32, []int64, int64) error {
			return invariants.Errorf("a row of a read is late")
		},
	}
}

// allot makes what operators keep their state in.
func (run *oneShot) allot() {
	if run.owner != 0 {
		return
	}
	run.owner = state.Owner(firstReadOwner | run.runtime.reads.Add(1))
	for range run.options.Graph.Tables {
		run.tables = append(run.tables, state.NewTable(nil))
	}
}

// visit runs everything that a node depends on, and then ends it. Of a join the right side comes first, or that which stays: it is what is kept.
func (run *oneShot) visit(id flow.NodeID) error {
	n := &run.nodes[id]
	if n.started {
		return nil
	}
	n.started = true
	spec := &run.options.Graph.Nodes[id]
	inputs := spec.Inputs
	stays := n.stays()
	for i := range inputs {
		if _, join := spec.Spec.(*flow.Join); join && stays != 0 {
			i = len(inputs) - 1 - i
		}
		if n.filled && i == stays {
			continue
		}
		if err := run.visit(inputs[i].Node); err != nil {
			return err
		}
	}
	return n.finish()
}

// finish gives the rows of a leaf, or ends an operator whose inputs have ended, and tells those who take its rows.
func (n *oneNode) finish() error {
	err := n.last()
	if err != nil && !errors.Is(err, op.ErrEnough) {
		return err
	}
	n.done = true
	for i := range n.outs {
		e := &n.outs[i]
		to := &n.run.nodes[e.to]
		stays := to.stays()
		if stays >= 0 && stays != e.input {
			continue // it changes from round to round, and is never kept
		}
		if ender, ok := to.op.(op.InputEnder); ok && !e.closed {
			to.filled = stays >= 0
			if err := ender.EndInput(e.input, to.emit); err != nil {
				if !errors.Is(err, op.ErrEnough) {
					return err
				}
				to.refuse()
			}
		}
	}
	return nil
}

// refuse notes that a node wants no more of any input.
func (n *oneNode) refuse() {
	for _, in := range n.run.options.Graph.Nodes[n.id].Inputs {
		from := &n.run.nodes[in.Node]
		for i := range from.outs {
			if e := &from.outs[i]; e.to == n.id && !e.closed {
				e.closed = true
				from.open--
			}
		}
	}
}

func (n *oneNode) last() error {
	if n.filled {
		return nil // the next round goes on with it
	}
	if n.op != nil {
		n.marks = n.marks[:0]
		for range n.inputs {
			n.marks = append(n.marks, op.Complete)
		}
		t := op.Tick{Epoch: 1, Now: n.run.eval.Now, Watermarks: n.marks}
		_, err := n.op.EndTick(t, n.emit)
		return err
	}
	if n.open == 0 && len(n.outs) > 0 {
		return nil // nobody wants it any more
	}
	switch spec := n.run.options.Graph.Nodes[n.id].Spec.(type) {
	case *flow.Scan:
		return n.run.scan(spec, n)
	case *flow.Source:
		return n.run.source(spec, n.emit)
	case *flow.Working:
		return n.run.work(spec.Level, n.emit)
	default: // the output
	}
	return nil
}

// send hands rows to all who want them. It answers ErrEnough when nobody does.
func (n *oneNode) send(b *batch.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if err := n.run.ctx.Err(); err != nil {
		return err
	}
	for i := range n.outs {
		e := &n.outs[i]
		if e.closed {
			continue
		}
		to := &n.run.nodes[e.to]
		var err error
		if to.op == nil {
			err = n.run.out(b)
		} else {
			err = to.op.Push(e.input, b, to.emit)
		}
		if errors.Is(err, op.ErrEnough) {
			if !e.closed {
				e.closed = true
				n.open--
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	if n.open == 0 {
		return op.ErrEnough
	}
	return nil
}

// source reads a source from its beginning to its end, which it may have only in that nobody wants more: who plans the graph sees to that.
func (run *oneShot) source(spec *flow.Source, emit op.Emit) error {
	src := run.options.Snapshot.view.sources.Get(spec.Relation)
	if src == nil {
		return undefined(spec.Relation)
	}
	partitions, err := src.Partitions(run.ctx)
	if err != nil {
		return err
	}
	read := readingOf(src, []*flow.Source{spec})
	columns := specTypes(run.options.Graph, spec)
	memory := read.memory(func(c int) types.Type { return spec.TypeOf(c, columns) })
	rows := newChosen(spec, columns)
	rows.follow(&read)
	for _, p := range partitions {
		reader, err := src.Open(run.ctx, read.start(p, nil))
		if err != nil {
			return err
		}
		err = run.drain(reader, memory, func(b *batch.Batch) error { return emit(rows.of(b)) })
		if err = errors.Join(err, reader.Close()); err != nil {
			return err
		}
	}
	return nil
}

// specTypes are the columns of the node that has a spec.
func specTypes(g *flow.Graph, spec flow.Spec) []types.Type {
	for i := range g.Nodes {
		if g.Nodes[i].Spec == spec {
			return fieldTypes(g.Nodes[i].Columns)
		}
	}
	return nil
}

// sampleShown is how much of a row an error shows, as COPY does.
const sampleShown = 100

// placed is the error of a row that could not be decoded, with where it is.
func placed(e *connector.RowError) error {
	out := *e.Err
	out.Where = fmt.Sprintf("partition %q, offset %d", e.Partition, e.Offset)
	if e.Column != "" {
		out.Where += fmt.Sprintf(", column %q", e.Column)
	}
	sample, more := e.Sample, ""
	if len(sample) > sampleShown {
		sample, more = sample[:sampleShown], "..."
	}
	out.Where += ": \"" + strings.ToValidUTF8(string(sample), "") + more + "\""
	return &out
}

// drain reads one partition to its end. A row that cannot be decoded is the error of the read.
func (run *oneShot) drain(reader connector.Reader, memory *decoded, emit op.Emit) error {
	rows, left := &memory.rows, &memory.left
	var bad error
	report := func(e connector.RowError) {
		if bad == nil {
			bad = placed(&e)
		}
	}
	for {
		piece, err := reader.Fetch(connector.Limit{})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && piece == nil {
			err = reader.Wait(run.ctx)
		}
		if err != nil {
			return err
		}
		for more := piece != nil; more; {
			rows.Reset()
			left.Reset()
			if more, err = piece.Decode(rows, left, report); err == nil && bad == nil {
				err = emit(rows)
			}
			if err = errors.Join(err, bad); err != nil {
				piece.Release()
				return err
			}
		}
		if piece != nil {
			piece.Release()
		}
	}
}
