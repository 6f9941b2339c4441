package session

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// createView runs CREATE VIEW.
func createView(d *ddl, stmt *ast.CreateView) error {
	switch {
	case stmt.Persistence == ast.Temporary:
		return temporary(stmt, "VIEW")
	case stmt.CheckOption != "":
		return unsupported(stmt, "WITH CHECK OPTION").WithHint("Views cannot be written to.")
	case len(stmt.Options) > 0:
		return unsupported(stmt.Options[0], "option "+settingName(stmt.Options[0].Name)+" of a view")
	}
	schema, name, err := d.change.View().Creating(d.path, nameParts(stmt.Name))
	if err != nil {
		return placed(err, stmt.Name)
	}
	old := d.change.View().Lookup(schema.ID, catalog.Table, name)
	if old != nil && !stmt.OrReplace {
		if _, _, exists, err := d.creating(stmt.Name, stmt.IfNotExists); exists || err != nil {
			return err
		}
	}
	query := stmt.Query
	if stmt.Recursive {
		query = recursiveQuery(stmt)
	}
	o, made, err := d.viewOf(catalog.View, schema, name, query, stmt.Columns)
	if err != nil {
		return err
	}
	o.Definition = ast.Print(&ast.CreateView{Name: inSchema(schema, name), Columns: stmt.Columns, Query: made})
	if old == nil {
		return d.change.Create(o)
	}
	return d.replaceView(old, o)
}

// viewOf makes the object of a view, and its query in full.
func (d *ddl) viewOf(kind catalog.Kind, schema *catalog.Object, name string, query *ast.Query, names []ast.Ident) (*catalog.Object, *ast.Query, error) {
	described := *query
	if kind == catalog.MaterializedView {
		described.Emit = nil // when rows come makes no column; a view is read once, and refuses it
	}
	columns, err := d.columnsOf(&described) // its errors have the places of the text
	if err != nil {
		return nil, nil, err
	}
	if !d.replay { // those of the log are as they are to be
		d.expandStars(&described, columns)
		d.fixLiterals(&described)
	}
	full, depends, err := d.fullQuery(query)
	if err != nil {
		return nil, nil, err
	}
	o := &catalog.Object{
		Kind: kind, Name: name, Database: schema.Database, Schema: schema.ID, Owner: d.owner, DependsOn: depends, Query: ast.Print(full),
		Columns: columns,
	}
	return o, full, nameColumns(o, names)
}

// fullQuery copies a query and writes the full names into the copy.
func (d *ddl) fullQuery(query *ast.Query) (*ast.Query, []catalog.ID, error) {
	stmt, err := parseOne(ast.Print(query))
	if err != nil {
		return nil, nil, err
	}
	full, ok := stmt.(*ast.Query)
	if !ok {
		return nil, nil, invariants.Errorf("a query prints as a %T", stmt)
	}
	depends, err := d.qualify(full)
	return full, depends, err
}

// nameColumns gives the columns of a view the names that were asked for, and refuses two of one name.
func nameColumns(o *catalog.Object, names []ast.Ident) error {
	if len(names) > len(o.Columns) {
		return pgerr.Newf(pgerr.SyntaxError, "too many column names were specified")
	}
	for i, n := range names {
		o.Columns[i].Name = string(n)
	}
	seen := map[string]bool{}
	for i := range o.Columns {
		c := &o.Columns[i]
		if seen[c.Name] {
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", c.Name)
		}
		seen[c.Name] = true
		if c.Type.OID == types.OIDUnknown {
			c.Type = types.Of(types.OIDText)
		}
		if systemColumn(c.Name) {
			return pgerr.Newf(pgerr.DuplicateColumn, "column name %q conflicts with a system column name", c.Name)
		}
	}
	return nil
}

// replaceView puts a new query into a view. What was there of columns must stay as it is.
func (d *ddl) replaceView(old, o *catalog.Object) error {
	if old.Kind != catalog.View {
		return pgerr.Newf(pgerr.WrongObjectType, "%q is not a view", old.Name)
	}
	if len(o.Columns) < len(old.Columns) {
		return pgerr.New(pgerr.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, was := range old.Columns {
		now := o.Columns[i]
		if was.Name != now.Name {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "cannot change name of view column %q to %q", was.Name, now.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if was.Type != now.Type {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "cannot change data type of view column %q from %s to %s", was.Name,
				d.typeText(was.Type), d.typeText(now.Type))
		}
	}
	snapshot := d.change.View()
	for _, id := range o.DependsOn {
		if d.reaches(id, old.ID) {
			return pgerr.Newf(pgerr.InvalidObjectDefinition, "infinite recursion detected in rules for relation %q", old.Name)
		}
	}
	for _, id := range snapshot.Dependents(old.ID) {
		if dependent := snapshot.Object(id); dependent.Kind == catalog.MaterializedView || dependent.Kind == catalog.Sink {
			return pgerr.Newf(pgerr.FeatureNotSupported, "cannot replace view %q because %s %q is made of it", old.Name, dependent.Kind, dependent.Name).
				WithHint("Drop what is made of the view first.")
		}
	}
	o.ID, o.LogPlace, o.Comment = old.ID, old.LogPlace, old.Comment
	o.Amendments = old.Amendments
	d.replaced = old
	if err := d.change.Replace(o); err != nil {
		return err
	}
	return d.change.Move(old.ID)
}

// reaches tells whether an object depends on another, itself included.
func (d *ddl) reaches(from, to catalog.ID) bool {
	if from == to {
		return true
	}
	o := d.change.View().Object(from)
	if o == nil {
		return false
	}
	for _, id := range o.DependsOn {
		if d.reaches(id, to) {
			return true
		}
	}
	return false
}
