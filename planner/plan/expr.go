package plan

import (
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Expr is a typed scalar expression. The set is closed. An expression is not changed once it is made.
//
//sumtype:decl
type Expr interface {
	// Type is the type of the value.
	Type() types.Type
	expr()
}

type (
	// ColumnRef is a column of the input, or of an outer query in a subquery.
	ColumnRef struct {
		ID   ColumnID
		Name string // for EXPLAIN
		Typ  types.Type
		Pos  int // its place in the statement, for errors; 0: none
	}

	// Const is a value.
	Const struct {
		Typ   types.Type
		Value types.Value
	}

	// Param is a parameter of the statement; Index counts from 0.
	Param struct {
		Index int
		Typ   types.Type
	}

	// Call is a call of a function, operator or cast. Pos is its place in the statement, for errors.
	Call struct {
		Function *fn.Function
		Args     []Expr
		Typ      types.Type
		Pos      int
	}

	// Logic is AND or OR.
	Logic struct {
		Or   bool
		Args []Expr
	}

	// Not is NOT X.
	Not struct{ X Expr }

	// IsNull is X IS [NOT] NULL.
	IsNull struct {
		X   Expr
		Not bool
	}

	// Case is CASE WHEN ... END; Else is never nil.
	Case struct {
		Whens []When
		Else  Expr
		Typ   types.Type
	}

	// When is one arm of a Case.
	When struct{ Cond, Result Expr }

	// Coalesce is the first of Args that is not null.
	Coalesce struct {
		Args []Expr
		Typ  types.Type
	}

	// Subquery is a query in an expression; decorrelation replaces it by joins. Query may use columns of the query around it.
	Subquery struct {
		Kind  SubqueryKind
		Query Node
		// X and Op are those of X op ANY|ALL (Query): one comparison per column of Query.
		X   []Expr
		Op  []*fn.Operator
		Typ types.Type
		Pos int
	}
)

// SubqueryKind says what a Subquery gives.
type SubqueryKind uint8

// The kinds of subqueries. X IN (q) is X = ANY (q); X NOT IN (q) is NOT of it.
const (
	ScalarSubquery SubqueryKind = iota
	ExistsSubquery
	AnySubquery
	AllSubquery
	ArraySubquery
)

func (*ColumnRef) expr() {}
func (*Const) expr()     {}
func (*Param) expr()     {}
func (*Call) expr()      {}
func (*Logic) expr()     {}
func (*Not) expr()       {}
func (*IsNull) expr()    {}
func (*Case) expr()      {}
func (*Coalesce) expr()  {}
func (*Subquery) expr()  {}

// Bool is the type of conditions.
var Bool = types.Of(types.OIDBool)

// Type implements Expr.
func (e *ColumnRef) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Const) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Param) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Call) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Logic) Type() types.Type { return Bool }

// Type implements Expr.
func (e *Not) Type() types.Type { return Bool }

// Type implements Expr.
func (e *IsNull) Type() types.Type { return Bool }

// Type implements Expr.
func (e *Case) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Coalesce) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Subquery) Type() types.Type { return e.Typ }
