package opt

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// topN finds conditions that bound the number of a row in its partition: only so many rows of each need be kept.
func (w *rewriter) topN(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		f, ok := n.(*plan.Filter)
		if !ok {
			return n, false
		}
		over, ok := f.Input.(*plan.Over)
		if !ok {
			return n, false
		}
		for i, call := range over.Calls {
			limit, rest, ok := bounded(f.Cond, call.Column.ID)
			if !ok || !call.Function.IsRank() {
				continue
			}
			in := over.Input
			if len(over.Calls) > 1 {
				others := append(append([]plan.OverCall{}, over.Calls[:i]...), over.Calls[i+1:]...)
				// The two would order rows of equal rank each in its own way; the other one keeps all rows anyway.
				if call.Function.SeesTies() && slices.ContainsFunc(others, func(c plan.OverCall) bool { return c.Function.SeesTies() }) {
					continue
				}
				in = &plan.Over{Input: in, Partition: over.Partition, Order: over.Order, Calls: others}
			}
			number := call.Column
			top := &plan.TopN{
				Input: in, Partition: over.Partition, Order: over.Order, Limit: limit, Kind: call.Function, Number: &number,
			}
			out := filtered(top, rest)
			if len(over.Calls) > 1 {
				out = filtered(onto(top, over.Columns()), rest)
			}
			return out, true
		}
		return n, false
	})
}

// bounded finds the least bound that a condition sets to a column, and what else it says. Ranks count from 1.
func bounded(cond plan.Expr, id plan.ColumnID) (limit int64, rest plan.Expr, ok bool) {
	limit = math.MaxInt64
	var others []plan.Expr
	for _, e := range plan.Conjuncts(cond) {
		most, exact, is := upperBound(e, id)
		if !is {
			others = append(others, e)
			continue
		}
		limit = min(limit, most)
		if !exact {
			others = append(others, e)
		}
	}
	return max(limit, 0), plan.And(others...), limit < math.MaxInt64
}

// upperBound is the greatest value of a column for which a comparison with a constant is true. exact tells that the comparison is
// true for all numbers from 1 to it.
func upperBound(e plan.Expr, id plan.ColumnID) (most int64, exact, ok bool) {
	c, isCall := e.(*plan.Call)
	if !isCall || len(c.Args) != 2 {
		return 0, false, false
	}
	op := c.Function.Name
	x, v := c.Args[0], c.Args[1]
	if _, isConst := x.(*plan.Const); isConst {
		x, v = v, x
		op = map[string]string{"=": "=", ">": "<", ">=": "<="}[op]
	}
	column, isColumn := x.(*plan.ColumnRef)
	k, isConst := v.(*plan.Const)
	if !isColumn || !isConst || column.ID != id || k.Value.Null || k.Typ.Kind() != types.Int64 {
		return 0, false, false
	}
	switch op {
	case "<":
		return k.Value.Int - 1, true, true
	case "<=":
		return k.Value.Int, true, true
	case "=":
		return k.Value.Int, k.Value.Int == 1, true
	}
	return 0, false, false
}
