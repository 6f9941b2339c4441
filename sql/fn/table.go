package fn

import (
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TableFunction is one overload of a function that returns a set of rows.
type TableFunction struct {
	Name string
	Args []types.OID
	// Variadic tells that the last argument may be repeated.
	Variadic bool
	// Columns are those of its rows. Types may be polymorphic.
	Columns    []OutColumn
	Volatility Volatility
	// Open begins the rows for one row of arguments. A null argument has no rows unless NullCall is set.
	Open     func(call *TableCall) (RowIterator, error)
	NullCall bool
	// Doc is a sentence for docs/sql; Examples are SQL calls with their results.
	Doc      string
	Examples []string
}

// OutColumn is a column of a table function.
type OutColumn struct {
	Name string
	Type types.OID
}

// TableCall are the arguments for one row. Args are borrowed until the iterator is at its end.
type TableCall struct {
	Args  []types.Value
	Types []types.Type
	// Result are the concrete types of the columns.
	Result []types.Type
	Now    int64
}

// RowIterator gives the rows of one call.
type RowIterator interface {
	// Next appends up to rows more rows to out, whose columns are those of the call, and tells whether there are more.
	Next(out *batch.Batch, rows int) (more bool, err error)
}
