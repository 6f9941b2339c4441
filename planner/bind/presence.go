package bind

import "github.com/freshetdb/freshet/planner/plan"

// The whole row of an item is null where an outer join has no row of it, which its columns cannot say if each may be null.

// presence tells whether the item is there, of which the row of an outer join may lack: by a column that is never null in it, or by one
// that is added to it for that.
func (s *scope) presence(i *item) plan.Expr {
	for k, c := range i.columns {
		if _, ok := c.value.(*plan.ColumnRef); ok && c.notNull {
			return &plan.IsNull{X: s.use(i, k, 0).Expr, Not: true}
		}
	}
	if i.marker.ID == 0 {
		i.marker = s.b.column("present", plan.Bool)
		s.b.owner[i.marker.ID] = s
		s.marked = append(s.marked, i)
	}
	return &plan.IsNull{X: refTo(i.marker, 0), Not: true}
}

// withMarkers adds the columns that presence has asked for.
func (s *scope) withMarkers(n plan.Node) plan.Node {
	for _, i := range s.marked {
		marked := func(n plan.Node, e plan.Expr) plan.Node {
			p := &plan.Project{Input: n}
			for _, c := range n.Columns() {
				p.Exprs, p.Cols = append(p.Exprs, refTo(c, 0)), append(p.Cols, c)
			}
			p.Exprs, p.Cols = append(p.Exprs, e), append(p.Cols, i.marker)
			return p
		}
		found := false
		n = replaced(n, i.node, func(n plan.Node) plan.Node {
			found = true
			return marked(n, boolConst(true))
		})
		if !found { // it is a function that is called for each row of the other side: its row is there if it has any value
			var some []plan.Expr
			for _, c := range i.columns {
				some = append(some, &plan.IsNull{X: c.value, Not: true})
			}
			any := &plan.Logic{Or: true, Args: some}
			n = marked(n, &plan.Case{Whens: []plan.When{{Cond: any, Result: boolConst(true)}}, Else: nullOf(plan.Bool), Typ: plan.Bool})
		}
	}
	return n
}

// replaced puts another node in the place of one.
func replaced(n, old plan.Node, by func(plan.Node) plan.Node) plan.Node {
	if n == old {
		return by(n)
	}
	return plan.MapInputs(n, func(in plan.Node) plan.Node { return replaced(in, old, by) })
}
