package bind

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// rowExpr is ROW(...) or (a, b): t.* in it stands for its columns.
func (s *scope) rowExpr(e *ast.Row) (scalar, error) {
	fields, err := s.exprList(e.Fields)
	if err != nil {
		return scalar{}, err
	}
	if len(fields) > targetsMax {
		return scalar{}, errAt(int(e.Pos), pgerr.TooManyColumns, "ROW expressions can have at most %d entries", targetsMax)
	}
	return scalar{pos: int(e.Pos), row: &row{fields: fields, typ: types.Of(types.OIDRecord)}}, nil
}

// exprList is transformExpressionList: t.* stands for its columns.
func (s *scope) exprList(list []ast.Expr) ([]scalar, error) {
	var out []scalar
	for _, e := range list {
		fields, ok, err := s.expandStar(e)
		if err != nil {
			return nil, err
		}
		if ok {
			for _, f := range fields {
				out = append(out, f.value)
			}
			continue
		}
		x, err := s.bind(e)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// compareRows is make_row_comparison_op: = is that of all fields, <> that of any; < and its like go by the first that differ.
func (b *binder) compareRows(op ast.Operator, left, right []scalar, pos int) (scalar, error) {
	if len(left) != len(right) {
		return scalar{}, errAt(pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	if len(left) == 0 {
		return scalar{}, errAt(pos, pgerr.FeatureNotSupported, "cannot compare rows of zero length")
	}
	list := make([]plan.Expr, len(left))
	for i := range left {
		x, err := b.infix(op, left[i], right[i], pos)
		if err != nil {
			return x, err
		}
		if x.oid() != types.OIDBool {
			return x, errAt(pos, pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", b.nameOf(x.Type()))
		}
		list[i] = x.Expr
	}
	if len(list) == 1 {
		return at(list[0], pos), nil
	}
	switch op.Name {
	case "=":
		return at(&plan.Logic{Args: list}, pos), nil
	case "<>", "!=":
		return at(&plan.Logic{Or: true, Args: list}, pos), nil
	case "<", "<=", ">", ">=":
		x, err := b.orderRows(op, left, right, list, pos)
		return at(x, pos), err
	}
	return scalar{}, errAt(pos, pgerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op.Name).
		WithHint("Row comparison operators must be associated with btree operator families.")
}

// orderRows is a < x OR (a = x AND (b < y OR ...)), where only the last may be <=.
func (b *binder) orderRows(op ast.Operator, left, right []scalar, list []plan.Expr, pos int) (plan.Expr, error) {
	strict := ast.Operator{Name: op.Name[:1]}
	result := list[len(list)-1]
	for i := len(list) - 2; i >= 0; i-- {
		less, err := b.infix(strict, left[i], right[i], pos)
		if err != nil {
			return nil, err
		}
		same, err := b.infix(equalsOp, left[i], right[i], pos)
		if err != nil {
			return nil, err
		}
		tie := &plan.Logic{Args: []plan.Expr{plan.CopyExpr(same.Expr, b.nextID), result}}
		result = &plan.Logic{Or: true, Args: []plan.Expr{less.Expr, tie}}
	}
	return result, nil
}

// distinct is x IS [NOT] DISTINCT FROM y.
func (b *binder) distinct(left, right scalar, not bool, pos int) (scalar, error) {
	o, err := b.findOperator(equalsOp, left.oid(), right.oid(), pos)
	if err != nil {
		return scalar{}, err
	}
	if o.Function.Result != types.OIDBool {
		return scalar{}, errAt(pos, pgerr.DatatypeMismatch, "IS DISTINCT FROM requires = operator to yield boolean")
	}
	e, err := b.call(fn.DistinctFrom(o, not), opArgs(o), []scalar{left, right}, pos)
	return at(e, leftmost(pos, left, right)), err
}

// extreme is GREATEST or LEAST of values of one type.
func (b *binder) extreme(name string, args []scalar, t types.Type, pos int) (scalar, error) {
	for _, f := range b.Functions.Functions(name) {
		return at(&plan.Call{Function: f, Args: exprsOf(b, args), Typ: t, Pos: pos}, pos), nil
	}
	return scalar{}, unsupported(pos, "%s is not supported yet", name)
}

// rowWithQuery is (a, b) op (query): the comparison within the query, whose single row it is about.
func (s *scope) rowWithQuery(r *ast.Row, op ast.Operator, q *ast.Subquery, pos int) (scalar, error) {
	n, err := s.innerQuery(q.Query, pos)
	if err != nil {
		return scalar{}, err
	}
	left, err := s.rowExpr(r)
	if err != nil {
		return left, err
	}
	cols := n.Columns()
	switch {
	case len(left.row.fields) < len(cols):
		return left, errAt(pos, pgerr.SyntaxError, "subquery has too many columns")
	case len(left.row.fields) > len(cols):
		return left, errAt(pos, pgerr.SyntaxError, "subquery has too few columns")
	}
	var right []scalar
	for _, c := range cols {
		right = append(right, at(refTo(c, 0), 0))
	}
	x, err := s.b.compareRows(op, left.row.fields, right, pos)
	if err != nil {
		return x, err
	}
	n = s.b.project(n, []plan.Expr{x.Expr}, []string{"?column?"})
	return at(&plan.Subquery{Kind: plan.ScalarSubquery, Query: n, Typ: plan.Bool, Pos: pos}, leftmost(pos, left)), nil
}
