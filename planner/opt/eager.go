package opt

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// aggregateStream aggregates a stream before it is joined with what is no stream, by the columns of the join and those of the groups:
// the join then keeps and looks up what is left of each tick, not every row. A join by those columns treats all rows of a
// partial group alike, so the sum of the partial counts is the count, whatever the other side does later.
func (w *rewriter) aggregateStream(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		a, ok := n.(*plan.Aggregate)
		if !ok || len(a.Keys) == 0 || len(a.Calls) == 0 {
			return n, false
		}
		j, ok := joinBelow(a.Input)
		if !ok || !reorders(j) || j.On == nil {
			return n, false
		}
		for _, left := range []bool{true, false} {
			stream, other := j.Left, j.Right
			if !left {
				stream, other = other, stream
			}
			if !isStream(stream) || hasStream(other) {
				continue
			}
			keys, ok := partialKeys(a, j, stream)
			if !ok {
				continue
			}
			partial, calls, ok := w.splitCalls(a, stream)
			if !ok {
				continue
			}
			out := &plan.Join{Kind: j.Kind, Left: j.Left, Right: j.Right, On: j.On}
			below := &plan.Aggregate{Input: stream, Keys: keys, Calls: partial}
			if left {
				out.Left = below
			} else {
				out.Right = below
			}
			return &plan.Aggregate{Input: out, Keys: a.Keys, Calls: calls}, true
		}
		return n, false
	})
}

// joinBelow finds a join under a projection that only leaves columns out.
func joinBelow(n plan.Node) (*plan.Join, bool) {
	if p, ok := n.(*plan.Project); ok {
		for i, e := range p.Exprs {
			if c, ok := e.(*plan.ColumnRef); !ok || c.ID != p.Cols[i].ID {
				return nil, false
			}
		}
		n = p.Input
	}
	j, ok := n.(*plan.Join)
	return j, ok
}

// isStream tells whether a node hands on the rows of a source one by one.
func isStream(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return n.Relation.Kind == catalog.Source
	case *plan.Filter:
		return isStream(n.Input)
	case *plan.Project:
		return isStream(n.Input)
	case *plan.Window:
		return isStream(n.Input)
	default:
		return false
	}
}

func hasStream(n plan.Node) bool {
	if s, ok := n.(*plan.Scan); ok {
		return s.Relation.Kind == catalog.Source
	}
	found := false
	plan.MapInputs(n, func(in plan.Node) plan.Node {
		found = found || hasStream(in)
		return in
	})
	return found
}

// partialKeys are the stream's columns by which it is aggregated before the join: those of the groups, and those of the join, which
// must be equalities. Groups by the time of single rows would not be worth it.
func partialKeys(a *plan.Aggregate, j *plan.Join, stream plan.Node) (keys []plan.ColumnID, ok bool) {
	cols := stream.Columns()
	have := plan.SetOf(cols)
	add := func(id plan.ColumnID) {
		if have.Has(id) && !slices.Contains(keys, id) {
			keys = append(keys, id)
		}
	}
	for _, id := range a.Keys {
		add(id)
	}
	for _, e := range plan.Conjuncts(j.On) {
		x, y, ok := plan.Equality(e)
		if !ok {
			return nil, false
		}
		for _, side := range []plan.Expr{x, y} {
			if _, isColumn := side.(*plan.ColumnRef); !isColumn && plan.ExprColumns(side).Meets(have) {
				return nil, false
			}
			for id := range plan.ExprColumns(side) {
				add(id)
			}
		}
	}
	for _, id := range keys {
		switch c := plan.ColumnByID(cols, id); c.Type.OID {
		case types.OIDTimestamp, types.OIDTimestamptz:
			if c.Table != 0 { // as the source has it
				return nil, false
			}
		default:
		}
	}
	return keys, len(keys) > 0
}

// splitCalls makes of each call one over the stream and one over what that gives; only calls for which that is exact.
func (w *rewriter) splitCalls(a *plan.Aggregate, stream plan.Node) (partial, calls []plan.AggCall, ok bool) {
	have := plan.SetOf(stream.Columns())
	for _, c := range a.Calls {
		if c.Distinct || len(c.Order) > 0 || c.Filter != 0 && !have.Has(c.Filter) {
			return nil, nil, false
		}
		for _, id := range c.Args {
			if !have.Has(id) {
				return nil, nil, false
			}
		}
		first := c
		first.Column = w.column(c.Column.Name, c.Column.Type)
		second := plan.AggCall{Function: c.Function, Args: []plan.ColumnID{first.Column.ID}, Column: c.Column}
		switch c.Function.Name {
		case "count":
			first.Column.NotNull = true
			second.Function = fn.SumOfCounts
		case "min", "max":
		default:
			return nil, nil, false
		}
		partial, calls = append(partial, first), append(calls, second)
	}
	return partial, calls, true
}
