package dataflow

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// This file runs the steps of recursions: a one-shot graph within another one, once for each round. What an operator of it remembers is gone when the
// round ends, but for the sides of joins that stay (flow.Join.Stays): they are filled in the first round, and their memory is the outer graph's.

// rounds makes what runs a step of the graph.
func (run *oneShot) rounds(step int) op.Round {
	inner := &oneShot{runtime: run.runtime, ctx: run.ctx, options: run.options, outer: run}
	inner.options.Graph = run.options.Graph.Steps[step]
	inner.eval.Environment, inner.eval.Params = run.eval.Environment, run.eval.Params
	return func(rows []*batch.Batch, emit op.Emit) error {
		inner.working, inner.out = rows, emit
		err := inner.run()
		if inner.owner != 0 {
			inner.runtime.config.Pool.Drop(inner.owner)
		}
		for i := range inner.tables {
			inner.tables[i] = state.NewTable(nil)
		}
		return err
	}
}

// work gives the rows of the round before: of this graph's recursion, or of one around it.
func (run *oneShot) work(level int, emit op.Emit) error {
	of := run
	for range level {
		of = of.outer
	}
	for _, b := range of.working {
		if err := emit(b); err != nil {
			return err
		}
	}
	return nil
}

// stays is the input of a node that stays from round to round, -1 if there is none.
func (n *oneNode) stays() int {
	if j, ok := n.run.options.Graph.Nodes[n.id].Spec.(*flow.Join); ok && j.Stays != flow.NoSide {
		return int(j.Stays - flow.LeftSide)
	}
	return -1
}

// keepSide has a node that is filled already take no more of the input that stays.
func (n *oneNode) keepSide() {
	from := &n.run.nodes[n.run.options.Graph.Nodes[n.id].Inputs[n.stays()].Node]
	for i := range from.outs {
		if e := &from.outs[i]; e.to == n.id && e.input == n.stays() && !e.closed {
			e.closed = true
			from.open--
		}
	}
}

// stayingOwner is who has the memory of the sides that stay.
func (run *oneShot) stayingOwner() state.Owner {
	run.outer.allot()
	return run.outer.owner
}
