package session

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// createTable runs CREATE TABLE.
func createTable(d *ddl, stmt *ast.CreateTable) error {
	if ast.FindOption(stmt.Options, "connector") != nil {
		return unsupported(stmt, "a table with a connector").WithHint("Create a source, and a materialized view on it to keep its rows.")
	}
	if err := refuseTableClauses(stmt); err != nil {
		return err
	}
	schema, name, exists, err := d.creating(stmt.Name, stmt.IfNotExists)
	if err != nil || exists {
		return err
	}
	t := &tableMaker{ddl: d, schema: schema, taken: map[string]bool{name: true}, stmt: stmt}
	t.object = &catalog.Object{
		Kind: catalog.Table, Name: name, Database: schema.Database, Schema: schema.ID, Owner: d.owner,
		AppendOnly: stmt.Stream.AppendOnly, Options: catalogOptions(stmt.Options),
	}
	for _, o := range stmt.Options {
		if err := checkRetention(o); err != nil {
			return err
		}
	}
	return t.make()
}

// refuseTableClauses refuses what tables of PostgreSQL and others have, and Freshet's do not.
func refuseTableClauses(stmt *ast.CreateTable) error {
	switch {
	case stmt.Persistence == ast.Temporary:
		return temporary(stmt, "TABLE")
	case stmt.OfType != nil:
		return unsupported(stmt.OfType, "CREATE TABLE OF")
	case stmt.PartitionOf != nil:
		return unsupported(stmt.PartitionOf, "a partition")
	case len(stmt.Inherits) > 0:
		return unsupported(stmt.Inherits[0], "table inheritance")
	case stmt.PartitionBy != nil:
		return unsupported(stmt.PartitionBy, "a partitioned table").WithHint("Freshet spreads the rows of every table by itself.")
	case stmt.Using != "" && stmt.Using != "heap":
		return pgerr.Newf(pgerr.UndefinedObject, "access method %q does not exist", string(stmt.Using))
	case stmt.OnCommit != "":
		return pgerr.New(pgerr.InvalidTableDefinition, "ON COMMIT can only be used on temporary tables")
	case stmt.Tablespace != "":
		return unsupported(stmt, "TABLESPACE")
	case stmt.Stream.OnConflict != "" || stmt.Stream.Version != "":
		return unsupported(stmt, "ON CONFLICT of a table")
	case stmt.Stream.Format != nil:
		return unsupported(stmt.Stream.Format, "FORMAT of a table without a connector")
	case len(stmt.Stream.Include) > 0:
		return unsupported(stmt.Stream.Include[0], "INCLUDE of a table without a connector")
	}
	for _, o := range stmt.Options {
		if isRetention(o) {
			continue
		}
		return unsupported(o, "option "+settingName(o.Name)+" of a table")
	}
	return nil
}

// tableMaker makes a table of its definition.
type tableMaker struct {
	*ddl
	schema *catalog.Object
	object *catalog.Object
	stmt   *ast.CreateTable
	// taken are names that the statement uses up.
	taken map[string]bool
	// sequences are those to make, by the place of their column, and sequenceNames what they are called.
	sequences     map[int]*catalog.SequenceDef
	sequenceNames map[int]string
	// indexes are the state tables of the UNIQUE constraints, by the id of their index.
	indexes map[catalog.ID]flow.TableID
	// columns are the declarations, by the place of the column; nil for those of LIKE.
	columns []*ast.ColumnDef
}

func (t *tableMaker) make() error {
	t.sequences, t.sequenceNames, t.indexes = map[int]*catalog.SequenceDef{}, map[int]string{}, map[catalog.ID]flow.TableID{}
	for _, e := range t.stmt.Elements {
		if err := t.declare(e); err != nil {
			return err
		}
	}
	for _, e := range t.stmt.Elements {
		dependOn(t.object, qualifyTypes(t.change.View(), t.path, e)...)
		if err := t.constrain(e); err != nil {
			return err
		}
	}
	dependOn(t.object, enumsOf(t.object.Columns)...)
	t.nameSequences()
	if len(t.object.PrimaryKey) == 0 {
		t.object.Columns = append(t.object.Columns, catalog.Column{
			Name: catalog.RowIDColumn, Type: types.Of(types.OIDInt8), NotNull: true, Hidden: true,
		})
	}
	if err := t.checkExpressions(); err != nil {
		return err
	}
	if err := t.number(); err != nil {
		return err
	}
	var err error
	if t.object.Definition, err = t.definition(); err != nil {
		return err
	}
	if err := t.change.Create(t.object); err != nil {
		return err
	}
	if err := t.createParts(); err != nil {
		return err
	}
	return t.addTable(t.object)
}

// declare adds the columns.
func (t *tableMaker) declare(e ast.TableElement) error {
	switch e := e.(type) {
	case *ast.ColumnDef:
		return t.column(e)
	case *ast.LikeTable:
		return t.like(e)
	case *ast.AllColumns:
		return unsupported(e, "* in the columns of a table without a connector")
	case *ast.Watermark:
		return unsupported(e, "WATERMARK of a table").WithHint("Declare it on a source.")
	case *ast.Constraint:
		return nil
	}
	return nil
}

// serials are PostgreSQL's names for integers with a sequence.
var serials = map[ast.Ident]types.OID{
	"smallserial": types.OIDInt2, "serial2": types.OIDInt2, "serial": types.OIDInt4, "serial4": types.OIDInt4,
	"bigserial": types.OIDInt8, "serial8": types.OIDInt8,
}

func (t *tableMaker) column(e *ast.ColumnDef) error {
	switch {
	case e.Compression != "":
		return unsupported(e, "COMPRESSION")
	case e.Metadata != nil:
		return unsupported(e, "METADATA of a table without a connector")
	case e.Type == nil:
		return unsupported(e, "a column without a type")
	}
	if err := checkCollation(e.Collation); err != nil {
		return err
	}
	if _, old := t.object.Column(string(e.Name)); old != nil {
		return pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", string(e.Name)).At(int(e.At()))
	}
	if systemColumn(string(e.Name)) {
		return pgerr.Newf(pgerr.DuplicateColumn, "column name %q conflicts with a system column name", string(e.Name)).At(int(e.At()))
	}
	column := catalog.Column{Name: string(e.Name)}
	place := len(t.object.Columns)
	if oid, ok := serials[e.Type.Name.Last()]; ok && len(e.Type.Name.Parts) == 1 {
		if len(e.Type.Dims) > 0 {
			return unsupported(e.Type, "array of serial")
		}
		column.Type, column.NotNull = types.Of(oid), true
		t.sequences[place] = newSequence(oid)
	} else {
		resolved, err := t.typeOf(e.Type)
		if err == nil {
			err = storable(string(e.Name), resolved, e.Type)
		}
		if err != nil {
			return err
		}
		column.Type = resolved
	}
	t.addColumn(column, e)
	return nil
}

func (t *tableMaker) addColumn(c catalog.Column, e *ast.ColumnDef) {
	t.object.Columns = append(t.object.Columns, c)
	t.columns = append(t.columns, e)
}

// systemColumn tells whether PostgreSQL keeps the name for itself.
func systemColumn(name string) bool {
	switch name {
	case "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", catalog.RowIDColumn:
		return true
	default:
		return false
	}
}

// checkCollation takes the collations that order as Freshet does: by code points.
func checkCollation(n *ast.Name) error {
	if n == nil {
		return nil
	}
	switch n.Last() {
	case "C", "POSIX", "ucs_basic", "default":
		return nil
	default:
		return unsupported(n, "collation "+n.String()).WithHint(`Text is ordered by code point, as in COLLATE "C".`)
	}
}
