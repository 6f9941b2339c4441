package pgcatalog

import (
	"fmt"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

var _ fn.Describer = Lookups{}

// DescribeObject says what an object is, as pg_describe_object does; ok is false if there is none.
func (l Lookups) DescribeObject(class, oid types.OID, column int) (string, bool) {
	switch class {
	case types.OID(named("pg_catalog", "pg_class").oid):
		return l.describeRelation(oid, column)
	case types.OID(named("pg_catalog", "pg_namespace").oid):
		if o := l.object(oid); o != nil && o.Kind == catalog.Schema {
			return "schema " + catalog.Quote(o.Name), true
		}
	case types.OID(named("pg_catalog", "pg_database").oid):
		if o := l.object(oid); o != nil && o.Kind == catalog.Database {
			return "database " + catalog.Quote(o.Name), true
		}
	case types.OID(named("pg_catalog", "pg_type").oid):
		if name, ok := l.TypeName(types.Of(oid)); ok {
			return "type " + name, true
		}
	case types.OID(named("pg_catalog", "pg_authid").oid):
		if name, ok := l.RoleName(oid); ok {
			return "role " + catalog.Quote(name), true
		}
	default: // of the other catalogs nothing is asked
	}
	return "", false
}

func (l Lookups) describeRelation(oid types.OID, column int) (string, bool) {
	o := l.relation(oid)
	if o == nil {
		return "", false
	}
	kind := "table"
	switch o.Kind {
	case catalog.View:
		kind = "view"
	case catalog.MaterializedView:
		kind = "materialized view"
	case catalog.Index:
		kind = "index"
	case catalog.Sequence:
		kind = "sequence"
	case catalog.Source:
		kind = "foreign table"
	default:
		if o.System && o.Query != "" {
			kind = "view"
		}
	}
	text := kind + " " + l.Snapshot.DisplayName(l.Path, o)
	if column == 0 {
		return text, true
	}
	for _, a := range attributesOf(o) {
		if a.number == column {
			return fmt.Sprintf("column %s of %s", catalog.Quote(a.name), text), true
		}
	}
	return "", false
}
