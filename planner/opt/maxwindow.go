package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// maxWindowJoin finds rows of a stream that are joined with the maxima of tumbling windows by time, R JOIN (SELECT window_end, max(x) FROM
// TUMBLE(R, t, size) GROUP BY window_start, window_end) ON R.x = max AND R.t BETWEEN window_end - size AND window_end. A row can meet its own
// window, where it must be of rank 1, and, at the very end of one, the window that ends there. The first need no join, and the second are few.
func (w *rewriter) maxWindowJoin(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		j, ok := n.(*plan.Join)
		if !ok || !reorders(j) || j.On == nil {
			return n, false
		}
		for _, left := range []bool{true, false} {
			rows, extremes := j.Left, j.Right
			if !left {
				rows, extremes = extremes, rows
			}
			if m := w.newWindowExtreme(rows, extremes, j.On); m != nil {
				return w.ownAndEdge(j, m, left)
			}
		}
		return n, false
	})
}

// windowExtreme is a join of rows with the extremes of windows over them.
type windowExtreme struct {
	*extremeJoin
	input plan.Node // the rows without their windows
	own   *plan.Window
	// Rows match windows whose end is at least low and at most high microseconds before their time.
	low, high int64
	end       plan.Column // of the extremes
}

// newWindowExtreme answers nil if a join is of another form.
func (w *rewriter) newWindowExtreme(rows, extremes plan.Node, on plan.Expr) *windowExtreme {
	win := windowUnder(extremes)
	same := sameColumns{}
	if win == nil || win.Kind != plan.Tumble || !isStream(rows) || computesVolatile(rows) || !same.node(win.Input, rows) {
		return nil
	}
	own := *win
	own.Input, own.Time = rows, same[win.Time]
	own.Start.ID, own.End.ID = w.nextID(), w.nextID()
	x := newMaxJoin(&own, extremes)
	if x == nil || len(x.keys) == 0 || slices.ContainsFunc(x.keys, func(c plan.Column) bool { return c.ID != own.Start.ID && c.ID != own.End.ID }) {
		return nil
	}
	m := &windowExtreme{extremeJoin: x, input: rows, own: &own}
	if found, _ := x.ties(on); !found || !m.limits(on) || m.low < -own.Size || m.high > 0 {
		return nil
	}
	for _, c := range extremes.Columns() {
		if m.as[c.ID].ID == own.End.ID {
			m.end = c
		}
	}
	if m.end.ID == 0 {
		return nil
	}
	return m
}

// windowUnder is the window that an aggregate is over.
func windowUnder(n plan.Node) *plan.Window {
	if p, ok := n.(*plan.Project); ok {
		n = p.Input
	}
	a, ok := n.(*plan.Aggregate)
	if !ok {
		return nil
	}
	n = a.Input
	if p, ok := n.(*plan.Project); ok {
		n = p.Input
	}
	win, _ := n.(*plan.Window)
	return win
}

func computesVolatile(n plan.Node) bool {
	found := false
	everywhere(n, func(n plan.Node) (plan.Node, bool) {
		plan.MapExprs(n, func(e plan.Expr) plan.Expr {
			found = found || isVolatile(e)
			return e
		})
		return n, false
	})
	return found
}

// limits finds how far from a row's time the end of a window may lie; both limits must be there.
func (m *windowExtreme) limits(on plan.Expr) bool {
	hasLow, hasHigh := false, false
	for _, e := range plan.Conjuncts(on) {
		name, after, ok := m.limit(e)
		if !ok {
			continue
		}
		if name == ">=" || name == "=" {
			if !hasLow || after > m.low {
				m.low, hasLow = after, true
			}
		}
		if name == "<=" || name == "=" {
			if !hasHigh || after < m.high {
				m.high, hasHigh = after, true
			}
		}
	}
	return hasLow && hasHigh
}

// limit takes a condition apart that compares a row's time with a window's bound: time <= window_end + after.
func (m *windowExtreme) limit(e plan.Expr) (name string, after int64, ok bool) {
	c, ok := e.(*plan.Call)
	if !ok || len(c.Args) != 2 {
		return "", 0, false
	}
	name = c.Function.Name
	a, aAfter, okA := exactTime(c.Args[0])
	b, bAfter, okB := exactTime(c.Args[1])
	if !okA || !okB || a.Typ.OID != b.Typ.OID {
		return "", 0, false
	}
	if b.ID == m.own.Time {
		a, aAfter, b, bAfter = b, bAfter, a, aAfter
		name = map[string]string{"=": "=", "<=": ">=", ">=": "<=", "<": ">", ">": "<"}[name]
	}
	after = bAfter - aAfter
	switch bound, known := m.as[b.ID]; {
	case a.ID != m.own.Time || !known:
		return "", 0, false
	case bound.ID == m.own.Start.ID:
		after -= m.own.Size
	case bound.ID != m.own.End.ID:
		return "", 0, false
	}
	switch name {
	case "<":
		return "<=", after - 1, true
	case ">":
		return ">=", after + 1, true
	}
	return name, after, name == "=" || name == "<=" || name == ">="
}

// exactTime takes a time, or a time and an interval of one length, apart.
func exactTime(e plan.Expr) (c *plan.ColumnRef, after int64, ok bool) {
	call, isCall := e.(*plan.Call)
	if isCall {
		if len(call.Args) != 2 || call.Function.Name != "+" && call.Function.Name != "-" {
			return nil, 0, false
		}
		v, ok := call.Args[1].(*plan.Const)
		if !ok || v.Value.Null || v.Typ.OID != types.OIDInterval {
			return nil, 0, false
		}
		span := datetime.DecodeInterval(v.Value.Bytes)
		const year = int64(366 * 24 * 3600e6)
		if span.Days != 0 || span.Months != 0 || span.Micros < -year || span.Micros > year {
			return nil, 0, false
		}
		after, e = span.Micros, call.Args[0]
		if call.Function.Name == "-" {
			after = -after
		}
	}
	c, ok = e.(*plan.ColumnRef)
	return c, after, ok && (c.Typ.OID == types.OIDTimestamp || c.Typ.OID == types.OIDTimestamptz)
}

// ownAndEdge is what the join gives: rows of rank 1 in their own window, and those at the end of a window that equal its extreme.
func (w *rewriter) ownAndEdge(j *plan.Join, m *windowExtreme, left bool) (plan.Node, bool) {
	own := w.ranked(j, m.extremeJoin)
	if m.high < 0 {
		return own, true
	}
	edge := *m.own
	edge.Start.ID, edge.End.ID = w.nextID(), w.nextID()
	time := plan.ColumnByID(m.input.Columns(), m.own.Time)
	equal := func(a, b plan.Column) plan.Expr {
		return &plan.Call{Function: w.operator("=", a.Type), Args: []plan.Expr{ref(a), ref(b)}, Typ: plan.Bool}
	}
	first := onto(&plan.Filter{Input: &edge, Cond: equal(time, edge.Start)}, m.input.Columns())
	second := j.Right
	if !left {
		first, second = j.Left, first
	}
	atEnd := &plan.Join{Kind: j.Kind, Left: first, Right: second, On: plan.And(append(plan.Conjuncts(j.On), equal(time, m.end))...)}
	again := func(n plan.Node) plan.Node { return plan.Copy(n, map[plan.ColumnID]plan.ColumnID{}, w.nextID) }
	return &plan.SetOp{Kind: plan.Union, All: true, Left: again(own), Right: again(atEnd), Cols: j.Columns()}, true
}
