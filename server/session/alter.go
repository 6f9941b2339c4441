package session

import (
	"fmt"
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
	o, notice, err := d.findToAlter(kind, stmt)
	switch {
	case err != nil:
		return placed(err, stmt.Object.Name)
	case notice != nil:
		d.notices = append(d.notices, pgerr.New(pgerr.SuccessfulCompletion, notice.Message))
		return nil
	}
	if slices.ContainsFunc(stmt.Actions, isTableAction) {
		return d.alterTable(o, stmt.Actions)
	}
	for _, action := range stmt.Actions {
		if done, err := d.alterType(d.change.View().Object(o.ID), action); done || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := d.alterOne(d.change.View().Object(o.ID), action); err != nil {
			return err
		}
	}
	return nil
}

// findToAlter finds what ALTER names. ALTER TABLE takes other relations too, where what it does is the same for all.
func (d *ddl) findToAlter(kind catalog.Kind, stmt *ast.Alter) (*catalog.Object, *catalog.Notice, error) {
	parts := nameParts(stmt.Object.Name)
	if !kind.IsRelation() || kind == catalog.Source || kind == catalog.Sink {
		return d.change.View().FindToDrop(d.path, kind, parts, stmt.IfExists)
	}
	o, err := d.change.View().Relation(d.path, parts)
	code := pgerr.CodeOf(err)
	switch {
	case stmt.IfExists && (code == pgerr.UndefinedTable || code == pgerr.InvalidSchemaName):
		return nil, &catalog.Notice{Message: fmt.Sprintf("relation %q does not exist, skipping", parts[len(parts)-1])}, nil
	case err != nil:
		return nil, nil, err
	case o.System:
		return nil, nil, pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", o.Name)
	case o.Kind == kind || kind == catalog.Table && !slices.ContainsFunc(stmt.Actions, isTableAction):
		return o, nil, nil
	}
	article := "a"
	if kind == catalog.Index {
		article = "an"
	}
	return nil, nil, pgerr.Newf(pgerr.WrongObjectType, "%q is not %s %s", o.Name, article, kind)
}

func (d *ddl) alterOne(o *catalog.Object, action ast.AlterAction) error {
	switch a := action.(type) {
	case *ast.RenameTo:
		return d.rename(o, string(a.Name))
	case *ast.SetSchema:
		return d.setSchema(o, a)
	case *ast.OwnerTo:
		if owner := ast.Print(a.Owner); owner != d.owner && !strings.HasPrefix(owner, "CURRENT_") && owner != "SESSION_USER" {
			return unsupported(a, "another owner").WithHint("Every user acts as the owner of everything.")
		}
		return nil
	case *ast.NamedAction:
		if a.Words == "RESUME" {
			if err := d.noticeResume(o); err != nil {
				return err
			}
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
	return d.relocate(o, o.Schema, name)
}

// setSchema moves an object, with what is part of it, to another schema.
func (d *ddl) setSchema(o *catalog.Object, a *ast.SetSchema) error {
	if o.Schema == 0 || o.Kind == catalog.Index || o.PartOf != 0 || o.Kind == catalog.Sink {
		return unsupported(a, "ALTER "+strings.ToUpper(o.Kind.String())+" ... SET SCHEMA")
	}
	schema, _, err := d.change.View().Creating(d.path, []string{string(a.Schema), o.Name})
	if err != nil {
		return err
	}
	if schema.ID == o.Schema {
		return nil
	}
	if o.Kind == catalog.TypeObject || o.Kind.IsRelation() {
		if other := map[bool]catalog.Kind{true: catalog.Table, false: catalog.TypeObject}[o.Kind == catalog.TypeObject]; d.change.View().Lookup(schema.ID, other, o.Name) != nil {
			return pgerr.Newf(pgerr.DuplicateObject, "type %q already exists in schema %q", o.Name, schema.Name)
		}
	}
	if taken := d.change.View().Lookup(schema.ID, o.Kind, o.Name); taken != nil {
		if o.Kind == catalog.TypeObject {
			return pgerr.Newf(pgerr.DuplicateObject, "type %q already exists in schema %q", o.Name, schema.Name)
		}
		return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists in schema %q", o.Name, schema.Name)
	}
	for _, id := range d.change.View().Parts(o.ID) {
		part := *d.change.View().Object(id)
		part.Schema = schema.ID
		if err := d.change.Replace(&part); err != nil {
			return err
		}
	}
	if err := d.relocate(d.change.View().Object(o.ID), schema.ID, o.Name); err != nil {
		return err
	}
	moved := *d.change.View().Object(o.ID)
	moved.Columns = slices.Clone(moved.Columns)
	for i := range moved.Columns {
		if c := &moved.Columns[i]; c.Sequence != 0 && c.Identity == 0 && strings.HasPrefix(c.Default, "nextval(") {
			c.Default = nextvalOf(inSchema(schema, d.change.View().Object(c.Sequence).Name))
		}
	}
	if err := d.change.Replace(&moved); err != nil {
		return err
	}
	return d.change.Move(o.ID) // the schema may be younger
}

// relocate gives an object another schema or name, and writes that into all definitions that have it.
func (d *ddl) relocate(o *catalog.Object, schema catalog.ID, name string) error {
	snapshot := d.change.View()
	old := d.fullName(o)
	changed := *o
	changed.Name, changed.Schema = name, schema
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
	changed.Amendments = slices.Clone(o.Amendments)
	for i, text := range o.Amendments {
		if changed.Amendments[i], err = renamed(text, old, now); err != nil {
			return err
		}
	}
	if err := renameInExpressions(&changed, old, now); err != nil {
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
	case *ast.CreateType:
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
		if a, ok := stmt.(*ast.Alter); ok && slices.Equal(a.Object.Name.Parts, old.Parts) {
			a.Object.Name = now
		}
		if c, ok := stmt.(*ast.Comment); ok && nameOfObject(c.Object) != nil {
			n := nameOfObject(c.Object)
			if len(n.Parts) >= len(old.Parts) && slices.Equal(n.Parts[:len(old.Parts)], old.Parts) {
				n.Parts = append(slices.Clone(now.Parts), n.Parts[len(old.Parts):]...)
			}
		}
		all = append(all, ast.Print(stmt))
	}
	return all, nil
}

// noticeResume says so if a view that is resumed begins anew.
func (d *ddl) noticeResume(o *catalog.Object) error {
	goesOn, err := d.engine.runtime.GoesOn(flow.RelationID(o.ID))
	if err == nil && !goesOn {
		d.notices = append(d.notices, pgerr.New(pgerr.SuccessfulCompletion,
			fmt.Sprintf("%q is computed again from the beginning of its inputs", o.Name)).
			WithDetail("The changes of its inputs since it failed are not kept: only what reads sources alone can go on from where it stands."))
	}
	return err
}
