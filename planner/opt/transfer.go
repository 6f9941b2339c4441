package opt

import (
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// transferConstants lets both sides of a join know a value that one side's column is fixed to: of a.id = b.id AND a.id = 5 also
// b.id = 5 follows. It runs once; pushFilter moves what it finds.
func (w *rewriter) transferConstants(n plan.Node) (plan.Node, bool) {
	if w.transferred {
		return n, false
	}
	w.transferred = true
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		j, ok := n.(*plan.Join)
		if !ok || j.Lateral || j.Kind == plan.FullJoin || j.Kind == plan.NotInJoin || j.Kind == plan.LeftSingleJoin {
			return n, false
		}
		left, right := fixed(j.Left), fixed(j.Right)
		inRight := plan.SetOf(j.Right.Columns())
		var more []plan.Expr
		for _, e := range plan.Conjuncts(j.On) {
			a, b, ok := equalColumns(e)
			if !ok {
				continue
			}
			if inRight.Has(a.ID) {
				a, b = b, a
			}
			if v, known := left[a.ID]; known && right[b.ID] == nil {
				more = append(more, w.equal(b, v))
			}
			if v, known := right[b.ID]; known && left[a.ID] == nil && (j.Kind == plan.InnerJoin || j.Kind == plan.SemiJoin) {
				more = append(more, w.equal(a, v))
			}
		}
		if len(more) == 0 {
			return n, false
		}
		on := plan.And(append(plan.Conjuncts(j.On), more...)...)
		return &plan.Join{Kind: j.Kind, Left: j.Left, Right: j.Right, On: on}, true
	})
}

// equalColumns takes a = b of two columns of one type apart.
func equalColumns(e plan.Expr) (a, b *plan.ColumnRef, ok bool) {
	c, ok := e.(*plan.Call)
	if !ok || len(c.Args) != 2 || c.Function.Name != "=" {
		return nil, nil, false
	}
	a, okA := c.Args[0].(*plan.ColumnRef)
	b, okB := c.Args[1].(*plan.ColumnRef)
	return a, b, okA && okB && a.Typ == b.Typ
}

func (w *rewriter) equal(c *plan.ColumnRef, v plan.Expr) plan.Expr {
	return &plan.Call{Function: w.operator("=", c.Typ), Args: []plan.Expr{c, v}, Typ: plan.Bool}
}

// fixed are the columns of a node that conditions make equal to a constant or parameter of their type.
func fixed(n plan.Node) map[plan.ColumnID]plan.Expr {
	out := map[plan.ColumnID]plan.Expr{}
	var visit func(plan.Node)
	visit = func(n plan.Node) {
		switch n := n.(type) {
		case *plan.Filter:
			noteFixed(out, n.Cond)
			visit(n.Input)
		case *plan.Project:
			visit(n.Input)
		case *plan.Join:
			visit(n.Left)
			if n.Kind == plan.InnerJoin {
				noteFixed(out, n.On)
				visit(n.Right)
			}
		case *plan.Order:
			visit(n.Input)
		case *plan.Aggregate:
			visit(n.Input) // only its keys have the ids of columns below
		case *plan.Scan, *plan.Values, *plan.Window, *plan.Distinct, *plan.Over, *plan.TopN, *plan.Limit, *plan.SetOp, *plan.TableFunc,
			*plan.Single, *plan.Recursion, *plan.Working, *plan.Emit:
		}
	}
	visit(n)
	return out
}

func noteFixed(out map[plan.ColumnID]plan.Expr, cond plan.Expr) {
	for _, e := range plan.Conjuncts(cond) {
		c, ok := e.(*plan.Call)
		if !ok || len(c.Args) != 2 || c.Function.Name != "=" {
			continue
		}
		a, b := c.Args[0], c.Args[1]
		if _, isColumn := a.(*plan.ColumnRef); !isColumn {
			a, b = b, a
		}
		ref, isColumn := a.(*plan.ColumnRef)
		if isColumn && isConstant(b) && b.Type().OID == ref.Typ.OID && ref.Typ.OID != types.OIDNumeric && ref.Typ.OID != types.OIDBPChar {
			out[ref.ID] = b
		}
	}
}

func isConstant(e plan.Expr) bool {
	switch e.(type) {
	case *plan.Const, *plan.Param:
		return true
	default:
		return false
	}
}
