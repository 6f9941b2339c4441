package pgcatalog

import (
	"sync"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// attribute is a row of pg_attribute.
type attribute struct {
	name                string
	number              int
	typ                 types.Type
	notNull, hasDefault bool
	identity            byte
	generated           byte
	collation           types.OID
}

// sequenceColumns are those of every sequence.
var sequenceColumns = []attribute{
	{name: "last_value", number: 1, typ: types.Of(types.OIDInt8), notNull: true},
	{name: "log_cnt", number: 2, typ: types.Of(types.OIDInt8), notNull: true},
	{name: "is_called", number: 3, typ: types.Of(types.OIDBool), notNull: true},
}

// attributesOf are the rows of pg_attribute of a relation.
func attributesOf(o *catalog.Object) []attribute {
	if o.Kind == catalog.Sequence {
		return sequenceColumns
	}
	var list []attribute
	if o.System {
		for i, c := range byID()[o.ID].columns {
			list = append(list, attribute{
				name: c.name, number: i + 1, typ: types.Type{OID: c.declared, Mod: c.declaredMod()}, notNull: c.notNull, collation: c.collation,
			})
		}
		return list
	}
	for _, c := range o.Columns {
		if c.Hidden {
			continue
		}
		a := attribute{
			name: c.Name, number: len(list) + 1, typ: c.Type, notNull: c.NotNull, hasDefault: c.Default != "", identity: c.Identity,
			collation: collationOf(c.Type.OID),
		}
		if o.Kind == catalog.Index {
			a.notNull, a.hasDefault, a.identity = false, false, 0
		} else if c.Generated {
			a.generated = 's'
		}
		if c.Identity != 0 {
			a.hasDefault = false
		}
		list = append(list, a)
	}
	return list
}

// declaredMod is the modifier of the declared type: that of a domain is its base type's.
func (c *column) declaredMod() int32 {
	if c.declared != c.base {
		return -1
	}
	return c.mod
}

func pgAttribute(env *Env, w *rows) {
	for _, o := range env.relations(w, "attrelid") {
		dimensions := 0
		for _, a := range attributesOf(o) {
			f := factsOf(a.typ.OID)
			dimensions = 0
			if f.array && !o.System {
				dimensions = 1
			}
			w.add(integer(o.ID), text(a.name), integer(a.typ.OID), integer(-1), integer(f.size), integer(a.number),
				integer(dimensions), integer(-1), integer(a.typ.Mod), boolean(f.byValue), char(f.align), char(f.storage), char(0),
				boolean(a.notNull), boolean(a.hasDefault), boolean(false), char(a.identity), char(a.generated), boolean(false),
				boolean(true), integer(0), integer(a.collation), null, null, null, null)
		}
	}
}

// facts are what pg_attribute repeats of a column's type.
type facts struct {
	size           int64
	byValue, array bool
	align, storage byte
	collation      types.OID
}

var typeFacts = sync.OnceValue(func() map[types.OID]facts {
	m := map[types.OID]facts{}
	b, err := recordedTypes.load()
	if err != nil {
		return m
	}
	r := named("pg_catalog", "pg_type")
	at := func(column string) int { return r.place(column) }
	oid, size, byValue, align, storage := at("oid"), at("typlen"), at("typbyval"), at("typalign"), at("typstorage")
	collation, category := at("typcollation"), at("typcategory")
	for i := range b.Len() {
		m[types.OID(b.Cols[oid].Ints[i])] = facts{
			size: b.Cols[size].Ints[i], byValue: b.Cols[byValue].Bools[i], array: b.Cols[category].BytesAt(i)[0] == 'A',
			align: b.Cols[align].BytesAt(i)[0], storage: b.Cols[storage].BytesAt(i)[0], collation: types.OID(b.Cols[collation].Ints[i]),
		}
	}
	return m
})

// factsOf are those of a type; what is not recorded is a row type.
func factsOf(oid types.OID) facts {
	if f, ok := typeFacts()[oid]; ok {
		return f
	}
	if types.IsEnum(oid) {
		return facts{size: 4, byValue: true, align: 'i', storage: 'p'}
	}
	if types.IsEnumArray(oid) {
		return facts{size: -1, array: true, align: 'i', storage: 'x'}
	}
	_, array, _ := catalog.RelationOfRowType(oid)
	return facts{size: -1, array: array, align: 'd', storage: 'x'}
}

// collationOf is the collation of a type's columns.
func collationOf(oid types.OID) types.OID { return typeFacts()[oid].collation }
