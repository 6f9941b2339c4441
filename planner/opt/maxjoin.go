package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// maxJoin finds rows that are joined with the maximum of their group, R JOIN (SELECT k, max(x) FROM R GROUP BY k) ON R.k = k AND R.x = max:
// they are those of rank 1 in their group. So R is computed once and nothing is joined.
func (w *rewriter) maxJoin(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		j, ok := n.(*plan.Join)
		if !ok || !reorders(j) || j.On == nil {
			return n, false
		}
		for _, sides := range [][2]plan.Node{{j.Left, j.Right}, {j.Right, j.Left}} {
			if m := newMaxJoin(sides[0], sides[1]); m != nil && m.match(j.On) {
				return w.ranked(j, m), true
			}
		}
		return n, false
	})
}

// extremeJoin is a join of rows with the extremes of their groups.
type extremeJoin struct {
	rows plan.Node
	// above is a condition on rows that the extremes are not under.
	above plan.Expr
	max   bool
	keys  []plan.Column // of rows
	value plan.Column   // of rows, whose extreme it is
	// as has the columns of rows that those of the other side equal.
	as      map[plan.ColumnID]plan.Column
	extreme plan.ColumnID

	notNull []plan.Column
	rest    []plan.Expr
}

// newMaxJoin answers nil if the second side is no extreme over the first.
func newMaxJoin(rows, extremes plan.Node) *extremeJoin {
	m := &extremeJoin{rows: rows, as: map[plan.ColumnID]plan.Column{}}
	var out *plan.Project
	if p, ok := extremes.(*plan.Project); ok {
		out, extremes = p, p.Input
	}
	a, ok := extremes.(*plan.Aggregate)
	if !ok || len(a.Calls) != 1 {
		return nil
	}
	call := a.Calls[0]
	if name := call.Function.Name; name != "max" && name != "min" || call.Filter != 0 || len(call.Args) != 1 {
		return nil
	}
	m.max, m.extreme = call.Function.Name == "max", call.Column.ID
	if f, ok := rows.(*plan.Filter); ok {
		if _, ok := a.Input.(*plan.Filter); !ok {
			m.rows, m.above = f.Input, f.Cond
		}
	}
	same := sameColumns{}
	if !same.node(a.Input, m.rows) {
		return nil
	}
	cols := m.rows.Columns()
	for _, k := range a.Keys {
		c := plan.ColumnByID(cols, same[k])
		m.keys = append(m.keys, c)
		m.as[k] = c
	}
	m.value = plan.ColumnByID(cols, same[call.Args[0]])
	m.as[m.extreme] = m.value
	if out != nil {
		for i, e := range out.Exprs {
			c, ok := e.(*plan.ColumnRef)
			if !ok {
				return nil
			}
			m.as[out.Cols[i].ID] = m.as[c.ID]
			if c.ID == call.Column.ID {
				m.extreme = out.Cols[i].ID
			}
		}
	}
	if !isExact(m.value.Type) || m.value.Type != call.Column.Type || slices.ContainsFunc(m.keys, func(c plan.Column) bool { return !isExact(c.Type) }) {
		return nil
	}
	return m
}

// isExact tells that equal values of a type look the same.
func isExact(t types.Type) bool {
	switch t.Kind() {
	case types.Int64, types.Bool:
		return true
	default:
		return t.OID == types.OIDText || t.OID == types.OIDBytea || t.OID == types.OIDUUID
	}
}

// match takes the condition of the join apart: it must tie all keys and the value.
func (m *extremeJoin) match(on plan.Expr) bool {
	found, tied := m.ties(on)
	return found && !slices.ContainsFunc(m.keys, func(c plan.Column) bool { return !tied.Has(c.ID) })
}

// ties tells whether the condition of the join ties the value, and which keys; the rest is noted.
func (m *extremeJoin) ties(on plan.Expr) (found bool, tied plan.ColumnSet) {
	tied = plan.ColumnSet{}
	for _, e := range plan.Conjuncts(on) {
		switch mine, other, ok := m.tie(e); {
		case ok && other == m.extreme && mine.ID == m.value.ID:
			found = true
		case ok && mine.ID == m.as[other].ID && isEqual(e):
			tied.Add(mine.ID)
		default:
			m.rest = append(m.rest, e)
			continue
		}
		if mine, _, _ := m.tie(e); !hasNoNulls(m.rows, mine.ID) && !slices.ContainsFunc(m.notNull, func(c plan.Column) bool { return c.ID == mine.ID }) {
			m.notNull = append(m.notNull, mine)
		}
	}
	return found, tied
}

func isEqual(e plan.Expr) bool {
	c, ok := e.(*plan.Call)
	return ok && c.Function.Name == "="
}

// tie finds a column of the rows that is equal to one of the other side, or not below a maximum, or not above a minimum.
func (m *extremeJoin) tie(e plan.Expr) (mine plan.Column, other plan.ColumnID, ok bool) {
	call, ok := e.(*plan.Call)
	if !ok || len(call.Args) != 2 {
		return mine, 0, false
	}
	a, okA := call.Args[0].(*plan.ColumnRef)
	b, okB := call.Args[1].(*plan.ColumnRef)
	if !okA || !okB {
		return mine, 0, false
	}
	name := call.Function.Name
	if _, first := m.as[a.ID]; first {
		a, b = b, a
		name = map[string]string{"=": "=", "<=": ">=", ">=": "<="}[name]
	}
	if name != "=" && (b.ID != m.extreme || m.max && name != ">=" || !m.max && name != "<=") {
		return mine, 0, false
	}
	mine = plan.ColumnByID(m.rows.Columns(), a.ID)
	_, ok = m.as[b.ID]
	return mine, b.ID, ok && mine.ID != 0
}

// ranked is what the join gives.
func (w *rewriter) ranked(j *plan.Join, m *extremeJoin) plan.Node {
	by := map[plan.ColumnID]plan.Expr{}
	for id, c := range m.as {
		by[id] = ref(c)
	}
	var notNull []plan.Expr
	for _, c := range m.notNull {
		notNull = append(notNull, &plan.IsNull{X: ref(c), Not: true})
	}
	top := &plan.TopN{
		Input: filtered(m.rows, plan.And(notNull...)), Order: []plan.SortKey{{Column: m.value.ID, Desc: m.max, NullsFirst: m.max}}, Limit: 1, Kind: plan.FuncRank,
	}
	for _, c := range m.keys {
		top.Partition = append(top.Partition, c.ID)
	}
	rest := plan.And(append(plan.Conjuncts(m.above), m.rest...)...)
	if rest != nil {
		rest = substitute(rest, by)
	}
	out := &plan.Project{Input: filtered(top, rest), Cols: j.Columns()}
	for _, c := range out.Cols {
		if x, ok := by[c.ID]; ok {
			out.Exprs = append(out.Exprs, x)
		} else {
			out.Exprs = append(out.Exprs, ref(c))
		}
	}
	return out
}

// hasNoNulls tells whether it is known that a column of a plan is not null.
func hasNoNulls(n plan.Node, id plan.ColumnID) bool {
	if plan.ColumnByID(n.Columns(), id).NotNull {
		return true
	}
	switch n := n.(type) {
	case *plan.Project:
		for i, c := range n.Cols {
			if x, ok := n.Exprs[i].(*plan.ColumnRef); ok && c.ID == id {
				return hasNoNulls(n.Input, x.ID)
			}
		}
	case *plan.Filter:
		return hasNoNulls(n.Input, id)
	case *plan.Window:
		return id == n.Start.ID || id == n.End.ID || hasNoNulls(n.Input, id)
	case *plan.Aggregate:
		for _, c := range n.Calls {
			if c.Column.ID == id {
				return c.Function.Name == "count"
			}
		}
		return hasNoNulls(n.Input, id)
	default:
	}
	return false
}

// sameColumns are columns of one plan by those of another that computes the same.
type sameColumns map[plan.ColumnID]plan.ColumnID

// node tells whether n computes what like does, rows for rows, and each column of n is one of like.
func (s sameColumns) node(n, like plan.Node) bool {
	if p, ok := n.(*plan.Project); ok {
		return s.project(p, like)
	}
	switch n := n.(type) {
	case *plan.Scan:
		like, ok := like.(*plan.Scan)
		return ok && like.Relation == n.Relation && s.scan(n, like)
	case *plan.Filter:
		like, ok := like.(*plan.Filter)
		return ok && s.node(n.Input, like.Input) && !isVolatile(n.Cond) && plan.Equal(s.expr(n.Cond), like.Cond)
	case *plan.Window:
		like, ok := like.(*plan.Window)
		return ok && s.node(n.Input, like.Input) && s.window(n, like)
	case *plan.Aggregate:
		like, ok := like.(*plan.Aggregate)
		return ok && s.node(n.Input, like.Input) && s.aggregate(n, like)
	default:
		return false
	}
}

func (s sameColumns) expr(e plan.Expr) plan.Expr {
	return plan.MapExpr(e, func(e plan.Expr) plan.Expr {
		if c, ok := e.(*plan.ColumnRef); ok {
			if to, ok := s[c.ID]; ok {
				return &plan.ColumnRef{ID: to, Name: c.Name, Typ: c.Typ}
			}
		}
		return e
	})
}

func (s sameColumns) scan(n, like *plan.Scan) bool {
	for _, c := range n.Cols {
		i := slices.IndexFunc(like.Cols, func(d plan.Column) bool { return like.Place(d) == n.Place(c) })
		if i < 0 {
			return false
		}
		s[c.ID] = like.Cols[i].ID
	}
	return true
}

// project matches a projection with one of the same, or with its input where that has no projection.
func (s sameColumns) project(n *plan.Project, like plan.Node) bool {
	var exprs []plan.Expr
	cols := like.Columns()
	if p, ok := like.(*plan.Project); ok {
		exprs, like = p.Exprs, p.Input
	} else {
		exprs = refs(cols)
	}
	if !s.node(n.Input, like) {
		return false
	}
	for i, e := range n.Exprs {
		if isVolatile(e) {
			return false
		}
		e = s.expr(e)
		at := slices.IndexFunc(exprs, func(x plan.Expr) bool { return plan.Equal(e, x) })
		if at < 0 {
			return false
		}
		s[n.Cols[i].ID] = cols[at].ID
	}
	return true
}

func (s sameColumns) window(n, like *plan.Window) bool {
	if n.Kind != like.Kind || n.Slide != like.Slide || n.Size != like.Size || n.Offset != like.Offset ||
		s[n.Time] != like.Time || !slices.Equal(s.ids(n.Partition), like.Partition) {
		return false
	}
	s[n.Start.ID], s[n.End.ID] = like.Start.ID, like.End.ID
	return true
}

func (s sameColumns) ids(list []plan.ColumnID) []plan.ColumnID {
	var out []plan.ColumnID
	for _, id := range list {
		out = append(out, s[id])
	}
	return out
}

func (s sameColumns) aggregate(n, like *plan.Aggregate) bool {
	keys := s.ids(n.Keys)
	if len(keys) != len(like.Keys) || slices.ContainsFunc(keys, func(id plan.ColumnID) bool { return !slices.Contains(like.Keys, id) }) {
		return false
	}
	for _, c := range n.Calls {
		at := slices.IndexFunc(like.Calls, func(d plan.AggCall) bool {
			return c.Function == d.Function && c.Distinct == d.Distinct && s[c.Filter] == d.Filter && slices.Equal(s.ids(c.Args), d.Args) &&
				len(c.Order) == 0 && len(d.Order) == 0
		})
		if at < 0 {
			return false
		}
		s[c.Column.ID] = like.Calls[at].Column.ID
	}
	return true
}
