package ast

// TypeName is a type as written. The types that SQL spells with keywords have PostgreSQL's internal name in pg_catalog
// (`double precision` is pg_catalog.float8) and print as the standard spells them.
type TypeName struct {
	Pos
	Name  *Name
	Mods  []Expr
	SetOf bool
	// Fields limits an interval: YEAR, DAY TO SECOND, ...
	Fields string
	// Dims are array dimensions, -1 for [].
	Dims []int
	// PercentType is name%TYPE.
	PercentType bool
	// Struct are the fields of struct<...>, Elems the types of map(k, v).
	Struct []*ColumnType
	Elems  []*TypeName
}

// Option is an element of WITH (...), and of the many lists like it. Value is nil (a bare name), a Literal, a word as a
// ColumnRef, a TypeName or whatever else the list takes.
type Option struct {
	Pos
	Name  *Name
	Value Node
}
