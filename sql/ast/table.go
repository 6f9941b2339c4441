package ast

type (
	// Alias names a FROM item and perhaps its columns.
	Alias struct {
		Pos
		Name    Ident
		Columns []Ident
	}

	// TableRef is a relation by name.
	TableRef struct {
		Pos
		Name *Name
		Only bool // ONLY t: without children
		// AsOf is FOR SYSTEM_TIME AS OF (time travel and temporal join); see the AsOf node.
		AsOf   *AsOf
		Alias  *Alias
		Sample *TableSample
	}

	// AsOf says at which time or epoch a relation is read. Epoch is AS OF n, the number of an epoch.
	AsOf struct {
		Pos
		Epoch bool
		X     Expr
	}

	// TableSample is TABLESAMPLE method(args) [REPEATABLE (seed)].
	TableSample struct {
		Pos
		Method *Name
		Args   []Expr
		Repeat Expr
	}

	// SubqueryRef is a parenthesised query in FROM; PostgreSQL 15 wants an alias for it, PostgreSQL 16 and Flink do not.
	SubqueryRef struct {
		Pos
		Lateral bool
		Query   *Query
		Alias   *Alias
	}

	// FuncRef is a function in FROM, or ROWS FROM (several).
	FuncRef struct {
		Pos
		Lateral    bool
		RowsFrom   bool
		Funcs      []*FuncItem
		Ordinality bool
		Alias      *Alias
		Columns    []*ColumnType // AS t (a int, b text)
	}

	// FuncItem is one function of a FuncRef, in ROWS FROM perhaps with its own column definitions.
	FuncItem struct {
		Pos
		Call    Expr
		Columns []*ColumnType
	}

	// ColumnType is a column's name and type, in AS (a int, b text).
	ColumnType struct {
		Pos
		Name      Ident
		Type      *TypeName
		Collation *Name
	}

	// WindowKind is the kind of an event-time window.
	WindowKind uint8

	// WindowRef is TUMBLE, HOP, SESSION or CUMULATE over a FROM item. All its spellings (Flink's TABLE(TUMBLE(TABLE t,
	// DESCRIPTOR(c), ...)), named arguments, GROUP BY TUMBLE(c, ...)) give this node. Size is the gap of a SESSION;
	// Step is HOP's slide and CUMULATE's step.
	WindowRef struct {
		Pos
		Kind        WindowKind
		Input       TableExpr
		PartitionBy []Expr // SESSION only
		TimeColumn  Expr
		Step        Expr
		Size        Expr
		Offset      Expr
		Alias       *Alias
	}

	// JoinKind is the kind of a join.
	JoinKind uint8

	// Join is a join of two FROM items. One of On, Using and Natural is set, none for a cross join.
	Join struct {
		Pos
		Kind        JoinKind
		Natural     bool
		Asof        bool
		Left, Right TableExpr
		On          Expr
		// Match is the inequality of ASOF JOIN ... MATCH_CONDITION (...).
		Match      Expr
		Using      []Ident
		UsingAlias Ident
		Alias      *Alias // (a JOIN b) AS t
	}
)

// The kinds of windows.
const (
	Tumble WindowKind = iota
	Hop
	Session
	Cumulate
)

// The kinds of joins.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
)

func (*TableRef) tableExpr()    {}
func (*SubqueryRef) tableExpr() {}
func (*FuncRef) tableExpr()     {}
func (*WindowRef) tableExpr()   {}
func (*Join) tableExpr()        {}
