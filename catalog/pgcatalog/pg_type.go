package pgcatalog

import (
	"sync"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// listedTypes are PostgreSQL's types that pg_type shows: those that Freshet has, those of columns of system relations, pseudo-types,
// which are in the signatures of functions, and ranges, which clients look up when they connect.
var listedTypes = sync.OnceValue(func() map[types.OID]bool {
	listed := map[types.OID]bool{}
	for _, r := range all() {
		for _, c := range r.columns {
			listed[c.declared], listed[c.base] = true, true
		}
	}
	b, err := recordedTypes.load()
	if err != nil {
		return listed
	}
	r := named("pg_catalog", "pg_type")
	oid, elem, kind := r.place("oid"), r.place("typelem"), r.place("typtype")
	for i := range b.Len() {
		t := types.OID(b.Cols[oid].Ints[i])
		switch b.Cols[kind].BytesAt(i)[0] {
		case 'p', 'r', 'm':
			listed[t] = true
		default:
			if _, ok := types.Lookup(t); ok {
				listed[t] = true
			}
		}
		if listed[t] {
			listed[types.OID(b.Cols[elem].Ints[i])] = true
		}
	}
	return listed
})

func pgType(env *Env, w *rows) {
	w.addFixed(recordedTypes, func(b *batch.Batch, i int) bool { return listedTypes()[types.OID(b.Cols[0].Ints[i])] })
	if id, ok := w.only("oid"); ok {
		if o, _ := (Lookups{env}).enum(types.OID(id)); o != nil {
			pgEnumType(w, o)
			return
		}
		// A row type's relation is known by the OID where the OID is computed.
		if r, _, computed := catalog.RelationOfRowType(types.OID(id)); computed {
			if o := env.Snapshot.Object(r); o != nil && env.here(o) && o.Kind.IsRelation() {
				pgTypeRow(w, o)
			}
			return
		}
	}
	for _, o := range env.enums() {
		pgEnumType(w, o)
	}
	for _, o := range env.relations(w, "typrelid") {
		pgTypeRow(w, o)
	}
}

// The functions of composite types and arrays.
const (
	procRecordIn, procRecordOut, procRecordRecv, procRecordSend = 2290, 2291, 2402, 2403
	procArrayIn, procArrayOut, procArrayRecv, procArraySend     = 750, 751, 2400, 2401
	procArraySubscript, procArrayAnalyze                        = 6179, 3816
)

// pgTypeRow adds the types of a relation's rows and of arrays of them.
func pgTypeRow(w *rows, o *catalog.Object) {
	row, rowArray := rowTypes(o)
	if row == 0 {
		return
	}
	w.add(integer(row), text(o.Name), integer(o.Schema), integer(oidOwner), integer(-1), boolean(false), char('c'), char('C'),
		boolean(false), boolean(true), char(','), integer(o.ID), integer(0), integer(0), integer(rowArray),
		integer(procRecordIn), integer(procRecordOut), integer(procRecordRecv), integer(procRecordSend),
		integer(0), integer(0), integer(0), char('d'), char('x'), boolean(false), integer(0), integer(-1), integer(0), integer(0),
		null, null, null)
	if rowArray == 0 {
		return
	}
	w.add(integer(rowArray), text("_"+o.Name), integer(o.Schema), integer(oidOwner), integer(-1), boolean(false), char('b'), char('A'),
		boolean(false), boolean(true), char(','), integer(0), integer(procArraySubscript), integer(row), integer(0),
		integer(procArrayIn), integer(procArrayOut), integer(procArrayRecv), integer(procArraySend),
		integer(0), integer(0), integer(procArrayAnalyze), char('d'), char('x'), boolean(false), integer(0), integer(-1), integer(0),
		integer(0), null, null, null)
}
