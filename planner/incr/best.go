package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
)

// bestOfJoins tells joins of streams whose rows are for a top-1 or for a greatest or least value alone which of their pairs these cannot want
// (flow.Join.Best): the order is by columns of one side, and the partition is made of keys of the join, and perhaps columns of the other side. Nothing that
// lies between, nor the condition, may fail for a row: nobody would be told of the rows that are left out.
func (l *lowering) bestOfJoins() {
	for i := range l.g.Nodes {
		node := &l.g.Nodes[i]
		partition, order := firstOnly(node.Spec)
		if len(order) == 0 {
			continue
		}
		below := node.Inputs[0].Node
		for l.readers(below) == 1 && handsOn(l.g.Nodes[below].Spec, partition, order) {
			below = l.g.Nodes[below].Inputs[0].Node
		}
		join, ok := l.g.Nodes[below].Spec.(*flow.Join)
		if !ok || l.readers(below) != 1 {
			continue
		}
		noteBest(join, partition, order)
		if top, ok := node.Spec.(*flow.TopN); ok {
			top.Decided = l.decided(join, i, below)
		}
	}
}

// firstOnly is the order by which an operator wants only the first row of each partition, with those that are equal to it, of rows that are never taken back; no order if
// it wants others too.
func firstOnly(spec flow.Spec) (partition []int, order []flow.SortKey) {
	switch spec := spec.(type) {
	case *flow.TopN:
		if spec.AppendOnly && spec.Limit == 1 && spec.Offset == 0 && spec.Bound == nil {
			return slices.Clone(spec.Partition), slices.Clone(spec.Order)
		}
	case *flow.Aggregate:
		if spec.AppendOnly && spec.Bound == nil && spec.Panes == nil && spec.Sessions == nil {
			return slices.Clone(spec.Keys), extremeOrder(spec.Calls)
		}
	default:
	}
	return nil, nil
}

// extremeOrder has the value that all calls want, the greatest or the least of one column, first. Nulls are none, but make a group.
func extremeOrder(calls []flow.AggCall) []flow.SortKey {
	var order []flow.SortKey
	for i := range calls {
		c := &calls[i]
		if c.Function.Extreme == 0 || c.Filter >= 0 {
			return nil
		}
		k := flow.SortKey{Column: c.Args[0], Desc: c.Function.Extreme > 0}
		if i > 0 && k != order[0] {
			return nil
		}
		order = []flow.SortKey{k}
	}
	return order
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
