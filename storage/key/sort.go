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
// Keys of one table mostly begin alike and soon differ: behind what all of them begin with, 8 bytes are sorted by radix, and so are again
// those that are equal there. A few keys are compared.
func (s *Sorter) Sort(k *Keys) []int32 {
	n := k.Len()
	s.order = s.order[:0]
	for i := range n {
		s.order = append(s.order, int32(i))
	}
	if n < 2 || s.sorted(k) {
		return s.order
	}
	s.heads, s.moved, s.other = slices.Grow(s.heads[:0], n)[:n], slices.Grow(s.moved[:0], n)[:n], slices.Grow(s.other[:0], n)[:n]
	s.sort(k, 0, n, 0)
	return s.order
}

// few is how many keys are sorted by comparing them.
const few = 16

// sort sorts the part of the order from place from to place to, whose keys have the first skip bytes in common.
func (s *Sorter) sort(k *Keys, from, to, skip int) {
	order := s.order[from:to]
	if len(order) <= few {
		s.compare(k, order, skip)
		return
	}
	skip = commonPrefix(k, order, skip)
	all, some := ^uint64(0), uint64(0) // bits that are 1 in all keys, and in some
	for i, o := range order {
		b := k.At(int(o))
		h := Head(b[skip:])
		s.heads[from+i] = h
		all &= h
		some |= h
	}
	if all == some { // they differ only by zeros at their ends, or not at all
		s.compare(k, order, skip)
		return
	}
	s.radix(from, to, all^some)
	for at := from; at < to; {
		end := at + 1
		for end < to && s.heads[end] == s.heads[at] {
			end++
		}
		if end-at > 1 {
			s.sortTail(k, at, end, skip)
		}
		at = end
	}
}

// sortTail sorts keys that agree in the 8 bytes from skip on, where those that end have zeros.
func (s *Sorter) sortTail(k *Keys, from, to, skip int) {
	for _, o := range s.order[from:to] {
		if len(k.At(int(o))) < skip+8 {
			s.compare(k, s.order[from:to], skip)
			return
		}
	}
	s.sort(k, from, to, skip+8)
}

// compare sorts by comparing what follows the first skip bytes.
func (s *Sorter) compare(k *Keys, order []int32, skip int) {
	for i := 1; i < len(order) && len(order) <= few; i++ {
		o := order[i]
		b := k.At(int(o))[skip:]
		j := i
		for ; j > 0 && bytes.Compare(k.At(int(order[j-1]))[skip:], b) > 0; j-- {
			order[j] = order[j-1]
		}
		order[j] = o
	}
	if len(order) > few {
		slices.SortStableFunc(order, func(a, b int32) int { return bytes.Compare(k.At(int(a))[skip:], k.At(int(b))[skip:]) })
	}
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

// commonPrefix is how many bytes the keys have in common, of which skip are known.
func commonPrefix(k *Keys, order []int32, skip int) int {
	first := k.At(int(order[0]))
	common := len(first)
	for _, o := range order[1:] {
		other := k.At(int(o))
		common = min(common, len(other))
		if common <= skip {
			break
		}
		if bytes.Equal(first[skip:common], other[skip:common]) {
			continue
		}
		for at := skip; at < common; at++ {
			if first[at] != other[at] {
				common = at
				break
			}
		}
	}
	return common
}

// Head is what a key begins with, the first 8 bytes, as a number that is not less for a higher key. Keys that are shorter go on with zeros, as longer ones may
// too; who is equal then is compared.
func Head(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var raw [8]byte
	copy(raw[:], b)
	return binary.BigEndian.Uint64(raw[:])
}

// radix sorts a part of heads, and of order with them, from the last byte to the first; bytes in which no key differs are left out.
func (s *Sorter) radix(from, to int, differ uint64) {
	heads, order := s.heads[from:to], s.order[from:to]
	moved, other := s.moved[from:to], s.other[from:to]
	swapped := false
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xFF == 0 {
			continue
		}
		var at [256]int32
		for _, h := range heads {
			at[h>>shift&0xFF]++
		}
		sum := int32(0)
		for i, count := range at {
			at[i] = sum
			sum += count
		}
		for i, h := range heads {
			to := &at[h>>shift&0xFF]
			moved[*to], other[*to] = h, order[i]
			*to++
		}
		heads, moved, order, other = moved, heads, other, order
		swapped = !swapped
	}
	if swapped {
		copy(moved, heads)
		copy(other, order)
	}
}
