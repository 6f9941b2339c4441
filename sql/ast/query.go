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

	// GroupingSets is an element of GROUP BY: GROUPING SETS, ROLLUP, CUBE, or (Kind empty) the empty set ().
	GroupingSets struct {
		Pos
		Kind string
		Sets []Expr
	}

	// SetOp is UNION, INTERSECT or EXCEPT of two bodies.
	SetOp struct {
		Pos
		Kind string
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

	// Locking is FOR UPDATE and its relatives. Strength is UPDATE, NO KEY UPDATE, SHARE or KEY SHARE;
	// Wait is empty, NOWAIT or SKIP LOCKED.
	Locking struct {
		Pos
		Strength string
		Of       []*Name
		Wait     string
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

func (*Query) stmt()        {}
func (*Query) queryBody()   {} // a parenthesised query inside a set operation, or under another's ORDER BY
func (*Select) queryBody()  {}
func (*SetOp) queryBody()   {}
func (*Values) queryBody()  {}
func (*GroupingSets) expr() {}
