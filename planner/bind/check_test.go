package bind_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// checkPlan looks for what must not be in a plan: a column that is made twice, or used where it is not there or with another type,
// conditions that are no booleans, and values whose type nobody has found out.
func checkPlan(n plan.Node) error {
	c := checker{made: map[plan.ColumnID]bool{}}
	c.node(n, map[plan.ColumnID]types.Type{})
	return c.err
}

type checker struct {
	made map[plan.ColumnID]bool
	err  error
}

func (c *checker) failf(n plan.Node, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%s in\n%s", fmt.Sprintf(format, args...), plan.String(n))
	}
}

// node checks a plan within queries that have the columns of outer.
func (c *checker) node(n plan.Node, outer map[plan.ColumnID]types.Type) {
	in := maps.Clone(outer)
	below := map[plan.ColumnID]bool{}
	for i, input := range plan.Inputs(n) {
		around := outer
		if j, ok := n.(*plan.Join); ok && j.Lateral && i == 1 {
			around = maps.Clone(outer)
			for _, col := range j.Left.Columns() {
				around[col.ID] = col.Type
			}
		}
		c.node(input, around)
		switch n.(type) {
		case *plan.SetOp, *plan.Recursion:
			continue
		default:
		}
		for _, col := range input.Columns() {
			in[col.ID], below[col.ID] = col.Type, true
		}
	}
	for _, e := range plan.Exprs(n) {
		c.expr(n, e, in)
	}
	switch n := n.(type) {
	case *plan.Filter:
		c.boolean(n, n.Cond)
	case *plan.Join:
		if n.On != nil {
			c.boolean(n, n.On)
		}
	case *plan.Project:
		for i, e := range n.Exprs {
			if e.Type() != n.Cols[i].Type {
				c.failf(n, "column %s has type %v, its value %v", n.Cols[i].Name, n.Cols[i].Type, e.Type())
			}
		}
	case *plan.SetOp:
		for i, col := range n.Cols {
			l, r := n.Left.Columns()[i].Type, n.Right.Columns()[i].Type
			if l.OID != col.Type.OID || r.OID != col.Type.OID {
				c.failf(n, "column %d has type %v, its sides %v and %v", i, col.Type, l, r)
			}
		}
	case *plan.Recursion:
		for i, col := range n.Cols {
			first, step := n.Init.Columns()[i].Type, n.Step.Columns()[i].Type
			if first.OID != col.Type.OID || step.OID != col.Type.OID {
				c.failf(n, "column %d has type %v, its terms %v and %v", i, col.Type, first, step)
			}
		}
	case *plan.Aggregate:
		for _, k := range n.Keys {
			c.isBelow(n, k, below)
		}
		for _, a := range n.Calls {
			for _, arg := range a.Args {
				c.isBelow(n, arg, below)
			}
		}
	case *plan.Distinct:
		for _, k := range n.On {
			c.isBelow(n, k, below)
		}
	case *plan.Order:
		for _, k := range n.Keys {
			c.isBelow(n, k.Column, below)
		}
	case *plan.Over:
		for _, k := range n.Partition {
			c.isBelow(n, k, below)
		}
	case *plan.Scan, *plan.Values, *plan.Window, *plan.TopN, *plan.Limit, *plan.TableFunc, *plan.Single, *plan.Working, *plan.Emit:
	}
	for _, col := range n.Columns() {
		switch {
		case col.ID == 0:
			c.failf(n, "column %s has no id", col.Name)
		case col.Type.OID == types.OIDUnknown:
			c.failf(n, "column %s has no type", col.Name)
		case !below[col.ID] && c.made[col.ID]:
			c.failf(n, "column %s#%d is made twice", col.Name, col.ID)
		}
		c.made[col.ID] = true
	}
}

func (c *checker) isBelow(n plan.Node, id plan.ColumnID, below map[plan.ColumnID]bool) {
	if !below[id] {
		c.failf(n, "column #%d is not there", id)
	}
}

func (c *checker) boolean(n plan.Node, e plan.Expr) {
	if e.Type().OID != types.OIDBool {
		c.failf(n, "the condition %s is no boolean", plan.ExprString(e))
	}
}

func (c *checker) expr(n plan.Node, e plan.Expr, in map[plan.ColumnID]types.Type) {
	switch e := e.(type) {
	case *plan.ColumnRef:
		t, ok := in[e.ID]
		if !ok {
			c.failf(n, "column %s is not there", plan.ExprString(e))
		} else if t != e.Typ {
			c.failf(n, "column %s has type %v, its use %v", plan.ExprString(e), t, e.Typ)
		}
	case *plan.Call:
		if e.Function == nil || e.Function.Kernel == nil {
			c.failf(n, "a call of nothing")
		}
	case *plan.Subquery:
		c.node(e.Query, in)
		if len(e.X) != len(e.Op) || len(e.X) > 0 && len(e.X) != len(e.Query.Columns()) {
			c.failf(n, "%d values and %d operators for %d columns", len(e.X), len(e.Op), len(e.Query.Columns()))
		}
	case *plan.Const, *plan.Param, *plan.Logic, *plan.Not, *plan.IsNull, *plan.Case, *plan.Coalesce:
	}
	for _, a := range plan.Args(e) {
		c.expr(n, a, in)
	}
}

// TestCheckPlan makes sure that the check finds something.
func TestCheckPlan(t *testing.T) {
	t.Parallel()
	col := plan.Column{ID: 1, Name: "a", Type: types.Of(types.OIDInt4)}
	values := &plan.Values{Cols: []plan.Column{col}, Rows: [][]plan.Expr{{&plan.Const{Typ: col.Type}}}}
	ref := func(id plan.ColumnID, oid types.OID) plan.Expr { return &plan.ColumnRef{ID: id, Typ: types.Of(oid)} }
	for name, n := range map[string]plan.Node{
		"missing":   &plan.Filter{Input: values, Cond: &plan.IsNull{X: ref(2, types.OIDInt4)}},
		"type":      &plan.Filter{Input: values, Cond: &plan.IsNull{X: ref(1, types.OIDText)}},
		"condition": &plan.Filter{Input: values, Cond: ref(1, types.OIDInt4)},
		"twice":     &plan.Join{Left: values, Right: values},
	} {
		if checkPlan(n) == nil {
			t.Errorf("%s: nothing was found", name)
		}
	}
	if err := checkPlan(values); err != nil {
		t.Error(err)
	}
}
