package opt

import (
	"github.com/freshetdb/freshet/planner/plan"
)

// mergeProjects makes one projection of two, where that computes nothing twice.
func (w *rewriter) mergeProjects(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		p, ok := n.(*plan.Project)
		if !ok {
			return n, false
		}
		q, ok := p.Input.(*plan.Project)
		if !ok {
			return n, false
		}
		uses := map[plan.ColumnID]int{}
		for _, e := range p.Exprs {
			plan.VisitExpr(e, func(e plan.Expr) bool {
				if c, ok := e.(*plan.ColumnRef); ok {
					uses[c.ID]++
				}
				return true
			})
			if hasSubquery(e) {
				return n, false
			}
		}
		by := map[plan.ColumnID]plan.Expr{}
		for i, e := range q.Exprs {
			id := q.Cols[i].ID
			by[id] = e
			if isVolatile(e) || hasSubquery(e) || uses[id] > 1 && !isCheap(e) {
				return n, false
			}
		}
		out := &plan.Project{Input: q.Input, Cols: p.Cols}
		for _, e := range p.Exprs {
			out.Exprs = append(out.Exprs, substitute(e, by))
		}
		return out, true
	})
}

// isCheap tells whether an expression may as well be computed several times.
func isCheap(e plan.Expr) bool {
	switch e.(type) {
	case *plan.ColumnRef, *plan.Const, *plan.Param:
		return true
	default:
		return false
	}
}

// dropProject drops projections that hand on what there is, as it is.
func (w *rewriter) dropProject(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		p, ok := n.(*plan.Project)
		if !ok {
			return n, false
		}
		in := p.Input.Columns()
		if len(in) != len(p.Cols) {
			return n, false
		}
		for i, e := range p.Exprs {
			c, ok := e.(*plan.ColumnRef)
			if !ok || c.ID != in[i].ID || p.Cols[i].ID != c.ID || p.Cols[i].Name != in[i].Name {
				return n, false
			}
		}
		return p.Input, true
	})
}

// dropOneRow drops joins with a row that has no columns, which SELECT without FROM reads.
func (w *rewriter) dropOneRow(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		j, ok := n.(*plan.Join)
		if !ok || j.Lateral {
			return n, false
		}
		switch {
		case isOneRow(j.Right) && (j.Kind == plan.InnerJoin || j.Kind == plan.LeftJoin && j.On == nil):
			return filtered(j.Left, j.On), true
		case isOneRow(j.Left) && j.Kind == plan.InnerJoin:
			return filtered(j.Right, j.On), true
		}
		return n, false
	})
}

func isOneRow(n plan.Node) bool {
	v, ok := n.(*plan.Values)
	return ok && len(v.Rows) == 1 && len(v.Cols) == 0
}

// dropOrder drops orders that nothing above can see.
func (w *rewriter) dropOrder(n plan.Node) (plan.Node, bool) {
	changed := false
	var visit func(n plan.Node, seen bool) plan.Node
	visit = func(n plan.Node, seen bool) plan.Node {
		switch x := n.(type) {
		case *plan.Order:
			if !seen {
				changed = true
				return visit(x.Input, false)
			}
			seen = false
		case *plan.Limit:
			seen = true
		case *plan.Project, *plan.Emit, *plan.Filter, *plan.TableFunc:
		case *plan.Scan, *plan.Values, *plan.Join, *plan.Window, *plan.Aggregate, *plan.Distinct, *plan.Over, *plan.TopN, *plan.SetOp,
			*plan.Single, *plan.Recursion, *plan.Working:
			seen = false
		}
		return plan.MapInputs(n, func(in plan.Node) plan.Node { return visit(in, seen) })
	}
	out := visit(n, true)
	if !changed {
		return n, false
	}
	return out, true
}
