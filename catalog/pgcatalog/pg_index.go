package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
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
		class := opclassOf(k.Type.OID)
		if k.Opclass != "" {
			class, _, _ = FindOpclass(k.Opclass, k.Type.OID)
		}
		classes = append(classes, integer(class))
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

// FindOpclass finds an operator class of btree by its name, for keys of a type. All of them order as the type's own does: text is ordered by
// code point.
func FindOpclass(name string, oid types.OID) (class types.OID, isDefault bool, err error) {
	b, err := recordedOpclasses.load()
	if err != nil {
		return 0, false, err
	}
	const btree = 403
	r := named("pg_catalog", "pg_opclass")
	own := opclassOf(oid)
	exists := false
	names, methods := &b.Cols[r.place("opcname")], &b.Cols[r.place("opcmethod")]
	for i := range b.Len() {
		if methods.Ints[i] != btree || string(names.BytesAt(i)) != name {
			continue
		}
		exists = true
		class, in := types.OID(b.Cols[0].Ints[i]), types.OID(b.Cols[r.place("opcintype")].Ints[i])
		if class == own || in == oid || in == types.OIDText && oid == types.OIDVarchar {
			return class, class == own, nil
		}
	}
	if !exists {
		return 0, false, pgerr.Newf(pgerr.UndefinedObject, "operator class %q does not exist for access method %q", name, "btree")
	}
	return 0, false, pgerr.Newf(pgerr.DatatypeMismatch, "operator class %q does not accept data type %s", name, types.FormatType(types.Of(oid)))
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
