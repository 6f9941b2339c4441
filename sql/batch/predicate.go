package batch

import (
	"bytes"
	"math"
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// Predicate compares a column with constants, of a kind whose values are compared as they lie in vectors: Int64, or Bytes of types that are
// ordered by their bytes. NULL does not compare: a predicate is true or not, and never fails.
type Predicate struct {
	// Column is the place of the column in whatever the predicate is about.
	Column int
	Op     Comparison
	// Values are those to compare with: at least one for In and NotIn, exactly one for the others, none of them NULL.
	Values []types.Value
}

// Comparison is how a Predicate compares.
type Comparison uint8

// The comparisons.
const (
	In Comparison = iota
	NotIn
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
)

// Equal tells whether two predicates are the same.
func (p *Predicate) Equal(o *Predicate) bool {
	return p.Column == o.Column && p.Op == o.Op && slices.EqualFunc(p.Values, o.Values, func(a, b types.Value) bool {
		return a.Int == b.Int && bytes.Equal(a.Bytes, b.Bytes)
	})
}

// Match tells whether value i of a vector is one that the predicate is true for.
func (p *Predicate) Match(v *Vec, i int) bool {
	switch {
	case v.IsNull(i):
		return false
	case v.kind == types.Int64:
		return p.MatchInt(v.Ints[i])
	default:
		return p.MatchBytes(v.BytesAt(i))
	}
}

// MatchInt is Match for a value of kind Int64 that is not null.
func (p *Predicate) MatchInt(x int64) bool {
	switch first := p.Values[0].Int; p.Op {
	case Less:
		return x < first
	case LessOrEqual:
		return x <= first
	case Greater:
		return x > first
	case GreaterOrEqual:
		return x >= first
	case In, NotIn:
	}
	for i := range p.Values {
		if p.Values[i].Int == x {
			return p.Op == In
		}
	}
	return p.Op == NotIn
}

// MatchBytes is Match for a value of kind Bytes that is not null.
func (p *Predicate) MatchBytes(x []byte) bool {
	switch first := p.Values[0].Bytes; p.Op {
	case Less:
		return bytes.Compare(x, first) < 0
	case LessOrEqual:
		return bytes.Compare(x, first) <= 0
	case Greater:
		return bytes.Compare(x, first) > 0
	case GreaterOrEqual:
		return bytes.Compare(x, first) >= 0
	case In, NotIn:
	}
	for i := range p.Values {
		if bytes.Equal(p.Values[i].Bytes, x) {
			return p.Op == In
		}
	}
	return p.Op == NotIn
}

// Select appends the places of the values of a vector for which the predicate is true.
func (p *Predicate) Select(v *Vec, sel []int32) []int32 {
	start := len(sel)
	if v.kind == types.Int64 {
		sel = p.selectInts(v.Ints, sel)
	} else {
		for i := range v.Len() {
			if p.MatchBytes(v.BytesAt(i)) {
				sel = append(sel, int32(i))
			}
		}
	}
	if !v.HasNulls() {
		return sel
	}
	found := slices.DeleteFunc(sel[start:], func(i int32) bool { return v.IsNull(int(i)) })
	return sel[:start+len(found)]
}

// selectInts writes each place, and keeps it or not: which of them are true cannot be foreseen, so that there is no branch for each.
func (p *Predicate) selectInts(values []int64, sel []int32) []int32 {
	n := len(sel)
	sel = slices.Grow(sel, len(values))[:n+len(values)]
	if low, high, ok := p.span(); ok {
		width := uint64(high - low)
		for i, x := range values {
			sel[n] = int32(i)
			if uint64(x-low) <= width {
				n++
			}
		}
		return sel[:n]
	}
	for i, x := range values {
		sel[n] = int32(i)
		if p.MatchInt(x) {
			n++
		}
	}
	return sel[:n]
}

// span is the least and the greatest whole number for which the predicate is true, if it is for all between them and there are any.
func (p *Predicate) span() (low, high int64, ok bool) {
	low, high = math.MinInt64, math.MaxInt64
	first := p.Values[0].Int
	switch p.Op {
	case In:
		return first, first, len(p.Values) == 1
	case Less:
		return low, first - 1, first > low
	case LessOrEqual:
		return low, first, true
	case Greater:
		return first + 1, high, first < high
	case GreaterOrEqual:
		return first, high, true
	case NotIn:
	}
	return 0, 0, false
}

// Refine keeps those of the places in sel for which the predicate is true.
func (p *Predicate) Refine(v *Vec, sel []int32) []int32 {
	if v.kind != types.Int64 || v.HasNulls() {
		return slices.DeleteFunc(sel, func(i int32) bool { return !p.Match(v, int(i)) })
	}
	n := 0 // as in selectInts
	if low, high, ok := p.span(); ok {
		width := uint64(high - low)
		for _, i := range sel {
			sel[n] = i
			if uint64(v.Ints[i]-low) <= width {
				n++
			}
		}
		return sel[:n]
	}
	for _, i := range sel {
		sel[n] = i
		if p.MatchInt(v.Ints[i]) {
			n++
		}
	}
	return sel[:n]
}
