package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// lateRows takes the late rows of an operator: they are rows of a relation of their own, whose graph comes behind the one that they
// are from (putLateBehind).
func (r *Runtime) lateRows(p *proc) operators.LateRows {
	var out *batch.Batch
	var to *lane
	return func(late int, b *batch.Batch, sel []int32, bounds []int64, watermark int64) error {
		def := p.node.graph.def.Graph.Late[late]
		g := r.byID[def.Relation]
		if g == nil || g.relation == nil {
			return invariants.Errorf("relation %d of late rows is not there", def.Relation)
		}
		if to == nil || to.edge.to != g.rows {
			out = g.relation.newBatch()
			e := &edge{from: &node{types: g.relation.types}, to: g.rows}
			if r.config.Workers > 1 {
				e.exchange = newExchange(g.rows.rowsDistribution(), g.relation.types)
			}
			to = newLane(r, e, p)
			p.late = append(p.late, to)
		}
		out.Reset()
		n := len(b.Cols)
		for i, row := range sel {
			for c := range n {
				out.Cols[c].AppendFrom(&b.Cols[c], int(row))
			}
			for j, x := range []int64{bounds[i], watermark, p.node.graph.evals[p.worker].Now, b.DiffAt(int(row))} {
				out.Cols[n+j].Append(types.IntValue(x))
			}
			out.AppendDiff(1)
		}
		return to.send(out)
	}
}

// putLateBehind moves the relations of late rows of a graph behind it, with all that depends on them, so that what comes into them is of the
// same tick. Others may have been made of them before: the graph may have failed meanwhile, and be resumed.
func (r *Runtime) putLateBehind(g *graph) error {
	for _, late := range g.def.Graph.Late {
		to := r.byID[late.Relation]
		if to == nil || !to.isTable {
			return invariants.Errorf("relation %d of late rows of graph %d is not there", late.Relation, g.id())
		}
		var before, behind []*graph
		for _, o := range r.graphs {
			if o == to || o.dependsOn(behind) || o.isLateOf(behind) {
				behind = append(behind, o)
			} else {
				before = append(before, o)
			}
		}
		r.graphs = append(before, behind...)
	}
	return nil
}

// isLateOf tells whether the graph keeps late rows of one of the others.
func (g *graph) isLateOf(others []*graph) bool {
	return slices.ContainsFunc(others, func(o *graph) bool {
		return slices.ContainsFunc(o.def.Graph.Late, func(l flow.Late) bool { return l.Relation == g.id() })
	})
}
