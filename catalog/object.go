// Package catalog is what exists in a Freshet: databases, schemas and all that is in them, with names, columns and dependencies.
//
// It is pure: a Snapshot never changes, and a Change makes the next one. What is durable is a log of definitions: for each
// object that a statement made, canonical SQL and the ids that belong to it (Entry). Change.Edit says how a change alters
// the log, and Change.Replay runs an entry again with its ids; columns and plans are worked out from the SQL at start.
package catalog

import "github.com/freshetdb/freshet/sql/types"

// ID identifies an object for as long as it lives, and no other ever after. It is the object's OID in pg_catalog. State
// tables and the places of the log are numbered from the same range, so that one counter is all that must be kept.
type ID uint32

// FirstID is the least id of objects that users make; those below belong to PostgreSQL's and Freshet's own.
const FirstID ID = 16384

// maxID is the last id that is given out: from there on are the OIDs of types that are computed: of rows, and of arrays of them and of enums.
const maxID ID = 1<<29 - 1

// RowType is the OID of the type of a relation's rows, and RowArrayType that of arrays of it. They are computed, so
// that they need not be kept. System relations have PostgreSQL's own, which pgcatalog knows.
func (id ID) RowType() types.OID { return types.OID(id) | 1<<31 }

// RowArrayType is the OID of the type of arrays of a relation's rows.
func (id ID) RowArrayType() types.OID { return types.OID(id) | 1<<30 }

// RelationOfRowType is the inverse of RowType and RowArrayType.
func RelationOfRowType(oid types.OID) (id ID, array, ok bool) {
	const rows, arrays = 1 << 31, 1 << 30
	if oid&(rows|arrays) == 0 {
		return 0, false, false
	}
	return ID(oid &^ (rows | arrays)), oid&arrays != 0, true
}

// Kind is what an object is.
type Kind uint8

// The kinds of objects. Relations are Table to Sequence; they share one namespace in a schema.
const (
	Database Kind = iota
	Schema
	Table
	Source
	View
	MaterializedView
	Index
	Sequence
	Sink
	Function
	TypeObject
)

var kindNames = [...]string{
	Database: "database", Schema: "schema", Table: "table", Source: "source", View: "view",
	MaterializedView: "materialized view", Index: "index", Sequence: "sequence", Sink: "sink", Function: "function",
	TypeObject: "type",
}

// String gives the kind as messages name it.
func (k Kind) String() string { return kindNames[k] }

// IsRelation tells whether objects of the kind share the namespace of relations.
func (k Kind) IsRelation() bool { return k >= Table && k <= Sequence }

// HasRows tells whether objects of the kind can be read in FROM.
func (k Kind) HasRows() bool { return k.IsRelation() && k != Index }

// space is the namespace of a kind's names within a schema.
func (k Kind) space() Kind {
	if k.IsRelation() {
		return Table
	}
	return k
}

// Object is one thing in the catalog. It must not be changed once it is in a Snapshot.
type Object struct {
	ID   ID
	Kind Kind
	Name string
	// Database and Schema are what the object is in; 0 for databases, and for schemas Schema is 0. System schemas and what is in
	// them are in every database: their Database is 0.
	Database, Schema ID
	Owner            string
	// System objects are PostgreSQL's and Freshet's own. They are made by pgcatalog, not by a statement.
	System bool

	// Definition is the canonical SQL statement that makes the object, with all names in full, and as they are now: who renames
	// something rewrites the definitions of what depends on it. It is empty for what is made as part of something else.
	Definition string
	// Amendments are further statements that complete the object: COMMENT ON, GRANT, ALTER ... SET.
	Amendments []string
	// Given are the ids that the definition and its amendments ask for, in their order, those of what is gone again too; nil as long as no
	// amendment asks for any: then they are what the object has (Snapshot.IDs).
	Given []ID
	// Altered is the version of the catalog in which columns or constraints were last changed, since the server was started.
	Altered uint64
	// LogPlace orders the definitions in the log; it is unique. Objects come after what they depend on.
	LogPlace uint64

	// DependsOn are the objects that must be there for this one. What it is in, and PartOf, is understood.
	DependsOn []ID
	// PartOf is what the object goes with without a word: the relation of an index or of a serial column's sequence.
	PartOf  ID
	Comment string

	// Columns are those of a relation, of a sink, of an index (its keys and then what it includes).
	Columns []Column
	// PrimaryKey lists columns by their place; empty for none.
	PrimaryKey  []int
	Constraints []Constraint
	// AppendOnly tells that rows are never changed or taken out.
	AppendOnly bool
	// Table is the state table (storage/key.TableID) of the rows, and Tables are those of the operators behind it, in the order
	// of the graph; 0 and empty where there are none.
	Table  uint32
	Tables []uint32

	// Query is the canonical SQL of the query of views and of a sink that has one.
	Query string
	// Options are those of WITH (...).
	Options []Option
	// Stream is set for sources, for tables that are fed from outside, and for sinks.
	Stream *Stream
	// Watermark is that of a source or table.
	Watermark *Watermark
	Index     *IndexDef
	Sequence  *SequenceDef
	// SinkFrom is the relation of a sink without a query.
	SinkFrom ID
	// Labels are those of an enum, in order.
	Labels []types.EnumLabel
}

// Column is a column of a relation.
type Column struct {
	Name    string
	Type    types.Type
	NotNull bool
	// Default is the SQL of the default or generated value, empty for none.
	Default string
	// Generated tells that Default is always the value, computed from other columns.
	Generated bool
	// Identity is 'a' for GENERATED ALWAYS AS IDENTITY, 'd' for BY DEFAULT, else 0.
	Identity byte
	// Sequence is that of a serial or identity column, and part of its table; 0 for none.
	Sequence ID
	// Hidden columns are there by name only, not in SELECT *, and have no row in pg_attribute: _row_id, _p.
	Hidden  bool
	Comment string
}

// RowIDColumn is the name of the hidden key of tables that have no primary key.
const RowIDColumn = "_row_id"

// Column finds a column by its name; the place is -1 if there is none.
func (o *Object) Column(name string) (place int, c *Column) {
	for i := range o.Columns {
		if o.Columns[i].Name == name {
			return i, &o.Columns[i]
		}
	}
	return -1, nil
}

// AttNum is the number of a column in pg_attribute: it counts from 1 the columns that are not hidden; 0 for a hidden one.
func (o *Object) AttNum(place int) int {
	if o.Columns[place].Hidden {
		return 0
	}
	n := 1
	for i := range place {
		if !o.Columns[i].Hidden {
			n++
		}
	}
	return n
}

// Types are the types of all columns, hidden ones too.
func (o *Object) Types() []types.Type {
	all := make([]types.Type, len(o.Columns))
	for i, c := range o.Columns {
		all[i] = c.Type
	}
	return all
}
