package bind

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// inList is transformAExprIn: constants and other expressions without columns are compared by one operator for their common type, the
// rest one by one.
func (s *scope) inList(e *ast.In) (scalar, error) {
	pos := int(e.Pos)
	op := equalsOp
	if e.Query != nil {
		x, err := s.quantifiedQuery(e.X, equalsOp, false, e.Query, pos)
		if err == nil && e.Not {
			x.Expr = &plan.Not{X: x.Expr}
		}
		return x, err
	}
	if e.Not {
		op = ast.Operator{Name: "<>"}
	}
	left, err := s.bind(e.X)
	if err != nil {
		return left, err
	}
	var plain, others []scalar
	for _, item := range e.List {
		x, err := s.bind(item)
		if err != nil {
			return x, err
		}
		if s.hasColumns(x) {
			others = append(others, x)
		} else {
			plain = append(plain, x)
		}
	}
	var list []plan.Expr
	if len(plain) > 1 {
		oid, err := s.b.commonType(append([]scalar{left}, plain...), "")
		if err != nil {
			return left, err
		}
		if oid != 0 && !isRowType(oid) && arrayOf(oid) != 0 && commonPossible(oid, left, plain) {
			if list, err = s.inConstants(op, left, plain, oid, pos); err != nil {
				return left, err
			}
			plain = nil
		}
	}
	for _, x := range append(plain, others...) {
		c, err := s.compareOne(op, left, x, isRowAST(e.X), pos)
		if err != nil {
			return c, err
		}
		list = append(list, c.Expr)
	}
	if len(list) == 1 {
		return at(list[0], leftmost(pos, left)), nil
	}
	return at(&plan.Logic{Or: !e.Not, Args: list}, leftmost(pos, left)), nil
}

func (s *scope) hasColumns(x scalar) bool {
	if x.Expr == nil {
		for _, f := range x.row.fields {
			if s.hasColumns(f) {
				return true
			}
		}
		return false
	}
	found := false
	plan.Walk(x.Expr, func(e plan.Expr) bool {
		if _, ok := e.(*plan.ColumnRef); ok {
			found = true
		}
		return !found
	})
	return found
}

// commonPossible is verify_common_type.
func commonPossible(oid types.OID, left scalar, list []scalar) bool {
	for _, x := range append([]scalar{left}, list...) {
		if !canCoerce([]types.OID{x.oid()}, []types.OID{oid}, types.Implicit) {
			return false
		}
	}
	return true
}

// inConstants compares by one operator.
func (s *scope) inConstants(op ast.Operator, left scalar, list []scalar, oid types.OID, pos int) ([]plan.Expr, error) {
	for i, x := range list {
		var err error
		if list[i], err = s.b.coerceToCommon(x, oid, "IN"); err != nil {
			return nil, err
		}
	}
	o, err := s.b.findOperator(op, left.oid(), oid, pos)
	if err != nil {
		return nil, err
	}
	var out []plan.Expr
	for _, x := range list {
		c, err := s.b.applyOperator(o, []scalar{left, x}, pos)
		if err != nil {
			return nil, err
		}
		if c.oid() != types.OIDBool {
			return nil, errAt(pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
		}
		out = append(out, c.Expr)
	}
	return out, nil
}

func (s *scope) compareOne(op ast.Operator, left, right scalar, rows bool, pos int) (scalar, error) {
	if rows && left.row != nil && right.row != nil {
		return s.b.compareRows(op, left.row.fields, right.row.fields, pos)
	}
	x, err := s.b.infix(op, left, right, pos)
	if err != nil {
		return x, err
	}
	return s.b.coerceToBoolean(x, "IN")
}

// quantified is X op ANY|ALL (query or array).
func (s *scope) quantified(e *ast.Quantified) (scalar, error) {
	pos := int(e.Pos)
	if e.Query != nil {
		return s.quantifiedQuery(e.X, e.Op, e.All, e.Query, pos)
	}
	left, err := s.bind(e.X)
	if err != nil {
		return left, err
	}
	array, err := s.bind(e.Array)
	if err != nil {
		return array, err
	}
	return s.b.arrayOp(e.Op, left, array, e.All, pos)
}

// arrayOp is make_scalar_array_op.
func (b *binder) arrayOp(op ast.Operator, left, array scalar, all bool, pos int) (scalar, error) {
	elem := types.OIDUnknown
	if !array.isUnknown() {
		if elem = elemOf(array.oid()); elem == 0 {
			return scalar{}, errAt(pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side")
		}
	}
	o, err := b.findOperator(op, left.oid(), elem, pos)
	if err != nil {
		return scalar{}, err
	}
	if o.Function.Result != types.OIDBool {
		return scalar{}, errAt(pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
	}
	declared, err := enforceGeneric([]types.OID{left.oid(), elem}, opArgs(o), pos)
	if err != nil {
		return scalar{}, place(err, pos)
	}
	if left.oid() != declared[0] {
		if left, err = b.coerce(left, types.Of(declared[0]), types.Implicit, 0); err != nil {
			return left, err
		}
	}
	want := arrayOf(declared[1])
	if want == 0 {
		return scalar{}, errAt(pos, pgerr.UndefinedObject, "could not find array type for data type %s", typeNameOf(declared[1]))
	}
	if array.oid() != want && elem != declared[1] {
		if array, err = b.coerce(array, types.Of(want), types.Implicit, 0); err != nil {
			return array, err
		}
	}
	e, err := b.anyOrAll(o, left, array, all, pos)
	return at(e, leftmost(pos, left, array)), err
}

// anyOrAll is the expression of left o ANY|ALL (array). Where the array is a constant it is written out.
func (b *binder) anyOrAll(o *fn.Operator, left, array scalar, all bool, pos int) (plan.Expr, error) {
	return &plan.Call{Function: fn.AnyOf(o, all), Args: []plan.Expr{left.value(b), array.value(b)}, Typ: plan.Bool, Pos: pos}, nil
}
