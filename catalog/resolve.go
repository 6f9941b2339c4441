package catalog

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Path is where names without a schema are looked up.
type Path struct {
	// Database is the session's.
	Database ID
	// Schemas are the schemas of search_path that exist, pg_catalog first if it is not named.
	Schemas []ID
	// Implicit tells that pg_catalog is first though it was not named, so that nothing is created in it.
	Implicit bool
}

// NewPath makes a path of the names in search_path; those that do not exist are passed over, as in PostgreSQL.
func (s *Snapshot) NewPath(database ID, schemas []string, user string) Path {
	p := Path{Database: database}
	named := false
	for _, n := range schemas {
		if n == "$user" {
			n = user
		}
		if o := s.Lookup(database, Schema, n); o != nil && !slices.Contains(p.Schemas, o.ID) {
			p.Schemas = append(p.Schemas, o.ID)
			named = named || n == "pg_catalog"
		}
	}
	if o := s.Lookup(database, Schema, "pg_catalog"); o != nil && !named {
		p.Schemas = append([]ID{o.ID}, p.Schemas...)
		p.Implicit = true
	}
	return p
}

// Relation finds a relation by its name: object, schema.object or database.schema.object. An index can be found, too.
func (s *Snapshot) Relation(p Path, parts []string) (*Object, error) {
	o, err := s.Find(p, Table, parts)
	if o != nil {
		return o, nil
	}
	if pgerr.CodeOf(err) == pgerr.InvalidCatalogName {
		return nil, err
	}
	missing := pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", strings.Join(parts, "."))
	if sink, _ := s.Find(p, Sink, parts); sink != nil {
		return nil, missing.WithHint("A sink of that name is there; what it writes is not kept here. sys.sinks tells how it fares.")
	}
	return nil, missing
}

// Find looks a name up in the namespace of a kind: object, schema.object or database.schema.object. It is nil, without an error, if
// only the object does not exist.
func (s *Snapshot) Find(p Path, kind Kind, parts []string) (*Object, error) {
	if len(parts) == 1 {
		for _, schema := range p.Schemas {
			if o := s.Lookup(schema, kind, parts[0]); o != nil {
				return o, nil
			}
		}
		return nil, nil
	}
	schema, err := s.SchemaOf(p, parts[:len(parts)-1])
	if err != nil {
		return nil, err
	}
	return s.Lookup(schema.ID, kind, parts[len(parts)-1]), nil
}

// SchemaOf finds a schema by its name: schema or database.schema.
func (s *Snapshot) SchemaOf(p Path, parts []string) (*Object, error) {
	database := p.Database
	if len(parts) > 2 {
		return nil, pgerr.Newf(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(parts, "."))
	}
	if len(parts) == 2 {
		d := s.Lookup(0, Database, parts[0])
		if d == nil {
			return nil, undefinedDatabase(parts[0])
		}
		database = d.ID
	}
	n := parts[len(parts)-1]
	if o := s.Lookup(database, Schema, n); o != nil {
		return o, nil
	}
	return nil, undefinedSchema(n)
}

func undefinedDatabase(n string) *pgerr.Error {
	return pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", n)
}

func undefinedSchema(n string) *pgerr.Error {
	return pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", n)
}

// Target returns the schema that a new object without a schema in its name goes to: the first of the path.
func (s *Snapshot) Target(p Path) (*Object, error) {
	for i, id := range p.Schemas {
		if i > 0 || !p.Implicit {
			return s.Object(id), nil
		}
	}
	return nil, pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in")
}

// Creating splits the name of a new object into its schema and its own name, and refuses the system's schemas.
func (s *Snapshot) Creating(p Path, parts []string) (schema *Object, name string, err error) {
	name = parts[len(parts)-1]
	if len(parts) == 1 {
		schema, err = s.Target(p)
	} else {
		schema, err = s.SchemaOf(p, parts[:len(parts)-1])
	}
	if err != nil {
		return nil, "", err
	}
	if schema.System {
		return nil, "", pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to create %q", schema.Name+"."+name).
			WithDetail("System catalog modifications are currently disallowed.")
	}
	return schema, name, nil
}

// CheckSchemaName refuses names that belong to system schemas.
func CheckSchemaName(n string) error {
	if strings.HasPrefix(n, "pg_") {
		return pgerr.Newf(pgerr.ReservedName, "unacceptable schema name %q", n).
			WithDetail(`The prefix "pg_" is reserved for system schemas.`)
	}
	return nil
}

// FindToDrop finds what DROP names: an object of the kind. What does not exist is an error, or with ifExists a notice and no
// object.
func (s *Snapshot) FindToDrop(p Path, kind Kind, parts []string, ifExists bool) (*Object, *Notice, error) {
	o, err := s.findNamed(p, kind, parts)
	if err == nil && o == nil {
		err = undefined(kind, parts)
	}
	switch {
	case err == nil && o.Kind != kind:
		return nil, nil, wrongKind(o, kind)
	case err == nil:
		return o, nil, nil
	case ifExists && missing(err):
		//nolint:errorlint // undefined and its like make no other errors
		return nil, &Notice{Message: err.(*pgerr.Error).Message + ", skipping"}, nil
	default:
		return nil, nil, err
	}
}

func missing(err error) bool {
	switch pgerr.CodeOf(err) {
	case pgerr.UndefinedTable, pgerr.UndefinedObject, pgerr.InvalidSchemaName, pgerr.InvalidCatalogName:
		return true
	default:
		return false
	}
}

func (s *Snapshot) findNamed(p Path, kind Kind, parts []string) (*Object, error) {
	switch kind {
	case Database:
		return s.Lookup(0, Database, parts[0]), nil
	case Schema:
		return s.SchemaOf(p, parts)
	default:
		return s.Find(p, kind, parts)
	}
}

// undefined is PostgreSQL's error for a name of a kind in DROP, ALTER and the like.
func undefined(kind Kind, parts []string) *pgerr.Error {
	n := parts[len(parts)-1]
	switch kind {
	case Database:
		return undefinedDatabase(n)
	case Table, View, MaterializedView, Sequence, Source:
		return pgerr.Newf(pgerr.UndefinedTable, "%s %q does not exist", kind, n)
	case TypeObject:
		return pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", strings.Join(parts, "."))
	default:
		return pgerr.Newf(pgerr.UndefinedObject, "%s %q does not exist", kind, n)
	}
}

// wrongKind is PostgreSQL's error for an object of another kind than DROP asks for.
func wrongKind(o *Object, kind Kind) *pgerr.Error {
	what := o.Kind.String()
	return pgerr.Newf(pgerr.WrongObjectType, "%q is not %s", o.Name, article(kind)).
		WithHint("Use DROP %s to remove %s.", strings.ToUpper(what), article(o.Kind))
}

func article(k Kind) string {
	if k == Index {
		return "an index"
	}
	return "a " + k.String()
}
