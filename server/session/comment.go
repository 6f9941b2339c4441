package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// comment runs COMMENT ON.
func comment(d *ddl, stmt *ast.Comment) error {
	if stmt.Object.Kind == "COLUMN" {
		return commentColumn(d, stmt)
	}
	kind, err := kindOf(stmt.Object, "COMMENT ON")
	if err != nil {
		return err
	}
	o, _, err := d.change.View().FindToDrop(d.path, kind, nameParts(nameOfObject(stmt.Object)), false)
	if err != nil {
		return placed(commentTarget(err, kind, nameParts(nameOfObject(stmt.Object))), nameOfObject(stmt.Object))
	}
	changed := *o
	changed.Comment = stmt.Text
	made := *stmt
	object := *stmt.Object
	switch {
	case o.Kind == catalog.TypeObject:
		object.Types = []*ast.TypeName{{Name: d.fullName(o)}}
	case o.Schema != 0:
		object.Name = d.fullName(o)
	}
	made.Object = &object
	return d.amend(&changed, "COMMENT ON "+object.Kind+" ", &made, stmt.Drop)
}

// commentTarget is the error of an object that cannot be found as COMMENT has it: what DROP calls a table is a relation, and nothing is to be
// removed.
func commentTarget(err error, kind catalog.Kind, parts []string) error {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	switch e.Code {
	case pgerr.WrongObjectType:
		out.Hint = ""
	case pgerr.UndefinedTable, pgerr.UndefinedObject:
		if kind != catalog.TypeObject {
			out.Code, out.Message = pgerr.UndefinedTable, fmt.Sprintf("relation %q does not exist", strings.Join(parts, "."))
		}
	default:
	}
	return &out
}

func commentColumn(d *ddl, stmt *ast.Comment) error {
	parts := nameParts(stmt.Object.Name)
	if len(parts) < 2 {
		return pgerr.New(pgerr.SyntaxError, "column name must be qualified").At(int(stmt.Object.Name.At()))
	}
	name := parts[len(parts)-1]
	o, err := d.change.View().Relation(d.path, parts[:len(parts)-1])
	if err != nil {
		return placed(err, stmt.Object.Name)
	}
	place, column := o.Column(name)
	if column == nil {
		return pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, o.Name)
	}
	changed := *o
	changed.Columns = slices.Clone(o.Columns)
	changed.Columns[place].Comment = stmt.Text
	made := *stmt
	object := *stmt.Object
	object.Name = d.fullName(o)
	object.Name.Parts = append(object.Name.Parts, ast.Ident(name))
	made.Object = &object
	return d.amend(&changed, "COMMENT ON COLUMN "+object.Name.String()+" IS", &made, stmt.Drop)
}

// amend puts another version of an object in its place, with a statement that completes its definition; one that begins
// with the same words is replaced.
func (d *ddl) amend(o *catalog.Object, words string, stmt ast.Statement, gone bool) error {
	if o.System {
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", o.Name)
	}
	o.Amendments = slices.DeleteFunc(slices.Clone(o.Amendments), func(old string) bool {
		return len(old) >= len(words) && old[:len(words)] == words
	})
	if !gone {
		if o.Definition == "" {
			return pgerr.Newf(pgerr.FeatureNotSupported, "a comment on a part of another object is not supported")
		}
		o.Amendments = append(o.Amendments, ast.Print(stmt))
	}
	return d.change.Replace(o)
}
