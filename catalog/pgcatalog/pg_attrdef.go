package pgcatalog

import "github.com/freshetdb/freshet/catalog"

// maxAttributes is more than a relation can have columns (MaxHeapAttributeNumber of PostgreSQL is 1,600).
const maxAttributes = 2048

// attrdefOID is the OID of a column's default in pg_attrdef, where nothing else has it.
func attrdefOID(relation catalog.ID, number int) catalog.ID {
	return relation*maxAttributes + catalog.ID(number)
}

func pgAttrdef(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "adrelid") {
		for i := range o.Columns {
			if c := &o.Columns[i]; c.Default != "" && c.Identity == 0 && !c.Hidden && o.Kind != catalog.Index {
				n := o.AttNum(i)
				w.add(integer(attrdefOID(o.ID, n)), integer(o.ID), integer(n), text(env.defaultSQL(c)))
			}
		}
	}
}
