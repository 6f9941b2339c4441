package state

import (
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/key"
)

// PairBits is a hash set of pairs of an owner, which is the address of a row of a Map, and an integer, each with some bits that are only
// ever set: the distinct values of groups, and what is known of each. A pair takes 16 bytes in a table that is at most two thirds full, and
// is found with one cache miss. One goroutine uses it.
type PairBits struct {
	pool  *Pool
	owner Owner
	index []Chunk
	slots []unsafe.Pointer // of index
	mask  uint64           // number of slots - 1
	used  int
}

// PairBitsMax is how many bits a pair has: those that an address leaves free in its word.
const PairBitsMax = 16

// pair is a slot: the address of the owner and the bits in one word, which is 0 in a free slot, and the integer.
type pair struct {
	word  uint64
	value int64
}

const (
	pairBytes     = 16
	pairSlotShift = 16 // log2 of the slots of a chunk
)

// NewPairBits returns an empty set. Memory comes from the pool when it is needed.
func NewPairBits(pool *Pool, owner Owner) *PairBits { return &PairBits{pool: pool, owner: owner} }

// Len is the number of pairs.
func (t *PairBits) Len() int { return t.used }

func (t *PairBits) slot(i uint64) *pair {
	return (*pair)(unsafe.Add(t.slots[i>>pairSlotShift], uintptr(i&(1<<pairSlotShift-1))*pairBytes))
}

// Add sets bits[i] of the pair of owners[i] and values[i], for all i, and leaves in bits[i] those that were not set before. The error is that
// there is no more memory.
func (t *PairBits) Add(owners []unsafe.Pointer, values []int64, bits []uint64) error {
	var hashes, found [lookupBlock]uint64
	for len(values) > 0 {
		n := min(len(values), lookupBlock)
		if err := t.reserve(n); err != nil {
			return err
		}
		// All first slots are asked for before one is needed, so that the cache misses overlap.
		for i, v := range values[:n] {
			hashes[i] = pairHash(uint64(uintptr(owners[i])), v)
			found[i] = t.slot(hashes[i] & t.mask).word
		}
		for i, v := range values[:n] {
			owner := uint64(uintptr(owners[i]))
			invariants.Assertf(owner>>(64-PairBitsMax) == 0 && bits[i]>>PairBitsMax == 0, "an address of %x, bits %x", owner, bits[i])
			if found[i]>>PairBitsMax == owner && bits[i]&^found[i] == 0 && t.slot(hashes[i]&t.mask).value == v {
				bits[i] = 0
				continue
			}
			bits[i] = t.add(owner, v, bits[i], hashes[i])
		}
		owners, values, bits = owners[n:], values[n:], bits[n:]
	}
	return nil
}

func pairHash(owner uint64, v int64) uint64 {
	return key.HashInt(v ^ int64(bits.RotateLeft64(owner*0x9e3779b97f4a7c15, 32)))
}

func (t *PairBits) add(owner uint64, v int64, more, hash uint64) (came uint64) {
	for i := hash & t.mask; ; i = (i + 1) & t.mask {
		s := t.slot(i)
		switch {
		case s.word == 0:
			s.word, s.value = owner<<PairBitsMax|more, v
			t.used++
			return more
		case s.value == v && s.word>>PairBitsMax == owner:
			came = more &^ s.word
			s.word |= came
			return came
		}
	}
}

// reserve makes room for n more pairs.
func (t *PairBits) reserve(n int) error {
	for t.slots == nil || uint64(t.used+n)*3 > (t.mask+1)*2 {
		if err := t.grow(); err != nil {
			return err
		}
	}
	return nil
}

// grow doubles the number of slots.
func (t *PairBits) grow() error {
	size := uint64(PieceBytes / pairBytes)
	if t.slots != nil {
		size = 2 * (t.mask + 1)
	}
	next := PairBits{pool: t.pool, owner: t.owner, mask: size - 1, used: t.used}
	for left := size * pairBytes; left > 0; left -= min(left, ChunkBytes) {
		c, err := t.pool.GetPiece(t.owner, int(min(left, ChunkBytes)))
		if err != nil {
			next.give()
			return err
		}
		next.index, next.slots = append(next.index, c), append(next.slots, unsafe.Pointer(&c[0]))
	}
	for _, c := range t.index {
		for _, s := range unsafe.Slice((*pair)(unsafe.Pointer(&c[0])), len(c)/pairBytes) {
			if s.word == 0 {
				continue
			}
			i := pairHash(s.word>>PairBitsMax, s.value) & next.mask
			for next.slot(i).word != 0 {
				i = (i + 1) & next.mask
			}
			*next.slot(i) = s
		}
	}
	t.give()
	*t = next
	return nil
}

func (t *PairBits) give() {
	for _, c := range t.index {
		t.pool.Put(t.owner, c)
	}
}

// Reset takes all pairs away and gives their memory back.
func (t *PairBits) Reset() {
	t.give()
	*t = PairBits{pool: t.pool, owner: t.owner}
}
