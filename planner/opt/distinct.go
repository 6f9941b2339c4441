package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// dropDistinct drops a DISTINCT over rows that a key makes distinct already.
func (w *rewriter) dropDistinct(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		switch n := n.(type) {
		case *plan.Distinct:
			on := n.On
			if on == nil {
				for _, c := range n.Columns() {
					on = append(on, c.ID)
				}
			}
			if hasKeyWithin(n.Input, on) {
				return n.Input, true
			}
		case *plan.Aggregate:
			if len(n.Calls) == 0 && len(n.Keys) > 0 && hasKeyWithin(n.Input, n.Keys) {
				return onto(n.Input, n.Columns()), true
			}
		case *plan.TopN:
			if n.Number == nil && n.Limit == 1 && n.Offset == 0 && hasKeyWithin(n.Input, n.Partition) {
				return n.Input, true
			}
		case *plan.Single:
			if hasKeyWithin(n.Input, n.Keys) {
				return n.Input, true
			}
		default:
		}
		return n, false
	})
}

// hasKeyWithin tells whether no two rows agree in columns.
func hasKeyWithin(n plan.Node, cols []plan.ColumnID) bool {
	return slices.ContainsFunc(plan.Keys(n, nil), func(key []plan.ColumnID) bool {
		return !slices.ContainsFunc(key, func(id plan.ColumnID) bool { return !slices.Contains(cols, id) })
	})
}

// distinctOn makes DISTINCT ON the first row of each partition.
func (w *rewriter) distinctOn(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		d, ok := n.(*plan.Distinct)
		if !ok || d.On == nil {
			return n, false
		}
		return &plan.TopN{Input: d.Input, Partition: d.On, Order: d.Order, Limit: 1}, true
	})
}
