package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Lookups answers what functions and types ask about objects. It is fn.Catalog and types.Names.
type Lookups struct{ *Env }

var (
	_ fn.Catalog  = Lookups{}
	_ types.Names = Lookups{}
	_ types.Enums = Lookups{}
)

// object is one that can be seen from the current database; nil if there is none.
func (l Lookups) object(oid types.OID) *catalog.Object {
	o := l.Snapshot.Object(catalog.ID(oid))
	if o == nil || !l.here(o) && o.Kind != catalog.Database {
		return nil
	}
	return o
}

// relation is one that can be seen from the current database; nil if there is none.
func (l Lookups) relation(oid types.OID) *catalog.Object {
	if o := l.object(oid); o != nil && o.Kind.IsRelation() {
		return o
	}
	return nil
}

// Visible tells whether an object is found by its name alone. All but relations and their types are in pg_catalog, which is in every path.
func (l Lookups) Visible(kind fn.ObjectKind, oid types.OID) (visible, exists bool) {
	switch kind {
	case fn.RelationKind, fn.IndexKind, fn.ViewKind:
		if o := l.relation(oid); o != nil {
			return l.Snapshot.Visible(l.Path, o), true
		}
	case fn.TypeKind:
		if listedTypes()[oid] {
			return true, true
		}
		if o, _ := l.enum(oid); o != nil {
			return l.Snapshot.Visible(l.Path, o), true
		}
		if o, _ := l.rowType(oid); o != nil {
			return l.Snapshot.Visible(l.Path, o), true
		}
	case fn.FunctionKind:
		return recordedHas(recordedProcs, oid)
	case fn.OperatorKind:
		return recordedHas(recordedOperators, oid)
	case fn.CollationKind:
		return recordedHas(recordedCollations, oid)
	case fn.OperatorClassKind:
		return recordedHas(recordedOpclasses, oid)
	case fn.OperatorFamilyKind:
		return recordedHas(recordedOpfamilies, oid)
	case fn.ConstraintKind, fn.TriggerKind, fn.RuleKind, fn.StatisticsKind, fn.ConversionKind, fn.TextSearchConfigKind,
		fn.TextSearchDictKind, fn.TextSearchParserKind, fn.TextSearchTemplateKind:
	}
	return false, false
}

func recordedHas(f *fixedRows, oid types.OID) (visible, exists bool) {
	_, ok := f.find(oid)
	return ok, ok
}

// rowType is the relation whose rows, or arrays of them, have a type; nil if it is none.
func (l Lookups) rowType(oid types.OID) (o *catalog.Object, isArray bool) {
	if id, array, ok := catalog.RelationOfRowType(oid); ok {
		return l.relation(types.OID(id)), array
	}
	for _, r := range all() {
		if r.rowType == oid && oid != 0 || r.rowArray == oid && oid != 0 {
			return l.relation(types.OID(r.oid)), r.rowArray == oid
		}
	}
	return nil, false
}

// Enum implements types.Enums.
func (l Lookups) Enum(oid types.OID) (types.Enum, bool) { return l.Snapshot.Enum(l.Path, oid) }

// enum is the enum that a type is, or is the type of arrays of; nil if it is neither.
func (l Lookups) enum(oid types.OID) (o *catalog.Object, isArray bool) {
	if elem, ok := types.ElemOf(types.Of(oid)); ok && types.IsEnum(elem.OID) {
		oid, isArray = elem.OID, true
	}
	if o := l.object(oid); o != nil && o.Kind == catalog.TypeObject {
		return o, isArray
	}
	return nil, false
}

// enumOID is the type of an enum or of arrays of it; 0 for none.
func (l Lookups) enumOID(name []string, isArray bool) types.OID {
	o, err := l.Snapshot.Find(l.Path, catalog.TypeObject, name)
	switch {
	case err != nil || o == nil:
		return 0
	case isArray:
		return types.EnumArray(types.OID(o.ID))
	default:
		return types.OID(o.ID)
	}
}

// TypeName is format_type of a type, of one that is not built in too.
func (l Lookups) TypeName(t types.Type) (string, bool) {
	if o, isArray := l.enum(t.OID); o != nil {
		name := l.Snapshot.DisplayName(l.Path, o)
		if isArray {
			name += "[]"
		}
		return name, true
	}
	if _, ok := types.Lookup(t.OID); ok && t.OID < types.OID(catalog.FirstID) {
		return types.FormatType(t), true
	}
	if o, isArray := l.rowType(t.OID); o != nil {
		name := l.Snapshot.DisplayName(l.Path, o)
		if isArray {
			name += "[]"
		}
		return name, true
	}
	if !listedTypes()[t.OID] {
		return "", false
	}
	return l.recordedTypeName(t.OID)
}

// recordedTypeName names a type that is listed because a system relation has a column of it.
func (l Lookups) recordedTypeName(oid types.OID) (string, bool) {
	i, ok := recordedTypes.find(oid)
	if !ok {
		return "", false
	}
	b, r := recordedTypes.all, named("pg_catalog", "pg_type")
	name := string(b.Cols[r.place("typname")].BytesAt(i))
	if elem := types.OID(b.Cols[r.place("typelem")].Ints[i]); b.Cols[r.place("typcategory")].BytesAt(i)[0] == 'A' && elem != 0 {
		if e, ok := recordedTypes.find(elem); ok {
			name = string(b.Cols[r.place("typname")].BytesAt(e)) + "[]"
		}
	}
	if catalog.ID(b.Cols[r.place("typnamespace")].Ints[i]) == schemaInformation {
		name = "information_schema." + name
	}
	return name, true
}

// RoleName is the name of a role.
func (l Lookups) RoleName(oid types.OID) (string, bool) {
	if oid == oidOwner {
		return l.owner(), true
	}
	if i, ok := recordedRoles.find(oid); ok {
		return string(recordedRoles.all.Cols[1].BytesAt(i)), true
	}
	return "", false
}

// roleOID finds a role by its name.
func (l Lookups) roleOID(name string) (types.OID, bool) {
	if name == l.owner() {
		return oidOwner, true
	}
	i, ok := recordedRoles.findName(name)
	if !ok {
		return 0, false
	}
	return types.OID(recordedRoles.all.Cols[0].Ints[i]), true
}

// LookupRelation finds a relation by its name as it is written in SQL.
func (l Lookups) LookupRelation(name string) (types.OID, error) {
	parts, err := SplitName(name)
	if err != nil {
		return 0, err
	}
	o, err := l.Snapshot.Find(l.Path, catalog.Table, parts)
	if err != nil {
		return 0, err
	}
	if o == nil {
		return 0, pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", strings.Join(parts, "."))
	}
	return types.OID(o.ID), nil
}

// ColumnNumber is attnum of a column.
func (l Lookups) ColumnNumber(relation types.OID, column string) (int, bool) {
	o := l.relation(relation)
	if o == nil {
		return 0, false
	}
	for _, a := range attributesOf(o) {
		if a.name == column {
			return a.number, true
		}
	}
	return 0, false
}

// columnOf is a column by its number in pg_attribute; nil if there is none.
func columnOf(o *catalog.Object, number int) *catalog.Column {
	for i := range o.Columns {
		if number > 0 && o.AttNum(i) == number {
			return &o.Columns[i]
		}
	}
	return nil
}

// SerialSequence is the name of the sequence of a serial or identity column.
func (l Lookups) SerialSequence(relation types.OID, column int) (string, bool) {
	o := l.relation(relation)
	if o == nil {
		return "", false
	}
	c := columnOf(o, column)
	if c == nil || c.Sequence == 0 {
		return "", false
	}
	return l.Snapshot.FullName(l.Snapshot.Object(c.Sequence)), true
}

// RelationSize is how many bytes a relation takes, as the server knows it.
func (l Lookups) RelationSize(oid types.OID, all bool) (int64, bool) {
	o := l.relation(oid)
	if o == nil {
		return 0, false
	}
	return l.Stats.size(o, l.Snapshot, all), true
}

// NameOf is the text of an OID as a value of a reg type.
func (l Lookups) NameOf(reg, oid types.OID) (string, bool) {
	switch reg {
	case types.OIDRegclass:
		if o := l.relation(oid); o != nil {
			return l.Snapshot.DisplayName(l.Path, o), true
		}
	case types.OIDRegtype:
		return l.TypeName(types.Of(oid))
	case types.OIDRegnamespace:
		if o := l.object(oid); o != nil && o.Kind == catalog.Schema {
			return catalog.Quote(o.Name), true
		}
	case types.OIDRegrole:
		name, ok := l.RoleName(oid)
		return catalog.Quote(name), ok
	case types.OIDRegproc:
		return procName(oid)
	case types.OIDRegprocedure:
		return l.procedureName(oid)
	case types.OIDRegoper, types.OIDRegoperator:
		return l.operatorName(oid, reg == types.OIDRegoperator)
	case types.OIDRegcollation:
		i, ok := recordedCollations.find(oid)
		if !ok {
			return "", false
		}
		return catalog.Quote(string(recordedCollations.all.Cols[1].BytesAt(i))), true
	default: // there are no configurations and dictionaries of text search
	}
	return "", false
}

// OIDOf finds an object by its name as it is written in SQL.
func (l Lookups) OIDOf(reg types.OID, name string) (types.OID, error) {
	switch reg {
	case types.OIDRegprocedure:
		return l.procedureOID(name)
	case types.OIDRegoper, types.OIDRegoperator:
		return l.operatorOID(name, reg == types.OIDRegoperator)
	default:
	}
	parts, err := SplitName(name)
	if err != nil {
		return 0, err
	}
	last := parts[len(parts)-1]
	switch reg {
	case types.OIDRegclass:
		return l.LookupRelation(name)
	case types.OIDRegtype:
		return l.typeOID(parts, strings.Join(parts, "."))
	case types.OIDRegnamespace:
		if o := l.Snapshot.Lookup(l.Path.Database, catalog.Schema, last); o != nil {
			return types.OID(o.ID), nil
		}
		return 0, pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", last)
	case types.OIDRegrole:
		if oid, ok := l.roleOID(last); ok {
			return oid, nil
		}
		return 0, pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", last)
	case types.OIDRegproc:
		return procOID(last)
	case types.OIDRegcollation:
		return collationOID(last)
	case types.OIDRegconfig:
		return 0, pgerr.Newf(pgerr.UndefinedObject, "text search configuration %q does not exist", strings.Join(parts, "."))
	case types.OIDRegdict:
		return 0, pgerr.Newf(pgerr.UndefinedObject, "text search dictionary %q does not exist", strings.Join(parts, "."))
	default:
		return 0, pgerr.New(pgerr.FeatureNotSupported, "names of this kind are not looked up in the catalog").
			WithHint("Write the object's OID.")
	}
}

// rowTypeOID is the type of a relation's rows or of arrays of them; 0 for none.
func (l Lookups) rowTypeOID(relation []string, isArray bool) types.OID {
	if oid := l.enumOID(relation, isArray); oid != 0 {
		return oid
	}
	o, err := l.Snapshot.Find(l.Path, catalog.Table, relation)
	if err != nil || o == nil {
		return 0
	}
	row, rowArray := rowTypes(o)
	if isArray {
		return rowArray
	}
	return row
}

// typeOID finds a type that is not built in: a listed one of PostgreSQL's, or that of a relation's rows, with [] of arrays of them.
func (l Lookups) typeOID(parts []string, name string) (types.OID, error) {
	last, isArray := strings.CutSuffix(parts[len(parts)-1], "[]")
	if oid := l.rowTypeOID(append(parts[:len(parts)-1:len(parts)-1], last), isArray); oid != 0 {
		return oid, nil
	}
	if elem, ok := strings.CutPrefix(last, "_"); ok && !isArray {
		if oid := l.rowTypeOID(append(parts[:len(parts)-1:len(parts)-1], elem), true); oid != 0 {
			return oid, nil
		}
	}
	if i, ok := recordedTypes.findName(last); ok {
		if oid := types.OID(recordedTypes.all.Cols[0].Ints[i]); listedTypes()[oid] && !isArray {
			return oid, nil
		}
	}
	return 0, pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", name)
}
