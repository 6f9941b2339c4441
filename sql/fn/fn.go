// Package fn is Freshet's functions: names, overloads, what they compute over vectors, and what their pages in docs/sql say.
//
// A function is one entry in the table of a file of this package. Operators are functions with a symbol, casts are functions with a
// source and a target. The binder chooses an overload; exec/eval calls its Kernel once a batch.
package fn

import (
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
	// Args are the types of the arguments. Polymorphic ones are types.AnyElement and its relatives.
	Args []types.OID
	// Variadic tells that the last argument may be repeated.
	Variadic bool
	Result   types.OID
	// Volatility is Immutable unless said otherwise.
	Volatility Volatility
	// NullCall tells that the kernel wants to see null arguments. Without it the result is null where any argument is, and
	// the kernel does not look at nulls: it computes something harmless there, and its errors in such rows are dropped.
	NullCall bool
	Kernel   Kernel
	// Doc is a sentence for docs/sql; Examples are SQL expressions with their results, as `expression → result`.
	Doc      string
	Examples []string
}

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
	// Now is the time of the tick or statement, in microseconds since 1970-01-01 UTC.
	Now int64
	// Scratch belongs to the call site and stays with it from batch to batch: a compiled pattern, a buffer.
	Scratch any
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
