package flow

import "github.com/freshetdb/freshet/sql/types"

// Spec says what an operator does. The set is closed; exec/operators builds an operator for each.
//
//sumtype:decl
type Spec interface{ spec() }

type (
	// Filter lets the rows pass for which Cond is true. Columns are those of its input and output.
	Filter struct {
		Cond    Expr
		Columns []types.Type
	}

	// Project computes the columns of its output from those of its input.
	Project struct{ Exprs []Expr }

	// Hop adds the bounds of every sliding window that a row's time falls into: one row for each, with window_start and
	// window_end behind the columns of the input. Windows start at Offset plus multiples of Slide, and are Size long;
	// all in microseconds. A row without a time is in no window. (Tumbling windows are expressions.)
	Hop struct {
		Columns             []types.Type // of the input
		Time                int
		Slide, Size, Offset int64
	}

	// Union hands on the rows of all its inputs, which have the same columns.
	Union struct{ Inputs int }
)

func (*Filter) spec()  {}
func (*Project) spec() {}
func (*Union) spec()   {}
func (*Hop) spec()     {}
