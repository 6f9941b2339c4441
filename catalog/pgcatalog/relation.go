// Package pgcatalog has the system's relations: those of pg_catalog and information_schema as PostgreSQL 15 has them, and
// Freshet's own in sys. They are ordinary relations that ordinary SQL can join; their rows are made from a catalog.Snapshot, from
// the functions and types that there are, and from the figures that the server keeps (Stats).
//
// Names, columns, types and OIDs are recorded from PostgreSQL (relations_gen.go), and so are rows that are the same in every
// database (data/*.tsv): `go run ./internal/pgoracle/record catalog`. What has rows of its own is listed in fill.go.
package pgcatalog

import (
	"sync"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// relation is a system relation.
type relation struct {
	oid          catalog.ID
	schema, name string
	kind         byte // pg_class.relkind: r or v
	// rowType and rowArray are the types of its rows and of arrays of them; 0 for those that are computed, or that have none.
	rowType, rowArray types.OID
	// shared relations are the same in all databases.
	shared  bool
	columns []column
}

// column is a column of a system relation.
type column struct {
	name string
	// declared is what pg_attribute says. base is the type below a domain, or declared itself.
	declared, base types.OID
	mod            int32
	notNull        bool
	collation      types.OID
}

// The schemas of the system. PostgreSQL's have its OIDs.
const (
	schemaCatalog     catalog.ID = 11
	schemaToast       catalog.ID = 99
	schemaInformation catalog.ID = 13207
	schemaSys         catalog.ID = 9000
)

var systemSchemas = []struct {
	id            catalog.ID
	name, comment string
}{
	{schemaCatalog, "pg_catalog", "system catalog schema"},
	{schemaToast, "pg_toast", "reserved schema for TOAST tables"},
	{schemaInformation, "information_schema", ""},
	{schemaSys, "sys", "what the engine does: epochs, sources, views, errors, sessions"},
}

// The OIDs of system catalogs that others refer to.
const (
	oidDatabase   = 1262
	oidClass      = 1259
	oidType       = 1247
	oidAttrdef    = 2604
	oidConstraint = 2606
	oidNamespace  = 2615
	oidRewrite    = 2618
	oidTablespace = 1663 // pg_default
	oidOwner      = 10   // the role that owns everything
	oidHeap       = 2    // access methods
	oidBtree      = 403
	oidDefault    = 100 // collations
	oidCollationC = 950
)

// substitutes stand for types that Freshet does not have: their text.
var substitutes = map[types.OID]types.OID{
	28:    types.OIDOID,  // xid
	194:   types.OIDText, // pg_node_tree: SQL text
	869:   types.OIDText, // inet
	1034:  1009,          // aclitem[]
	2277:  types.OIDText, // anyarray
	3220:  types.OIDText, // pg_lsn
	3361:  types.OIDText, // pg_ndistinct
	3402:  types.OIDText, // pg_dependencies
	5017:  types.OIDText, // pg_mcv_list
	10028: types.OIDText, // pg_statistic[]
}

// typ is the type that queries see.
func (c *column) typ() types.Type {
	if _, ok := types.CodecOf(c.base); !ok || c.base == types.OIDAnyArray {
		return types.Of(substitutes[c.base])
	}
	return types.Type{OID: c.base, Mod: c.mod}
}

// systemColumns are hidden columns of the relations that are tables in PostgreSQL: psql reads tableoid, DataGrip xmin, which here is the
// version of the catalog.
var systemColumns = []column{
	{name: "tableoid", declared: types.OIDOID, base: types.OIDOID, mod: -1},
	{name: "xmin", declared: 28, base: 28, mod: -1},
}

func (r *relation) hasSystemColumns() bool { return r.kind == 'r' }

// all are all system relations.
var all = sync.OnceValue(func() []*relation {
	var list []*relation
	for i := range recorded {
		list = append(list, &recorded[i])
	}
	for i := range sysRelations {
		list = append(list, &sysRelations[i])
	}
	return list
})

// Base returns the catalog of a new, empty folder: the system's schemas and relations, no database.
var Base = sync.OnceValue(func() *catalog.Snapshot {
	schemas := map[string]catalog.ID{}
	var objects []*catalog.Object
	for _, s := range systemSchemas {
		schemas[s.name] = s.id
		objects = append(objects, &catalog.Object{ID: s.id, Kind: catalog.Schema, Name: s.name, Comment: s.comment, System: true})
	}
	for _, r := range all() {
		// Views of PostgreSQL's are tables here, too: they have rows and no query to expand. kindOf tells what they look like.
		o := &catalog.Object{ID: r.oid, Kind: catalog.Table, Name: r.name, Schema: schemas[r.schema], System: true}
		for i := range r.columns {
			c := &r.columns[i]
			o.Columns = append(o.Columns, catalog.Column{Name: c.name, Type: c.typ(), NotNull: c.notNull})
		}
		if r.hasSystemColumns() {
			for _, c := range systemColumns {
				o.Columns = append(o.Columns, catalog.Column{Name: c.name, Type: c.typ(), NotNull: true, Hidden: true})
			}
		}
		objects = append(objects, o)
	}
	return catalog.NewSystem(objects)
})

// byID finds relations by their id.
var byID = sync.OnceValue(func() map[catalog.ID]*relation {
	m := map[catalog.ID]*relation{}
	for _, r := range all() {
		m[r.oid] = r
	}
	return m
})

// Hint is a condition column = value that a reader will check: a scan may leave out rows that do not fulfil it, and need not. The
// zero Hint is none.
type Hint struct {
	// Column is the name of a column; empty for none.
	Column string
	Value  types.Value
}

// Scan gives the rows of a system relation, in batches that are borrowed until emit returns. Every batch has all columns, of the types
// of the relation's object in Base. ok is false if the id is not that of a system relation.
func Scan(env *Env, id catalog.ID, hint Hint, emit func(*batch.Batch) error) (ok bool, err error) {
	r := byID()[id]
	if r == nil {
		return false, nil
	}
	w := newRows(r, env.Snapshot.Version(), hint, emit)
	if fill := fills()[r.schema+"."+r.name]; fill != nil {
		fill(env, w)
	}
	return true, w.finish()
}
