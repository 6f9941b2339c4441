package fn

import "github.com/freshetdb/freshet/sql/types"

// Aggregate is one overload of an aggregate function. What the binder and the planner need to know is here; how it is computed is in
// its State (see there).
type Aggregate struct {
	Name string
	// Args are the types of the arguments; none for count(*).
	Args     []types.OID
	Variadic bool
	Result   types.OID
	// ResultType computes the result's type where Result is polymorphic or has a modifier; nil: Result without one.
	ResultType func(args []types.Type) types.Type
	// Ordered tells that the result depends on the order of rows (string_agg, array_agg).
	Ordered bool
	// NullCall tells that rows with null arguments count too (count(*), array_agg).
	NullCall bool
	// Doc is a sentence for docs/sql; Examples are SQL with its results.
	Doc      string
	Examples []string
}
