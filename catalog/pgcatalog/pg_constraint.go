package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

func pgConstraint(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "conrelid") {
		for i := range o.Constraints {
			pgConstraintRow(w, o, &o.Constraints[i])
		}
	}
}

func pgConstraintRow(w *rows, o *catalog.Object, c *catalog.Constraint) {
	var keys []types.Value
	for _, place := range c.Columns {
		keys = append(keys, integer(o.AttNum(place)))
	}
	columns := null
	if len(keys) > 0 {
		columns = array(types.OIDInt2, keys...)
	}
	w.add(integer(c.OID()), text(c.Name), integer(o.Schema), char(byte(c.Kind)), boolean(false), boolean(false),
		boolean(!c.NotEnforced), integer(o.ID), integer(0), integer(c.Index), integer(0), integer(0), char(' '), char(' '), char(' '),
		boolean(true), integer(0), boolean(c.Kind != catalog.Check), columns, null, null, null, null, null, null, textOrNull(c.Expr))
}
