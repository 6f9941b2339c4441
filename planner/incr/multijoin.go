package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

// Inner joins on the same columns are one join of many inputs, if these only grow and nothing in them expires. Two joins, one on top of the other, would
// keep what the first one finds for the second one, beside the rows of which it is made.

// joined is an input of such a join, with its columns that are equal to those of the other inputs, place by place.
type joined struct {
	node plan.Node
	keys []plan.ColumnID
}

// joinedInput is such an input, and lowering.first when it was lowered.
type joinedInput struct {
	node  plan.Node
	first bool
}

// joinedOnSame takes a node apart into the inputs that it joins on the same columns; nil if it is no such join.
func joinedOnSame(n plan.Node) []joined {
	j, ok := belowPick(n).(*plan.Join)
	if !ok || j.Kind != plan.InnerJoin || j.Lateral {
		return nil
	}
	left, right := columnPairs(j)
	if left == nil {
		return nil
	}
	return append(joinedBy(j.Left, left), joinedBy(j.Right, right)...)
}

// joinedBy is what a side of a join consists of: the inputs of joins on just the columns keys, or the node as it is.
func joinedBy(n plan.Node, keys []plan.ColumnID) []joined {
	inputs := joinedOnSame(n)
	if inputs == nil || len(inputs[0].keys) != len(keys) {
		return []joined{{n, keys}}
	}
	order := make([]int, len(keys)) // the place of each key among those of the inputs
	for i, c := range keys {
		order[i] = slices.IndexFunc(inputs, func(in joined) bool { return slices.Contains(in.keys, c) })
		if order[i] >= 0 {
			order[i] = slices.Index(inputs[order[i]].keys, c)
		}
		if order[i] < 0 || slices.Contains(order[:i], order[i]) {
			return []joined{{n, keys}}
		}
	}
	for i := range inputs {
		old := inputs[i].keys
		inputs[i].keys = make([]plan.ColumnID, len(keys))
		for k, from := range order {
			inputs[i].keys[k] = old[from]
		}
	}
	return inputs
}

// belowPick is the node below projections that only leave columns out.
func belowPick(n plan.Node) plan.Node {
	for {
		p, ok := n.(*plan.Project)
		if !ok {
			return n
		}
		for i, e := range p.Exprs {
			if c, ok := e.(*plan.ColumnRef); !ok || c.ID != p.Cols[i].ID {
				return n
			}
		}
		n = p.Input
	}
}

// columnPairs are the columns that a join wants equal, if that is all that it wants; nil if it is not.
func columnPairs(j *plan.Join) (left, right []plan.ColumnID) {
	inLeft := plan.SetOf(j.Left.Columns())
	for _, e := range plan.Conjuncts(j.On) {
		x, y, ok := plan.Equality(e)
		if !ok || e.(*plan.Call).Function.Name == plan.NotDistinct || !sameKeys(x.Type(), y.Type()) {
			return nil, nil
		}
		a, okA := x.(*plan.ColumnRef)
		b, okB := y.(*plan.ColumnRef)
		if !okA || !okB || inLeft.Has(a.ID) == inLeft.Has(b.ID) {
			return nil, nil
		}
		if inLeft.Has(b.ID) {
			a, b = b, a
		}
		left, right = append(left, a.ID), append(right, b.ID)
	}
	return left, right
}

// multiJoin lowers a join of at least three inputs on the same columns. It answers nil for other joins.
func (l *lowering) multiJoin(n *plan.Join) (*rel, error) {
	list := joinedOnSame(n)
	if l.OneShot || len(list) < 3 {
		return nil, nil
	}
	inputs, keys := make([]*rel, len(list)), make([][]int, len(list))
	for i, in := range list {
		r, err := l.lower(in.node)
		if err != nil {
			return nil, err
		}
		inputs[i], keys[i] = r, r.places(in.keys)
	}
	if !onlyGrow(inputs, keys, l.closing[n]) {
		for i, in := range list {
			l.joined[joinedInput{in.node, l.first}] = inputs[i]
		}
		return nil, nil
	}
	spec := &flow.MultiJoin{Keys: keys}
	out := rel{appendOnly: true, dist: slices.Clone(keys[0])}
	edges := make([]flow.Input, len(inputs))
	for i, r := range inputs {
		spec.Inputs = append(spec.Inputs, r.types())
		edges[i] = exchange(r, keys[i])
		out.cols = append(out.cols, r.cols...)
		out.stream = out.stream || r.stream
	}
	if out.stream {
		l.noticeUnbounded()
	}
	all := l.add(spec, out, edges...)
	cols := n.Columns()
	if len(cols) == len(all.cols) {
		return all, nil
	}
	places := make([]int, len(cols))
	for i, c := range cols {
		places[i] = all.place(c.ID)
	}
	return l.pick(all, places, cols), nil
}

// onlyGrow tells that no input ever takes a row back, and that no time says when a row has found all its partners. closing are columns by which what is joined
// is grouped.
func onlyGrow(inputs []*rel, keys [][]int, closing plan.ColumnSet) bool {
	timed := make([]int, len(keys[0])) // by key: how many inputs have a time there
	for i, r := range inputs {
		if !r.appendOnly || len(r.timesIn(closing)) > 0 {
			return false
		}
		for k, c := range keys[i] {
			if _, ok := r.time(c); ok {
				timed[k]++
			}
		}
	}
	return slices.Max(timed) < 2
}
