package session

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createSchema runs CREATE SCHEMA.
func createSchema(d *ddl, stmt *ast.CreateSchema) error {
	if len(stmt.Elements) > 0 {
		return unsupported(stmt.Elements[0], "CREATE SCHEMA with what is in it").WithHint("Create the schema first, and then each object.")
	}
	name := string(stmt.Name)
	if name == "" {
		name = d.owner
	}
	if err := catalog.CheckSchemaName(name); err != nil {
		return err
	}
	if d.change.View().Lookup(d.path.Database, catalog.Schema, name) != nil && stmt.IfNotExists {
		d.notices = append(d.notices, pgerr.Newf(pgerr.DuplicateSchema, "schema %q already exists, skipping", name))
		return nil
	}
	return d.change.Create(&catalog.Object{
		Kind: catalog.Schema, Name: name, Database: d.path.Database, Owner: d.owner,
		Definition: ast.Print(&ast.CreateSchema{Name: ast.Ident(name)}),
	})
}
