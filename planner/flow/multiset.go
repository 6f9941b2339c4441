package flow

import (
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// Multiset is a table in which an aggregate keeps all values of its groups, with counts: what DISTINCT, ordered aggregates, and min and
// max over rows that may leave need. Calls with the same one share it.
type Multiset struct {
	// Order is the order of a group's rows, completed by Args.
	Order []SortKey
	// Args are the columns that are kept.
	Args []int
	// Filters are boolean columns that a row must have true, -1 for none. Only one of Distinct has several: its values are counted for each.
	Filters []int
	// Distinct tells that calls want to know only when a value comes and goes, not to find the values in their order.
	Distinct bool
	// NullCall tells that rows with null arguments are kept too.
	NullCall bool
	// Calls are the places of the calls that read it.
	Calls []int
}

// NeedsMultiset tells whether a call of an aggregate keeps all its arguments. min and max over rows that are never taken back
// keep one value.
func (s *Aggregate) NeedsMultiset(call int) bool {
	c := &s.Calls[call]
	f := c.Function
	return f.Collect != nil || c.Distinct && !f.NoDistinct || f.Extreme != 0 && !s.AppendOnly
}

// MultisetTables are the places of the tables of Multisets() behind the aggregate's first, and how many there are. All distinct values of rows
// that are never taken back are in one.
func (s *Aggregate) MultisetTables() (places []int, tables int) {
	shared := -1
	for _, m := range s.Multisets() {
		shares := m.Distinct && s.AppendOnly
		if shares && shared >= 0 {
			places = append(places, shared)
			continue
		}
		if shares {
			shared = tables
		}
		places = append(places, tables)
		tables++
	}
	return places, tables
}

// Multisets are the multisets of an aggregate. MultisetTables says where they are kept.
func (s *Aggregate) Multisets() []Multiset {
	var sets []Multiset
	for n, call := range s.Calls {
		f := call.Function
		if !s.NeedsMultiset(n) {
			continue
		}
		m := Multiset{Args: call.Args, Filters: []int{call.Filter}, NullCall: f.NullCall, Calls: []int{n}}
		m.Distinct = f.Collect == nil && f.Extreme == 0
		if f.Collect != nil {
			m.Order = call.Order
		}
		i := slices.IndexFunc(sets, m.same)
		if i < 0 {
			sets = append(sets, m)
			continue
		}
		sets[i].Calls = append(sets[i].Calls, n)
		if !slices.Contains(sets[i].Filters, call.Filter) {
			sets[i].Filters = append(sets[i].Filters, call.Filter)
		}
	}
	return sets
}

// maxFilters is how many filters a multiset has at most: as many as a word has bits.
const maxFilters = 64

// same tells whether a call that needs other can read m.
func (m Multiset) same(other Multiset) bool {
	if !slices.Equal(m.Order, other.Order) || !slices.Equal(m.Args, other.Args) || m.NullCall != other.NullCall || m.Distinct != other.Distinct {
		return false
	}
	return slices.Contains(m.Filters, other.Filters[0]) || m.Distinct && len(m.Filters) < maxFilters
}

// KeyTypes are the types of the keys.
func (s *Aggregate) KeyTypes() []types.Type {
	out := make([]types.Type, len(s.Keys))
	for i, col := range s.Keys {
		out[i] = s.Columns[col]
	}
	return out
}

// ResultTypes are the types of the calls.
func (s *Aggregate) ResultTypes() []types.Type {
	out := make([]types.Type, len(s.Calls))
	for i := range s.Calls {
		out[i] = s.Calls[i].Result
	}
	return out
}
