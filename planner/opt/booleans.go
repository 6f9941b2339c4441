package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
)

// simplifyBooleans flattens AND and OR, drops what decides nothing, moves NOT inwards, and takes out of an OR what all its parts have
// in common.
func (w *rewriter) simplifyBooleans(n plan.Node) (plan.Node, bool) {
	return exprsEverywhere(n, func(e plan.Expr) (plan.Expr, bool) {
		switch e := e.(type) {
		case *plan.Logic:
			return simplifyLogic(e)
		case *plan.Not:
			return w.simplifyNot(e)
		default:
			return e, false
		}
	})
}

// maxCompared is up to how many parts are compared with each other to find repetitions: the effort is quadratic, and IN has long lists.
const maxCompared = 64

func simplifyLogic(e *plan.Logic) (plan.Expr, bool) {
	changed := false
	var args []plan.Expr
	for _, a := range e.Args {
		if l, ok := a.(*plan.Logic); ok && l.Or == e.Or {
			args, changed = append(args, l.Args...), true
			continue
		}
		args = append(args, a)
	}
	kept := args[:0:0]
	for _, a := range args {
		switch {
		case e.Or && isTrue(a) && !slices.ContainsFunc(kept, isVolatile), !e.Or && isFalse(a):
			return boolConst(e.Or), true
		case e.Or && isFalse(a), !e.Or && isTrue(a):
			changed = true
		case len(args) <= maxCompared && slices.ContainsFunc(kept, func(k plan.Expr) bool { return plan.Equal(k, a) }) && !isVolatile(a):
			changed = true
		default:
			kept = append(kept, a)
		}
	}
	switch len(kept) {
	case 0:
		return boolConst(!e.Or), true
	case 1:
		return kept[0], true
	}
	if e.Or {
		if x, ok := commonPart(kept); ok {
			return x, true
		}
	}
	if !changed {
		return e, false
	}
	return &plan.Logic{Or: e.Or, Args: kept}, true
}

// commonPart is (a AND b) OR (a AND c) as a AND (b OR c).
func commonPart(args []plan.Expr) (plan.Expr, bool) {
	var common []plan.Expr
	for _, x := range plan.Conjuncts(args[0]) {
		in := func(arg plan.Expr) bool {
			return slices.ContainsFunc(plan.Conjuncts(arg), func(y plan.Expr) bool { return plan.Equal(x, y) })
		}
		if !isVolatile(x) && !slices.ContainsFunc(args, func(arg plan.Expr) bool { return !in(arg) }) {
			common = append(common, x)
		}
	}
	if len(common) == 0 {
		return nil, false
	}
	or := &plan.Logic{Or: true}
	for _, arg := range args {
		rest := slices.DeleteFunc(plan.Conjuncts(arg), func(x plan.Expr) bool {
			return slices.ContainsFunc(common, func(y plan.Expr) bool { return plan.Equal(x, y) })
		})
		if len(rest) == 0 { // a OR (a AND b)
			return plan.And(common...), true
		}
		or.Args = append(or.Args, plan.And(rest...))
	}
	return plan.And(append(common, or)...), true
}

func (w *rewriter) simplifyNot(e *plan.Not) (plan.Expr, bool) {
	switch x := e.X.(type) {
	case *plan.Const:
		if x.Value.Null {
			return x, true
		}
		return boolConst(!x.Value.Bool()), true
	case *plan.Not:
		return x.X, true
	case *plan.IsNull:
		return &plan.IsNull{X: x.X, Not: !x.Not}, true
	case *plan.Logic:
		out := &plan.Logic{Or: !x.Or}
		for _, a := range x.Args {
			y, _ := w.simplifyNot(&plan.Not{X: a})
			out.Args = append(out.Args, y)
		}
		return out, true
	case *plan.Call:
		if f := w.negated(x.Function); f != nil {
			return &plan.Call{Function: f, Args: x.Args, Typ: x.Typ, Pos: x.Pos}, true
		}
	case *plan.ColumnRef, *plan.Param, *plan.Case, *plan.Coalesce, *plan.Subquery:
	}
	return e, false
}

var negators = map[string]string{"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

// negated is the comparison that is true where f is false.
func (w *rewriter) negated(f *fn.Function) *fn.Function {
	symbol, ok := negators[f.Name]
	if !ok {
		return nil
	}
	for _, o := range w.Functions.Operators(symbol) {
		if slices.Equal(o.Function.Args, f.Args) && len(f.Args) == 2 && !fn.IsPolymorphic(f.Args[0]) {
			return o.Function
		}
	}
	return nil
}
