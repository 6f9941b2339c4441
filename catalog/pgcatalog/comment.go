package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

var recordedComments = &fixedRows{name: "pg_description"}

// comment is a row of pg_description.
type comment struct {
	oid    catalog.ID
	class  types.OID
	column int
	text   string
}

// classOf is the system catalog that has an object's row.
func classOf(o *catalog.Object) types.OID {
	switch o.Kind {
	case catalog.Database:
		return oidDatabase
	case catalog.Schema:
		return oidNamespace
	case catalog.TypeObject:
		return oidType
	case catalog.Table, catalog.Source, catalog.View, catalog.MaterializedView, catalog.Index, catalog.Sequence, catalog.Sink,
		catalog.Function:
	}
	return oidClass
}

// commentsOn are the comments on an object, its columns and constraints.
func commentsOn(o *catalog.Object) []comment {
	var list []comment
	if o.Comment != "" {
		list = append(list, comment{o.ID, classOf(o), 0, o.Comment})
	}
	for i, c := range o.Columns {
		if c.Comment != "" && !c.Hidden {
			list = append(list, comment{o.ID, oidClass, o.AttNum(i), c.Comment})
		}
	}
	for i := range o.Constraints {
		if c := &o.Constraints[i]; c.Comment != "" {
			list = append(list, comment{c.OID(), oidConstraint, 0, c.Comment})
		}
	}
	return list
}

// Comment is the comment on an object of a system catalog (0: any), or on its column.
func (l Lookups) Comment(oid, classOID types.OID, column int) (string, bool) {
	objects := l.Snapshot.UserObjects()
	if o := l.object(oid); o != nil {
		objects = []*catalog.Object{o}
	}
	for _, o := range objects {
		for _, c := range commentsOn(o) {
			if c.oid == catalog.ID(oid) && c.column == column && (classOID == 0 || c.class == classOID) {
				return c.text, true
			}
		}
	}
	b, err := recordedComments.load()
	if err != nil || column != 0 {
		return "", false
	}
	for i := range b.Len() {
		if types.OID(b.Cols[0].Ints[i]) == oid && (classOID == 0 || types.OID(b.Cols[1].Ints[i]) == classOID) {
			return string(b.Cols[3].BytesAt(i)), true
		}
	}
	return "", false
}

func pgDescription(env *Env, w *rows) {
	w.addFixed(recordedComments, nil)
	for _, o := range env.Snapshot.Objects() {
		// Databases are in pg_shdescription.
		if !env.here(o) || o.Kind == catalog.Database || o.System && o.Schema == 0 && o.ID != schemaSys {
			continue
		}
		for _, c := range commentsOn(o) {
			w.add(integer(c.oid), integer(c.class), integer(c.column), text(c.text))
		}
	}
}

func pgShdescription(env *Env, w *rows) {
	for _, o := range env.Snapshot.UserObjects() {
		if o.Kind == catalog.Database && o.Comment != "" {
			w.add(integer(o.ID), integer(oidDatabase), text(o.Comment))
		}
	}
}
