package session

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// like adds the columns of another table. NOT NULL comes with them, as in PostgreSQL.
func (t *tableMaker) like(e *ast.LikeTable) error {
	from, err := t.change.View().Relation(t.path, nameParts(e.Name))
	if err != nil {
		return placed(err, e.Name)
	}
	including := map[string]bool{}
	for _, what := range e.Including {
		switch what {
		case "DEFAULTS", "COMMENTS", "STORAGE", "COMPRESSION", "STATISTICS":
			including[what] = true
		default:
			return unsupported(e, "LIKE ... INCLUDING "+what)
		}
	}
	for _, c := range from.Columns {
		if c.Hidden {
			continue
		}
		if _, old := t.object.Column(c.Name); old != nil {
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", c.Name)
		}
		copied := catalog.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
		if including["DEFAULTS"] && !c.Generated && c.Identity == 0 {
			copied.Default = c.Default
		}
		if including["COMMENTS"] {
			copied.Comment = c.Comment
		}
		t.addColumn(copied, nil)
	}
	return nil
}

// number gives out the ids, in the order of catalog.Snapshot.IDs: the table's, that of its rows, of the sequences, of the constraints.
func (t *tableMaker) number() error {
	id, err := t.change.Allot()
	if err != nil {
		return err
	}
	rows, err := t.table()
	if err != nil {
		return err
	}
	t.object.ID, t.object.Table = id, uint32(rows)
	for i := range t.object.Columns {
		if t.sequences[i] == nil {
			continue
		}
		if t.object.Columns[i].Sequence, err = t.change.Allot(); err != nil {
			return err
		}
	}
	for i := range t.object.Constraints {
		c := &t.object.Constraints[i]
		made, err := t.change.Allot()
		if err != nil {
			return err
		}
		switch c.Kind {
		case catalog.PrimaryKey:
			c.Index = made
		case catalog.Unique:
			c.Index = made
			if t.indexes[made], err = t.table(); err != nil {
				return err
			}
		case catalog.Check, catalog.ForeignKey:
			c.ID = made
		}
	}
	return nil
}

// createParts makes the sequences and indexes that belong to the table.
func (t *tableMaker) createParts() error {
	for i, c := range t.object.Columns {
		def := t.sequences[i]
		if def == nil {
			continue
		}
		def.OwnerColumn = i
		err := t.change.Create(&catalog.Object{
			ID: c.Sequence, Kind: catalog.Sequence, Name: t.sequenceNames[i], Database: t.object.Database, Schema: t.object.Schema,
			Owner: t.owner, PartOf: t.object.ID, Sequence: def, Columns: sequenceColumns,
		})
		if err != nil {
			return err
		}
	}
	for _, c := range t.object.Constraints {
		if c.Index == 0 {
			continue
		}
		index := indexOf(t.object, &c, t.owner, t.indexes[c.Index])
		if err := t.change.Create(index); err != nil {
			return err
		}
	}
	return nil
}

// indexOf is the index of a PRIMARY KEY or UNIQUE of a table.
func indexOf(o *catalog.Object, c *catalog.Constraint, owner string, rows flow.TableID) *catalog.Object {
	index := &catalog.Object{
		ID: c.Index, Kind: catalog.Index, Name: c.Name, Database: o.Database, Schema: o.Schema, Owner: owner, PartOf: o.ID, Table: uint32(rows),
		Index: &catalog.IndexDef{Relation: o.ID, Unique: true, Primary: c.Kind == catalog.PrimaryKey, Constraint: true},
	}
	for _, place := range c.Columns {
		column := o.Columns[place]
		index.Columns = append(index.Columns, catalog.Column{Name: column.Name, Type: column.Type})
		index.Index.Keys = append(index.Index.Keys, catalog.IndexKey{Column: place, Type: column.Type})
	}
	return index
}

// addTable tells the runtime of a table.
func (d *ddl) addTable(o *catalog.Object) error {
	def, err := d.relationDef(o)
	if err != nil {
		return err
	}
	d.runtime.Relations = append(d.runtime.Relations, def)
	d.setRelation(o.ID, &def.Relation)
	return nil
}

// relationDef is a table as the runtime has it.
func (d *ddl) relationDef(o *catalog.Object) (dataflow.RelationDef, error) {
	def := dataflow.RelationDef{RowID: -1, RetainMicros: retentionOf(o), Relation: flow.Relation{
		ID: flow.RelationID(o.ID), Name: o.Name, Columns: fieldsOf(o), AppendOnly: o.AppendOnly,
	}}
	primary := flow.Arrangement{ID: flow.RelationID(o.ID), Table: flow.TableID(o.Table), Unique: true}
	name := ""
	for _, place := range o.PrimaryKey {
		primary.Key = append(primary.Key, flow.SortKey{Column: place})
	}
	if place, c := o.Column(catalog.RowIDColumn); c != nil {
		def.RowID = place
		primary.Key = []flow.SortKey{{Column: place}}
	}
	if len(primary.Key) == 0 {
		return def, invariants.Errorf("table %q has no key", o.Name)
	}
	def.Arrangements = []flow.Arrangement{primary}
	for _, c := range o.Constraints {
		if c.Kind == catalog.PrimaryKey {
			name = c.Name
		}
	}
	def.Constraints = []string{name}
	for _, index := range d.change.View().Indexes(o.ID) {
		if index.Index.Primary {
			continue
		}
		a, err := d.arrangementOf(o, index)
		if err != nil {
			return def, err
		}
		def.Arrangements = append(def.Arrangements, a)
		def.Constraints = append(def.Constraints, index.Name)
	}
	return def, nil
}

// fieldsOf are the columns of a relation as graphs have them.
func fieldsOf(o *catalog.Object) []flow.Field {
	fields := make([]flow.Field, len(o.Columns))
	for i, c := range o.Columns {
		fields[i] = flow.Field{Name: c.Name, Type: c.Type}
	}
	return fields
}

// definition is the statement in full: with all names, and with those of constraints that the user left out.
func (t *tableMaker) definition() (string, error) {
	var parts []string
	for i := range t.object.Columns {
		if !t.object.Columns[i].Hidden {
			parts = append(parts, t.columnText(i))
		}
	}
	for _, c := range t.object.Constraints {
		text := "CONSTRAINT " + ast.QuoteIdent(c.Name) + " "
		var columns []string
		for _, place := range c.Columns {
			columns = append(columns, ast.QuoteIdent(t.object.Columns[place].Name))
		}
		list := "(" + strings.Join(columns, ", ") + ")"
		switch c.Kind {
		case catalog.PrimaryKey:
			text += "PRIMARY KEY " + list
		case catalog.Unique:
			text += "UNIQUE " + list
		case catalog.Check:
			text += "CHECK (" + c.Expr + ")"
		case catalog.ForeignKey:
			text += c.Expr
		}
		if c.NotEnforced {
			text += " NOT ENFORCED"
		}
		parts = append(parts, text)
	}
	text := "CREATE TABLE " + inSchema(t.schema, t.object.Name).String() + " (" + strings.Join(parts, ", ") + ")"
	if t.object.AppendOnly {
		text += " APPEND ONLY"
	}
	if value, ok := t.object.Option(retainHistory); ok {
		text += " WITH (" + retainHistory + " = " + ast.QuoteString(value) + ")"
	}
	return canonical(text)
}

func (t *tableMaker) columnText(i int) string {
	c := t.object.Columns[i]
	text := ast.QuoteIdent(c.Name) + " "
	sequence := t.sequences[i]
	switch {
	case sequence != nil && c.Identity == 0:
		return text + map[types.OID]string{types.OIDInt2: "smallserial", types.OIDInt4: "serial", types.OIDInt8: "bigserial"}[c.Type.OID]
	default:
		text += t.typeText(c.Type)
	}
	switch {
	case c.Identity == 'a':
		text += " GENERATED ALWAYS AS IDENTITY" + sequenceText(sequence)
	case c.Identity == 'd':
		text += " GENERATED BY DEFAULT AS IDENTITY" + sequenceText(sequence)
	case c.Generated:
		text += " GENERATED ALWAYS AS (" + c.Default + ") STORED"
	case c.Default != "":
		text += " DEFAULT (" + c.Default + ")"
	}
	if c.NotNull {
		text += " NOT NULL"
	}
	return text
}

// canonical gives the canonical form of a statement that was put together as text.
func canonical(text string) (string, error) {
	stmt, err := parseOne(text)
	if err != nil {
		return "", err
	}
	return ast.Print(stmt), nil
}

// parseOne reads a statement that Freshet has written itself.
func parseOne(text string) (ast.Statement, error) {
	statements, err := parse.Parse(text, parse.DefaultOptions())
	if err != nil {
		return nil, invariants.Errorf("the definition %q does not parse: %v", text, err)
	}
	if len(statements) != 1 {
		return nil, invariants.Errorf("the definition %q has %d statements", text, len(statements))
	}
	return statements[0], nil
}
