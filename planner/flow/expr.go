// Package flow is the physical dataflow as plain data: what the planner decides and the runtime obeys. EXPLAIN prints exactly
// these values; nothing in exec decides anything about SQL.
package flow

import (
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Expr is a typed scalar expression over the columns of one input. The set is closed; exec/eval compiles it.
//
//sumtype:decl
type Expr interface {
	// Type is the type of the value.
	Type() types.Type
	expr()
}

type (
	// Column is column Index of the input.
	Column struct {
		Index int
		Typ   types.Type
	}

	// Const is a value.
	Const struct {
		Typ   types.Type
		Value types.Value
	}

	// Call is a call of a function, operator or cast.
	Call struct {
		Function *fn.Function
		Args     []Expr
		Typ      types.Type
	}

	// Logic is AND or OR in SQL's three-valued logic. An argument is not computed for rows that those before it decide.
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

	// Case is CASE WHEN ... END: the result of the first condition that is true, else Else, which is never nil. Results are
	// computed only for the rows that take them.
	Case struct {
		Whens []When
		Else  Expr
		Typ   types.Type
	}

	// When is one arm of a Case.
	When struct{ Cond, Result Expr }

	// Coalesce is the first of Args that is not null. An argument is computed only for the rows where those before it are null.
	Coalesce struct {
		Args []Expr
		Typ  types.Type
	}

	// Param is the value of a parameter of the statement; Index counts from 0. Only one-shot reads have parameters.
	Param struct {
		Index int
		Typ   types.Type
	}
)

func (e *Column) expr() {}
func (e *Const) expr()  {}
func (e *Call) expr()   {}
func (e *Logic) expr()  {}
func (e *Not) expr()    {}
func (e *IsNull) expr() {}
func (e *Case) expr()   {}

func (e *Coalesce) expr() {}
func (e *Param) expr()    {}

// Type implements Expr.
func (e *Column) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Const) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Call) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Logic) Type() types.Type { return types.Of(types.OIDBool) }

// Type implements Expr.
func (e *Not) Type() types.Type { return types.Of(types.OIDBool) }

// Type implements Expr.
func (e *IsNull) Type() types.Type { return types.Of(types.OIDBool) }

// Type implements Expr.
func (e *Case) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Coalesce) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Param) Type() types.Type { return e.Typ }
