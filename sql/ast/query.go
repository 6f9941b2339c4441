package ast

type (
	// Query is a query with all that may surround its body. As a statement it is SELECT, VALUES or TABLE.
	Query struct {
		Pos
		With    *With
		Body    QueryBody
		OrderBy []*SortItem
		Limit   Expr // nil where there is none; LIMIT ALL is a NULL literal, as in PostgreSQL
		Offset  Expr
		// WithTies is FETCH FIRST n ROWS WITH TIES.
		WithTies bool
		Locking  []*Locking
		Emit     *Emit
	}

	// With is the WITH clause.
	With struct {
		Pos
		Recursive bool
		CTEs      []*CTE
	}

	// CTE is one entry of WITH. Body is a *Query or a statement that writes (INSERT, UPDATE, DELETE, MERGE).
	CTE struct {
		Pos
		Name         Ident
		Columns      []Ident
		Materialized Materialized
		Body         Statement
		Search       *Search
		Cycle        *Cycle
	}

	// Materialized is what a CTE says about being computed once.
	Materialized uint8

	// Search is SEARCH DEPTH|BREADTH FIRST BY columns SET column.
	Search struct {
		Pos
		Breadth bool
		By      []Ident
		Set     Ident
	}

	// Cycle is CYCLE columns SET mark [TO value DEFAULT value] USING path.
	Cycle struct {
		Pos
		Columns   []Ident
		Mark      Ident
		To, Deflt Expr
		Using     Ident
	}

	// Select is one SELECT block. TABLE t is SELECT * FROM t.
	Select struct {
		Pos
		Distinct   bool
		DistinctOn []Expr
		Targets    []*Target
		Into       *Into
		From       []TableExpr
		Where      Expr
		GroupBy    []Expr // expressions and GroupingSets
		// GroupByDistinct is GROUP BY DISTINCT; GroupByAll is not kept, it is the default.
		GroupByDistinct bool
		Having          Expr
		Windows         []*Window
	}

	// Target is an element of a target list or of RETURNING; Alias is empty where none was written.
	Target struct {
		Pos
		X     Expr
		Alias Ident
	}

	// Into is SELECT INTO's target.
	Into struct {
		Pos
		Temporary, Unlogged bool
		Name                *Name
	}

	// GroupingKind is what an element of GROUP BY that is no expression stands for, as SQL writes it.
	GroupingKind string

	// GroupingSets is an element of GROUP BY that is no expression.
	GroupingSets struct {
		Pos
		Kind GroupingKind
		Sets []Expr
	}

	// SetOpKind is what a SetOp does, as SQL writes it.
	SetOpKind string

	// SetOp is UNION, INTERSECT or EXCEPT of two bodies.
	SetOp struct {
		Pos
		Kind SetOpKind
		All  bool
		// Corresponding matches columns by name; By limits it to those named (Flink, SQL:1992).
		Corresponding bool
		By            []Ident
		Left, Right   QueryBody
	}

	// Values is VALUES (...), (...).
	Values struct {
		Pos
		Rows [][]Expr
	}

	// LockStrength says what others may still do with locked rows, as SQL writes it.
	LockStrength string

	// LockWait says what happens at a row that others have locked, as SQL writes it.
	LockWait string

	// Locking is FOR UPDATE and its relatives.
	Locking struct {
		Pos
		Strength LockStrength
		Of       []*Name
		Wait     LockWait
	}

	// Emit says when a continuous query gives its results. OnWindowClose is EMIT ON WINDOW CLOSE, Every an interval; with
	// neither it is EMIT ON UPDATE, the default, which is kept only if it has a Delay (WITH DELAY d) or Options (WITH (...)).
	Emit struct {
		Pos
		OnWindowClose bool
		Every         Expr
		Delay         Expr
		Options       []*Option
	}
)

// Whether a CTE is computed once.
const (
	MaterializedDefault Materialized = iota
	MaterializedAlways
	MaterializedNever
)

// The kinds of GroupingSets.
const (
	EmptyGrouping GroupingKind = "" // ()
	GroupingList  GroupingKind = "GROUPING SETS"
	Rollup        GroupingKind = "ROLLUP"
	Cube          GroupingKind = "CUBE"
)

// The set operations.
const (
	Union     SetOpKind = "UNION"
	Intersect SetOpKind = "INTERSECT"
	Except    SetOpKind = "EXCEPT"
)

// The strengths of row locks.
const (
	ForUpdate      LockStrength = "UPDATE"
	ForNoKeyUpdate LockStrength = "NO KEY UPDATE"
	ForShare       LockStrength = "SHARE"
	ForKeyShare    LockStrength = "KEY SHARE"
)

// What happens at a locked row.
const (
	LockWaits      LockWait = ""
	LockNoWait     LockWait = "NOWAIT"
	LockSkipLocked LockWait = "SKIP LOCKED"
)

func (*Query) stmt()        {}
func (*Query) queryBody()   {} // a parenthesised query inside a set operation, or under another's ORDER BY
func (*Select) queryBody()  {}
func (*SetOp) queryBody()   {}
func (*Values) queryBody()  {}
func (*GroupingSets) expr() {}
