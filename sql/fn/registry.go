package fn

import (
	"maps"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/sql/types"
)

// Operator is an operator over types; Left is 0 for a prefix operator. It is a function with a symbol.
type Operator struct {
	Symbol      string
	Left, Right types.OID
	// OID is pg_operator's where PostgreSQL has the operator; others count from FirstOwnOID.
	OID      uint32
	Function *Function
}

// Result is the type of what the operator gives, polymorphic or not.
func (o *Operator) Result() types.OID { return o.Function.Result }

// Registry holds the functions and operators that a binder chooses from. It does not change once it is made.
type Registry struct {
	functions map[string][]*Function
	operators map[string][]*Operator
	tables    map[string][]*TableFunction
}

// Functions returns the overloads of a function, nil if there is no function of the name.
func (r *Registry) Functions(name string) []*Function { return r.functions[name] }

// Operators returns the operators of a symbol, prefix and infix.
func (r *Registry) Operators(symbol string) []*Operator { return r.operators[symbol] }

// TableFunctions returns the overloads of a function that returns rows.
func (r *Registry) TableFunctions(name string) []*TableFunction { return r.tables[name] }

// All returns every function, for pg_proc and the documentation, by name. Operators' functions are not among them.
func (r *Registry) All() []*Function { return flatten(r.functions) }

// AllOperators returns every operator, by symbol.
func (r *Registry) AllOperators() []*Operator { return flatten(r.operators) }

// AllTableFunctions returns every function that returns rows, by name.
func (r *Registry) AllTableFunctions() []*TableFunction { return flatten(r.tables) }

func flatten[T any](m map[string][]T) []T {
	var all []T
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[name]...)
	}
	return all
}

// Builtins returns the functions and operators that Freshet has. A new family has its line here.
var Builtins = sync.OnceValue(func() *Registry {
	r := &Registry{functions: map[string][]*Function{}, operators: map[string][]*Operator{}, tables: map[string][]*TableFunction{}}
	r.addOperators(comparisonOperators())
	r.addOperators(integerOperators())
	r.addOperators(floatOperators())
	r.addOperators(moreComparisons())
	r.addOperators(numericOperators())
	r.addOperators(intervalOperators())
	r.addOperators(timeOperators())
	r.addOperators(textOperators())
	r.addOperators(likeOperators())
	r.addOperators(regexOperators())
	r.addOperators(floatMoreOperators())
	r.addOperators(intMoreOperators())
	r.addOperators(numericMoreOperators())
	r.addOperators(jsonOperators())
	r.addOperators(arrayOperators())
	r.addFunctions(extremeFunctions())
	r.addFunctions(timeFunctions())
	r.addFunctions(overlapsFunctions())
	r.addFunctions(zoneFunctions())
	r.addFunctions(extractFunctions())
	r.addFunctions(charFunctions())
	r.addFunctions(arrayFunctions())
	r.addFunctions(enumFunctions())
	r.addFunctions(systemFunctions())
	r.addFunctions(sequenceFunctions())
	r.addFunctions(catalogFunctions())
	r.addFunctions(privilegeFunctions())
	r.addFunctions(sizeFunctions())
	r.addTables(seriesFunctions())
	r.addTables(catalogTables())
	r.addTables(rowFunctions())
	r.addFunctions(jsonFunctions())
	r.addFunctions(floatFunctions())
	r.addFunctions(intFunctions())
	r.addFunctions(numericFunctions())
	r.addFunctions(codeFunctions())
	r.addFunctions(textFunctions())
	r.addFunctions(likeFunctions())
	r.addFunctions(regexFunctions())
	r.addFunctions(streamingFunctions())
	r.finish()
	return r
})

// finish puts overloads into an order that is always the same, and gives everything its OID.
func (r *Registry) finish() {
	oids := parseOIDs()
	for _, list := range r.functions {
		slices.SortStableFunc(list, func(a, b *Function) int { return slices.Compare(a.Args, b.Args) })
		for _, f := range list {
			f.OID = oids[f.Signature()]
		}
	}
	for _, list := range r.tables {
		slices.SortStableFunc(list, func(a, b *TableFunction) int { return slices.Compare(a.Args, b.Args) })
		for _, f := range list {
			f.OID = oids[f.Signature()]
		}
	}
	for _, list := range r.operators {
		slices.SortStableFunc(list, func(a, b *Operator) int { return slices.Compare(a.Function.Args, b.Function.Args) })
		for _, o := range list {
			o.OID = oids[o.Signature()]
			o.describe()
		}
	}
}

func (r *Registry) addFunctions(functions []*Function) {
	for _, f := range functions {
		r.functions[f.Name] = append(r.functions[f.Name], f)
	}
}

func (r *Registry) addTables(functions []*TableFunction) {
	for _, f := range functions {
		r.tables[f.Name] = append(r.tables[f.Name], f)
	}
}

func (r *Registry) addOperators(operators []*Operator) {
	for _, o := range operators {
		r.operators[o.Symbol] = append(r.operators[o.Symbol], o)
	}
}

// infix makes the operator left symbol right.
func infix(symbol string, left, right, result types.OID, kernel Kernel) *Operator {
	f := &Function{Name: symbol, Args: []types.OID{left, right}, Result: result, Kernel: kernel, Monotone: -1}
	return &Operator{Symbol: symbol, Left: left, Right: right, Function: f}
}

// prefix makes the operator symbol right.
func prefix(symbol string, right, result types.OID, kernel Kernel) *Operator {
	f := &Function{Name: symbol, Args: []types.OID{right}, Result: result, Kernel: kernel, Monotone: -1}
	return &Operator{Symbol: symbol, Right: right, Function: f}
}

// comparisonOperators are the six comparisons of every type with itself, and of numbers of different width, which share
// their physical form.
func comparisonOperators() []*Operator {
	var all []*Operator
	for _, c := range comparisons {
		for oid, kernel := range comparableTypes {
			all = append(all, infix(c.symbol, oid, oid, types.OIDBool, kernel(c)))
		}
		for _, a := range integers {
			for _, b := range integers {
				if a != b {
					all = append(all, infix(c.symbol, a.oid, b.oid, types.OIDBool, c.compareInts))
				}
			}
		}
		all = append(all,
			infix(c.symbol, types.OIDFloat4, types.OIDFloat8, types.OIDBool, c.compareFloats),
			infix(c.symbol, types.OIDFloat8, types.OIDFloat4, types.OIDBool, c.compareFloats))
	}
	return all
}

func integerOperators() []*Operator {
	var all []*Operator
	for _, a := range integers {
		all = append(all, prefix("-", a.oid, a.oid, a.negative))
		for _, b := range integers {
			t := wider(a, b)
			all = append(all,
				infix("+", a.oid, b.oid, t.oid, t.plus),
				infix("-", a.oid, b.oid, t.oid, t.minus),
				infix("*", a.oid, b.oid, t.oid, t.product),
				infix("/", a.oid, b.oid, t.oid, t.quotient),
			)
		}
		all = append(all, infix("%", a.oid, a.oid, a.oid, a.remainder))
	}
	return all
}

func floatOperators() []*Operator {
	var all []*Operator
	for _, a := range floats {
		all = append(all, prefix("-", a.oid, a.oid, a.negative))
		for _, b := range floats {
			t := a
			if !b.single {
				t = b
			}
			all = append(all,
				infix("+", a.oid, b.oid, t.oid, t.plus),
				infix("-", a.oid, b.oid, t.oid, t.minus),
				infix("*", a.oid, b.oid, t.oid, t.product),
				infix("/", a.oid, b.oid, t.oid, t.quotient),
			)
		}
	}
	return all
}
