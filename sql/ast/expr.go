package ast

// LiteralKind tells the forms of a constant apart.
type LiteralKind uint8

// The kinds of constants. Text of a Literal is: nothing for NullLiteral, "true" or "false", the digits as written
// (an IntegerLiteral fits int4, as in PostgreSQL; what does not is Numeric), the string's content, or the bits/hex digits.
const (
	NullLiteral LiteralKind = iota
	BoolLiteral
	IntegerLiteral
	NumericLiteral
	StringLiteral
	BitLiteral
	HexLiteral
)

type (
	// Literal is a constant.
	Literal struct {
		Pos
		Kind LiteralKind
		Text string
	}

	// Param is $1, $2, ...
	Param struct {
		Pos
		Number int
	}

	// ColumnRef is a column, perhaps qualified: a, t.a, s.t.a. (A field of a composite is an Indirection.)
	ColumnRef struct {
		Pos
		Parts []Ident
	}

	// Star is * or t.* in a target list, count(*) excepted (see FuncCall.Star). Except lists columns left out.
	Star struct {
		Pos
		Qualifier []Ident
		Except    []Ident
	}

	// Default is the word DEFAULT in VALUES or SET.
	Default struct{ Pos }

	// Operator names an operator, perhaps with a schema: OPERATOR(pg_catalog.+).
	Operator struct {
		Schema []Ident
		Name   string
	}

	// Unary is a prefix operator applied to X.
	Unary struct {
		Pos
		Op Operator
		X  Expr
	}

	// Binary is an infix operator; comparison and arithmetic too, but not AND and OR.
	Binary struct {
		Pos
		Op          Operator
		Left, Right Expr
	}

	// Logic is AND or OR over two or more arguments; a chain of one of them is one node.
	Logic struct {
		Pos
		Or   bool
		Args []Expr
	}

	// Not is NOT X.
	Not struct {
		Pos
		X Expr
	}

	// Is is a test X IS [NOT] what. What is NULL, TRUE, FALSE, UNKNOWN, DOCUMENT, NORMALIZED (perhaps with a form before
	// it: NFC NORMALIZED) or JSON (perhaps followed by VALUE, ARRAY, OBJECT, SCALAR and WITH UNIQUE KEYS).
	Is struct {
		Pos
		X    Expr
		Not  bool
		What string
	}

	// DistinctFrom is Left IS [NOT] DISTINCT FROM Right.
	DistinctFrom struct {
		Pos
		Not         bool
		Left, Right Expr
	}

	// Between is X [NOT] BETWEEN [SYMMETRIC] Low AND High.
	Between struct {
		Pos
		Not, Symmetric bool
		X, Low, High   Expr
	}

	// In is X [NOT] IN (list) or X [NOT] IN (query); one of List and Query is set.
	In struct {
		Pos
		Not   bool
		X     Expr
		List  []Expr
		Query *Query
	}

	// LikeKind is the kind of a pattern, as SQL writes it.
	LikeKind string

	// Like is X [NOT] LIKE Pattern [ESCAPE Escape] and its relatives.
	Like struct {
		Pos
		Not        bool
		Kind       LikeKind
		X, Pattern Expr
		Escape     Expr
	}

	// Quantified is X op ANY|ALL (query or array); one of Query and Array is set. `X LIKE ANY` has the operator ~~.
	Quantified struct {
		Pos
		X     Expr
		Op    Operator
		All   bool
		Query *Query
		Array Expr
	}

	// Cast is X::Type. Try is TRY_CAST, which gives NULL where the cast fails.
	Cast struct {
		Pos
		X    Expr
		Type *TypeName
		Try  bool
	}

	// Collate is X COLLATE name.
	Collate struct {
		Pos
		X         Expr
		Collation *Name
	}

	// AtTimeZone is X AT TIME ZONE Zone.
	AtTimeZone struct {
		Pos
		X, Zone Expr
	}

	// Case is CASE [Operand] WHEN ... END.
	Case struct {
		Pos
		Operand Expr
		Whens   []*When
		Else    Expr
	}

	// When is one arm of a Case.
	When struct {
		Pos
		Cond, Result Expr
	}

	// Special is a call that the grammar knows by keyword. Kind is COALESCE, GREATEST, LEAST, NULLIF, GROUPING.
	Special struct {
		Pos
		Kind string
		Args []Expr
	}

	// ValueFunc is a function written without parentheses. Kind is CURRENT_DATE, CURRENT_TIMESTAMP, ..., USER (which is
	// CURRENT_USER, but for the column's name);
	// Precision is -1 where none was given.
	ValueFunc struct {
		Pos
		Kind      string
		Precision int
	}

	// SubqueryKind says what a subquery in an expression gives.
	SubqueryKind uint8

	// Subquery is (query), EXISTS (query) or ARRAY (query).
	Subquery struct {
		Pos
		Kind  SubqueryKind
		Query *Query
	}

	// Array is ARRAY[...]; a nested bracket is an Array too.
	Array struct {
		Pos
		Elems []Expr
	}

	// Row is ROW(...) or, where Explicit is false, (a, b, ...).
	Row struct {
		Pos
		Explicit bool
		Fields   []Expr
	}

	// Map is MAP {key: value, ...}, RisingWave's constructor.
	Map struct {
		Pos
		Keys, Values []Expr
	}

	// Indirection selects parts of X: fields, elements, slices, one after the other.
	Indirection struct {
		Pos
		X     Expr
		Steps []*Step
	}

	// Step is one step of an Indirection: .Field, .* (Star), [Low] or (Slice) [Low:High], whose bounds may be missing.
	Step struct {
		Pos
		Field     Ident
		Star      bool
		Slice     bool
		Low, High Expr
	}

	// CurrentOf is WHERE CURRENT OF cursor.
	CurrentOf struct {
		Pos
		Cursor Ident
	}
)

// The kinds of patterns.
const (
	LikePattern    LikeKind = "LIKE"
	IlikePattern   LikeKind = "ILIKE" // LIKE without regard to case
	SimilarPattern LikeKind = "SIMILAR TO"
)

// What a Subquery gives: its single value, whether it has rows, or its rows as an array.
const (
	ScalarSubquery SubqueryKind = iota
	ExistsSubquery
	ArraySubquery
)

func (*Literal) expr()      {}
func (*Param) expr()        {}
func (*ColumnRef) expr()    {}
func (*Star) expr()         {}
func (*Default) expr()      {}
func (*Unary) expr()        {}
func (*Binary) expr()       {}
func (*Logic) expr()        {}
func (*Not) expr()          {}
func (*Is) expr()           {}
func (*DistinctFrom) expr() {}
func (*Between) expr()      {}
func (*In) expr()           {}
func (*Like) expr()         {}
func (*Quantified) expr()   {}
func (*Cast) expr()         {}
func (*Collate) expr()      {}
func (*AtTimeZone) expr()   {}
func (*Case) expr()         {}
func (*Special) expr()      {}
func (*ValueFunc) expr()    {}
func (*Subquery) expr()     {}
func (*Array) expr()        {}
func (*Row) expr()          {}
func (*Map) expr()          {}
func (*Indirection) expr()  {}
func (*CurrentOf) expr()    {}
func (*FuncCall) expr()     {}
func (*JSONFunc) expr()     {}
