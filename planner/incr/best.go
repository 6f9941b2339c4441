package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
)

// bestOfJoins tells joins of streams whose rows are for a top-1 alone which of their pairs it cannot want (flow.Join.Best): its order is by columns of one
// side, and its partition is made of keys of the join, and perhaps columns of the other side. Nothing that lies between, nor the condition, may fail
// for a row: nobody would be told of the rows that are left out.
func (l *lowering) bestOfJoins() {
	uses := make([]int, len(l.g.Nodes))
	for i := range l.g.Nodes {
		for _, in := range l.g.Nodes[i].Inputs {
			uses[in.Node]++
		}
	}
	for i := range l.g.Nodes {
		node := &l.g.Nodes[i]
		top, ok := node.Spec.(*flow.TopN)
		if !ok || !top.AppendOnly || top.Limit != 1 || top.Offset != 0 || top.Bound != nil || len(top.Order) == 0 {
			continue
		}
		partition, order := slices.Clone(top.Partition), slices.Clone(top.Order)
		below := node.Inputs[0].Node
		for uses[below] == 1 && handsOn(l.g.Nodes[below].Spec, partition, order) {
			below = l.g.Nodes[below].Inputs[0].Node
		}
		if join, ok := l.g.Nodes[below].Spec.(*flow.Join); ok && uses[below] == 1 {
			noteBest(join, partition, order)
			top.Decided = l.decided(join, i, below)
		}
	}
}

// decided is when the rows that a partition of the rank in a node is made of have left a join below it: those of the side that does not have the order. Nil: the rank does not
// have the columns that this is known by, or the join does not forget.
func (l *lowering) decided(join *flow.Join, rank int, below flow.NodeID) flow.Expr {
	if len(join.Best) == 0 {
		return nil
	}
	bound, first := join.LeftBound, 0
	if join.Best[0].Column < len(join.Left) {
		bound, first = join.RightBound, len(join.Left)
	}
	if bound == nil {
		return nil
	}
	node, known := l.g.Nodes[rank].Inputs[0].Node, true
	bound = flow.MapColumns(bound, func(c int) int { return first + c })
	var above []*flow.Project // the first is the uppermost
	for ; node != below; node = l.g.Nodes[node].Inputs[0].Node {
		if p, ok := l.g.Nodes[node].Spec.(*flow.Project); ok {
			above = append(above, p)
		}
	}
	for _, p := range slices.Backward(above) {
		bound = flow.MapColumns(bound, func(c int) int {
			to := slices.IndexFunc(p.Exprs, func(e flow.Expr) bool {
				col, ok := e.(*flow.Column)
				return ok && col.Index == c
			})
			known = known && to >= 0
			return to
		})
	}
	if !known {
		return nil
	}
	return bound
}

// handsOn tells whether a node computes nothing, and sets columns of its output to those of its input.
func handsOn(spec flow.Spec, partition []int, order []flow.SortKey) bool {
	p, ok := spec.(*flow.Project)
	if !ok {
		_, local := spec.(*flow.LocalTop)
		return local
	}
	for _, e := range p.Exprs {
		switch e.(type) {
		case *flow.Column, *flow.Const:
		default:
			return false
		}
	}
	for i, c := range partition {
		e, ok := p.Exprs[c].(*flow.Column)
		if !ok {
			return false
		}
		partition[i] = e.Index
	}
	for i, k := range order {
		e, ok := p.Exprs[k.Column].(*flow.Column)
		if !ok {
			return false
		}
		order[i].Column = e.Index
	}
	return true
}

// noteBest sets the order by which a join may drop pairs, if there is one.
func noteBest(j *flow.Join, partition []int, order []flow.SortKey) {
	if !j.Logs() || j.Cond != nil && !flow.Harmless(j.Cond) {
		return
	}
	right := len(j.Left)
	ranked := order[0].Column >= right // the right side's rows have the order
	byRow := false
	for _, c := range partition {
		if slices.Contains(j.LeftKeys, c) || slices.Contains(j.RightKeys, c-right) {
			continue
		}
		if byRow = true; c >= right == ranked {
			return
		}
	}
	for _, k := range order {
		if k.Column >= right != ranked {
			return
		}
	}
	j.Best, j.BestByRow = order, byRow
}
