package catalog

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Path is where names without a schema are looked up.
type Path struct {
	// Database is the session's.
	Database ID
	// Schemas are the schemas of search_path that exist, pg_catalog first if it is not named.
	Schemas []ID
}

// NewPath makes a path of the names in search_path; those that do not exist are passed over, as in PostgreSQL.
func (s *Snapshot) NewPath(database ID, schemas []string, user string) Path {
	p := Path{Database: database}
	named := false
	for _, n := range schemas {
		if n == "$user" {
			n = user
		}
		if o := s.Lookup(database, Schema, n); o != nil {
			p.Schemas = append(p.Schemas, o.ID)
			named = named || n == "pg_catalog"
		}
	}
	if o := s.Lookup(database, Schema, "pg_catalog"); o != nil && !named {
		p.Schemas = append([]ID{o.ID}, p.Schemas...)
	}
	return p
}

// Relation finds a relation by its name: object, schema.object or database.schema.object.
func (s *Snapshot) Relation(p Path, parts []string) (*Object, error) {
	return s.find(p, Table, parts, func() error {
		return pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", strings.Join(parts, "."))
	})
}

// find looks a name up in a namespace; missing makes the error where there is nothing of the name.
func (s *Snapshot) find(p Path, kind Kind, parts []string, missing func() error) (*Object, error) {
	if len(parts) == 1 {
		for _, schema := range p.Schemas {
			if o := s.Lookup(schema, kind, parts[0]); o != nil {
				return o, nil
			}
		}
		return nil, missing()
	}
	schema, err := s.SchemaOf(p, parts[:len(parts)-1])
	if err != nil {
		return nil, err
	}
	if o := s.Lookup(schema.ID, kind, parts[len(parts)-1]); o != nil {
		return o, nil
	}
	return nil, missing()
}

// SchemaOf finds a schema by its name: schema or database.schema.
func (s *Snapshot) SchemaOf(p Path, parts []string) (*Object, error) {
	database := p.Database
	if len(parts) == 2 {
		d := s.Lookup(0, Database, parts[0])
		if d == nil {
			return nil, pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", parts[0])
		}
		database = d.ID
	}
	n := parts[len(parts)-1]
	if o := s.Lookup(database, Schema, n); o != nil {
		return o, nil
	}
	return nil, pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", n)
}

// Target returns the schema that a new object without a schema in its name goes to: the first of the path that is not the
// system's.
func (s *Snapshot) Target(p Path) (*Object, error) {
	for _, id := range p.Schemas {
		if o := s.Object(id); o.Name != "pg_catalog" {
			return o, nil
		}
	}
	return nil, pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in")
}
