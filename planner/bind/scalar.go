package bind

import (
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// scalar is a bound expression with where it begins, which is what PostgreSQL's exprLocation gives.
type scalar struct {
	plan.Expr
	pos int
	// row are the fields of a row constructor or of a whole row, which is a value only where it must be one: Expr is nil then.
	row *row
}

// row is a row whose fields are known.
type row struct {
	fields []scalar
	names  []string // nil: f1, f2, ...
	typ    types.Type
	// relation tells that it is a whole row of FROM, of an item of this name: it is null as a whole where its item is missing.
	relation string
	// present is true where the whole row is there; nil: it always is.
	present plan.Expr
}

// Type is the type of the expression.
func (s scalar) Type() types.Type {
	if s.Expr == nil && s.row != nil {
		return s.row.typ
	}
	return s.Expr.Type()
}

func (s scalar) oid() types.OID { return s.Type().OID }

// value is the expression; a row becomes a value.
func (s scalar) value(b *binder) plan.Expr {
	if s.Expr == nil && s.row != nil {
		return b.rowValue(s.row)
	}
	return s.Expr
}

// at is an expression at a place.
func at(e plan.Expr, pos int) scalar { return scalar{Expr: e, pos: pos} }

// leftmost is the place of an expression made of parts: the first in the text.
func leftmost(pos int, parts ...scalar) int {
	for _, p := range parts {
		if p.pos > 0 && (pos == 0 || p.pos < pos) {
			pos = p.pos
		}
	}
	return pos
}

func (s scalar) isUnknown() bool { return s.oid() == types.OIDUnknown }

// literal is the constant of a scalar, nil if it is none.
func (s scalar) literal() *plan.Const {
	c, _ := s.Expr.(*plan.Const)
	return c
}

func boolConst(v bool) plan.Expr { return &plan.Const{Typ: plan.Bool, Value: types.BoolValue(v)} }

func nullOf(t types.Type) plan.Expr { return &plan.Const{Typ: t, Value: types.NullValue} }

func exprsOf(b *binder, list []scalar) []plan.Expr {
	out := make([]plan.Expr, len(list))
	for i, s := range list {
		out[i] = s.value(b)
	}
	return out
}

// and joins conditions; nil is true.
func and(conds ...plan.Expr) plan.Expr {
	var list []plan.Expr
	for _, c := range conds {
		switch c := c.(type) {
		case nil:
		case *plan.Logic:
			if !c.Or {
				list = append(list, c.Args...)
				continue
			}
			list = append(list, c)
		default:
			list = append(list, c)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return &plan.Logic{Args: list}
}
