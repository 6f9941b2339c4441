package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// removeFilter drops conditions that are always true, and what is under one that never is.
func (w *rewriter) removeFilter(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		switch n := n.(type) {
		case *plan.Filter:
			switch {
			case isTrue(n.Cond):
				return n.Input, true
			case isFalse(n.Cond) || isNull(n.Cond):
				return &plan.Values{Cols: n.Columns()}, true
			}
		case *plan.Join:
			if n.On != nil && isTrue(n.On) {
				return &plan.Join{Kind: n.Kind, Left: n.Left, Right: n.Right, Lateral: n.Lateral}, true
			}
			if n.Kind == plan.InnerJoin && (isEmpty(n.Left) || isEmpty(n.Right)) {
				return &plan.Values{Cols: n.Columns()}, true
			}
		default:
		}
		return n, false
	})
}

// removeEmpty drops what is computed of no rows where that gives no rows: all but a grouping without keys. So a query whose condition
// is never true follows nothing.
func (w *rewriter) removeEmpty(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		switch n := n.(type) {
		case *plan.Filter, *plan.Project, *plan.Window, *plan.TopN, *plan.Distinct, *plan.Over, *plan.Order, *plan.Limit:
		case *plan.Aggregate:
			if len(n.Keys) == 0 {
				return n, false
			}
		default:
			return n, false
		}
		if !isEmpty(plan.Inputs(n)[0]) {
			return n, false
		}
		return &plan.Values{Cols: n.Columns()}, true
	})
}

func isEmpty(n plan.Node) bool {
	v, ok := n.(*plan.Values)
	return ok && len(v.Rows) == 0
}

func (w *rewriter) mergeFilters(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		f, ok := n.(*plan.Filter)
		if !ok {
			return n, false
		}
		g, ok := f.Input.(*plan.Filter)
		if !ok {
			return n, false
		}
		return &plan.Filter{Input: g.Input, Cond: plan.And(g.Cond, f.Cond)}, true
	})
}

// pushFilter moves conditions towards the relations they are about.
func (w *rewriter) pushFilter(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		switch n := n.(type) {
		case *plan.Filter:
			return pushInto(n)
		case *plan.Join:
			return pushOn(n)
		default:
			return n, false
		}
	})
}

// divide splits a condition into what may go below, as it is true of columns that lie there, and the rest.
func divide(cond plan.Expr, may func(plan.ColumnSet) bool) (down, stay plan.Expr) {
	var d, s []plan.Expr
	for _, e := range plan.Conjuncts(cond) {
		if !isVolatile(e) && !hasSubquery(e) && may(plan.ExprColumns(e)) {
			d = append(d, e)
		} else {
			s = append(s, e)
		}
	}
	return plan.And(d...), plan.And(s...)
}

func within(cols []plan.Column) func(plan.ColumnSet) bool {
	set := plan.SetOf(cols)
	return func(used plan.ColumnSet) bool { return set.HasAll(used) }
}

func among(ids []plan.ColumnID) func(plan.ColumnSet) bool {
	return func(used plan.ColumnSet) bool {
		for id := range used {
			if !slices.Contains(ids, id) {
				return false
			}
		}
		return true
	}
}

// pushInto moves a filter below its input, or into it.
func pushInto(f *plan.Filter) (plan.Node, bool) {
	may := within(f.Columns())
	switch in := f.Input.(type) {
	case *plan.Project:
		return pushBelowProject(f, in)
	case *plan.Join:
		return pushIntoJoin(f, in)
	case *plan.SetOp:
		return pushIntoSetOp(f, in)
	case *plan.Order:
	case *plan.Aggregate:
		if len(in.Keys) == 0 {
			return f, false
		}
		may = among(in.Keys)
	case *plan.Distinct:
		if in.On != nil {
			may = among(in.On)
		}
	case *plan.Over:
		may = among(in.Partition)
	case *plan.TopN:
		may = among(in.Partition)
	case *plan.Window:
		if in.Kind == plan.Session { // a row that is left out may part a session
			may = among(in.Partition)
		} else {
			may = within(in.Input.Columns())
		}
	case *plan.TableFunc:
		if in.Input == nil {
			return f, false
		}
		may = within(in.Input.Columns())
	case *plan.Scan, *plan.Values, *plan.Filter, *plan.Limit, *plan.Single, *plan.Recursion, *plan.Working, *plan.Emit:
		return f, false
	}
	down, stay := divide(f.Cond, may)
	if down == nil {
		return f, false
	}
	below := plan.MapInputs(f.Input, func(n plan.Node) plan.Node { return filtered(n, down) })
	return filtered(below, stay), true
}

func pushBelowProject(f *plan.Filter, p *plan.Project) (plan.Node, bool) {
	by := map[plan.ColumnID]plan.Expr{}
	fixed := plan.ColumnSet{} // computed anew by each use would be wrong
	for i, e := range p.Exprs {
		by[p.Cols[i].ID] = e
		if isVolatile(e) || hasSubquery(e) {
			fixed.Add(p.Cols[i].ID)
		}
	}
	down, stay := divide(f.Cond, func(used plan.ColumnSet) bool { return !used.Meets(fixed) })
	if down == nil {
		return f, false
	}
	return filtered(&plan.Project{Input: filtered(p.Input, substitute(down, by)), Exprs: p.Exprs, Cols: p.Cols}, stay), true
}

func pushIntoJoin(f *plan.Filter, j *plan.Join) (plan.Node, bool) {
	left, rest := divide(f.Cond, within(j.Left.Columns()))
	if j.Kind == plan.FullJoin {
		return f, false
	}
	out := &plan.Join{Kind: j.Kind, Left: filtered(j.Left, left), Right: j.Right, On: j.On, Lateral: j.Lateral}
	if j.Kind == plan.InnerJoin {
		on, stay := divide(rest, func(plan.ColumnSet) bool { return true })
		if left == nil && on == nil {
			return f, false
		}
		out.On = plan.And(append(plan.Conjuncts(j.On), plan.Conjuncts(on)...)...)
		return filtered(out, stay), true
	}
	if left == nil {
		return f, false
	}
	return filtered(out, rest), true
}

// pushOn moves the parts of a join's condition that are about one side to it.
func pushOn(j *plan.Join) (plan.Node, bool) {
	if j.On == nil || j.Kind == plan.FullJoin || j.Kind == plan.NotInJoin {
		return j, false
	}
	var left, right plan.Expr
	rest := j.On
	if j.Kind == plan.InnerJoin || j.Kind == plan.SemiJoin {
		left, rest = divide(rest, func(used plan.ColumnSet) bool { return len(used) > 0 && within(j.Left.Columns())(used) })
	}
	if !j.Lateral {
		right, rest = divide(rest, func(used plan.ColumnSet) bool { return len(used) > 0 && within(j.Right.Columns())(used) })
	}
	if left == nil && right == nil {
		return j, false
	}
	return &plan.Join{Kind: j.Kind, Left: filtered(j.Left, left), Right: filtered(j.Right, right), On: rest, Lateral: j.Lateral}, true
}

func pushIntoSetOp(f *plan.Filter, s *plan.SetOp) (plan.Node, bool) {
	down, stay := divide(f.Cond, within(s.Cols))
	if down == nil {
		return f, false
	}
	side := func(n plan.Node) plan.Node {
		by := map[plan.ColumnID]plan.Expr{}
		for i, c := range n.Columns() {
			by[s.Cols[i].ID] = ref(c)
		}
		return filtered(n, substitute(down, by))
	}
	return filtered(&plan.SetOp{Kind: s.Kind, All: s.All, Left: side(s.Left), Right: side(s.Right), Cols: s.Cols}, stay), true
}
