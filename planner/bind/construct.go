package bind

import (
	"fmt"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Arrays and rows are made and taken apart by functions of package fn that have no name in SQL.

// array is transformArrayExpr. arrayType and elem are those that a cast asks for, or nothing.
func (s *scope) array(e *ast.Array, arrayType types.OID, elem types.Type) (scalar, error) {
	pos := int(e.Pos)
	var elems []scalar
	nested := false
	for _, x := range e.Elems {
		var y scalar
		var err error
		if a, ok := x.(*ast.Array); ok {
			y, err = s.array(a, arrayType, elem)
			nested = true
		} else {
			y, err = s.bind(x)
			nested = nested || err == nil && isArray(y.oid())
		}
		if err != nil {
			return y, err
		}
		elems = append(elems, y)
	}
	want := elem
	switch {
	case arrayType != 0:
		if nested {
			want = types.Type{OID: arrayType, Mod: elem.Mod}
		}
	case len(elems) == 0:
		return scalar{}, errAt(pos, pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
	default:
		oid, err := s.b.commonType(elems, "ARRAY")
		if err != nil {
			return scalar{}, err
		}
		want = types.Of(oid)
	}
	for i, x := range elems {
		y, err := s.arrayElem(x, want, arrayType != 0)
		if err != nil {
			return y, err
		}
		elems[i] = y
	}
	result := want
	if !isArray(want.OID) {
		t, ok := types.ArrayOf(types.Of(want.OID))
		if !ok {
			return scalar{}, errAt(pos, pgerr.UndefinedObject, "could not find array type for data type %s", s.b.nameOf(want))
		}
		result = t
	}
	return s.b.makeArray(elems, result, pos)
}

func (s *scope) arrayElem(x scalar, want types.Type, explicit bool) (scalar, error) {
	if !explicit {
		return s.b.coerceToCommon(x, want.OID, "ARRAY")
	}
	from := x.Type()
	y, ok, err := s.b.coerceToTarget(x, want, types.Explicit, 0)
	if err == nil && !ok {
		err = errAt(x.pos, pgerr.CannotCoerce, "cannot cast type %s to %s", s.b.nameOf(from), s.b.nameOf(want))
	}
	return y, err
}

// makeArray is the array of elements of one type.
func (b *binder) makeArray(elems []scalar, t types.Type, pos int) (scalar, error) {
	if c, ok := constArray(elems, t); ok {
		return at(c, pos), nil
	}
	elem := types.Type{OID: elemOf(t.OID), Mod: t.Mod}
	if len(elems) > 0 && isArray(elems[0].oid()) {
		elem = t
	}
	f := b.memo(fmt.Sprint("array ", elem), func() *fn.Function { return fn.ArrayConstructor(elem) })
	return at(&plan.Call{Function: f, Args: exprsOf(b, elems), Typ: t, Pos: pos}, pos), nil
}

// constArray is an array of constants, which is one itself.
func constArray(elems []scalar, t types.Type) (plan.Expr, bool) {
	var values []types.Value
	for _, x := range elems {
		c := x.literal()
		if c == nil || isArray(c.Typ.OID) {
			return nil, false
		}
		values = append(values, c.Value)
	}
	v, err := types.MakeArray(elemOf(t.OID), values...)
	if err != nil {
		return nil, false
	}
	return &plan.Const{Typ: t, Value: v}, true
}

// rowValue is a row as one value.
func (b *binder) rowValue(r *row) plan.Expr {
	var fields []plan.Expr
	for _, f := range r.fields {
		fields = append(fields, f.value(b))
	}
	for i, f := range fields { // a field without a type is text
		if c, ok := f.(*plan.Const); ok && c.Typ.OID == types.OIDUnknown {
			fields[i] = &plan.Const{Typ: types.Of(types.OIDText), Value: c.Value}
		}
	}
	fieldTypes := make([]types.Type, len(fields))
	for i, f := range fields {
		fieldTypes[i] = f.Type()
	}
	f := b.memo(fmt.Sprintf("row %v %q", fieldTypes, r.names), func() *fn.Function { return fn.RowConstructor(fieldTypes, r.names) })
	e := plan.Expr(&plan.Call{Function: f, Args: fields, Typ: r.typ})
	if r.present != nil {
		e = &plan.Case{Whens: []plan.When{{Cond: r.present, Result: e}}, Else: nullOf(r.typ), Typ: r.typ}
	}
	return e
}

// memo makes a function that has no name in SQL once, so that equal calls are calls of the same function.
func (b *binder) memo(key string, f func() *fn.Function) *fn.Function {
	if b.made[key] == nil {
		b.made[key] = f()
	}
	return b.made[key]
}

// indirection is x.field, x[1], x[1:2], one after the other.
func (s *scope) indirection(e *ast.Indirection) (scalar, error) {
	x, err := s.bind(e.X)
	for i := 0; err == nil && i < len(e.Steps); i++ {
		step := e.Steps[i]
		switch {
		case step.Star:
			return x, errAt(int(step.Pos), pgerr.SyntaxError, "row expansion via \"*\" is not supported here")
		case step.Field != "":
			x, err = s.field(x, string(step.Field), int(e.Pos))
		default:
			var steps []*ast.Step
			for ; i < len(e.Steps) && e.Steps[i].Field == "" && !e.Steps[i].Star; i++ {
				steps = append(steps, e.Steps[i])
			}
			i--
			x, err = s.subscript(x, steps)
		}
	}
	return x, err
}

// field is a field of a row.
func (s *scope) field(x scalar, name string, pos int) (scalar, error) {
	fields, names, ok := s.b.fieldsOf(x)
	if !ok {
		if isRowType(x.oid()) {
			return x, unsupported(pos, "fields of rows that are values are not supported yet").WithHint("Use the columns themselves.")
		}
		return x, errAt(pos, pgerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, s.b.nameOf(x.Type()))
	}
	for i, n := range names {
		if n == name {
			return scalar{Expr: fields[i].Expr, row: fields[i].row, pos: pos}, nil
		}
	}
	if x.row != nil && x.row.relation != "" {
		return x, errAt(pos, pgerr.UndefinedColumn, "column %s.%s does not exist", x.row.relation, name)
	}
	if x.oid() == types.OIDRecord {
		return x, errAt(pos, pgerr.UndefinedColumn, "could not identify column %q in record data type", name)
	}
	return x, errAt(pos, pgerr.UndefinedColumn, "column %q not found in data type %s", name, s.b.rowTypeName(x.oid()))
}

// subscript is transformContainerSubscripts.
func (s *scope) subscript(x scalar, steps []*ast.Step) (scalar, error) {
	t := x.oid()
	if t == types.OIDJSONB {
		return s.jsonSubscript(x, steps)
	}
	elem := elemOf(t)
	if elem == 0 {
		return x, errAt(x.pos, pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", s.b.nameOf(x.Type()))
	}
	args := []plan.Expr{x.value(s.b)}
	kinds := make([]fn.Subscript, len(steps))
	for i, st := range steps {
		kinds[i] = fn.Subscript{Slice: st.Slice, HasLow: st.Low != nil, HasHigh: st.High != nil}
		for _, bound := range []ast.Expr{st.Low, st.High} {
			if bound == nil {
				continue
			}
			y, err := s.subscriptBound(bound)
			if err != nil {
				return y, err
			}
			args = append(args, y.Expr)
		}
	}
	array := types.Of(t)
	f := s.b.memo(fmt.Sprint("subscript ", array, kinds), func() *fn.Function { return fn.SubscriptFunction(array, kinds) })
	result := f.ResultOf([]types.Type{array})
	result.Mod = x.Type().Mod
	return at(&plan.Call{Function: f, Args: args, Typ: result, Pos: x.pos}, x.pos), nil
}

func (s *scope) subscriptBound(e ast.Expr) (scalar, error) {
	x, err := s.bind(e)
	if err != nil {
		return x, err
	}
	y, ok, err := s.b.coerceToTarget(x, types.Of(types.OIDInt4), types.Assignment, 0)
	if err == nil && !ok {
		err = errAt(x.pos, pgerr.DatatypeMismatch, "array subscript must have type integer")
	}
	return y, err
}

// jsonSubscript is j['a'][0], which is j -> 'a' -> 0.
func (s *scope) jsonSubscript(x scalar, steps []*ast.Step) (scalar, error) {
	for _, st := range steps {
		if st.Slice {
			return x, errAt(int(st.Pos), pgerr.FeatureNotSupported, "jsonb subscript does not support slices")
		}
		key, err := s.bind(st.Low)
		if err != nil {
			return x, err
		}
		pos := x.pos
		if x, err = s.b.infix(ast.Operator{Name: "->"}, x, key, pos); err != nil {
			return x, err
		}
	}
	return x, nil
}
