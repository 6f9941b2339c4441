package fn

import (
	"maps"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/sql/types"
)

var builtinAggregates = sync.OnceValue(aggregates)

// Aggregates returns the overloads of an aggregate function, nil if there is none of the name.
func (r *Registry) Aggregates(name string) []*Aggregate { return builtinAggregates()[name] }

// AllAggregates returns every aggregate function, by name.
func (r *Registry) AllAggregates() []*Aggregate {
	var all []*Aggregate
	for _, name := range slices.Sorted(maps.Keys(builtinAggregates())) {
		all = append(all, builtinAggregates()[name]...)
	}
	return all
}

// aggregates are all aggregate functions. A new family has its line here.
func aggregates() map[string][]*Aggregate {
	all := map[string][]*Aggregate{}
	for _, family := range [][]*Aggregate{
		countAggregates(), sumAggregates(), floatAggregates(), numericAggregates(), intervalAggregates(), extremeAggregates(), boolAggregates(),
		bitAggregates(), varianceAggregates(), momentAggregates(), collectAggregates(), orderedSetAggregates(),
	} {
		for _, a := range family {
			all[a.Name] = append(all[a.Name], a)
		}
	}
	return all
}

// agg makes an aggregate of a signature, as def does for functions.
func agg(signature, doc string, examples ...string) *Aggregate {
	name, args, result := cutSignature(signature)
	a := &Aggregate{Name: name, Result: typeNamed(result), Doc: doc, Examples: examples}
	a.Args, _, _, a.Variadic = parseArgs(args)
	return a
}

// stateful says how the aggregate is computed from a state.
func (a *Aggregate) stateful(s *AggState, finish func(r *AggResult)) *Aggregate {
	a.State, a.Finish = s, finish
	return a
}

// kindOf is the physical form of the first argument.
func (a *Aggregate) kindOf() types.Kind { return types.Of(a.Args[0]).Kind() }
