// Package catalog is what exists in a Freshet: databases, schemas and all that is in them, with names, columns and dependencies.
//
// It is pure: a Snapshot never changes, a Change makes the next one, and who wants them durable implements Log. An object's
// definition is durable as the SQL text that makes it, with the object's id; columns and plans are worked out again
// from it at start.
package catalog

import "github.com/freshetdb/freshet/sql/types"

// ID identifies an object for as long as it lives, and no other ever after. It is the object's OID in pg_catalog.
type ID uint32

// FirstID is the least id of objects that users make; those below belong to PostgreSQL's and Freshet's own.
const FirstID ID = 16384

// Kind is what an object is.
type Kind uint8

// The kinds of objects. Relations are Table to Index; they share one namespace in a schema.
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

// IsRelation tells whether objects of the kind can be named where a relation may.
func (k Kind) IsRelation() bool { return k >= Table && k <= Sequence }

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
	// Database and Schema are what the object is in; 0 for databases, and for schemas Schema is 0.
	Database, Schema ID
	Owner            string
	// Definition is the canonical SQL statement that makes the object, with all names in full.
	Definition string
	Columns    []Column
	// PrimaryKey lists columns by their place; empty for none.
	PrimaryKey []int
	// AppendOnly tells that rows are never changed or taken out.
	AppendOnly bool
	// DependsOn are the objects that must be there for this one.
	DependsOn []ID
	Comment   string
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
	// Hidden columns are there by name only, not in SELECT *.
	Hidden bool
}
