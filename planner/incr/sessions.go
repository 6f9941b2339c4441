package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

// sessions adds the bounds of sessions to rows. Rows come again whenever a row before or behind them changes their session, so the output is
// not append-only; a session can change as long as the watermark has not passed its end.
func (l *lowering) sessions(n *plan.Window) (*rel, error) {
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	in = l.clock(n, in)
	partition, time := distinctPlaces(in.places(n.Partition)), in.place(n.Time)
	spec := &flow.Sessions{Columns: in.types(), Partition: partition, Time: time, Gap: n.Size, Table: -1, Late: -1}
	r := rel{cols: n.Columns(), stream: in.stream, dist: partition, appendOnly: l.OneShot}
	if t, ok := in.time(time); ok && !l.OneShot {
		spec.Bound, spec.Shift = sessionBound(in, t, n)
		r.times = []timeColumn{newTime(len(in.cols)+1, spec.Shift)}
	}
	return l.add(spec, r, exchange(in, partition)), nil
}

// sessionBound is when a session of a row alone is closed, whose time is t, and how long after its end that is.
func sessionBound(in *rel, t timeColumn, n *plan.Window) (flow.Expr, int64) {
	shift := max(t.Shift, 1) // a row at the very end of a session belongs to it
	return bound(in, newTime(t.Column, n.Size+shift)), shift
}

// sessionGroups groups by sessions that keep the states of the calls instead of rows; nil if that cannot be: the input may take rows back, the keys
// are not the sessions and what they are of, or a call needs more than a state.
func (l *lowering) sessionGroups(n *plan.Aggregate, onClose bool) (*rel, error) {
	w, ok := n.Input.(*plan.Window)
	if !ok || w.Kind != plan.Session || usesBounds(n, w) {
		return nil, nil
	}
	in, err := l.lower(w.Input)
	if err != nil {
		return nil, err
	}
	in = l.clock(w, in)
	keys, ok := sessionKeys(n, w, in)
	if !ok || !in.appendOnly {
		return nil, nil
	}
	time := in.place(w.Time)
	spec := &flow.Aggregate{
		Columns: in.types(), Keys: keys, Calls: aggCalls(n.Calls, in), AppendOnly: true, OnClose: onClose, Table: -1, Late: -1,
		Sessions: &flow.SessionGroups{Time: time, Gap: w.Size},
	}
	if len(spec.Multisets()) > 0 {
		return nil, nil
	}
	r := rel{appendOnly: l.OneShot || onClose, dist: []int{}}
	for i, k := range keys {
		r.cols, r.dist = append(r.cols, in.cols[k]), append(r.dist, i)
	}
	r.key = append(slices.Clone(r.dist), len(keys))
	r.cols = append(r.cols, w.Start, w.End)
	for _, c := range n.Calls {
		r.cols = append(r.cols, c.Column)
	}
	if t, ok := in.time(time); ok && !l.OneShot {
		spec.Bound, spec.Sessions.Shift = sessionBound(in, t, w)
		r.times = []timeColumn{newTime(len(keys)+1, spec.Sessions.Shift)}
	}
	if onClose && spec.Bound == nil {
		return nil, errNoWatermark()
	}
	return l.arranged(l.add(spec, r, exchange(in, keys)), n.Columns()), nil
}

// sessionKeys are the columns that sessions are of, if a grouping has these and a bound of the session, and no others.
func sessionKeys(n *plan.Aggregate, w *plan.Window, in *rel) (keys []int, ok bool) {
	for _, id := range n.Keys {
		switch p := in.place(id); {
		case id == w.Start.ID || id == w.End.ID:
			ok = true
		case !slices.Contains(w.Partition, id):
			return nil, false
		default:
			keys = append(keys, p)
		}
	}
	keys = distinctPlaces(keys)
	return keys, ok && len(keys) == len(distinctPlaces(in.places(w.Partition)))
}
