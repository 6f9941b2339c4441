package incr

import (
	"github.com/freshetdb/freshet/planner/plan"
)

// closes finds, for each join, the columns that a grouping above it groups by. If such a column has a time, what the join still has to
// say of a row once that time is complete would come too late for its group: so the join may forget the row.
func (l *lowering) closes(n plan.Node, wanted plan.ColumnSet) {
	switch n := n.(type) {
	case *plan.Aggregate:
		l.closes(n.Input, setOf(n.Keys))
	case *plan.TopN:
		l.closes(n.Input, setOf(n.Partition))
	case *plan.Distinct:
		if n.On != nil {
			l.closes(n.Input, setOf(n.On))
			return
		}
		l.closes(n.Input, plan.SetOf(n.Columns()))
	case *plan.Filter:
		l.closes(n.Input, wanted)
	case *plan.Project:
		below := plan.ColumnSet{}
		for i, c := range n.Cols {
			if wanted.Has(c.ID) {
				plan.AddExprColumns(below, n.Exprs[i])
			}
		}
		l.closes(n.Input, below)
	case *plan.Window:
		below := plan.ColumnSet{}
		for id := range wanted {
			below.Add(id)
		}
		if wanted.Has(n.Start.ID) || wanted.Has(n.End.ID) {
			below.Add(n.Time)
		}
		l.closes(n.Input, below)
	case *plan.Join:
		l.closing[n] = wanted
		l.closes(n.Left, wanted)
		if n.Kind != plan.InnerJoin { // a right row that is forgotten would leave its left row without a partner
			wanted = nil
		}
		l.closes(n.Right, wanted)
	case *plan.Scan, *plan.Values, *plan.Over, *plan.Order, *plan.Limit, *plan.SetOp, *plan.TableFunc, *plan.Single, *plan.Recursion, *plan.Working, *plan.Emit:
		for _, in := range plan.Inputs(n) {
			l.closes(in, nil)
		}
	}
}

func setOf(ids []plan.ColumnID) plan.ColumnSet {
	s := plan.ColumnSet{}
	for _, id := range ids {
		s.Add(id)
	}
	return s
}
