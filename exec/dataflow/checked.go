package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// checkBatch asserts what operators promise of what they emit.
func checkBatch(n *node, in int, b *batch.Batch) {
	if !invariants.Enabled || len(n.inputs) == 0 {
		return
	}
	if n.inputs[in].to != n {
		return
	}
	want := n.inputs[in].from.types
	invariants.Assertf(len(b.Cols) == len(want), "graph %d, node %d, input %d: %d columns, not %d", n.graph.id(), n.id, in, len(b.Cols), len(want))
	for i := range b.Cols {
		v := &b.Cols[i]
		w := batch.NewVec(want[i])
		invariants.Assertf(v.Kind() == w.Kind(), "graph %d, node %d, input %d: column %d is %v, not %v", n.graph.id(), n.id, in, i, v.Kind(), w.Kind())
		invariants.Assertf(v.Len() == b.Len(), "graph %d, node %d, input %d: column %d has %d rows of %d", n.graph.id(), n.id, in, i, v.Len(), b.Len())
		if len(v.Numbers) > 0 {
			d := n.inputs[in].from.deferral
			invariants.Assertf(d != nil && d.of[i] >= 0 && !slices.Contains(d.made, i), "graph %d, node %d, input %d: column %d is not made", n.graph.id(), n.id, in, i)
			continue
		}
		if v.Kind() == types.Bytes && v.Places == nil {
			invariants.Assertf(len(v.Offsets) == b.Len()+1, "graph %d, node %d, input %d: column %d has %d offsets", n.graph.id(), n.id, in, i, len(v.Offsets))
		}
	}
	for i, d := range b.Diff {
		invariants.Assertf(d != 0, "graph %d, node %d, input %d: row %d has multiplicity 0", n.graph.id(), n.id, in, i)
	}
}

// checkTime asserts that a watermark does not go back.
func checkTime(p *proc, before, after int64) {
	invariants.Assertf(after >= before, "graph %d, node %d: the watermark of an input goes back from %d to %d", p.node.graph.id(), p.node.id, before, after)
}
