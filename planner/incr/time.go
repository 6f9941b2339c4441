package incr

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// Spans in microseconds.
const (
	second = 1_000_000
	hour   = 3600 * second
	day    = 24 * hour
)

// timeColumn is a time column of a node. Those that have the same window, not 0, are the start and end of one: each determines the
// other.
type timeColumn struct {
	flow.TimeColumn
	window int
}

func newTime(column int, shift int64) timeColumn {
	return timeColumn{TimeColumn: flow.TimeColumn{Column: column, Shift: shift}}
}

// at is the time at another place.
func (t timeColumn) at(column int) timeColumn {
	t.Column = column
	return t
}

func flowTimes(list []timeColumn) []flow.TimeColumn {
	var out []flow.TimeColumn
	for _, t := range list {
		out = append(out, t.TimeColumn)
	}
	return out
}

// timeOf tells how far a value may be behind the watermark that one of the expression's columns is known by: the shift of a
// flow.TimeColumn. It knows the functions that windows are made of; all of them rise with time.
func (l *lowering) timeOf(e flow.Expr, in *rel) (t timeColumn, ok bool) {
	switch e := e.(type) {
	case *flow.Column:
		return in.time(e.Index)
	case *flow.Call:
		return l.timeOfCall(e, in)
	case *flow.Const, *flow.Param, *flow.Logic, *flow.Not, *flow.IsNull, *flow.Case, *flow.Coalesce:
	}
	return timeColumn{}, false
}

func (l *lowering) timeOfCall(e *flow.Call, in *rel) (timeColumn, bool) {
	arg := e.Function.Monotone
	if arg < 0 || arg >= len(e.Args) || !isTime(e.Typ) || !isTime(e.Args[arg].Type()) {
		return timeColumn{}, false
	}
	t, ok := l.timeOf(e.Args[arg], in)
	if !ok {
		return timeColumn{}, false
	}
	more, ok := l.delay(e, arg)
	return newTime(0, t.Shift+more), ok
}

// delay is how much further than a function's result its argument may be: for all t, t <= f(t) + delay.
func (l *lowering) delay(e *flow.Call, arg int) (int64, bool) {
	values := make([]types.Value, len(e.Args))
	for i, a := range e.Args {
		c, ok := a.(*flow.Const)
		if i != arg && (!ok || c.Value.Null) {
			return 0, false
		}
		if ok {
			values[i] = c.Value
		}
	}
	if f := e.Function.MonotoneIf; f != nil && !f(values, l.Settings) {
		return 0, false
	}
	switch e.Function.Name {
	case fn.WindowStart.Name:
		return values[1].Int - 1, true
	case fn.WindowEnd.Name:
		return -1, true
	case "+", "-":
		if len(e.Args) != 2 || e.Args[1-arg].Type().OID != types.OIDInterval {
			return 0, false
		}
		low, high := l.span(datetime.DecodeInterval(values[1-arg].Bytes))
		if e.Function.Name == "+" {
			return -low, true
		}
		return high, arg == 0
	case "date_bin":
		_, high := l.span(datetime.DecodeInterval(values[0].Bytes))
		return high - 1, arg == 1
	case "date_trunc":
		n, ok := unitLength[string(values[0].Bytes)]
		if e.Typ.OID == types.OIDTimestamptz && n >= day && !l.utc() {
			n += hour // the clocks may be set back
		}
		return n - 1, ok && arg == 1
	case "timestamp", "timestamptz", "date":
		if len(e.Args) != 1 {
			return 0, false
		}
		if e.Typ.OID == types.OIDDate {
			return day - 1, l.utc() || e.Args[0].Type().OID != types.OIDTimestamptz
		}
		return 0, l.utc() || e.Args[0].Type().OID == e.Typ.OID
	}
	return 0, false
}

// unitLength are the longest spans of date_trunc's units.
var unitLength = map[string]int64{
	"microseconds": 1, "milliseconds": 1000, "second": second, "minute": 60 * second, "hour": hour, "day": day, "week": 7 * day,
	"month": 31 * day, "quarter": 92 * day, "year": 366 * day,
}

// span is the shortest and the longest that an interval may last, in microseconds.
func (l *lowering) span(v datetime.Interval) (low, high int64) {
	low, high = v.Micros+int64(v.Days)*day, v.Micros+int64(v.Days)*day
	low += min(int64(v.Months)*28*day, int64(v.Months)*31*day)
	high += max(int64(v.Months)*28*day, int64(v.Months)*31*day)
	if (v.Days != 0 || v.Months != 0) && !l.utc() {
		low, high = low-hour, high+hour
	}
	return low, high
}

// utc tells whether the session's time zone has days of one length and times that are timestamps.
func (l *lowering) utc() bool {
	return l.Settings.Location == nil || l.Settings.Location.String() == "UTC"
}

func isTime(t types.Type) bool {
	return t.OID == types.OIDTimestamp || t.OID == types.OIDTimestamptz || t.OID == types.OIDDate
}

// bound is the expression of the time at which a row of r is complete, by one of its time columns.
func bound(r *rel, t timeColumn) flow.Expr {
	return boundOf(column(r, t.Column), t.Shift)
}

func boundOf(e flow.Expr, shift int64) flow.Expr {
	f := fn.TimeBound
	if e.Type().OID == types.OIDDate {
		f = fn.DateBound
	}
	return &flow.Call{Function: f, Args: []flow.Expr{e, int8Const(shift)}, Typ: types.Of(types.OIDInt8)}
}

// timed tells whether rows come in time by a watermark, known here or not.
func (r *rel) timed() bool { return r.punctual || len(r.times) > 0 }

// earliest is the time column among places that is complete first, as far as that can be told; ok is false if none has a time.
func (r *rel) earliest(places []int) (best timeColumn, ok bool) {
	for _, p := range places {
		if t, has := r.time(p); has && (!ok || t.Shift < best.Shift) {
			best, ok = t, true
		}
	}
	return best, ok
}

// bindGroup gives a grouping its bound, if one of its keys has a time, and notes what is known of its output out, whose first columns
// are the keys.
func (l *lowering) bindGroup(spec *flow.Aggregate, in *rel, out *rel) {
	if l.OneShot {
		out.appendOnly = true
	}
	out.key = make([]int, len(spec.Keys))
	for i, k := range spec.Keys {
		out.key[i] = i
		if t, ok := in.time(k); ok {
			out.times = append(out.times, t.at(i))
		}
	}
	if t, ok := in.earliest(spec.Keys); ok {
		spec.Bound = bound(in, t)
		for i, k := range spec.Keys {
			if u, _ := in.time(k); k == t.Column || u.window != 0 && u.window == t.window {
				spec.BoundKeys = append(spec.BoundKeys, i)
			}
		}
	} else {
		out.times = nil
	}
}
