package batch

import (
	"bytes"
	"hash/maphash"
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/sql/types"
)

// Consolidator sums the multiplicities of equal rows and drops those with none. Rows are equal if their values are the same in
// their physical form; floats by their bits. It keeps its memory between calls. The zero Consolidator is ready.
type Consolidator struct {
	seed   maphash.Seed
	seeded bool
	hashes []uint64
	sums   []int64
	slots  []int32 // open addressing: 1 + the first row with that content, or 0
	firsts []int32 // rows that are the first with their content, in order
}

// Consolidate appends to dst the rows of src, each content once, in the order in which they first appear. dst has columns of the
// same types, and is not src.
func (c *Consolidator) Consolidate(dst, src *Batch) {
	n := src.Len()
	if n == 0 {
		return
	}
	c.prepare(n)
	for i := range src.Cols {
		c.hashColumn(&src.Cols[i])
	}
	mask := uint64(len(c.slots) - 1)
	for i := range n {
		at := c.hashes[i] & mask
		for {
			first := c.slots[at] - 1
			if first < 0 {
				c.slots[at] = int32(i) + 1
				c.firsts = append(c.firsts, int32(i))
				c.sums[i] = src.DiffAt(i)
				break
			}
			if c.hashes[first] == c.hashes[i] && sameRow(src, int(first), i) {
				c.sums[first] += src.DiffAt(i)
				break
			}
			at = (at + 1) & mask
		}
	}
	for _, i := range c.firsts {
		if c.sums[i] != 0 {
			dst.AppendRow(src, int(i), c.sums[i])
		}
	}
}

func (c *Consolidator) prepare(n int) {
	if !c.seeded {
		c.seed, c.seeded = maphash.MakeSeed(), true
	}
	if cap(c.hashes) < n {
		c.hashes, c.sums = make([]uint64, n), make([]int64, n)
	}
	c.hashes, c.sums = c.hashes[:n], c.sums[:n]
	clear(c.hashes)
	size := 1 << bits.Len(uint(2*n-1)) // at most half full
	if cap(c.slots) < size {
		c.slots = make([]int32, size)
	}
	c.slots = c.slots[:size]
	clear(c.slots)
	c.firsts = c.firsts[:0]
}

// mix folds a word into a hash (the finalizer of MurmurHash3, with one multiplication).
func mix(h, x uint64) uint64 {
	h = (bits.RotateLeft64(h, 29) ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>32
}

const nullHash = 0x5bd1e995

func (c *Consolidator) hashColumn(v *Vec) {
	for i := range c.hashes {
		x := uint64(nullHash)
		if !v.IsNull(i) {
			switch v.kind {
			case types.Bool:
				x = 1
				if v.Bools[i] {
					x = 2
				}
			case types.Int64:
				x = uint64(v.Ints[i])
			case types.Float64:
				x = math.Float64bits(v.Floats[i])
			case types.Bytes:
				x = maphash.Bytes(c.seed, v.BytesAt(i))
			}
		}
		c.hashes[i] = mix(c.hashes[i], x)
	}
}

func sameRow(b *Batch, i, j int) bool {
	for c := range b.Cols {
		if !b.Cols[c].SameAt(i, j) {
			return false
		}
	}
	return true
}

// SameAt tells whether rows i and j have the same values in columns, in their physical form.
func (b *Batch) SameAt(columns []int, i, j int) bool {
	for _, c := range columns {
		if !b.Cols[c].SameAt(i, j) {
			return false
		}
	}
	return true
}

// SameAt tells whether rows i and j have the same value, in its physical form: floats by their bits. Nulls are the same.
func (v *Vec) SameAt(i, j int) bool {
	if null := v.IsNull(i); null || v.IsNull(j) {
		return null == v.IsNull(j)
	}
	switch v.kind {
	case types.Bool:
		return v.Bools[i] == v.Bools[j]
	case types.Int64:
		return v.Ints[i] == v.Ints[j]
	case types.Float64:
		return math.Float64bits(v.Floats[i]) == math.Float64bits(v.Floats[j])
	case types.Bytes:
		return bytes.Equal(v.BytesAt(i), v.BytesAt(j))
	}
	return false
}
