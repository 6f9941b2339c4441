package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// Bits of pg_index.indoption.
const (
	indexDesc       = 1
	indexNullsFirst = 2
)

func pgIndex(env *Env, w *rows) {
	objects := env.userRelations(w, "indexrelid")
	if id, ok := w.only("indrelid"); ok {
		objects = env.Snapshot.Indexes(id)
	}
	for _, o := range objects {
		if o.Kind == catalog.Index && o.Index != nil && env.here(o) {
			pgIndexRow(env, w, o)
		}
	}
}

func pgIndexRow(env *Env, w *rows, o *catalog.Object) {
	x := o.Index
	relation := env.Snapshot.Object(x.Relation)
	var keys, collations, classes, orders []types.Value
	expressions := ""
	for i := range x.Keys {
		k := &x.Keys[i]
		number := 0
		if k.Column >= 0 {
			number = relation.AttNum(k.Column)
		} else {
			if expressions != "" {
				expressions += ", "
			}
			expressions += k.Expr
		}
		keys = append(keys, integer(number))
		collations = append(collations, integer(collationOf(k.Type.OID)))
		classes = append(classes, integer(opclassOf(k.Type.OID)))
		orders = append(orders, integer(keyOption(k)))
	}
	for _, place := range x.Include {
		keys = append(keys, integer(relation.AttNum(place)))
	}
	w.add(integer(o.ID), integer(x.Relation), integer(len(keys)), integer(len(x.Keys)), boolean(x.Unique), boolean(false),
		boolean(x.Primary), boolean(false), boolean(true), boolean(false), boolean(true), boolean(false), boolean(true), boolean(true),
		boolean(false), // indisreplident
		array(types.OIDInt2, keys...), array(types.OIDOID, collations...), array(types.OIDOID, classes...), array(types.OIDInt2, orders...),
		textOrNull(expressions), textOrNull(x.Where))
}

func keyOption(k *catalog.IndexKey) int {
	option := 0
	if k.Desc {
		option |= indexDesc
	}
	if k.NullsFirst {
		option |= indexNullsFirst
	}
	return option
}

// opclassOf is the default operator class of a type for btree; 0 for none.
func opclassOf(oid types.OID) types.OID {
	b, err := recordedOpclasses.load()
	if err != nil {
		return 0
	}
	switch f := factsOf(oid); {
	case f.array:
		oid = 2277 // anyarray
	case oid == types.OIDVarchar:
		oid = types.OIDText
	}
	r := named("pg_catalog", "pg_opclass")
	in, isDefault := &b.Cols[r.place("opcintype")], &b.Cols[r.place("opcdefault")]
	for i := range b.Len() {
		if types.OID(in.Ints[i]) == oid && isDefault.Bools[i] {
			return types.OID(b.Cols[0].Ints[i])
		}
	}
	return 0
}
