package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// groupWindows brings a window directly under the aggregate that groups by it, past a projection that does not look at its bounds: so
// sliding windows are counted in panes instead of copying rows.
func (w *rewriter) groupWindows(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		a, ok := n.(*plan.Aggregate)
		if !ok {
			return n, false
		}
		p, ok := a.Input.(*plan.Project)
		if !ok {
			return n, false
		}
		win, ok := p.Input.(*plan.Window)
		if !ok {
			return n, false
		}
		below, ok := windowAbove(p, win)
		if !ok {
			return n, false
		}
		return &plan.Aggregate{Input: below, Keys: a.Keys, Calls: a.Calls}, true
	})
}

// windowAbove is the window over the projection; its bounds have the ids that the projection gave them.
func windowAbove(p *plan.Project, win *plan.Window) (plan.Node, bool) {
	out := *win
	below := &plan.Project{Input: win.Input}
	renamed := map[plan.ColumnID]bool{}
	for i, e := range p.Exprs {
		c, isColumn := e.(*plan.ColumnRef)
		if isColumn && (c.ID == win.Start.ID || c.ID == win.End.ID) {
			if renamed[c.ID] {
				return nil, false
			}
			renamed[c.ID] = true
			if c.ID == win.Start.ID {
				out.Start = p.Cols[i]
			} else {
				out.End = p.Cols[i]
			}
			continue
		}
		used := plan.ExprColumns(e)
		if used.Has(win.Start.ID) || used.Has(win.End.ID) {
			return nil, false
		}
		below.Exprs, below.Cols = append(below.Exprs, e), append(below.Cols, p.Cols[i])
	}
	for _, id := range append(slices.Clone(win.Partition), win.Time) {
		has := slices.ContainsFunc(below.Cols, func(c plan.Column) bool { return c.ID == id })
		if !has {
			c := plan.ColumnByID(win.Input.Columns(), id)
			below.Exprs, below.Cols = append(below.Exprs, ref(c)), append(below.Cols, c)
		}
	}
	out.Input = below
	return &out, true
}
