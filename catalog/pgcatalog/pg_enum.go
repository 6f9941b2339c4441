package pgcatalog

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// enums are those of the current database.
func (e *Env) enums() []*catalog.Object {
	return slices.DeleteFunc(e.Snapshot.UserObjects(), func(o *catalog.Object) bool { return o.Kind != catalog.TypeObject || !e.here(o) })
}

// pgEnum has a row for each label. Its OID is computed of the type's, where nothing else has it.
func pgEnum(env *Env, w *rows) {
	for _, o := range env.enums() {
		for i, l := range o.Labels {
			w.add(integer(attrdefOID(o.ID, i)), integer(o.ID), types.FloatValue(float64(l.Order)), text(l.Label))
		}
	}
}

// The functions of enums.
const procEnumIn, procEnumOut, procEnumRecv, procEnumSend = 3506, 3507, 3532, 3533

// pgEnumType adds an enum and the type of arrays of it.
func pgEnumType(w *rows, o *catalog.Object) {
	arrays := types.EnumArray(types.OID(o.ID))
	w.add(integer(o.ID), text(o.Name), integer(o.Schema), integer(oidOwner), integer(4), boolean(true), char('e'), char('E'),
		boolean(false), boolean(true), char(','), integer(0), integer(0), integer(0), integer(arrays),
		integer(procEnumIn), integer(procEnumOut), integer(procEnumRecv), integer(procEnumSend),
		integer(0), integer(0), integer(0), char('i'), char('p'), boolean(false), integer(0), integer(-1), integer(0), integer(0),
		null, null, null)
	w.add(integer(arrays), text("_"+o.Name), integer(o.Schema), integer(oidOwner), integer(-1), boolean(false), char('b'), char('A'),
		boolean(false), boolean(true), char(','), integer(0), integer(procArraySubscript), integer(o.ID), integer(0),
		integer(procArrayIn), integer(procArrayOut), integer(procArrayRecv), integer(procArraySend),
		integer(0), integer(0), integer(procArrayAnalyze), char('i'), char('x'), boolean(false), integer(0), integer(-1), integer(0),
		integer(0), null, null, null)
}
