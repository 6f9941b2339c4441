package bind

import (
	"fmt"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// rowShape is what the fields of a row that is a value are. A type does not say it: of record it is known of the columns that the
// statement itself makes.
type rowShape struct {
	names []string
	types []types.Type
}

// shapeOf is the shape of a row; nil if it is not known.
func (b *binder) shapeOf(x scalar) *rowShape {
	if x.row != nil {
		shape := &rowShape{names: x.row.names}
		for i, f := range x.row.fields {
			shape.types = append(shape.types, f.Type())
			if x.row.names == nil {
				shape.names = append(shape.names, fieldName(i))
			}
		}
		return shape
	}
	if ref, ok := x.Expr.(*plan.ColumnRef); ok && b.shapes[ref.ID] != nil {
		return b.shapes[ref.ID]
	}
	if x.Expr == nil {
		return nil
	}
	id, array, ok := catalog.RelationOfRowType(x.oid())
	o := b.Catalog.Object(id)
	if !ok || array || o == nil {
		return nil
	}
	shape := &rowShape{}
	for _, c := range o.Columns {
		if !c.Hidden {
			shape.names, shape.types = append(shape.names, c.Name), append(shape.types, c.Type)
		}
	}
	return shape
}

// keepShape notes what the rows in a column are.
func (b *binder) keepShape(id plan.ColumnID, x scalar) {
	if x.row == nil && !isRowType(x.oid()) {
		return
	}
	if shape := b.shapeOf(x); shape != nil {
		b.shapes[id] = shape
	}
}

// fieldsOf are the fields of a row: those that it was made of, or taken out of the value.
func (b *binder) fieldsOf(x scalar) (fields []scalar, names []string, ok bool) {
	shape := b.shapeOf(x)
	if shape == nil {
		return nil, nil, false
	}
	if x.row != nil {
		return x.row.fields, shape.names, true
	}
	for i, t := range shape.types {
		if t.OID == types.OIDUnknown {
			t = types.Of(types.OIDText)
		}
		f := b.memo(fmt.Sprint("field ", i, t), func() *fn.Function { return fn.FieldFunction(i, t) })
		fields = append(fields, at(&plan.Call{Function: f, Args: []plan.Expr{x.Expr}, Typ: t, Pos: x.pos}, x.pos))
	}
	return fields, shape.names, true
}
