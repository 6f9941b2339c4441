package pgcatalog

import (
	"strconv"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// infoRelations are what information_schema shows of relations. Materialized views are among them, other than in PostgreSQL, since they
// are what Freshet is for and tools look here.
func infoRelations(env *Env) []*catalog.Object {
	var list []*catalog.Object
	for _, o := range env.relations(&rows{hinted: -1}, "") {
		switch o.Kind {
		case catalog.Table, catalog.Source, catalog.View, catalog.MaterializedView:
			list = append(list, o)
		case catalog.Database, catalog.Schema, catalog.Index, catalog.Sequence, catalog.Sink, catalog.Function, catalog.TypeObject:
		}
	}
	return list
}

func infoColumns(env *Env, w *rows) {
	database := env.databaseText()
	for _, o := range infoRelations(env) {
		if w.passesOver("table_name", o.Name) {
			continue
		}
		schema := text(env.schemaName(o))
		for _, a := range attributesOf(o) {
			cells := []cell{
				{"table_catalog", database},
				{"table_schema", schema},
				{"table_name", text(o.Name)},
				{"column_name", text(a.name)},
				{"ordinal_position", integer(a.number)},
				{"is_nullable", yesNo(!a.notNull)},
			}
			cells = append(cells, env.columnType(o, &a)...)
			w.sparse(append(cells, env.columnValues(o, &a)...)...)
		}
	}
}

// passesOver tells that the hint asks for another value of a column.
func (w *rows) passesOver(column, value string) bool {
	return w.hinted >= 0 && w.relation.columns[w.hinted].name == column && string(w.value.Bytes) != value
}

// columnType are the cells about a column's type, its domain and its collation.
func (e *Env) columnType(o *catalog.Object, a *attribute) []cell {
	database := e.databaseText()
	base := a.typ
	var cells []cell
	if o.System {
		if c := &byID()[o.ID].columns[a.number-1]; c.declared != c.base {
			base = types.Type{OID: c.base, Mod: c.mod}
			schema, name := e.udt(c.declared)
			cells = append(cells, cell{"domain_catalog", database}, cell{"domain_schema", text(schema)}, cell{"domain_name", text(name)})
		}
	}
	if a.collation == oidCollationC {
		cells = append(cells, cell{"collation_catalog", database}, cell{"collation_schema", text("pg_catalog")},
			cell{"collation_name", text("C")})
	}
	schema, name := e.udt(base.OID)
	cells = append(cells, cell{"udt_catalog", database}, cell{"udt_schema", text(schema)}, cell{"udt_name", text(name)},
		cell{"dtd_identifier", text(strconv.Itoa(a.number))})
	return append(cells, e.describedType(base)...)
}

// columnValues are the cells about where a column's values come from.
func (e *Env) columnValues(o *catalog.Object, a *attribute) []cell {
	cells := []cell{{"is_self_referencing", text("NO")}, {"is_updatable", yesNo(kindOf(o) == catalog.Table)}}
	c := columnOf(o, a.number)
	switch {
	case a.generated != 0:
		cells = append(cells, cell{"is_generated", text("ALWAYS")}, cell{"generation_expression", text(c.Default)})
	case a.hasDefault:
		cells = append(cells, cell{"is_generated", text("NEVER")}, cell{"column_default", text(e.defaultSQL(c))})
	default:
		cells = append(cells, cell{"is_generated", text("NEVER")})
	}
	if a.identity == 0 {
		return append(cells, cell{"is_identity", text("NO")}, cell{"identity_cycle", text("NO")})
	}
	generation := "ALWAYS"
	if a.identity == 'd' {
		generation = "BY DEFAULT"
	}
	cells = append(cells, cell{"is_identity", text("YES")}, cell{"identity_generation", text(generation)})
	if s := e.Snapshot.Object(c.Sequence); s != nil && s.Sequence != nil {
		cells = append(cells, cell{"identity_start", number(s.Sequence.Start)}, cell{"identity_increment", number(s.Sequence.Increment)},
			cell{"identity_maximum", number(s.Sequence.Max)}, cell{"identity_minimum", number(s.Sequence.Min)},
			cell{"identity_cycle", yesNo(s.Sequence.Cycle)})
	}
	return cells
}

// number is a number as text.
func number(n int64) types.Value { return text(strconv.FormatInt(n, 10)) }

// infoElementTypes has the element types of columns that are arrays.
func infoElementTypes(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, a := range attributesOf(o) {
			elem, ok := types.ElemOf(a.typ)
			if !ok {
				continue
			}
			object := "TABLE"
			if isView(o) {
				object = "VIEW"
			}
			schema, name := env.udt(elem.OID)
			cells := []cell{
				{"object_catalog", env.databaseText()},
				{"object_schema", text(env.schemaName(o))},
				{"object_name", text(o.Name)},
				{"object_type", text(object)},
				{"collection_type_identifier", text(strconv.Itoa(a.number))},
				{"data_type", text(env.dataType(elem.OID))},
				{"udt_catalog", env.databaseText()},
				{"udt_schema", text(schema)},
				{"udt_name", text(name)},
				{"dtd_identifier", text("a" + strconv.Itoa(a.number))},
			}
			w.sparse(cells...)
		}
	}
}

func infoColumnUDTUsage(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, a := range attributesOf(o) {
			schema, name := env.udt(a.typ.OID)
			w.add(env.databaseText(), text(schema), text(name), env.databaseText(), text(env.schemaName(o)), text(o.Name), text(a.name))
		}
	}
}
