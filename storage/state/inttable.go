package state

import (
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/storage/key"
)

// IntTable is a hash table from int64 keys to values of a fixed number of 8-byte words, for the state of a group by one integer
// column. Key and value lie together in chunks of a Pool, so that a lookup costs one cache miss and the garbage collector
// nothing. One goroutine uses it.
//
// Slots are in open addressing with linear probing; slot i is in chunk i / slots-per-chunk, so growing asks for new chunks and never
// for one large block. Deleting shifts the slots behind it back, so there are no tombstones.
type IntTable struct {
	pool   *Pool
	owner  Owner
	words  int // of a slot: the state, the key, the value
	shift  uint
	chunks []Chunk
	mask   uint64 // number of slots - 1
	used   int
}

// The first word of a slot.
const (
	slotFree uint64 = iota
	slotUsed
)

// intTableMinBits is the logarithm of the smallest number of slots.
const intTableMinBits = 4

// NewIntTable returns an empty table with values of the given number of words. Memory comes from the pool when it is needed.
func NewIntTable(pool *Pool, owner Owner, valueWords int) *IntTable {
	t := &IntTable{pool: pool, owner: owner, words: 2 + valueWords}
	t.shift = uint(bits.Len(uint(ChunkBytes/8/t.words))) - 1 // slots of a chunk, rounded down to a power of two
	return t
}

// Len is the number of keys.
func (t *IntTable) Len() int { return t.used }

// slot is slot i as its words. The memory is 8-byte aligned: chunks are pages.
func (t *IntTable) slot(i uint64) []uint64 {
	c := t.chunks[i>>t.shift]
	at := (i & (1<<t.shift - 1)) * uint64(t.words) * 8
	return unsafe.Slice((*uint64)(unsafe.Pointer(&c[at])), t.words)
}

// Get returns the words of a key's value, to be read and written until the next Put or Delete; nil if the key is not there.
func (t *IntTable) Get(k int64) []uint64 {
	if t.used == 0 {
		return nil
	}
	for i := key.HashInt(k) & t.mask; ; i = (i + 1) & t.mask {
		s := t.slot(i)
		if s[0] == slotFree {
			return nil
		}
		if s[1] == uint64(k) {
			return s[2:]
		}
	}
}

// Put returns the words of a key's value, and adds the key with zeros if it is not there (added). The error is that there is no more
// memory; the table is then as before.
func (t *IntTable) Put(k int64) (value []uint64, added bool, err error) {
	if uint64(t.used+1)*4 > (t.mask+1)*3 || t.chunks == nil {
		if err := t.grow(); err != nil {
			return nil, false, err
		}
	}
	for i := key.HashInt(k) & t.mask; ; i = (i + 1) & t.mask {
		s := t.slot(i)
		if s[0] == slotFree {
			s[0], s[1] = slotUsed, uint64(k)
			t.used++
			return s[2:], true, nil
		}
		if s[1] == uint64(k) {
			return s[2:], false, nil
		}
	}
}

// Delete takes a key away and tells whether it was there.
func (t *IntTable) Delete(k int64) bool {
	if t.used == 0 {
		return false
	}
	i := key.HashInt(k) & t.mask
	for ; ; i = (i + 1) & t.mask {
		s := t.slot(i)
		if s[0] == slotFree {
			return false
		}
		if s[1] == uint64(k) {
			break
		}
	}
	// What stands behind moves into the gap if its own place is not between the gap and it.
	for j := (i + 1) & t.mask; ; j = (j + 1) & t.mask {
		s := t.slot(j)
		if s[0] == slotFree {
			break
		}
		home := key.HashInt(int64(s[1])) & t.mask
		if (j-home)&t.mask >= (j-i)&t.mask {
			copy(t.slot(i), s)
			i = j
		}
	}
	clear(t.slot(i))
	t.used--
	return true
}

// Each calls f for all keys, in no order that means anything. f must not add or delete keys.
func (t *IntTable) Each(f func(k int64, value []uint64)) {
	if t.chunks == nil {
		return
	}
	for i := range t.mask + 1 {
		if s := t.slot(i); s[0] != slotFree {
			f(int64(s[1]), s[2:])
		}
	}
}

// Reset empties the table and gives its memory back.
func (t *IntTable) Reset() {
	for _, c := range t.chunks {
		t.pool.Put(t.owner, c)
	}
	t.chunks, t.mask, t.used = nil, 0, 0
}

// grow doubles the number of slots. Below one chunk there is only one, of which more is used.
func (t *IntTable) grow() error {
	slots := uint64(1) << intTableMinBits
	if t.chunks != nil {
		slots = 2 * (t.mask + 1)
	}
	old, oldSlots := *t, uint64(0)
	if t.chunks != nil {
		oldSlots = t.mask + 1
	}
	t.chunks = nil
	for range max(1, slots>>t.shift) {
		c, err := t.pool.Get(t.owner)
		if err != nil {
			t.Reset()
			*t = old
			return err
		}
		t.chunks = append(t.chunks, c)
	}
	t.mask, t.used = slots-1, old.used
	for i := range oldSlots {
		if s := old.slot(i); s[0] != slotFree {
			t.insert(s)
		}
	}
	for _, c := range old.chunks {
		t.pool.Put(t.owner, c)
	}
	return nil
}

// insert copies a slot of the table before it grew.
func (t *IntTable) insert(from []uint64) {
	for i := key.HashInt(int64(from[1])) & t.mask; ; i = (i + 1) & t.mask {
		if s := t.slot(i); s[0] == slotFree {
			copy(s, from)
			return
		}
	}
}
