package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

func (l *lowering) setOp(n *plan.SetOp) (*rel, error) {
	left, err := l.lower(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := l.lower(n.Right)
	if err != nil {
		return nil, err
	}
	r := rel{cols: n.Cols, stream: left.stream || right.stream}
	all := make([]int, len(n.Cols))
	for i := range all {
		all[i] = i
	}
	// A column has a time if it has one on both sides; the later bound holds for both.
	for _, t := range left.times {
		if u, ok := right.time(t.Column); ok {
			r.times = append(r.times, newTime(t.Column, max(t.Shift, u.Shift)))
		}
	}
	if n.Kind == plan.Union {
		r.appendOnly = left.appendOnly && right.appendOnly
		if left.dist != nil && slices.Equal(left.dist, right.dist) && (right.dist != nil) {
			r.dist = left.dist
		}
		u := l.add(&flow.Union{Inputs: 2}, r, local(left), local(right))
		if n.All {
			return u, nil
		}
		return l.distinctOn(u, all), nil
	}
	r.times = nil // a row may come back when the other side changes
	r.dist = all
	spec := &flow.SetOp{Columns: left.types(), Except: n.Kind == plan.Except, All: n.All}
	return l.add(spec, r, exchange(left, all), exchange(right, all)), nil
}

// distinct keeps one of equal rows.
func (l *lowering) distinct(n *plan.Distinct) (*rel, error) {
	if n.On != nil {
		return l.topN(&plan.TopN{Input: n.Input, Partition: n.On, Order: n.Order, Limit: 1}, false)
	}
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	// The same column may be there twice.
	var keys []int
	for i, c := range in.cols {
		if in.place(c.ID) == i || c.ID == 0 {
			keys = append(keys, i)
		}
	}
	return l.arranged(l.distinctOn(in, keys), in.cols), nil
}

// distinctOn gives each combination of columns once; the output has just them.
func (l *lowering) distinctOn(in *rel, keys []int) *rel {
	if len(keys) == 0 { // rows without columns: one of them
		return l.add(&flow.TopN{Columns: in.types(), Limit: 1, Table: -1, Late: -1},
			rel{cols: in.cols, key: []int{}, appendOnly: in.appendOnly, dist: []int{}}, exchange(in, []int{}))
	}
	cols := make([]plan.Column, len(keys))
	for i, k := range keys {
		cols[i] = in.cols[k]
	}
	spec := &flow.Aggregate{Columns: in.types(), Keys: keys, AppendOnly: in.appendOnly, Table: -1, Late: -1}
	r := rel{cols: cols, appendOnly: in.appendOnly, stream: in.stream}
	l.bindGroup(spec, in, &r)
	if in.stream && spec.Bound == nil {
		l.notice("DISTINCT keeps every row it has seen: the view's state grows without bound; a time column with a watermark among the columns would bound it")
	}
	return l.addGroups(spec, r, in)
}

func (l *lowering) notice(text string) {
	if !slices.Contains(l.notices, text) {
		l.notices = append(l.notices, text)
	}
}
