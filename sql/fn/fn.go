// Package fn is Freshet's functions: names, overloads, what they compute over vectors, and what their pages in docs/sql say.
//
// A function is one entry in the table of a file of this package. Operators are functions with a symbol, casts are functions with a
// source and a target. The binder chooses an overload; exec/eval calls its Kernel once a batch.
package fn

//go:generate go run ./gen

import (
	"math"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Volatility says what a function's result depends on (PostgreSQL 15, 38.7).
type Volatility uint8

const (
	// Immutable results depend on the arguments alone: a call with constants is folded.
	Immutable Volatility = iota
	// Stable results are the same within one statement: now(), settings.
	Stable
	// Volatile results differ from call to call: random().
	Volatile
)

// Function is one overload of a function.
type Function struct {
	Name string
	// OID is pg_proc's where PostgreSQL has the function; others count from FirstOwnOID.
	OID uint32
	// Args are the types of the arguments. Polymorphic ones are types.OIDAnyElement and its relatives.
	Args []types.OID
	// ArgNames are the arguments' names, for f(name => value); nil if they have none.
	ArgNames []string
	// Defaults are the values of the last arguments, which may be left out.
	Defaults []types.Value
	// Variadic tells that the last argument may be repeated; its type is that of one repetition.
	Variadic bool
	// Result is the type of the result, polymorphic or not; ResultOf gives the one of a call.
	Result types.OID
	// ResultType computes the type of a call's result; nil where Result and the arguments say it.
	ResultType func(args []types.Type) types.Type
	// Volatility is Immutable unless said otherwise.
	Volatility Volatility
	// NullCall tells that the kernel wants to see null arguments. Without it the result is null where any argument is, and
	// the kernel does not look at nulls: it computes something harmless there, and its errors in such rows are dropped.
	NullCall bool
	// Monotone is the argument in which the function never decreases while the others are constant, -1 if there is none.
	// The planner derives watermarks from it. MonotoneIf, if not nil, must hold as well.
	Monotone int
	// MonotoneIf tells whether Monotone holds for the constants that are the other arguments; the element of the monotone
	// argument means nothing. Months have no fixed length, nor have days where clocks change.
	MonotoneIf func(args []types.Value, s *types.Settings) bool
	Kernel     Kernel
	// Doc is a sentence for docs/sql; Examples are SQL expressions with their results, as `expression → result`.
	Doc      string
	Examples []string
}

// FirstOwnOID is the first OID of functions and operators that PostgreSQL does not have.
const FirstOwnOID = 8500

// Kernel computes a function for all rows of a batch: it appends exactly call.Rows values to call.Out, which is empty and of the
// result's kind. It allocates nothing once Out has grown. It must not change its arguments nor keep them.
type Kernel func(call *Call)

// Call is one evaluation of a function over a batch.
type Call struct {
	Rows int
	Args []Arg
	Out  *batch.Vec
	// Errors takes the rows that cannot be computed.
	Errors *Errors
	// Scratch belongs to the call site and stays with it from batch to batch: a compiled pattern, a buffer.
	Scratch any
	Environment
}

// Environment is what functions read beside their arguments. It is the same for all calls of a statement or tick.
type Environment struct {
	// Now is what now() gives: the time of the tick, or the beginning of the transaction; in microseconds since 1970-01-01 UTC.
	Now int64
	// StatementNow is the beginning of the statement; 0 where that is Now.
	StatementNow int64
	// Settings are those of the session, or of the one that created the view. Nil means types.DefaultSettings.
	Settings *types.Settings
	// Session answers the system functions; nil where there is none, as in a view.
	Session Session
	// Cancelled tells whether the statement was cancelled; a function that takes long asks now and then. Nil: never.
	Cancelled func() bool
}

// settings are the settings in force.
func (e *Environment) settings() *types.Settings {
	if e.Settings == nil {
		return types.DefaultSettings
	}
	return e.Settings
}

// Arg is an argument: a column, or one value that stands for all rows.
type Arg struct {
	*batch.Vec
	// Const tells that the vector has one value only, which is every row's.
	Const bool
}

// mask makes an index of a row's number by &: all of it for a column, 0 for a constant. So loops need no branch.
func (a Arg) mask() int {
	if a.Const {
		return 0
	}
	return -1
}

// Errors collects the rows of a batch whose expression failed. What happens to them is for the operator to say: a view stores
// them, a SELECT fails.
type Errors struct {
	Rows []int32
	Errs []*pgerr.Error
	// Splits says that whoever evaluates does it again with fewer rows where the results are larger than a batch is to be. Kernels then set Full and
	// leave the rest of the rows: what they have put means nothing.
	Splits, Full bool
}

// full tells, where there are as many bytes as a batch is to have, whether there is no room for more rows than the i-th of them.
func (c *Call) full(i int) bool {
	if i+1 >= c.Rows {
		return false
	}
	if c.Errors.Splits {
		c.Errors.Full = true
		return true
	}
	if len(c.Out.Data) < math.MaxUint32-2*maxText {
		return false
	}
	c.fail(i, pgerr.New(pgerr.ProgramLimitExceeded, "the values of an expression are longer than 2 GiB for a batch of rows"))
	return true
}

// Add records that row i failed.
func (e *Errors) Add(i int, err *pgerr.Error) {
	e.Rows = append(e.Rows, int32(i))
	e.Errs = append(e.Errs, err)
}

// Len is how many errors there are.
func (e *Errors) Len() int { return len(e.Rows) }

// Truncate drops all errors but the first n.
func (e *Errors) Truncate(n int) { e.Rows, e.Errs = e.Rows[:n], e.Errs[:n] }

// DropNulls drops the errors from the n-th on of rows that are null in out: no error of a strict function.
func (e *Errors) DropNulls(n int, out *batch.Vec) {
	kept := n
	for k := n; k < len(e.Rows); k++ {
		if !out.IsNull(int(e.Rows[k])) {
			e.Rows[kept], e.Errs[kept] = e.Rows[k], e.Errs[k]
			kept++
		}
	}
	e.Truncate(kept)
}
