package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
)

// below is the node whose rows a node hands on as they are, and which of its columns each column of the node is. Its spec is nil if some of its
// columns are left out.
func (l *lowering) below(id flow.NodeID) (spec flow.Spec, columns []int) {
	node := &l.g.Nodes[id]
	for i := range node.Columns {
		columns = append(columns, i)
	}
	for {
		project, ok := node.Spec.(*flow.Project)
		if !ok {
			break
		}
		for i, c := range columns {
			e, ok := project.Exprs[c].(*flow.Column)
			if !ok {
				return nil, nil
			}
			columns[i] = e.Index
		}
		node = &l.g.Nodes[node.Inputs[0].Node]
	}
	for c := range node.Columns {
		if !slices.Contains(columns, c) {
			return nil, nil
		}
	}
	return node.Spec, columns
}

// shareValues lets a join of many inputs hand on rows that share values, if who takes them keeps them in packs, in which these are written once. Between the two
// there may be projections that only pick columns; nobody else may take the rows.
func (l *lowering) shareValues(id flow.NodeID) {
	for {
		readers := 0
		for i := range l.g.Nodes {
			for _, in := range l.g.Nodes[i].Inputs {
				if in.Node == id {
					readers++
				}
			}
		}
		switch spec := l.g.Nodes[id].Spec.(type) {
		case *flow.Project:
			picks := !slices.ContainsFunc(spec.Exprs, func(e flow.Expr) bool { _, ok := e.(*flow.Column); return !ok })
			in := l.g.Nodes[id].Inputs[0]
			if !picks || readers > 1 || in.Exchange != nil {
				return
			}
			id = in.Node
		case *flow.MultiJoin:
			spec.Shares = readers <= 1
			return
		default:
			return
		}
	}
}

// net tells that what comes out of a node in a tick is net: no row both comes and goes. Ranks and aggregates compute the difference between what
// was and what is, of each partition or group once.
func (l *lowering) net(id flow.NodeID) bool {
	spec, _ := l.below(id)
	_, ranks := spec.(*flow.TopN)
	_, aggregates := spec.(*flow.Aggregate)
	return ranks || aggregates
}

// keepInView lets a top-N read its state from the view that its rows become, if those are all that it must remember: they need not be
// written twice then. columns are as in below. It returns the key that the view must have: a partition's rows are to lie side by side, in the order
// of their numbers. Nil: the top-N needs a table of its own.
func (l *lowering) keepInView(top *flow.TopN, columns []int) (key []int) {
	if !top.AppendOnly || top.Kind != flow.RowNumber || top.Offset > 0 || top.Limit < 1 || top.Limit > 1 && !top.Rank || top.Bound != nil {
		return nil
	}
	key = []int{}
	for _, c := range top.Partition {
		key = append(key, slices.Index(columns, c))
	}
	slices.Sort(key)
	partition := make([]int, len(key))
	for i, place := range key {
		partition[i] = columns[place]
	}
	top.Partition, top.View = partition, columns
	l.g.Tables[top.Table].View = true
	if top.Limit > 1 {
		key = append(key, slices.Index(columns, len(top.Columns)))
	}
	return key
}
