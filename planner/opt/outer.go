package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// outerToInner makes outer joins inner where a condition above drops the rows that were filled up with nulls.
func (w *rewriter) outerToInner(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		switch n := n.(type) {
		case *plan.Filter:
			if in, ok := tighten(n.Input, n.Cond); ok {
				return &plan.Filter{Input: in, Cond: n.Cond}, true
			}
		case *plan.Join:
			if n.On == nil || n.Lateral {
				return n, false
			}
			left, right := n.Left, n.Right
			var okL, okR bool
			if n.Kind == plan.InnerJoin || n.Kind == plan.SemiJoin {
				left, okL = tighten(left, n.On)
			}
			if n.Kind == plan.InnerJoin || n.Kind == plan.SemiJoin || n.Kind == plan.LeftJoin {
				right, okR = tighten(right, n.On)
			}
			if okL || okR {
				return &plan.Join{Kind: n.Kind, Left: left, Right: right, On: n.On}, true
			}
		default:
		}
		return n, false
	})
}

// tighten makes a join under a condition as narrow as the condition allows. It looks through nodes that hand columns on.
func tighten(n plan.Node, cond plan.Expr) (plan.Node, bool) {
	switch n := n.(type) {
	case *plan.Filter:
		in, ok := tighten(n.Input, cond)
		return &plan.Filter{Input: in, Cond: n.Cond}, ok
	case *plan.Project:
		in, ok := tighten(n.Input, cond) // columns that are handed on have their ids
		return &plan.Project{Input: in, Exprs: n.Exprs, Cols: n.Cols}, ok
	case *plan.Join:
		if n.Lateral {
			return n, false
		}
		return tightenJoin(n, cond)
	default:
		return n, false
	}
}

func tightenJoin(j *plan.Join, cond plan.Expr) (plan.Node, bool) {
	noLeft := rejectsAny(cond, plan.SetOf(j.Left.Columns()))
	noRight := rejectsAny(cond, plan.SetOf(j.Right.Columns()))
	out := &plan.Join{Kind: j.Kind, Left: j.Left, Right: j.Right, On: j.On}
	switch {
	case j.Kind == plan.LeftJoin && noRight, j.Kind == plan.FullJoin && noLeft && noRight:
		out.Kind = plan.InnerJoin
		return out, true
	case j.Kind == plan.FullJoin && noLeft:
		out.Kind = plan.LeftJoin
		return out, true
	case j.Kind == plan.FullJoin && noRight:
		swapped := &plan.Join{Kind: plan.LeftJoin, Left: j.Right, Right: j.Left, On: j.On}
		return onto(swapped, j.Columns()), true
	case j.Kind == plan.InnerJoin || j.Kind == plan.LeftJoin || j.Kind == plan.SemiJoin || j.Kind == plan.AntiJoin:
		var okL, okR bool
		out.Left, okL = tighten(j.Left, cond)
		if j.Kind == plan.InnerJoin {
			out.Right, okR = tighten(j.Right, cond)
		}
		return out, okL || okR
	}
	return j, false
}

func rejectsAny(cond plan.Expr, cols plan.ColumnSet) bool {
	return slices.ContainsFunc(plan.Conjuncts(cond), func(e plan.Expr) bool { return rejectsNull(e, cols) })
}

// rejectsNull tells whether a condition is never true where all of cols are null.
func rejectsNull(e plan.Expr, cols plan.ColumnSet) bool {
	switch x := e.(type) {
	case *plan.IsNull:
		return x.Not && nullWith(x.X, cols)
	case *plan.Logic:
		if x.Or {
			return !slices.ContainsFunc(x.Args, func(a plan.Expr) bool { return !rejectsNull(a, cols) })
		}
		return slices.ContainsFunc(x.Args, func(a plan.Expr) bool { return rejectsNull(a, cols) })
	default:
		return nullWith(e, cols)
	}
}

// nullWith tells whether an expression is null where all of cols are.
func nullWith(e plan.Expr, cols plan.ColumnSet) bool {
	switch x := e.(type) {
	case *plan.ColumnRef:
		return cols.Has(x.ID)
	case *plan.Const:
		return x.Value.Null
	case *plan.Call:
		return !x.Function.NullCall && slices.ContainsFunc(x.Args, func(a plan.Expr) bool { return nullWith(a, cols) })
	case *plan.Not:
		return nullWith(x.X, cols)
	case *plan.Coalesce:
		return !slices.ContainsFunc(x.Args, func(a plan.Expr) bool { return !nullWith(a, cols) })
	case *plan.Param, *plan.Logic, *plan.IsNull, *plan.Case, *plan.Subquery:
	}
	return false
}
