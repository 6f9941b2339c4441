package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
)

// picked are the nodes from one down to that of which all columns are: projections that only pick columns, and last what they pick from. columns are its
// columns that those of the first node are.
func (l *lowering) picked(id flow.NodeID) (nodes []flow.NodeID, columns []int) {
	for i := range l.g.Nodes[id].Columns {
		columns = append(columns, i)
	}
	for {
		nodes = append(nodes, id)
		project, ok := l.g.Nodes[id].Spec.(*flow.Project)
		if !ok {
			return nodes, columns
		}
		for i, c := range columns {
			e, ok := project.Exprs[c].(*flow.Column)
			if !ok {
				return nodes, nil
			}
			columns[i] = e.Index
		}
		id = l.g.Nodes[id].Inputs[0].Node
	}
}

// below is the node whose rows a node hands on as they are, and which of its columns each column of the node is. Its spec is nil if some of its
// columns are left out.
func (l *lowering) below(id flow.NodeID) (spec flow.Spec, columns []int) {
	nodes, columns := l.picked(id)
	node := &l.g.Nodes[nodes[len(nodes)-1]]
	for c := range node.Columns {
		if !slices.Contains(columns, c) {
			return nil, nil
		}
	}
	return node.Spec, columns
}

// readers is how many edges lead from a node.
func (l *lowering) readers(id flow.NodeID) (n int) {
	for i := range l.g.Nodes {
		for _, in := range l.g.Nodes[i].Inputs {
			if in.Node == id {
				n++
			}
		}
	}
	return n
}

// shareValues lets a join of many inputs hand on rows that share values, if who takes them keeps them in packs, in which these are written once. Between the two
// there may be projections that only pick columns; nobody else may take the rows.
func (l *lowering) shareValues(id flow.NodeID) {
	for {
		readers := l.readers(id)
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

// keepGroupsInView lets an aggregate keep its groups in the view that has a row for each, instead of in a table beside it. key is that of the view. It
// answers whether it does.
func (l *lowering) keepGroupsInView(id flow.NodeID, key []int) bool {
	nodes, columns := l.picked(id)
	at := nodes[len(nodes)-1]
	a, ok := l.g.Nodes[at].Spec.(*flow.Aggregate)
	if !ok || columns == nil || len(a.Keys) == 0 || a.Panes != nil || a.Sessions != nil || a.OnClose {
		return false
	}
	for i, node := range nodes {
		if alone := l.readers(node) == min(i, 1); !alone || i+1 < len(nodes) && l.g.Nodes[node].Inputs[0].Exchange != nil {
			return false
		}
	}
	v := &flow.GroupsInView{Columns: columns}
	bounded := false // the key has a column that determines the bound, and with it the others that do
	for _, place := range key {
		if columns[place] >= len(a.Keys) {
			return false
		}
		v.Key = append(v.Key, columns[place])
		bounded = bounded || slices.Contains(a.BoundKeys, columns[place])
	}
	for k := range a.Keys {
		if !slices.Contains(v.Key, k) && (!bounded || !slices.Contains(a.BoundKeys, k)) {
			return false
		}
	}
	l.g.Tables[a.Table].View, l.g.Tables[a.Table].Bound = true, false
	if a.Bound != nil {
		v.Windows = len(l.g.Tables)
		l.g.Tables = append(l.g.Tables, flow.StateTable{Name: "windows", Bound: true, Node: at})
	}
	a.View = v
	return true
}
