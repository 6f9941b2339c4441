package catalog

import "github.com/freshetdb/freshet/sql/types"

// Option is an option of WITH (...). Names are in lower case, parts joined by dots.
type Option struct{ Name, Value string }

// Option returns the value of an option.
func (o *Object) Option(name string) (value string, ok bool) {
	for _, x := range o.Options {
		if x.Name == name {
			return x.Value, true
		}
	}
	return "", false
}

// Stream is how a relation is tied to the outside.
type Stream struct {
	// Format is the clause FORMAT ... ENCODE ... as canonical SQL, empty where it was not written.
	Format string
	// Include are the columns that the connector fills with what it knows about a row.
	Include []IncludeColumn
}

// IncludeColumn is a column of INCLUDE.
type IncludeColumn struct {
	// What is key, partition, offset, timestamp, header or another that the connector has. Field names one header.
	What, Field string
	// Column is its place among the relation's columns.
	Column int
}

// Watermark is WATERMARK FOR column AS expression.
type Watermark struct {
	Column int
	// Expr is the expression as canonical SQL over the relation's columns.
	Expr string
}

// ConstraintKind is what a constraint asks for; the letters are pg_constraint's.
type ConstraintKind byte

// The kinds of constraints.
const (
	PrimaryKey ConstraintKind = 'p'
	Unique     ConstraintKind = 'u'
	Check      ConstraintKind = 'c'
	ForeignKey ConstraintKind = 'f'
)

// Constraint is a constraint of a table.
type Constraint struct {
	// ID is that of a CHECK or FOREIGN KEY. PRIMARY KEY and UNIQUE have that of their index, Index.
	ID   ID
	Name string
	Kind ConstraintKind
	// Columns are those that it is about, by their place.
	Columns []int
	// Expr is the SQL of a CHECK's condition.
	Expr string
	// Index is the object that a PRIMARY KEY or UNIQUE is kept by.
	Index ID
	// NotEnforced constraints are promises that are not checked.
	NotEnforced bool
	Comment     string
}

// OID is the constraint's in pg_constraint.
func (c *Constraint) OID() ID {
	if c.Index != 0 {
		return c.Index
	}
	return c.ID
}

// IndexDef is what an index is beyond its columns. The index of a primary key has no table of its own: the relation's
// rows are in that order.
type IndexDef struct {
	Relation ID
	Keys     []IndexKey
	// Include are further columns of the relation that it holds, by their place.
	Include []int
	// Where is the SQL of the condition of a partial index.
	Where           string
	Unique, Primary bool
	// Constraint tells that the index is a constraint's, and cannot be dropped by itself.
	Constraint bool
}

// IndexKey is one of the keys of an index.
type IndexKey struct {
	// Column is the place of a column of the relation; -1 for an expression.
	Column int
	// Expr is the SQL of an expression.
	Expr             string
	Type             types.Type
	Desc, NullsFirst bool
	// Opclass is an operator class that is not the type's own, which orders no other way; empty for that one.
	Opclass string
}

// SequenceDef is what a sequence gives. Where it stands is state, not definition.
type SequenceDef struct {
	Type                              types.OID
	Start, Increment, Min, Max, Cache int64
	Cycle                             bool
	// OwnerColumn is the place of the column of the table that it is part of.
	OwnerColumn int
}
