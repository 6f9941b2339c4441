package opt

import (
	"bytes"
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// foldConstants computes what has only constants in it. What fails stays: whether it is ever computed is for the query to say.
func (w *rewriter) foldConstants(n plan.Node) (plan.Node, bool) {
	return exprsEverywhere(n, func(e plan.Expr) (plan.Expr, bool) {
		switch e := e.(type) {
		case *plan.Call:
			return w.foldCall(e)
		case *plan.IsNull:
			if c, ok := e.X.(*plan.Const); ok {
				return boolConst(c.Value.Null != e.Not), true
			}
		case *plan.Case:
			return foldCase(e)
		case *plan.Coalesce:
			return foldCoalesce(e)
		case *plan.ColumnRef, *plan.Const, *plan.Param, *plan.Logic, *plan.Not, *plan.Subquery:
		}
		return e, false
	})
}

func (w *rewriter) foldCall(e *plan.Call) (plan.Expr, bool) {
	f := e.Function
	if f.Volatility != fn.Immutable {
		return e, false
	}
	for _, a := range e.Args {
		c, ok := a.(*plan.Const)
		if !ok {
			return e, false
		}
		if c.Value.Null && !f.NullCall {
			return &plan.Const{Typ: e.Typ, Value: types.NullValue}, true
		}
	}
	v, ok := w.evaluate(e)
	if !ok {
		return e, false
	}
	return &plan.Const{Typ: e.Typ, Value: v}, true
}

// evaluate computes a call of constants over vectors of one row.
func (w *rewriter) evaluate(e *plan.Call) (types.Value, bool) {
	out := batch.NewVec(e.Typ)
	errs := &fn.Errors{}
	call := &fn.Call{Rows: 1, Out: &out, Errors: errs}
	call.Settings = w.Settings
	for _, a := range e.Args {
		v := batch.NewVec(a.Type())
		v.Append(a.(*plan.Const).Value)
		call.Args = append(call.Args, fn.Arg{Vec: &v, Const: true})
	}
	e.Function.Kernel(call)
	if errs.Len() > 0 || out.Len() != 1 {
		return types.Value{}, false
	}
	v := out.Value(0)
	v.Bytes = bytes.Clone(v.Bytes)
	return v, true
}

func foldCase(e *plan.Case) (plan.Expr, bool) {
	var whens []plan.When
	last := e.Else
	changed := false
	for _, w := range e.Whens {
		c, ok := w.Cond.(*plan.Const)
		if !ok {
			whens = append(whens, w)
			continue
		}
		changed = true
		if isTrue(c) {
			last = w.Result
			break
		}
	}
	switch {
	case !changed:
		return e, false
	case len(whens) == 0:
		return last, true
	}
	return &plan.Case{Whens: whens, Else: last, Typ: e.Typ}, true
}

func foldCoalesce(e *plan.Coalesce) (plan.Expr, bool) {
	args := slices.DeleteFunc(slices.Clone(e.Args), func(a plan.Expr) bool {
		c, ok := a.(*plan.Const)
		return ok && c.Value.Null
	})
	for i, a := range args {
		if _, ok := a.(*plan.Const); ok {
			args = args[:i+1]
			break
		}
	}
	switch {
	case len(args) == 0:
		return &plan.Const{Typ: e.Typ, Value: types.NullValue}, true
	case len(args) == 1:
		return args[0], true
	case len(args) == len(e.Args):
		return e, false
	}
	return &plan.Coalesce{Args: args, Typ: e.Typ}, true
}

func isTrue(e plan.Expr) bool {
	c, ok := e.(*plan.Const)
	return ok && !c.Value.Null && c.Value.Bool()
}

func isFalse(e plan.Expr) bool {
	c, ok := e.(*plan.Const)
	return ok && !c.Value.Null && !c.Value.Bool()
}

func isNull(e plan.Expr) bool {
	c, ok := e.(*plan.Const)
	return ok && c.Value.Null
}

// FoldExpr computes the constant parts of an expression.
func FoldExpr(e plan.Expr, o Options) plan.Expr {
	if o.Functions == nil {
		o.Functions = fn.Builtins()
	}
	if o.Settings == nil {
		o.Settings = types.DefaultSettings
	}
	w := &rewriter{Options: o}
	p := &plan.Project{Input: oneRow(), Exprs: []plan.Expr{e}, Cols: []plan.Column{{ID: 1, Type: e.Type()}}}
	out, changed := w.foldConstants(p)
	if !changed {
		return e
	}
	return out.(*plan.Project).Exprs[0]
}
