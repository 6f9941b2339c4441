package key

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Sorter puts keys in order. It keeps its memory between calls. The zero Sorter is ready.
type Sorter struct {
	order, other []int32
	heads, moved []uint64
}

// Sort returns the places of keys in the order of the keys, to be read until the next call. Equal keys stay in their order.
//
// Keys of one table mostly begin alike and soon differ: behind what all of them begin with, 8 bytes are sorted by radix, and only keys that are
// equal there are compared.
func (s *Sorter) Sort(k *Keys) []int32 {
	n := k.Len()
	s.order = s.order[:0]
	for i := range n {
		s.order = append(s.order, int32(i))
	}
	if n < 2 || s.sorted(k) {
		return s.order
	}
	common := commonPrefix(k)
	s.heads = slices.Grow(s.heads[:0], n)[:n]
	all, none := ^uint64(0), uint64(0) // bits that are 1, and 0, in no key
	for i := range n {
		h := head(k.At(i)[common:])
		s.heads[i] = h
		all &= h
		none |= h
	}
	s.radix(all ^ none)
	for from := 0; from < n; {
		to := from + 1
		for to < n && s.heads[to] == s.heads[from] {
			to++
		}
		if to-from > 1 {
			slices.SortStableFunc(s.order[from:to], func(a, b int32) int { return bytes.Compare(k.At(int(a)), k.At(int(b))) })
		}
		from = to
	}
	return s.order
}

// sorted tells whether the keys are in order already.
func (s *Sorter) sorted(k *Keys) bool {
	for i := 1; i < k.Len(); i++ {
		if k.Compare(i-1, i) > 0 {
			return false
		}
	}
	return true
}

func commonPrefix(k *Keys) int {
	first := k.At(0)
	common := len(first)
	for i := 1; i < k.Len() && common > 0; i++ {
		other := k.At(i)
		common = min(common, len(other))
		if bytes.Equal(first[:common], other[:common]) {
			continue
		}
		for at := range common {
			if first[at] != other[at] {
				common = at
				break
			}
		}
	}
	return common
}

// head is the first 8 bytes as a number. Keys that are shorter go on with zeros; who is equal then is compared.
func head(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var raw [8]byte
	copy(raw[:], b)
	return binary.BigEndian.Uint64(raw[:])
}

// radix sorts heads, and order with them, from the last byte to the first; bytes in which no key differs are left out.
func (s *Sorter) radix(differ uint64) {
	n := len(s.heads)
	s.moved, s.other = slices.Grow(s.moved[:0], n)[:n], slices.Grow(s.other[:0], n)[:n]
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xFF == 0 {
			continue
		}
		var at [256]int32
		for _, h := range s.heads {
			at[h>>shift&0xFF]++
		}
		sum := int32(0)
		for i, count := range at {
			at[i] = sum
			sum += count
		}
		for i, h := range s.heads {
			to := &at[h>>shift&0xFF]
			s.moved[*to], s.other[*to] = h, s.order[i]
			*to++
		}
		s.heads, s.moved = s.moved, s.heads
		s.order, s.other = s.other, s.order
	}
}
