package incr

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
)

// window adds the bounds of windows: those of tumbling ones are computed, sliding ones copy rows.
func (l *lowering) window(n *plan.Window) (*rel, error) {
	switch n.Kind {
	case plan.Session:
		return l.sessions(n)
	case plan.Tumble, plan.Hop, plan.Cumulate:
	}
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	time := in.place(n.Time)
	in = l.clock(n, in)
	if n.Kind == plan.Tumble {
		return l.tumble(n, in, time)
	}
	r := rel{cols: n.Columns(), appendOnly: in.appendOnly, stream: in.stream, dist: in.dist, times: slices.Clone(in.times)}
	places := len(in.cols)
	if t, ok := in.time(time); ok {
		// The row is in all windows at once: none of them can be complete before the row itself is due.
		r.times = append(r.times, l.windowTimes(places, n.Size, t.Shift)...)
		if n.Kind == plan.Cumulate { // the start of a window does not say its end
			for i := range r.times[len(r.times)-2:] {
				r.times[len(r.times)-2+i].window = 0
			}
		}
	}
	spec := &flow.Hop{Columns: in.types(), Time: time, Slide: n.Slide, Size: n.Size, Offset: n.Offset, Cumulate: n.Kind == plan.Cumulate}
	return l.add(spec, r, local(in)), nil
}

func (l *lowering) tumble(n *plan.Window, in *rel, time int) (*rel, error) {
	call := func(f *fn.Function, c plan.Column) flow.Expr {
		return &flow.Call{Function: f, Args: []flow.Expr{column(in, time), int8Const(n.Size), int8Const(n.Offset)}, Typ: c.Type}
	}
	out, places := l.with(in, []flow.Expr{call(fn.WindowStart, n.Start), call(fn.WindowEnd, n.End)}, []plan.Column{n.Start, n.End})
	// Rows without a time are in no window.
	r := *out
	l.windows++
	r.times = slices.Clone(out.times)
	for i := range r.times {
		if slices.Contains(places, r.times[i].Column) {
			r.times[i].window = l.windows
		}
	}
	cond := &flow.IsNull{X: column(out, places[1]), Not: true}
	return l.add(&flow.Filter{Cond: cond, Columns: out.types()}, r, local(out)), nil
}

// windowTimes are the times of a window's start and end, at place and behind it, of rows whose own time has a shift.
func (l *lowering) windowTimes(place int, size, shift int64) []timeColumn {
	l.windows++
	start, end := newTime(place, size-1+shift), newTime(place+1, shift-1)
	start.window, end.window = l.windows, l.windows
	return []timeColumn{start, end}
}

func notYet(what, hint string) error {
	return pgerr.New(pgerr.FeatureNotSupported, what+" not supported yet").WithHint("%s", hint)
}

func errNoWatermark() error {
	return pgerr.New(pgerr.FeatureNotSupported, "EMIT ON WINDOW CLOSE needs a watermark among the columns that rows are grouped by").
		WithHint("Declare WATERMARK FOR a time column of the source, and group by TUMBLE or HOP windows of that column.")
}
