package fn

import (
	"math/bits"
	"unsafe"
)

// bitStates count how many values there are, and for each bit how many have it.
var bitStates = map[string]*AggState{"int2": bitState(16), "int4": bitState(32), "int8": bitState(64)}

func bitState(width int) *AggState {
	return &AggState{Words: 1 + width, Update: updateBits(width), Merge: addWords(1 + width)}
}

func bitAggregates() []*Aggregate {
	var all []*Aggregate
	for _, t := range []string{"int2", "int4", "int8"} {
		width := map[string]int{"int2": 16, "int4": 32, "int8": 64}[t]
		for _, a := range []struct {
			name, doc, example string
			has                func(rows, ones int64) bool
		}{
			{"bit_and", "Bitwise AND of the values; NULL if there are none.", "SELECT bit_and(x) FROM (VALUES (6), (3)) t(x) → 2", func(rows, ones int64) bool { return rows == ones }},
			{"bit_or", "Bitwise OR of the values; NULL if there are none.", "SELECT bit_or(x) FROM (VALUES (6), (3)) t(x) → 7", func(_, ones int64) bool { return ones != 0 }},
			{"bit_xor", "Bitwise exclusive OR of the values; NULL if there are none.", "SELECT bit_xor(x) FROM (VALUES (6), (3)) t(x) → 5", func(_, ones int64) bool { return ones&1 != 0 }},
		} {
			f := agg(a.name+"("+t+") "+t, a.doc).stateful(bitStates[t], finishBits(width, a.has))
			if t == "int4" {
				f.Examples = []string{a.example}
			}
			all = append(all, f)
		}
	}
	return all
}

// counts are the words of a group: the number of values, then those of the bits.
func bitCounts(p unsafe.Pointer, width int) []int64 { return unsafe.Slice((*int64)(p), 1+width) }

func updateBits(width int) func(u *AggUpdate) error {
	mask := ^uint64(0) >> (64 - width)
	return func(u *AggUpdate) error {
		values := u.Args[0].Ints
		for n := range u.Len() {
			i, diff := u.row(n)
			counts := bitCounts(u.at(i), width)
			counts[0] += diff
			for v := uint64(values[i]) & mask; v != 0; v &= v - 1 {
				counts[1+bits.TrailingZeros64(v)] += diff
			}
		}
		return nil
	}
}

func finishBits(width int, has func(rows, ones int64) bool) func(r *AggResult) {
	return func(r *AggResult) {
		for i := range r.Groups {
			counts := bitCounts(r.at(i), width)
			if counts[0] == 0 {
				r.Out.AppendNull()
				continue
			}
			v := uint64(0)
			for bit := range width {
				if has(counts[0], counts[1+bit]) {
					v |= 1 << bit
				}
			}
			r.Out.Ints = append(r.Out.Ints, int64(v<<(64-width))>>(64-width)) // with the sign of its type
		}
	}
}
