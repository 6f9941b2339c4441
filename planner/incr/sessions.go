package incr

import (
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
		spec.Shift = max(t.Shift, 1) // a row at the very end of a session belongs to it
		spec.Bound = bound(in, newTime(time, n.Size+spec.Shift))
		r.times = []timeColumn{newTime(len(in.cols)+1, spec.Shift)}
	}
	return l.add(spec, r, exchange(in, partition)), nil
}
