package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// tableGraph is the graph of one node that keeps a table; transactions are pushed into it.
func tableGraph(def RelationDef) GraphDef {
	return GraphDef{ID: def.ID, Graph: &flow.Graph{Nodes: []flow.Node{{Spec: &flow.Materialize{Relation: def.Relation}, Columns: def.Columns}}}}
}

// newGraph makes a graph without instances. rel is what it keeps, nil for a sink.
func (r *Runtime) newGraph(def GraphDef, rel *relation) (*graph, error) {
	g := &graph{def: def, relation: rel, active: make([]bool, r.config.Workers), wake: op.Never, status: Running}
	for i := range def.Graph.Nodes {
		spec := &def.Graph.Nodes[i]
		n := &node{graph: g, id: i, spec: spec.Spec, types: fieldTypes(spec.Columns), sum: spec.Consolidate, appendOnly: spec.AppendOnly}
		g.nodes = append(g.nodes, n)
		for in, input := range spec.Inputs {
			e := &edge{from: g.nodes[input.Node], to: n, input: in}
			if input.Exchange != nil && r.config.Workers > 1 {
				e.exchange = newExchange(input.Exchange.Keys, e.from.types)
			}
			n.inputs = append(n.inputs, e)
		}
		if err := r.connect(n); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// connect joins a leaf or an end of a graph to what is outside of it, and says on which workers the node is.
func (r *Runtime) connect(n *node) error {
	n.single = len(n.inputs) > 0
	for _, e := range n.inputs {
		n.single = n.single && (e.from.single && e.exchange == nil || e.exchange != nil && e.exchange.enc == nil)
	}
	switch spec := n.spec.(type) {
	case *flow.Scan:
		from := r.graphOf(spec.Relation)
		if from == nil {
			return invariants.Errorf("graph %d scans relation %d, which is not there", n.graph.id(), spec.Relation)
		}
		n.inputs = []*edge{{from: from.rows, to: n}}
		n.single = from.rows.single
	case *flow.Values:
		n.single = true
	case *flow.Materialize:
		n.graph.rows = n
		n.graph.isTable = len(n.inputs) == 0
		if spec.Relation.Numbered {
			break // a row may be kept wherever it is
		}
		r.spread(n, n.graph.relation.primary().keyColumns())
	case *flow.Hold:
		// Its table has equal rows once, with their number, and after a restart a worker finds its own by their columns alone.
		r.spread(n, identity(new([]int32), len(n.types)))
	case *flow.Output:
		n.graph.output = n
		r.spread(n, identity(new([]int32), len(n.types)))
	default:
	}
	return nil
}

// spread sees to it that rows which can cancel each other come to the same worker: those that agree in some columns.
func (r *Runtime) spread(n *node, cols []int32) {
	if len(n.inputs) == 0 || n.single || r.config.Workers == 1 {
		return
	}
	e := n.inputs[0]
	dist := e.distribution()
	if dist == nil || !subset(dist, cols) {
		all := make([]int, len(cols))
		for i, c := range cols {
			all[i] = int(c)
		}
		e.exchange = newExchange(all, e.from.types)
	}
}

func subset(dist []int, cols []int32) bool {
	for _, d := range dist {
		if !slices.Contains(cols, int32(d)) {
			return false
		}
	}
	return true
}

// distribution are columns of the rows on an edge by which they are dealt to workers, nil if that is not known.
func (e *edge) distribution() []int {
	if e.exchange != nil {
		return e.exchange.cols
	}
	return e.from.distribution()
}

func (n *node) distribution() []int {
	if len(n.inputs) == 0 {
		return nil
	}
	in := n.inputs[0].distribution()
	if in == nil {
		return nil
	}
	switch spec := n.spec.(type) {
	case *flow.Filter, *flow.TopN, *flow.LocalTop, *flow.Over, *flow.Hold, *flow.Hop, *flow.TableFunc, *flow.Timeless, *flow.Clock, *flow.Sessions,
		*flow.Single, *flow.MultiJoin: // of a join the columns of the first input come first
		return in
	case *flow.Union, *flow.SetOp:
		for _, e := range n.inputs[1:] {
			if !slices.Equal(e.distribution(), in) {
				return nil
			}
		}
		return in
	case *flow.Join: // the left columns come first
		if spec.Kind != flow.FullJoin {
			return in
		}
	case *flow.Project:
		return mapColumns(in, func(c int) int {
			return slices.IndexFunc(spec.Exprs, func(e flow.Expr) bool {
				col, ok := e.(*flow.Column)
				return ok && col.Index == c
			})
		})
	case *flow.Aggregate:
		return mapColumns(in, func(c int) int { return slices.Index(spec.Keys, c) })
	default:
	}
	return nil
}

// mapColumns gives columns their new places, or nil if one has none.
func mapColumns(cols []int, place func(int) int) []int {
	out := []int{}
	for _, c := range cols {
		to := place(c)
		if to < 0 {
			return nil
		}
		out = append(out, to)
	}
	return out
}

// keyColumns are the columns that tell equal rows of an arrangement: those of its key, or all.
func (a *arrangement) keyColumns() []int32 {
	cols := a.all
	if a.Unique {
		cols = a.cols
	}
	out := make([]int32, len(cols))
	for i, c := range cols {
		out[i] = int32(c)
	}
	return out
}

// start makes the instances of a graph, without their operators.
func (r *Runtime) start(g *graph) {
	workers := r.config.Workers
	g.evals = make([]*eval.Context, workers)
	g.errors = make([]tickErrors, workers)
	for w := range workers {
		g.evals[w] = &eval.Context{}
		g.evals[w].Settings = g.def.Settings
	}
	for _, n := range g.nodes {
		n.procs = make([]*proc, workers)
		for w := range workers {
			if n.single && w > 0 {
				break
			}
			p := &proc{node: n, worker: w, watermarks: make([]int64, len(n.inputs)), time: &r.stopwatches[w]}
			p.emit = p.send
			n.procs[w] = p
		}
	}
}

// equipAll builds the operators of a graph. Those of a graph that was there before read their state from the last durable epoch, and
// are told the time of that: they end its tick once more, in which nothing can come out.
func (r *Runtime) equipAll(g *graph) error {
	r.dropMemory(g) // of operators that are thrown away
	g.tables = r.stateTables(g)
	for _, n := range g.nodes {
		for _, p := range n.procs {
			if p == nil {
				continue
			}
			p.reset()
			if g.committed {
				for in, e := range n.inputs {
					p.watermarks[in] = e.watermark(p.worker)
				}
			}
			r.equip(p)
		}
		if !g.committed {
			continue
		}
		for _, p := range n.procs {
			if p == nil {
				continue
			}
			t := op.Tick{Epoch: r.epoch.Epoch, Now: r.epoch.Now, Watermarks: p.watermarks}
			out, err := p.op.EndTick(t, func(b *batch.Batch) error {
				return invariants.Errorf("graph %d, node %d: %d rows come out of no change", g.id(), n.id, b.Len())
			})
			if err != nil {
				return p.fault(err)
			}
			p.outcome, p.visited = out, true
			g.wake = min(g.wake, out.Wake)
		}
	}
	for _, tables := range g.tables {
		for _, t := range tables {
			t.Take(&state.Changes{}) // what was noted is in the store already
		}
	}
	return nil
}

func (r *Runtime) stateTables(g *graph) [][]*state.Table {
	tables := make([][]*state.Table, r.config.Workers)
	for w := range tables {
		for _, t := range g.def.Graph.Tables {
			var reader state.Reader
			if g.committed {
				reader = &liveReader{runtime: r, table: t.ID}
			}
			table := state.NewTable(reader)
			if t.View { // what the operator has put into the view itself need not stay in its memory
				table.SetReader(&liveReader{runtime: r, table: t.ID})
			}
			tables[w] = append(tables[w], table)
		}
	}
	return tables
}

// reset forgets what a proc knew of time and of the tick.
func (p *proc) reset() {
	for i := range p.watermarks {
		p.watermarks[i] = op.NoWatermark
	}
	p.outcome = op.Outcome{Watermark: op.NoWatermark, Wake: op.Never}
	p.visited, p.touched = false, false
	p.held, p.late = nil, nil
	if p.node.sum {
		p.held = newHeld(p.node.types)
	}
	for _, l := range p.lanes {
		for _, part := range l.parts {
			part.Reset()
		}
	}
}

// equip builds the operator of a proc.
func (r *Runtime) equip(p *proc) {
	n, g := p.node, p.node.graph
	if _, ok := n.spec.(*flow.Project); ok && g.def.form != nil {
		p.op = newFormOp(g.def.form, n)
		return
	}
	switch spec := n.spec.(type) {
	case *flow.Scan:
		p.op = newScanOp(spec, n, p.worker)
	case *flow.Source:
		p.op = newSourceOp(spec, n.feed, n.types)
	case *flow.Materialize:
		m := newMaterialize(g, func(a *arrangement) state.Reader { return r.reader(g, a) })
		if g.isTable {
			m.emptying = func() *emptying { return r.newEmptying(p) }
		}
		p.op = m
	case *flow.Output:
		p.op = newOutputOp(g, n.types, n.inputs[0].from.appendOnly || spec.Net)
	default:
		p.op = operators.Build(spec, operators.Env{
			Eval:       g.evals[p.worker],
			Errors:     r.rowErrors(p),
			SkipErrors: g.def.OnError == ErrorSkip,
			Tables:     g.tables[p.worker],
			Pool:       r.config.Pool,
			Owner:      state.Owner(g.id()),
			Late:       r.lateRows(p),
			Watermarks: p.watermarks,
			Owns:       r.owns(p),
			Worker:     p.worker,
			View:       &viewTable{from: p},
			Resumed:    g.committed,
		})
	}
}

// owns answers the question of operators which rows are the worker's.
func (r *Runtime) owns(p *proc) func(in int, b *batch.Batch, sel []int32) []int32 {
	if r.config.Workers == 1 || p.node.single {
		return nil
	}
	exchanges := make([]*exchange, len(p.node.inputs))
	memory := dealt{sels: make([][]int32, r.config.Workers)}
	return func(in int, b *batch.Batch, sel []int32) []int32 {
		x := exchanges[in]
		if x == nil {
			e := p.node.inputs[in]
			dist := e.distribution()
			invariants.Assertf(dist != nil, "graph %d, node %d: input %d has no distribution", p.node.graph.id(), p.node.id, in)
			x = newExchange(dist, e.from.types)
			exchanges[in] = x
		}
		x.deal(b, &memory)
		return append(sel, memory.sels[p.worker]...)
	}
}

// scanOp gives the changes of a relation to a graph: the wanted columns, and while the graph is being filled only those of
// rows that have been given to it.
type scanOp struct {
	columns []int
	view    batch.Batch
	node    *node
	worker  int
	filter  fillFilter
}

func newScanOp(spec *flow.Scan, n *node, worker int) *scanOp {
	s := &scanOp{columns: spec.Columns, node: n, worker: worker}
	s.view.Cols = make([]batch.Vec, len(spec.Columns))
	return s
}

func (s *scanOp) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if s.node.graph.emptied && s.node.inputs[0].from.graph.showsLeaving() { // these are for others
		return nil
	}
	if fill := s.node.fill; fill != nil {
		if b = fill.scanned(b, &s.filter); b.Len() == 0 {
			return nil
		}
	}
	return emit(pick(&s.view, b, s.columns))
}

// watermark is the time of the relation, which counts from the tick on in which the last row was filled: then it is news even if it
// has not moved. The epoch that says that the graph is filled has it, so that a restart sees the same.
func (s *scanOp) watermark() int64 {
	if fill := s.node.fill; fill != nil && !fill.ends {
		return op.NoWatermark
	}
	return s.node.inputs[0].watermark(s.worker)
}

func (s *scanOp) EndTick(op.Tick, op.Emit) (op.Outcome, error) {
	return op.Outcome{Watermark: s.watermark(), Wake: op.Never}, nil
}

// pick makes view the given columns of b, which it shares.
func pick(view, b *batch.Batch, columns []int) *batch.Batch {
	for i, c := range columns {
		view.Cols[i] = b.Cols[c]
	}
	view.Diff = b.Diff
	view.SetLen(b.Len())
	return view
}
