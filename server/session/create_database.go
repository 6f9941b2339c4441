package session

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createDatabase runs CREATE DATABASE: a database with the schema public.
func createDatabase(d *ddl, stmt *ast.CreateDatabase) error {
	for _, o := range stmt.Options {
		if err := databaseOption(o); err != nil {
			return err
		}
	}
	name := string(stmt.Name)
	if d.change.View().Lookup(0, catalog.Database, name) != nil && stmt.IfNotExists {
		d.notices = append(d.notices, pgerr.Newf(pgerr.DuplicateDatabase, "database %q already exists, skipping", name))
		return nil
	}
	database := &catalog.Object{
		Kind: catalog.Database, Name: name, Owner: d.owner, Definition: ast.Print(&ast.CreateDatabase{Name: stmt.Name}),
	}
	if err := d.change.Create(database); err != nil {
		return err
	}
	if d.replay { // its schema has an entry of its own
		return nil
	}
	return d.change.Create(&catalog.Object{
		Kind: catalog.Schema, Name: "public", Database: database.ID, Owner: d.owner,
		Definition: ast.Print(&ast.CreateSchema{Name: "public"}), Comment: "standard public schema",
	})
}

// databaseOption takes the options that say what is the case anyway.
func databaseOption(o *ast.Option) error {
	name := string(o.Name.Last())
	value := ""
	if o.Value != nil {
		value, _ = constantWord(o.Value)
	}
	switch name {
	case "encoding":
		if _, err := asEncoding(value); err == nil {
			return nil
		}
	case "template":
		if value == "template0" || value == "template1" {
			return nil
		}
	case "connection_limit":
		if value == "-1" {
			return nil
		}
	case "lc_collate", "lc_ctype", "locale":
		if value == "C" || value == "C.UTF-8" || value == "POSIX" {
			return nil
		}
	}
	return unsupported(o, "option "+name+" of a database")
}

// constantWord is the text of an option's value: a constant or a word.
func constantWord(n ast.Node) (string, bool) {
	if w, ok := n.(*ast.Word); ok {
		return strings.ToLower(w.Text), true // a reserved word, such as true
	}
	x, ok := n.(ast.Expr)
	if !ok {
		return "", false
	}
	text, err := constantText(x)
	return text, err == nil
}
