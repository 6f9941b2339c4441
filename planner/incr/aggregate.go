package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// aggregate groups rows. Over sliding windows whose bounds are among the keys it counts in panes.
func (l *lowering) aggregate(n *plan.Aggregate, onClose bool) (*rel, error) {
	if w, ok := n.Input.(*plan.Window); ok && w.Kind == plan.Hop && !usesBounds(n, w) &&
		(slices.Contains(n.Keys, w.Start.ID) || slices.Contains(n.Keys, w.End.ID)) {
		return l.panes(n, w, onClose)
	}
	if r, err := l.sessionGroups(n, onClose); r != nil || err != nil {
		return r, err
	}
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	if len(n.Calls) == 0 && len(n.Keys) > 0 && !onClose {
		out := l.distinctOn(in, distinctPlaces(in.places(n.Keys)))
		return l.arranged(out, n.Columns()), nil
	}
	keys := distinctPlaces(in.places(n.Keys))
	spec := &flow.Aggregate{
		Columns: in.types(), Keys: keys, Calls: aggCalls(n.Calls, in), AppendOnly: in.appendOnly, Table: -1, Late: -1,
	}
	r := rel{}
	for _, k := range keys {
		r.cols = append(r.cols, in.cols[k])
	}
	for _, c := range n.Calls {
		r.cols = append(r.cols, c.Column)
	}
	l.bindGroup(spec, in, &r)
	if onClose {
		if spec.Bound == nil {
			return nil, errNoWatermark()
		}
		spec.OnClose, r.appendOnly = true, true
	}
	return l.arranged(l.addGroups(spec, r, in), n.Columns()), nil
}

// addGroups adds an aggregate over groups.
func (l *lowering) addGroups(spec *flow.Aggregate, r rel, in *rel) *rel {
	input, dist := grouped(in, spec.Keys)
	if input.Exchange != nil {
		input, dist = grouped(l.localAggregate(in, spec), spec.Keys)
	}
	r.dist = moved(dist, func(c int) int { return slices.Index(spec.Keys, c) })
	return l.add(spec, r, input)
}

// usesBounds tells whether the calls of an aggregate look at the window's bounds, which panes do not have.
func usesBounds(n *plan.Aggregate, w *plan.Window) bool {
	for _, c := range n.Calls {
		for _, id := range append(slices.Clone(c.Args), c.Filter) {
			if id == w.Start.ID || id == w.End.ID {
				return true
			}
		}
		for _, k := range c.Order {
			if k.Column == w.Start.ID || k.Column == w.End.ID {
				return true
			}
		}
	}
	return false
}

// panes groups by sliding windows.
func (l *lowering) panes(n *plan.Aggregate, w *plan.Window, onClose bool) (*rel, error) {
	in, err := l.lower(w.Input)
	if err != nil {
		return nil, err
	}
	var keys []int
	for _, id := range n.Keys {
		if p := in.place(id); id != w.Start.ID && id != w.End.ID && !slices.Contains(keys, p) {
			keys = append(keys, p)
		}
	}
	r := rel{}
	for _, k := range keys {
		r.cols = append(r.cols, in.cols[k])
	}
	start := len(keys)
	r.cols = append(r.cols, w.Start, w.End)
	for _, c := range n.Calls {
		r.cols = append(r.cols, c.Column)
	}
	time := in.place(w.Time)
	in = l.clock(w, in)
	t, expires := in.time(time)
	spec := &flow.Aggregate{
		Columns: in.types(), Keys: keys, Calls: aggCalls(n.Calls, in), AppendOnly: in.appendOnly, OnClose: onClose, Table: -1, Late: -1,
		Panes: &flow.Panes{Time: time, Slide: w.Slide, Size: w.Size, Offset: w.Offset, Expires: expires && t.Shift <= 1},
	}
	if onClose && !spec.Panes.Expires {
		return nil, errNoWatermark()
	}
	if spec.Panes.Expires {
		r.times = l.windowTimes(start, w.Size, 1)
	}
	for i := range keys {
		r.dist = append(r.dist, i)
		r.key = append(r.key, i)
	}
	if r.dist == nil {
		r.dist = []int{}
	}
	r.key = append(r.key, start)
	r.appendOnly = l.OneShot || onClose
	return l.arranged(l.add(spec, r, exchange(l.localAggregate(in, spec), keys)), n.Columns()), nil
}

func aggCalls(calls []plan.AggCall, in *rel) []flow.AggCall {
	out := make([]flow.AggCall, len(calls))
	for i, c := range calls {
		out[i] = flow.AggCall{
			Function: c.Function, Args: in.places(c.Args), Filter: -1, Distinct: c.Distinct, Order: sortKeys(c.Order, in), Result: c.Column.Type,
		}
		if c.Filter != 0 {
			out[i].Filter = in.place(c.Filter)
		}
	}
	return out
}

func sortKeys(keys []plan.SortKey, in *rel) []flow.SortKey {
	var out []flow.SortKey
	for _, k := range keys {
		out = append(out, flow.SortKey{Column: in.place(k.Column), Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	return out
}

func distinctPlaces(list []int) []int {
	out := []int{}
	for _, p := range list {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// arranged brings the columns of a node into an order; it is the node itself if they are in it.
func (l *lowering) arranged(in *rel, cols []plan.Column) *rel {
	if slices.EqualFunc(in.cols, cols, func(a, b plan.Column) bool { return a.ID == b.ID }) {
		return in
	}
	places := make([]int, len(cols))
	for i, c := range cols {
		places[i] = in.place(c.ID)
	}
	return l.pick(in, places, cols)
}

// single checks that no two rows agree in keys.
func (l *lowering) single(n *plan.Single) (*rel, error) {
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	keys := in.places(n.Keys)
	r := *in
	r.key, r.dist = keys, keys
	return l.add(&flow.Single{Columns: in.types(), Keys: keys, Table: -1}, r, exchange(in, keys)), nil
}

var bigint = types.Of(types.OIDInt8)
