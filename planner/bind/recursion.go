package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is WITH RECURSIVE, where a query of WITH uses itself. Which of them do, and whether where they may, is in recursioncheck.go.

// bindRecursive makes the plan of a query that uses itself. Its columns are those of its left side, before the right one is looked at.
func (c *cte) bindRecursive(q *ast.Query) (plan.Node, error) {
	b := c.scope.b
	if b.Continuous {
		return nil, unsupported(int(c.Pos), "recursive query %q is not supported in a materialized view, a sink or a subscription", string(c.Name)).
			WithHint("Ask for it with SELECT, or keep its rows in a table with INSERT ... SELECT. Where the number of levels is known, join the relation with itself as often.")
	}
	s := &scope{b: b, parent: c.scope.parent, ctes: c.scope.ctes}
	for {
		if err := s.with(q.With); err != nil {
			return nil, err
		}
		inner, parenthesised := q.Body.(*ast.Query)
		if !parenthesised {
			break
		}
		q = mergeQuery(q, inner)
	}
	union := q.Body.(*ast.SetOp) // checkRecursive has seen to it
	left, err := s.setOperand(union.Left)
	if err != nil {
		return nil, err
	}
	if err := c.declare(left); err != nil {
		return nil, err
	}
	right, err := s.setOperand(union.Right)
	if err != nil {
		return nil, err
	}
	both, err := s.combine(union, left, right)
	if err != nil {
		return nil, err
	}
	n, err := both.block.finish()
	if err != nil {
		return nil, err
	}
	set := n.(*plan.SetOp)
	for i, col := range set.Cols {
		if declared := c.working[i].Type; col.Type != declared {
			pos := left.poses[i]
			if beginsWithValues(union.Left) {
				pos = 0 // to PostgreSQL what is in VALUES is a relation of its own
			}
			return nil, errAt(pos, pgerr.DatatypeMismatch, "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				string(c.Name), i+1, types.FormatType(declared), types.FormatType(col.Type)).
				WithHint("Cast the output of the non-recursive term to the correct type.")
		}
		set.Cols[i].Name = c.working[i].Name
	}
	return &plan.Recursion{ID: c.id, All: union.All, Init: set.Left, Step: set.Right, Cols: set.Cols}, nil
}

// beginsWithValues tells whether the first of the queries that a set operation is made of is VALUES.
func beginsWithValues(body ast.QueryBody) bool {
	switch b := body.(type) {
	case *ast.SetOp:
		return beginsWithValues(b.Left)
	case *ast.Query:
		return beginsWithValues(b.Body)
	case *ast.Values:
		return true
	default:
		return false
	}
}

// declare is determineRecursiveColTypes: it gives the query the columns of its left side.
func (c *cte) declare(left *operand) error {
	if err := c.checkColumns(len(left.columns)); err != nil {
		return err
	}
	b := c.scope.b
	b.recursions++
	c.id = b.recursions
	c.working = []plan.Column{}
	for i, x := range left.columns {
		name := left.names[i]
		if i < len(c.Columns) {
			name = string(c.Columns[i])
		}
		t := x.value(b).Type()
		if x.isUnknown() {
			t = types.Of(types.OIDText)
		}
		c.working = append(c.working, plan.Column{Name: name, Type: t})
	}
	return nil
}

// checkColumns refuses more names than there are columns.
func (c *cte) checkColumns(n int) error {
	if len(c.Columns) <= n {
		return nil
	}
	return errAt(int(c.Pos), pgerr.InvalidColumnReference, "WITH query %q has %d columns available but %d columns specified", string(c.Name), n, len(c.Columns))
}

// itself is the query within its own right side.
func (c *cte) itself() plan.Node {
	cols := slices.Clone(c.working)
	for i := range cols {
		cols[i].ID = c.scope.b.nextID()
	}
	return &plan.Working{ID: c.id, Cols: cols, Name: string(c.Name)}
}
