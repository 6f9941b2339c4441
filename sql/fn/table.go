package fn

import (
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TableFunction is one overload of a function that returns a set of rows.
type TableFunction struct {
	Name string
	// OID is pg_proc's where PostgreSQL has the function; others count from FirstOwnOID.
	OID  uint32
	Args []types.OID
	// ArgNames are the arguments' names, nil if they have none.
	ArgNames []string
	// Variadic tells that the last argument may be repeated.
	Variadic bool
	// Columns are those of its rows. Types may be polymorphic.
	Columns []OutColumn
	// ColumnsOf gives the columns where their number depends on the arguments; nil: Columns.
	ColumnsOf  func(args []types.Type) []OutColumn
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
	Environment
}

// OutColumns are the columns of a call, with types that may be polymorphic.
func (f *TableFunction) OutColumns(args []types.Type) []OutColumn {
	if f.ColumnsOf != nil {
		return f.ColumnsOf(args)
	}
	return f.Columns
}

// ColumnTypes are the types of the columns of a call.
func (f *TableFunction) ColumnTypes(args []types.Type) []types.Type {
	var all []types.Type
	for _, c := range f.OutColumns(args) {
		all = append(all, resultOf(c.Type, f.Args, args))
	}
	return all
}

// tableDef makes a table function of a signature with one column, which has the function's name.
func tableDef(signature string, open func(c *TableCall) (RowIterator, error), doc string, examples ...string) *TableFunction {
	name, args, result := cutSignature(signature)
	f := &TableFunction{Name: name, Open: open, Doc: doc, Examples: examples, Columns: []OutColumn{{Name: name, Type: typeNamed(result)}}}
	f.Args, f.ArgNames, _, f.Variadic = parseArgs(args)
	return f
}

// columns names the columns: pairs of a name and a type.
func (f *TableFunction) columns(pairs ...string) *TableFunction {
	f.Columns = nil
	for i := 0; i < len(pairs); i += 2 {
		f.Columns = append(f.Columns, OutColumn{Name: pairs[i], Type: typeNamed(pairs[i+1])})
	}
	return f
}

// valueRows iterates over rows that are there, one column after the other in each.
type valueRows struct {
	rows [][]types.Value
}

func (v *valueRows) Next(out *batch.Batch, rows int) (more bool, err error) {
	n := min(rows, len(v.rows))
	for _, row := range v.rows[:n] {
		out.AppendValues(1, row...)
	}
	v.rows = v.rows[n:]
	return len(v.rows) > 0, nil
}

// RowIterator gives the rows of one call.
type RowIterator interface {
	// Next appends up to rows more rows to out, whose columns are those of the call, and tells whether there are more.
	Next(out *batch.Batch, rows int) (more bool, err error)
}
