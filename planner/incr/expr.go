package incr

import (
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Expr lowers an expression over columns, whose places are those in cols.
func Expr(e plan.Expr, cols []plan.Column) (flow.Expr, error) {
	places := make(map[plan.ColumnID]int, len(cols))
	for i, c := range cols {
		if _, ok := places[c.ID]; !ok {
			places[c.ID] = i
		}
	}
	c := &exprLowering{places: places}
	out := c.expr(e)
	return out, c.err
}

type exprLowering struct {
	places map[plan.ColumnID]int
	err    error
}

func (c *exprLowering) fail(err error) flow.Expr {
	if c.err == nil {
		c.err = err
	}
	return &flow.Const{Typ: plan.Bool, Value: types.NullValue}
}

func (c *exprLowering) list(list []plan.Expr) []flow.Expr {
	out := make([]flow.Expr, len(list))
	for i, e := range list {
		out[i] = c.expr(e)
	}
	return out
}

func (c *exprLowering) expr(e plan.Expr) flow.Expr {
	switch e := e.(type) {
	case *plan.ColumnRef:
		i, ok := c.places[e.ID]
		if !ok {
			return c.fail(invariants.Errorf("column %s#%d is not in the input", e.Name, e.ID))
		}
		return &flow.Column{Index: i, Typ: e.Typ}
	case *plan.Const:
		return &flow.Const{Typ: e.Typ, Value: e.Value}
	case *plan.Param:
		return &flow.Param{Index: e.Index, Typ: e.Typ}
	case *plan.Call:
		return &flow.Call{Function: e.Function, Args: c.list(e.Args), Typ: e.Typ}
	case *plan.Logic:
		return &flow.Logic{Or: e.Or, Args: c.list(e.Args)}
	case *plan.Not:
		return &flow.Not{X: c.expr(e.X)}
	case *plan.IsNull:
		return &flow.IsNull{X: c.expr(e.X), Not: e.Not}
	case *plan.Case:
		out := &flow.Case{Else: c.expr(e.Else), Typ: e.Typ}
		for _, w := range e.Whens {
			out.Whens = append(out.Whens, flow.When{Cond: c.expr(w.Cond), Result: c.expr(w.Result)})
		}
		return out
	case *plan.Coalesce:
		return &flow.Coalesce{Args: c.list(e.Args), Typ: e.Typ}
	case *plan.Subquery:
		return c.fail(pgerr.New(pgerr.FeatureNotSupported, "a subquery is not supported here").At(e.Pos))
	}
	return c.fail(invariants.Errorf("cannot lower a %T", e))
}

func exprs(list []plan.Expr, cols []plan.Column) ([]flow.Expr, error) {
	out := make([]flow.Expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = Expr(e, cols); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func column(r *rel, place int) flow.Expr { return &flow.Column{Index: place, Typ: r.cols[place].Type} }

func int8Const(n int64) flow.Expr {
	return &flow.Const{Typ: types.Of(types.OIDInt8), Value: types.IntValue(n)}
}

// clockFunctions are those whose results move with the time of the tick.
var clockFunctions = []string{
	"now", "transaction_timestamp", "statement_timestamp", "current_timestamp", "current_date", "current_time", "localtimestamp",
	"localtime",
}

// refuseInView refuses what a running view cannot keep: functions whose results change without a change of their arguments.
func refuseInView(n plan.Node) error {
	var err error
	plan.Visit(n, func(n plan.Node) {
		for _, e := range plan.Exprs(n) {
			plan.VisitExpr(e, func(e plan.Expr) bool {
				if c, ok := e.(*plan.Call); ok && err == nil {
					err = refuseCall(c)
				}
				return true
			})
		}
	})
	return err
}

func refuseCall(c *plan.Call) error {
	f := c.Function
	switch {
	case slices.Contains(clockFunctions, f.Name) && f.Volatility != fn.Immutable:
		return pgerr.Newf(pgerr.FeatureNotSupported, "%s() is not supported in a view that is kept fresh", f.Name).At(c.Pos).
			WithHint("Filter by time when the view is read, or group by windows of event time.")
	case f.Volatility == fn.Volatile && f.Name != procTime:
		return pgerr.Newf(pgerr.FeatureNotSupported, "volatile function %s() in a view that is kept fresh", f.Name).At(c.Pos).
			WithHint("The result of such a function changes with every call; compute it when rows are inserted.")
	}
	return nil
}

// volatileSpec tells whether a node must be computed apart even from one that reads the same.
func volatileSpec(spec flow.Spec) bool {
	var list []flow.Expr
	switch s := spec.(type) {
	case *flow.Filter:
		list = []flow.Expr{s.Cond}
	case *flow.Project:
		list = s.Exprs
	case *flow.Values:
		for _, row := range s.Rows {
			list = append(list, row...)
		}
	case *flow.TableFunc:
		for _, c := range s.Calls {
			if c.Function.Volatility == fn.Volatile {
				return true
			}
			list = append(list, c.Args...)
		}
	case *flow.Join:
		list = []flow.Expr{s.Cond}
	case *flow.Over:
		list = []flow.Expr{s.Frame.Start.Offset, s.Frame.End.Offset}
		for _, c := range s.Calls {
			list = append(list, c.Args...)
			if c.Frame != nil {
				list = append(list, c.Frame.Start.Offset, c.Frame.End.Offset)
			}
		}
	case *flow.Scan, *flow.Source, *flow.Materialize, *flow.Output, *flow.Hop, *flow.Timeless, *flow.Clock, *flow.Sessions, *flow.Union, *flow.Aggregate, *flow.TopN, *flow.LocalTop, *flow.LocalAggregate,
		*flow.MultiJoin, *flow.SetOp, *flow.Single, *flow.Hold, *flow.Sort, *flow.Take, *flow.Recursion, *flow.Working:
	}
	return slices.ContainsFunc(list, volatile)
}

func volatile(e flow.Expr) bool {
	switch e := e.(type) {
	case *flow.Call:
		return e.Function.Volatility == fn.Volatile || slices.ContainsFunc(e.Args, volatile)
	case *flow.Logic:
		return slices.ContainsFunc(e.Args, volatile)
	case *flow.Not:
		return volatile(e.X)
	case *flow.IsNull:
		return volatile(e.X)
	case *flow.Case:
		return volatile(e.Else) || slices.ContainsFunc(e.Whens, func(w flow.When) bool { return volatile(w.Cond) || volatile(w.Result) })
	case *flow.Coalesce:
		return slices.ContainsFunc(e.Args, volatile)
	case *flow.Column, *flow.Const, *flow.Param:
	}
	return false
}
