package state

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/freshetdb/freshet/storage/key"
)

// BytesTable is a hash table from encoded keys (package key) to values of a fixed number of 8-byte words. Slots hold the hash and the
// place of an entry; entries lie one behind the other in an arena: value, length of the key, key. Both are chunks of a Pool. What
// deleted keys leave in the arena goes when it is half of it. One goroutine uses it.
type BytesTable struct {
	pool  *Pool
	owner Owner
	value int // bytes of a value

	slots slotTable
	arena []Chunk
	at    int // where the next entry goes in the last chunk
	live  int // bytes of entries that are there
	dead  int // bytes of entries that were deleted
}

// slotTable is the slots of a table in chunks: the hash of a key, and 1 + the place of its entry; 0 is a free slot.
type slotTable struct {
	chunks []Chunk
	mask   uint64
	used   int
}

const (
	slotWords    = 2
	slotsOfChunk = ChunkBytes / 8 / slotWords
	slotShift    = 16 // log2 of slotsOfChunk
	keySizeBytes = 4
)

// ErrKeyTooLong says that a key does not fit a chunk.
var ErrKeyTooLong = errors.New("key is too long for state in memory")

// NewBytesTable returns an empty table with values of the given number of words.
func NewBytesTable(pool *Pool, owner Owner, valueWords int) *BytesTable {
	return &BytesTable{pool: pool, owner: owner, value: 8 * valueWords}
}

// Len is the number of keys.
func (t *BytesTable) Len() int { return t.slots.used }

func (s *slotTable) at(i uint64) []uint64 {
	c := s.chunks[i>>slotShift]
	return unsafe.Slice((*uint64)(unsafe.Pointer(&c[(i&(slotsOfChunk-1))*8*slotWords])), slotWords)
}

// entry returns the value and the key of the entry at a place.
func (t *BytesTable) entry(place uint64) (value []uint64, k []byte) {
	c := t.arena[place/ChunkBytes][place%ChunkBytes:]
	size := int(binary.LittleEndian.Uint32(c[t.value:]))
	from := t.value + keySizeBytes
	return unsafe.Slice((*uint64)(unsafe.Pointer(&c[0])), t.value/8), c[from : from+size]
}

func (t *BytesTable) entrySize(k []byte) int { return (t.value + keySizeBytes + len(k) + 7) &^ 7 }

// find returns the slot of a key, or the free one where it would go.
func (t *BytesTable) find(hash uint64, k []byte) (slot []uint64, index uint64) {
	for i := hash & t.slots.mask; ; i = (i + 1) & t.slots.mask {
		s := t.slots.at(i)
		if s[1] == 0 {
			return s, i
		}
		if s[0] == hash {
			if _, other := t.entry(s[1] - 1); string(other) == string(k) {
				return s, i
			}
		}
	}
}

// Get returns the words of a key's value, to be read and written until the next Put or Delete; nil if the key is not there.
func (t *BytesTable) Get(k []byte) []uint64 {
	if t.slots.used == 0 {
		return nil
	}
	s, _ := t.find(key.HashBytes(k), k)
	if s[1] == 0 {
		return nil
	}
	value, _ := t.entry(s[1] - 1)
	return value
}

// Put returns the words of a key's value, and adds a copy of the key with zeros if it is not there (added). The error is that there is
// no more memory, or the key is too long; the table is then as before.
func (t *BytesTable) Put(k []byte) (value []uint64, added bool, err error) {
	if t.slots.chunks == nil || uint64(t.slots.used+1)*4 > (t.slots.mask+1)*3 {
		if err := t.growSlots(); err != nil {
			return nil, false, err
		}
	}
	hash := key.HashBytes(k)
	s, _ := t.find(hash, k)
	if s[1] == 0 {
		place, err := t.append(k)
		if err != nil {
			return nil, false, err
		}
		s[0], s[1] = hash, place+1
		t.slots.used++
		added = true
	}
	value, _ = t.entry(s[1] - 1)
	return value, added, nil
}

// append makes an entry with a value of zeros: chunks come with them.
func (t *BytesTable) append(k []byte) (place uint64, err error) {
	size := t.entrySize(k)
	if size > ChunkBytes {
		return 0, ErrKeyTooLong
	}
	if len(t.arena) == 0 || t.at+size > ChunkBytes {
		c, err := t.pool.Get(t.owner)
		if err != nil {
			return 0, err
		}
		t.arena, t.at = append(t.arena, c), 0
	}
	c := t.arena[len(t.arena)-1][t.at:]
	binary.LittleEndian.PutUint32(c[t.value:], uint32(len(k)))
	copy(c[t.value+keySizeBytes:], k)
	place = uint64(len(t.arena)-1)*ChunkBytes + uint64(t.at)
	t.at += size
	t.live += size
	return place, nil
}

// Delete takes a key away and tells whether it was there.
func (t *BytesTable) Delete(k []byte) (deleted bool, err error) {
	if t.slots.used == 0 {
		return false, nil
	}
	s, i := t.find(key.HashBytes(k), k)
	if s[1] == 0 {
		return false, nil
	}
	size := t.entrySize(k)
	t.live, t.dead = t.live-size, t.dead+size
	t.slots.remove(i)
	if t.dead > t.live && t.dead > ChunkBytes {
		return true, t.compact()
	}
	return true, nil
}

// remove frees a slot: what stands behind moves into the gap if its own place is not between the gap and it.
func (s *slotTable) remove(i uint64) {
	for j := (i + 1) & s.mask; ; j = (j + 1) & s.mask {
		from := s.at(j)
		if from[1] == 0 {
			break
		}
		if (j-from[0])&s.mask >= (j-i)&s.mask {
			copy(s.at(i), from)
			i = j
		}
	}
	clear(s.at(i))
	s.used--
}

// Each calls f for all keys, in no order that means anything. f must not add or delete keys.
func (t *BytesTable) Each(f func(k []byte, value []uint64)) {
	for i := range t.slots.size() {
		if s := t.slots.at(i); s[1] != 0 {
			value, k := t.entry(s[1] - 1)
			f(k, value)
		}
	}
}

func (s *slotTable) size() uint64 {
	if s.chunks == nil {
		return 0
	}
	return s.mask + 1
}

// growSlots doubles the number of slots; entries stay where they are.
func (t *BytesTable) growSlots() error {
	size := max(1<<intTableMinBits, 2*t.slots.size())
	grown := slotTable{mask: size - 1, used: t.slots.used}
	for range max(1, size/slotsOfChunk) {
		c, err := t.pool.Get(t.owner)
		if err != nil {
			t.free(grown.chunks)
			return err
		}
		grown.chunks = append(grown.chunks, c)
	}
	for i := range t.slots.size() {
		from := t.slots.at(i)
		if from[1] == 0 {
			continue
		}
		to := from[0] & grown.mask
		for grown.at(to)[1] != 0 {
			to = (to + 1) & grown.mask
		}
		copy(grown.at(to), from)
	}
	t.free(t.slots.chunks)
	t.slots = grown
	return nil
}

// compact copies the entries that are there into a new arena. If there is no memory for it, the table stays as it is.
func (t *BytesTable) compact() error {
	compacted := BytesTable{pool: t.pool, owner: t.owner, value: t.value}
	places := make([]uint64, 0, t.slots.used)
	for i := range t.slots.size() {
		s := t.slots.at(i)
		if s[1] == 0 {
			continue
		}
		value, k := t.entry(s[1] - 1)
		place, err := compacted.append(k)
		if err != nil {
			t.free(compacted.arena)
			return err
		}
		to, _ := compacted.entry(place)
		copy(to, value)
		places = append(places, place)
	}
	for i, n := uint64(0), 0; i < t.slots.size(); i++ {
		if s := t.slots.at(i); s[1] != 0 {
			s[1] = places[n] + 1
			n++
		}
	}
	t.free(t.arena)
	t.arena, t.at, t.live, t.dead = compacted.arena, compacted.at, compacted.live, 0
	return nil
}

func (t *BytesTable) free(chunks []Chunk) {
	for _, c := range chunks {
		t.pool.Put(t.owner, c)
	}
}

// Reset empties the table and gives its memory back.
func (t *BytesTable) Reset() {
	t.free(t.slots.chunks)
	t.free(t.arena)
	*t = BytesTable{pool: t.pool, owner: t.owner, value: t.value}
}
