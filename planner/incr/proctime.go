package incr

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

// procTime is the function that gives a row the time of the tick in which it comes. Such a row cannot be taken back: it would be
// computed again, at another time.
const procTime = "proctime"

// isProcTime tells whether an expression is the time of the tick.
func (l *lowering) isProcTime(e flow.Expr, in *rel) bool {
	switch e := e.(type) {
	case *flow.Column:
		return slices.Contains(in.proc, e.Index)
	case *flow.Call:
		return e.Function.Name == procTime
	default:
		return false
	}
}

// checkProcTime refuses the time of the tick beside rows that can be taken back, or that come again.
func (l *lowering) checkProcTime() error {
	for i := range l.g.Nodes {
		n := &l.g.Nodes[i]
		if !volatileSpec(n.Spec) {
			continue
		}
		_, isJoin := n.Spec.(*flow.Join)
		if isJoin || slices.ContainsFunc(n.Inputs, func(in flow.Input) bool { return !l.g.Nodes[in.Node].AppendOnly }) {
			return errProcTime()
		}
	}
	return nil
}

func errProcTime() error {
	return pgerr.New(pgerr.FeatureNotSupported, "proctime() of rows that can be taken back is not supported in a view that is kept fresh").
		WithHint("Use it over a source or a table that is APPEND ONLY.")
}

// clock gives windows over the time of ticks that time; others are left as they are.
func (l *lowering) clock(n *plan.Window, in *rel) *rel {
	time := in.place(n.Time)
	if l.OneShot || !slices.Contains(in.proc, time) {
		return in
	}
	spec := &flow.Clock{Every: n.Slide, Size: n.Size, Offset: n.Offset}
	if n.Kind != plan.Hop && n.Kind != plan.Cumulate {
		spec.Every = n.Size
	}
	r := *in
	r.times = []timeColumn{newTime(time, 1)}
	return l.add(spec, r, local(in))
}
