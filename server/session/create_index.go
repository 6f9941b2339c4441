package session

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// createIndex runs CREATE INDEX.
func createIndex(d *ddl, stmt *ast.CreateIndex) error {
	if err := refuseIndexClauses(stmt); err != nil {
		return err
	}
	relation, err := d.change.View().Relation(d.path, nameParts(stmt.Table.Name))
	if err != nil {
		return placed(err, stmt.Table.Name)
	}
	if relation.System || relation.Kind != catalog.Table && relation.Kind != catalog.MaterializedView {
		return pgerr.Newf(pgerr.WrongObjectType, "cannot create index on relation %q", relation.Name).
			WithDetail("This operation is not supported for %ss.", relation.Kind)
	}
	o := &catalog.Object{
		Kind: catalog.Index, Name: string(stmt.Name), Database: relation.Database, Schema: relation.Schema, Owner: d.owner, PartOf: relation.ID,
		Index: &catalog.IndexDef{Relation: relation.ID, Unique: stmt.Unique},
	}
	o.DependsOn = qualifyTypes(d.change.View(), d.path, stmt)
	if err := d.indexKeys(o, relation, stmt); err != nil {
		return err
	}
	if o.Name == "" {
		o.Name = d.freeName(relation.Schema, map[string]bool{}, relation.Name, indexedNames(o), "idx")
	} else if d.change.View().Lookup(relation.Schema, catalog.Table, o.Name) != nil {
		if stmt.IfNotExists {
			d.notices = append(d.notices, pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists, skipping", o.Name))
			return nil
		}
		return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", o.Name)
	}
	made := *stmt
	made.IfNotExists, made.Concurrently, made.Name, made.Using = false, false, ast.Ident(o.Name), ""
	table := *stmt.Table
	table.Name = d.fullName(relation)
	made.Table = &table
	o.Definition = ast.Print(&made)
	if o.ID, err = d.change.Allot(); err != nil {
		return err
	}
	rows, err := d.table()
	if err != nil {
		return err
	}
	o.Table = uint32(rows)
	a, err := d.arrangementOf(relation, o)
	if err != nil {
		return err
	}
	if err := d.change.Create(o); err != nil {
		return err
	}
	d.addArrangement(relation.ID, a, o.Name)
	return nil
}

func refuseIndexClauses(stmt *ast.CreateIndex) error {
	switch {
	case stmt.Using != "" && stmt.Using != "btree":
		return unsupported(stmt, "access method "+string(stmt.Using)).WithHint("Every index is ordered, as PostgreSQL's btree is.")
	case stmt.NullsNotDistinct:
		return unsupported(stmt, "NULLS NOT DISTINCT")
	case len(stmt.DistributedBy) > 0:
		return unsupported(stmt, "DISTRIBUTED BY")
	case len(stmt.Options) > 0:
		return unsupported(stmt.Options[0], "option "+settingName(stmt.Options[0].Name)+" of an index")
	case stmt.Tablespace != "":
		return unsupported(stmt, "TABLESPACE")
	case stmt.Table.Only:
		return unsupported(stmt.Table, "ONLY")
	}
	return nil
}

// indexKeys reads the columns of an index.
func (d *ddl) indexKeys(o, relation *catalog.Object, stmt *ast.CreateIndex) error {
	for _, e := range stmt.Elems {
		ref, ok := e.X.(*ast.ColumnRef)
		if !ok {
			return unsupported(e, "an index on an expression").WithHint("Make the expression a column of a materialized view, and index that.")
		}
		if err := checkCollation(e.Collation); err != nil {
			return err
		}
		name := string(ref.Parts[len(ref.Parts)-1])
		place, column := relation.Column(name)
		if column == nil || column.Hidden {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", name).At(int(ref.At()))
		}
		key := catalog.IndexKey{Column: place, Type: column.Type, Desc: e.Desc, NullsFirst: e.Desc}
		if len(e.OpclassOptions) > 0 {
			return unsupported(e, "an operator class with options")
		}
		if e.Opclass != nil {
			_, own, err := pgcatalog.FindOpclass(string(e.Opclass.Last()), column.Type.OID)
			if err != nil {
				return placed(err, e.Opclass)
			}
			if !own {
				key.Opclass = string(e.Opclass.Last())
			}
		}
		switch e.Nulls {
		case ast.NullsFirst:
			key.NullsFirst = true
		case ast.NullsLast:
			key.NullsFirst = false
		default:
		}
		o.Index.Keys = append(o.Index.Keys, key)
		o.Columns = append(o.Columns, catalog.Column{Name: name, Type: column.Type})
	}
	for _, e := range stmt.Include {
		ref, ok := e.X.(*ast.ColumnRef)
		if !ok {
			return unsupported(e, "an expression in INCLUDE")
		}
		name := string(ref.Parts[len(ref.Parts)-1])
		place, column := relation.Column(name)
		if column == nil || column.Hidden {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", name).At(int(ref.At()))
		}
		o.Index.Include = append(o.Index.Include, place)
		o.Columns = append(o.Columns, catalog.Column{Name: name, Type: column.Type})
	}
	if stmt.Where != nil {
		where, err := d.expression(stmt.Where, relation, logical.Condition(logical.UseIndexWhere))
		switch {
		case err != nil:
			return err
		case !d.replay && isMutable(where):
			return pgerr.New(pgerr.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE").At(int(stmt.Where.At()))
		}
		d.fixExpr(stmt.Where, relation, logical.Condition(logical.UseIndexWhere))
		o.Index.Where = ast.Print(stmt.Where)
	}
	return nil
}

func indexedNames(o *catalog.Object) string {
	var names []string
	for _, c := range o.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, "_")
}

// arrangementOf is how an index lies in the store.
func (d *ddl) arrangementOf(relation, index *catalog.Object) (flow.Arrangement, error) {
	a := flow.Arrangement{ID: flow.RelationID(index.ID), Table: flow.TableID(index.Table), Unique: index.Index.Unique}
	for _, k := range index.Index.Keys {
		a.Key = append(a.Key, flow.SortKey{Column: k.Column, Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	if index.Index.Where == "" {
		return a, nil
	}
	x, err := parseExpr(index.Index.Where)
	if err != nil {
		return a, err
	}
	a.Where, err = d.expression(x, relation, logical.Condition(logical.UseIndexWhere))
	return a, err
}

// parseExpr reads an expression that Freshet has written itself.
func parseExpr(text string) (ast.Expr, error) {
	stmt, err := parseOne("SELECT " + text)
	if err != nil {
		return nil, err
	}
	return stmt.(*ast.Query).Body.(*ast.Select).Targets[0].X, nil
}
