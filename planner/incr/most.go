package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
)

// mostOfAggregates tells aggregates whose groups a rank looks at, and nobody else, that it wants of each partition only those with the most rows: of
// hot items in windows that is a few of thousands. The rank's partitions must be what the aggregate has together, the groups of a window, and nothing
// in a group that is not emitted may have an error, which would have to be told.
func (l *lowering) mostOfAggregates() {
	for i := range l.g.Nodes {
		node := &l.g.Nodes[i]
		top, ok := node.Spec.(*flow.TopN)
		if !ok || !top.Rising {
			continue
		}
		partition, order := slices.Clone(top.Partition), slices.Clone(top.Order)
		below := node.Inputs[0].Node
		for l.readers(below) == 1 && handsOn(l.g.Nodes[below].Spec, partition, order) {
			below = l.g.Nodes[below].Inputs[0].Node
		}
		if a, ok := l.g.Nodes[below].Spec.(*flow.Aggregate); ok && l.readers(below) == 1 {
			a.Most = windowsOf(a, partition) && ordersByRows(a, order[0].Column) && !slices.ContainsFunc(a.Calls, mayFail)
		}
	}
}

// windowsOf tells whether groups that agree in these columns are those of one window of the aggregate, or all groups where it has no windows.
func windowsOf(a *flow.Aggregate, columns []int) bool {
	switch {
	case a.Panes != nil:
		return len(columns) > 0 && !slices.ContainsFunc(columns, func(c int) bool { return c < len(a.Keys) || c > len(a.Keys)+1 })
	case a.Bound != nil:
		return len(columns) > 0 && !slices.ContainsFunc(columns, func(c int) bool { return !slices.Contains(a.BoundKeys, c) })
	default:
		return len(columns) == 0
	}
}

// ordersByRows tells whether a column of the aggregate is the number of a group's rows.
func ordersByRows(a *flow.Aggregate, column int) bool {
	call := column - len(a.Keys)
	if a.Panes != nil {
		call -= 2
	}
	return call >= 0 && a.Calls[call].Function.CountsRows && a.Calls[call].Filter < 0
}

// mayFail tells whether the result of a call may be an error.
func mayFail(c flow.AggCall) bool { return c.Function.Name != "count" && c.Function.Extreme == 0 }
