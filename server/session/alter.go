package session

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
)

// alter runs ALTER.
func alter(d *ddl, stmt *ast.Alter) error {
	kind, err := kindOf(stmt.Object, "ALTER")
	if err != nil {
		return err
	}
	d.tag = "ALTER " + stmt.Object.Kind
	o, notice, err := d.change.View().FindToDrop(d.path, kind, nameParts(stmt.Object.Name), stmt.IfExists)
	switch {
	case err != nil:
		return placed(err, stmt.Object.Name)
	case notice != nil:
		d.notices = append(d.notices, pgerr.New(pgerr.SuccessfulCompletion, notice.Message))
		return nil
	}
	for _, action := range stmt.Actions {
		if err := d.alterOne(d.change.View().Object(o.ID), action); err != nil {
			return err
		}
	}
	return nil
}

func (d *ddl) alterOne(o *catalog.Object, action ast.AlterAction) error {
	switch a := action.(type) {
	case *ast.RenameTo:
		return d.rename(o, string(a.Name))
	case *ast.OwnerTo:
		if owner := ast.Print(a.Owner); owner != d.owner && !strings.HasPrefix(owner, "CURRENT_") && owner != "SESSION_USER" {
			return unsupported(a, "another owner").WithHint("Every user acts as the owner of everything.")
		}
		return nil
	case *ast.AlterColumn:
		return d.alterColumn(o, a)
	case *ast.NamedAction:
		if a.Words == "RESUME" {
			d.runtime.Resume = append(d.runtime.Resume, flow.RelationID(o.ID))
			return nil
		}
		return unsupported(a, "ALTER "+strings.ToUpper(o.Kind.String())+" ... "+a.Words)
	default:
		return unsupported(a, "ALTER "+strings.ToUpper(o.Kind.String())+" ... "+firstWords(ast.Print(a)))
	}
}

// firstWords are the words in capital letters that a text begins with.
func firstWords(text string) string {
	var words []string
	for _, w := range strings.Fields(text) {
		if w != strings.ToUpper(w) || strings.ContainsAny(w, `"'(`) {
			break
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// rename gives an object another name, and writes that into all definitions that have it.
func (d *ddl) rename(o *catalog.Object, name string) error {
	if o.Kind == catalog.Schema || o.Kind == catalog.Database {
		if o.ID == d.path.Database {
			return pgerr.New(pgerr.FeatureNotSupported, "current database cannot be renamed")
		}
		return pgerr.Newf(pgerr.FeatureNotSupported, "ALTER %s ... RENAME TO is not supported", strings.ToUpper(o.Kind.String()))
	}
	snapshot := d.change.View()
	old := d.fullName(o)
	changed := *o
	changed.Name = name
	now := d.fullName(&changed)
	if o.Definition == "" {
		return pgerr.Newf(pgerr.FeatureNotSupported, "a part of another object cannot be renamed: %q", o.Name)
	}
	var err error
	if changed.Definition, err = withName(o.Definition, now); err != nil {
		return err
	}
	if changed.Amendments, err = renameAmendments(o.Amendments, old, now); err != nil {
		return err
	}
	if err := d.change.Replace(&changed); err != nil {
		return err
	}
	affected := append(slices.Clone(snapshot.Dependents(o.ID)), snapshot.Parts(o.ID)...)
	for _, id := range affected {
		if err := d.rewrite(id, old, now); err != nil {
			return err
		}
	}
	return nil
}

// rewrite writes the new name of something into the definition of what depends on it.
func (d *ddl) rewrite(id catalog.ID, old, now *ast.Name) error {
	o := d.change.View().Object(id)
	if o == nil || o.Definition == "" {
		return nil
	}
	changed := *o
	var err error
	if changed.Definition, err = renamed(o.Definition, old, now); err != nil {
		return err
	}
	if o.Query != "" {
		if changed.Query, err = renamed(o.Query, old, now); err != nil {
			return err
		}
	}
	return d.change.Replace(&changed)
}

// withName is a definition of something by another name.
func withName(definition string, name *ast.Name) (string, error) {
	stmt, err := parseOne(definition)
	if err != nil {
		return "", err
	}
	switch s := stmt.(type) {
	case *ast.CreateTable:
		s.Name = name
	case *ast.CreateSource:
		s.Name = name
	case *ast.CreateView:
		s.Name = name
	case *ast.CreateMaterializedView:
		s.Name = name
	case *ast.CreateSequence:
		s.Name = name
	case *ast.CreateSink:
		s.Name = name
	case *ast.CreateIndex:
		s.Name = name.Last()
	default:
		return "", unsupported(stmt, "renaming what "+nameOf(stmt)+" has made")
	}
	return ast.Print(stmt), nil
}

func renameAmendments(list []string, old, now *ast.Name) ([]string, error) {
	var all []string
	for _, text := range list {
		stmt, err := parseOne(text)
		if err != nil {
			return nil, err
		}
		if c, ok := stmt.(*ast.Comment); ok && c.Object.Name != nil {
			n := c.Object.Name
			if len(n.Parts) >= len(old.Parts) && slices.Equal(n.Parts[:len(old.Parts)], old.Parts) {
				n.Parts = append(slices.Clone(now.Parts), n.Parts[len(old.Parts):]...)
			}
		}
		all = append(all, ast.Print(stmt))
	}
	return all, nil
}

// alterColumn changes the default of a column.
func (d *ddl) alterColumn(o *catalog.Object, a *ast.AlterColumn) error {
	set, ok := a.Change.(*ast.SetDefault)
	if !ok || o.Kind != catalog.Table {
		return unsupported(a, "ALTER "+strings.ToUpper(o.Kind.String())+" ... ALTER COLUMN ... "+firstWords(ast.Print(a.Change)))
	}
	place, column := o.Column(string(a.Column))
	switch {
	case column == nil || column.Hidden:
		return pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", string(a.Column), o.Name)
	case column.Identity != 0:
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is an identity column", column.Name, o.Name)
	case column.Generated:
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is a generated column", column.Name, o.Name)
	case column.Sequence != 0:
		return unsupported(a, "another default of a serial column")
	}
	changed := *o
	changed.Columns = slices.Clone(o.Columns)
	changed.Columns[place].Default = ""
	if set.X != nil {
		if _, err := d.expression(set.X, nil, column.Type); err != nil {
			return err
		}
		changed.Columns[place].Default = ast.Print(set.X)
	}
	stmt, err := parseOne(o.Definition)
	if err != nil {
		return err
	}
	for _, e := range stmt.(*ast.CreateTable).Elements {
		def, ok := e.(*ast.ColumnDef)
		if !ok || def.Name != a.Column {
			continue
		}
		def.Constraints = slices.DeleteFunc(def.Constraints, func(c *ast.Constraint) bool {
			_, is := c.Def.(*ast.DefaultValue)
			return is
		})
		if set.X != nil {
			def.Constraints = append(def.Constraints, &ast.Constraint{Def: &ast.DefaultValue{X: set.X}})
		}
	}
	changed.Definition = ast.Print(stmt)
	return d.change.Replace(&changed)
}
