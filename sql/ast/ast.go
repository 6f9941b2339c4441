// Package ast is the syntax tree of Freshet's SQL: PostgreSQL's statements and the streaming ones beside them.
//
// The tree says what was written, not what it means: names are not resolved, types not checked. Spellings that are the
// same statement give the same tree (`x::int` and `CAST(x AS integer)`, the several forms of TUMBLE), so whatever stands
// above works on one form. Print gives canonical SQL, and parsing that gives the same tree again.
//
// Every node is a pointer to a struct of this package that embeds Pos. The sets Statement, Expr, TableExpr and QueryBody
// are closed. A statement's file holds its struct and how it prints; queries, expressions, FROM items and the actions of ALTER
// TABLE print in print_*.go. Walk, Dump and Equal need nothing from a node.
package ast

// Pos is a place in the statement text: characters counted from 1, as PostgreSQL counts them; 0 is no place.
type Pos int32

// At returns the position itself; nodes embed Pos and so satisfy Node.
func (p Pos) At() Pos { return p }

// Node is any part of the tree.
type Node interface {
	// At is where the node begins; for an operator expression it is the operator, as in PostgreSQL's error positions.
	At() Pos
	print(p *printer)
}

// Statement is one SQL statement.
//
//sumtype:decl
type Statement interface {
	Node
	stmt()
}

// Expr is a scalar expression, or what can stand in its place.
//
//sumtype:decl
type Expr interface {
	Node
	expr()
	// level is how tightly the printed form binds.
	level() level
}

// TableExpr is an item of a FROM clause.
//
//sumtype:decl
type TableExpr interface {
	Node
	tableExpr()
}

// QueryBody is what a query computes before its ORDER BY and LIMIT.
//
//sumtype:decl
type QueryBody interface {
	Node
	queryBody()
}

// Ident is an identifier as it is compared: folded to lower case unless it was quoted.
type Ident string

// Name is a possibly qualified name of an object: database.schema.object, as many parts as were written.
type Name struct {
	Pos
	Parts []Ident
}

func (n *Name) print(p *printer) { p.dotted(n.Parts) }

// Last returns the last part, the object's own name.
func (n *Name) Last() Ident { return n.Parts[len(n.Parts)-1] }

// String gives the name as SQL.
func (n *Name) String() string { return Print(n) }
