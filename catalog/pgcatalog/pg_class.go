package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// kindOf is what an object is shown as: a system relation may be a view to PostgreSQL.
func kindOf(o *catalog.Object) catalog.Kind {
	if r := byID()[o.ID]; o.System && r != nil && r.kind == 'v' {
		return catalog.View
	}
	return o.Kind
}

// relkind is pg_class.relkind of an object. A source is a foreign table: it has columns and can be read, and its rows are elsewhere.
func relkind(o *catalog.Object) byte {
	switch kindOf(o) {
	case catalog.Table:
		return 'r'
	case catalog.Source:
		return 'f'
	case catalog.View:
		return 'v'
	case catalog.MaterializedView:
		return 'm'
	case catalog.Index:
		return 'i'
	case catalog.Sequence:
		return 'S'
	case catalog.Database, catalog.Schema, catalog.Sink, catalog.Function, catalog.TypeObject:
		return 0
	}
	return 0
}

// rowTypes are the types of a relation's rows and of arrays of them; 0 for none.
func rowTypes(o *catalog.Object) (row, array types.OID) {
	switch {
	case o.Kind == catalog.Index || o.Kind == catalog.Sequence:
		return 0, 0
	case o.System && byID()[o.ID].schema != "sys":
		r := byID()[o.ID]
		return r.rowType, r.rowArray
	default:
		return o.ID.RowType(), o.ID.RowArrayType()
	}
}

// accessMethod is pg_class.relam.
func accessMethod(kind byte) int {
	switch kind {
	case 'r', 'm':
		return oidHeap
	case 'i':
		return oidBtree
	default:
		return 0
	}
}

// attributes is how many columns pg_attribute has of a relation.
func attributes(o *catalog.Object) int {
	if o.Kind == catalog.Sequence {
		return len(sequenceColumns)
	}
	n := 0
	for _, c := range o.Columns {
		if !c.Hidden {
			n++
		}
	}
	return n
}

func pgClass(env *Env, w *rows) {
	for _, o := range env.relations(w, "oid") {
		pgClassRow(env, w, o)
	}
}

func pgClassRow(env *Env, w *rows, o *catalog.Object) {
	kind := relkind(o)
	row, _ := rowTypes(o)
	checks := 0
	for _, c := range o.Constraints {
		if c.Kind == catalog.Check {
			checks++
		}
	}
	stored := kind != 'v' && kind != 'f'
	file := catalog.ID(0)
	if stored {
		file = o.ID
	}
	identity := byte('n')
	if (kind == 'r' || kind == 'm') && !o.System {
		identity = 'd'
	}
	w.add(integer(o.ID), text(o.Name), integer(o.Schema), integer(row), integer(0), integer(oidOwner),
		integer(accessMethod(kind)), integer(file), integer(0), // relam, relfilenode, reltablespace
		integer(0), float(-1), integer(0), integer(0), // relpages, reltuples, relallvisible, reltoastrelid
		boolean(len(env.Snapshot.Indexes(o.ID)) > 0), boolean(o.System && byID()[o.ID].shared), char('p'), char(kind),
		integer(attributes(o)), integer(checks), boolean(kind == 'v' || kind == 'm'), boolean(false), boolean(false),
		boolean(false), boolean(false), boolean(true), char(identity), boolean(false), integer(0), // relrowsecurity ... relrewrite
		integer(0), integer(0), null, options(o), null)
}

// options are reloptions of an object, as text[].
func options(o *catalog.Object) types.Value {
	if len(o.Options) == 0 || o.Kind == catalog.Source || o.Kind == catalog.Sink {
		return null
	}
	var values []types.Value
	for _, x := range o.Options {
		values = append(values, text(x.Name+"="+x.Value))
	}
	return array(types.OIDText, values...)
}
