package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// truncate takes all rows of a table away: its ranges of the store are deleted, whatever they hold. Who scans the table or wants its changes sees
// each row leave (emptying), in a tick in which nothing is written, so that no row both goes and comes. What builds an index or another form of
// the table would have all rows leave in one tick: it is emptied too.
func (r *Runtime) truncate(t *tickRun, id flow.RelationID, canceled func() error) error {
	g := r.byID[id]
	if g == nil {
		return undefined(id)
	}
	if !g.isTable {
		return invariants.Errorf("relation %d is no table", id)
	}
	if g.emptied {
		return nil
	}
	if err := canceled(); err != nil {
		return err
	}
	r.empty(g)
	for _, b := range r.graphs {
		if b.def.builtFor == id { // it begins anew, and is complete
			r.empty(b)
			for _, n := range b.nodes {
				if n.fill != nil {
					n.fill.ends = true
				}
			}
		}
	}
	r.sequencer.touched[id] = true
	r.sequencer.noteAll(g)
	if g.showsLeaving() {
		for _, p := range g.rows.procs {
			if p != nil {
				p.touched, g.active[p.worker] = true, true
			}
		}
		t.alone = true
		t.changes.Shrinks = true
	}
	return nil
}

// empty deletes the rows that a graph keeps: what the tick writes lies above nothing.
func (r *Runtime) empty(g *graph) {
	r.noteRelation(g)
	g.emptied = true
	r.visit(g) // so that it is collected
}

// showsLeaving tells whether the rows of a table which the tick empties are given to someone: not to graphs that are emptied themselves.
func (g *graph) showsLeaving() bool {
	return g.emptied && g.isTable && (g.logging() || slices.ContainsFunc(g.rows.outputs, func(e *edge) bool { return !e.to.graph.emptied }))
}

// emptying gives the rows of a table that a tick empties to those who see them leave, as the store still has them: a batch at a time, so that they are
// never all in memory. Each worker reads them and gives those that are its own.
type emptying struct {
	rows func(emit func(b *batch.Batch) error) error
	deal *exchange // nil if there is one worker
	to   dealt
	own  int // the worker
	gone *batch.Batch
}

func (r *Runtime) newEmptying(p *proc) *emptying {
	g := p.node.graph
	rel := g.relation
	e := &emptying{own: p.worker, gone: rel.newBatch()}
	e.rows = func(emit func(b *batch.Batch) error) error { return r.everyRow(rel, func() error { return nil }, emit) }
	if r.config.Workers > 1 && !g.rows.single {
		e.deal = newExchange(g.rows.rowsDistribution(), rel.types)
		e.to.sels = make([][]int32, r.config.Workers)
	}
	return e
}

func (e *emptying) run(emit op.Emit) error {
	return e.rows(func(b *batch.Batch) error {
		e.gone.Reset()
		if e.deal == nil {
			e.gone.AppendAll(b)
		} else {
			e.deal.deal(b, &e.to)
			e.gone.Gather(b, e.to.sels[e.own])
		}
		e.gone.Negate()
		return emit(e.gone)
	})
}
