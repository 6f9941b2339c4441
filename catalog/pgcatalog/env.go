package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/fn"
)

// Env is what the rows of system relations are made from.
type Env struct {
	Snapshot *catalog.Snapshot
	// Path is the session's; its Database is the one whose objects are seen.
	Path catalog.Path
	// User is the session's user. Whoever asks is the owner of everything (OID 10); empty is "freshet".
	User string
	// Functions are those that pg_proc, pg_operator and pg_aggregate show; nil is fn.Builtins.
	Functions *fn.Registry
	Stats     Stats
}

// owner is the name of the role that owns everything.
func (e *Env) owner() string {
	if e.User == "" {
		return "freshet"
	}
	return e.User
}

func (e *Env) functions() *fn.Registry {
	if e.Functions == nil {
		return fn.Builtins()
	}
	return e.Functions
}

// database is the current database; nil in a catalog that has none.
func (e *Env) database() *catalog.Object { return e.Snapshot.Object(e.Path.Database) }

// here tells whether an object is in the current database or in all.
func (e *Env) here(o *catalog.Object) bool { return o.Database == e.Path.Database || o.System }

// relations are those of the current database, or with a hint for the OID in a column just that one. The system's come first.
func (e *Env) relations(w *rows, column string) []*catalog.Object {
	return e.filter(w, column, e.Snapshot.Objects, func(o *catalog.Object) bool { return o.Kind.IsRelation() })
}

// userRelations are those that are not the system's.
func (e *Env) userRelations(w *rows, column string) []*catalog.Object {
	return e.filter(w, column, e.Snapshot.UserObjects, func(o *catalog.Object) bool { return o.Kind.IsRelation() && !o.System })
}

func (e *Env) filter(w *rows, column string, objects func() []*catalog.Object, wanted func(*catalog.Object) bool) []*catalog.Object {
	if id, ok := w.only(column); ok {
		if o := e.Snapshot.Object(id); o != nil && e.here(o) && wanted(o) {
			return []*catalog.Object{o}
		}
		return nil
	}
	var list []*catalog.Object
	for _, o := range objects() {
		if e.here(o) && wanted(o) {
			list = append(list, o)
		}
	}
	return list
}

// schemaName is the name of the schema that an object is in.
func (e *Env) schemaName(o *catalog.Object) string {
	if s := e.Snapshot.Object(o.Schema); s != nil {
		return s.Name
	}
	return ""
}
