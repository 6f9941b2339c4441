package state

import (
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/key"
)

// Map is a hash table from keys to rows of a fixed number of 8-byte words, for the groups of an aggregate: whole columns of keys are
// looked up at once, and a row stays where it is until it is deleted, so that kernels get the addresses of the rows of a batch.
// All keys of a map are either integers (and NULL) or encoded keys. One goroutine uses it.
//
// A row begins with two words that are the map's: word 0, whose upper half is the user's flags, and the key. The user's words follow from
// RowHeader on. The index has 8 bytes a slot: 32 bits of the hash, and the place of the row; it is the only part that is
// rebuilt when the map grows.
type Map struct {
	// Blobs holds the keys that are no integers, and what the user's words refer to. It goes with the map.
	Blobs *Blobs

	pool   *Pool
	owner  Owner
	stride uintptr // bytes of a row

	index []Chunk
	slots []unsafe.Pointer // of index
	mask  uint32
	used  int
	// expected is how many rows there will be, as it is thought.
	expected int

	chunks []Chunk
	bases  []unsafe.Pointer // of chunks
	next   uint32           // the row of the last chunk that was never used
	free   uint32           // 1 + the place of a deleted row, which has that of the next one as its key
	null   uint32           // 1 + the place of the row of the key NULL
	shift  uint             // a place is chunk<<shift | row
}

// RowHeader is the number of bytes of a row before the user's words.
const RowHeader = 16

const (
	rowUsed = 1 << iota // in word 0
	rowNull             // the key is NULL
)

const mapSlotShift = 17 // log2 of the slots of a chunk

// NewMap returns an empty map with rows of the given number of the user's words. Memory comes from the pool when it is needed.
func NewMap(pool *Pool, owner Owner, words int) *Map {
	m := &Map{Blobs: NewBlobs(pool, owner), pool: pool, owner: owner, stride: RowHeader + 8*uintptr(words)}
	invariants.Assertf(m.stride <= ChunkBytes, "rows of %d words", words)
	for ChunkBytes/m.stride > 1<<m.shift {
		m.shift++
	}
	return m
}

// Len is the number of rows.
func (m *Map) Len() int {
	if m.null != 0 {
		return m.used + 1
	}
	return m.used
}

// Word returns word i of the user's words of a row.
func Word(row unsafe.Pointer, i int) *uint64 {
	return (*uint64)(unsafe.Add(row, RowHeader+8*i))
}

// Flags returns the user's flags of a row. A new row has none.
func Flags(row unsafe.Pointer) *uint32 { return (*uint32)(unsafe.Add(row, 4)) }

// IntKey is the key of a row of a map of integers.
func IntKey(row unsafe.Pointer) (k int64, null bool) {
	return *(*int64)(unsafe.Add(row, 8)), *(*uint32)(row)&rowNull != 0
}

// Key is the key of a row of a map of encoded keys, borrowed.
func (m *Map) Key(row unsafe.Pointer) []byte { return m.Blobs.Get(*(*uint64)(unsafe.Add(row, 8))) }

func (m *Map) slot(i uint32) *uint64 {
	return (*uint64)(unsafe.Add(m.slots[i>>mapSlotShift], uintptr(i&(1<<mapSlotShift-1))*8))
}

// row is the row at 1 + a place.
func (m *Map) row(place1 uint32) unsafe.Pointer {
	place := place1 - 1
	return unsafe.Add(m.bases[place>>m.shift], uintptr(place&(1<<m.shift-1))*m.stride)
}

// PutInts sets rows[i] to the row of keys[i] for all i that sel lists, nil meaning all. Rows that are not there are added, with words that are
// 0. The error is that there is no more memory.
func (m *Map) PutInts(keys []int64, sel []int32, rows []unsafe.Pointer) error {
	if m.slots == nil {
		if err := m.grow(); err != nil {
			return err
		}
	}
	if sel != nil {
		for _, i := range sel {
			row, err := m.putInt(keys[i])
			if err != nil {
				return err
			}
			rows[i] = row
		}
		return nil
	}
	rows = rows[:len(keys)]
	for from := 0; from < len(keys); from += lookupBlock {
		to := min(from+lookupBlock, len(keys))
		if err := m.putBlock(keys[from:to], rows[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// lookupBlock is how many keys go through the steps of a lookup together, so that their cache misses overlap.
const lookupBlock = 64

// putBlock is PutInts for one block: hashes and first slots, then the rows that the slots with those hashes have, then their keys.
func (m *Map) putBlock(keys []int64, rows []unsafe.Pointer) error {
	var hashes [lookupBlock]uint32
	var found [lookupBlock]uint64
	slots, mask := m.slots, m.mask
	for i, k := range keys {
		hash := uint32(key.HashInt(k))
		at := hash & mask
		hashes[i&(lookupBlock-1)] = hash
		found[i&(lookupBlock-1)] = *(*uint64)(unsafe.Add(slots[at>>mapSlotShift], uintptr(at&(1<<mapSlotShift-1))*8))
	}
	m.rowsOf(hashes[:len(rows)], found[:len(rows)], rows)
	for i, k := range keys {
		if row := rows[i]; row != nil && *(*int64)(unsafe.Add(row, 8)) == k {
			continue
		}
		row, err := m.probeInt(k, hashes[i&(lookupBlock-1)])
		if err != nil {
			return err
		}
		rows[i] = row
	}
	return nil
}

// rowsOf sets rows to those of the first slots that have some hashes, or nil: found are the first slots that these may be at.
func (m *Map) rowsOf(hashes []uint32, found []uint64, rows []unsafe.Pointer) {
	for i, s := range found {
		hash := hashes[i]
		for at := hash & m.mask; s != 0 && uint32(s>>32) != hash; s = *m.slot(at) {
			at = (at + 1) & m.mask
		}
		rows[i] = nil
		if s != 0 {
			rows[i] = m.row(uint32(s))
		}
	}
}

func (m *Map) addInt(at, hash uint32, k int64) (unsafe.Pointer, error) {
	row, err := m.insert(at, hash)
	if err == nil {
		*(*int64)(unsafe.Add(row, 8)) = k
	}
	return row, err
}

func (m *Map) putInt(k int64) (unsafe.Pointer, error) { return m.probeInt(k, uint32(key.HashInt(k))) }

// probeInt goes from the first slot of a key on.
func (m *Map) probeInt(k int64, hash uint32) (unsafe.Pointer, error) {
	at := hash & m.mask
	for ; ; at = (at + 1) & m.mask {
		s := *m.slot(at)
		if s == 0 {
			break
		}
		if uint32(s>>32) == hash {
			if row := m.row(uint32(s)); *(*int64)(unsafe.Add(row, 8)) == k {
				return row, nil
			}
		}
	}
	return m.addInt(at, hash, k)
}

// PutNull returns the row of the key NULL of a map of integers, which is added if it is not there.
func (m *Map) PutNull() (unsafe.Pointer, error) {
	if m.null != 0 {
		return m.row(m.null), nil
	}
	place, err := m.add()
	if err != nil {
		return nil, err
	}
	m.null = place + 1
	row := m.row(m.null)
	*(*uint32)(row) = rowUsed | rowNull
	return row, nil
}

// PutKeys is PutInts for encoded keys; there is one for each row that sel lists, or for each of rows.
func (m *Map) PutKeys(keys *key.Keys, sel []int32, rows []unsafe.Pointer) error {
	if sel != nil {
		for n, i := range sel {
			row, err := m.PutKey(keys.At(n))
			if err != nil {
				return err
			}
			rows[i] = row
		}
		return nil
	}
	if m.slots == nil {
		if err := m.grow(); err != nil {
			return err
		}
	}
	n := keys.Len()
	rows = rows[:n]
	for from := 0; from < n; from += lookupBlock {
		if err := m.putKeyBlock(keys, from, min(from+lookupBlock, n), rows); err != nil {
			return err
		}
	}
	return nil
}

// putKeyBlock is PutKeys for one block: hashes and first slots, then rows, then where their keys are, then these.
func (m *Map) putKeyBlock(keys *key.Keys, from, to int, rows []unsafe.Pointer) error {
	var hashes [lookupBlock]uint32
	var found, refs [lookupBlock]uint64
	for i := from; i < to; i++ {
		hash := uint32(key.HashBytes(keys.At(i)))
		hashes[i-from] = hash
		found[i-from] = *m.slot(hash & m.mask)
	}
	m.rowsOf(hashes[:to-from], found[:to-from], rows[from:to])
	for i := from; i < to; i++ {
		if row := rows[i]; row != nil {
			refs[i-from] = *(*uint64)(unsafe.Add(row, 8))
		}
	}
	for i := from; i < to; i++ {
		k := keys.At(i)
		if ref := refs[i-from]; ref != 0 && string(m.Blobs.Get(ref)) == string(k) {
			continue
		}
		row, err := m.putKey(k, hashes[i-from])
		if err != nil {
			return err
		}
		rows[i] = row
	}
	return nil
}

// PutKey returns the row of one encoded key, which is added if it is not there.
func (m *Map) PutKey(k []byte) (unsafe.Pointer, error) {
	if m.slots == nil {
		if err := m.grow(); err != nil {
			return nil, err
		}
	}
	return m.putKey(k, uint32(key.HashBytes(k)))
}

func (m *Map) putKey(k []byte, hash uint32) (unsafe.Pointer, error) {
	row, at := m.findKey(k, hash)
	if row != nil {
		return row, nil
	}
	ref, err := m.Blobs.Set(0, k)
	if err != nil {
		return nil, err
	}
	if row, err = m.insert(at, hash); err != nil {
		m.Blobs.Free(ref)
		return nil, err
	}
	*(*uint64)(unsafe.Add(row, 8)) = ref
	return row, nil
}

// findKey returns the row of a key, or nil and the slot where it would go.
func (m *Map) findKey(k []byte, hash uint32) (row unsafe.Pointer, at uint32) {
	for at = hash & m.mask; ; at = (at + 1) & m.mask {
		s := *m.slot(at)
		if s == 0 {
			return nil, at
		}
		if uint32(s>>32) == hash {
			if row := m.row(uint32(s)); string(m.Key(row)) == string(k) {
				return row, at
			}
		}
	}
}

// GetKey returns the row of an encoded key, nil if there is none.
func (m *Map) GetKey(k []byte) unsafe.Pointer {
	if m.slots == nil {
		return nil
	}
	row, _ := m.findKey(k, uint32(key.HashBytes(k)))
	return row
}

// GetInt returns the row of an integer, nil if there is none.
func (m *Map) GetInt(k int64) unsafe.Pointer {
	if m.slots == nil {
		return nil
	}
	hash := uint32(key.HashInt(k))
	for at := hash & m.mask; ; at = (at + 1) & m.mask {
		s := *m.slot(at)
		if s == 0 {
			return nil
		}
		if uint32(s>>32) == hash {
			if row := m.row(uint32(s)); *(*int64)(unsafe.Add(row, 8)) == k {
				return row
			}
		}
	}
}

// insert adds a row at a free slot.
func (m *Map) insert(at, hash uint32) (unsafe.Pointer, error) {
	if uint64(m.used+1)*2 > uint64(m.mask)+1 { // at most half full: most keys are found at the first slot
		if err := m.grow(); err != nil {
			return nil, err
		}
		for at = hash & m.mask; *m.slot(at) != 0; at = (at + 1) & m.mask {
		}
	}
	place, err := m.add()
	if err != nil {
		return nil, err
	}
	*m.slot(at) = uint64(hash)<<32 | uint64(place+1)
	m.used++
	row := m.row(place + 1)
	*(*uint32)(row) = rowUsed
	return row, nil
}

// add returns the place of a row of zeros.
func (m *Map) add() (place uint32, err error) {
	if m.free != 0 {
		place1 := m.free
		row := m.row(place1)
		m.free = uint32(*(*uint64)(unsafe.Add(row, 8)))
		*(*uint64)(unsafe.Add(row, 8)) = 0
		return place1 - 1, nil
	}
	last := len(m.chunks) - 1
	if last < 0 || uintptr(m.next+1)*m.stride > uintptr(len(m.chunks[last])) {
		want := PieceBytes << min(len(m.chunks), pieceClasses-1)
		c, err := m.pool.GetPiece(m.owner, max(want, int(m.stride)))
		if err != nil {
			return 0, err
		}
		m.chunks, m.bases, m.next = append(m.chunks, c), append(m.bases, unsafe.Pointer(&c[0])), 0
		last++
	}
	place = uint32(last)<<m.shift | m.next
	m.next++
	return place, nil
}

// Delete takes a row away, with its key but not with blobs that its words refer to.
func (m *Map) Delete(row unsafe.Pointer, ints bool) {
	var place1 uint32
	switch k, null := IntKey(row); {
	case null:
		place1, m.null = m.null, 0
	case ints:
		place1 = m.remove(row, uint32(key.HashInt(k)))
	default:
		place1 = m.remove(row, uint32(key.HashBytes(m.Key(row))))
		m.Blobs.Free(uint64(k))
	}
	clear(unsafe.Slice((*byte)(row), m.stride))
	*(*uint64)(unsafe.Add(row, 8)) = uint64(m.free)
	m.free = place1
}

// remove frees the slot of a row: what stands behind moves into the gap if its own place is not between the gap and it.
func (m *Map) remove(row unsafe.Pointer, hash uint32) (place1 uint32) {
	i := hash & m.mask
	for m.row(uint32(*m.slot(i))) != row {
		i = (i + 1) & m.mask
	}
	place1 = uint32(*m.slot(i))
	for j := (i + 1) & m.mask; ; j = (j + 1) & m.mask {
		s := *m.slot(j)
		if s == 0 {
			break
		}
		if home := uint32(s>>32) & m.mask; (j-home)&m.mask >= (j-i)&m.mask {
			*m.slot(i) = s
			i = j
		}
	}
	*m.slot(i) = 0
	m.used--
	return place1
}

// grow doubles the number of slots.
func (m *Map) grow() error {
	size := uint64(PieceBytes / 8)
	if m.slots != nil {
		size = 2 * (uint64(m.mask) + 1)
	}
	for m.slots == nil && size < 2*uint64(m.expected) && size < mostFirstSlots {
		size *= 2
	}
	old := *m
	m.index, m.slots, m.mask = nil, nil, uint32(size-1)
	for left := size * 8; left > 0; left -= min(left, ChunkBytes) {
		c, err := m.pool.GetPiece(m.owner, int(min(left, ChunkBytes)))
		if err != nil {
			m.give(m.index)
			*m = old
			return err
		}
		m.index, m.slots = append(m.index, c), append(m.slots, unsafe.Pointer(&c[0]))
	}
	for _, c := range old.index {
		for _, s := range unsafe.Slice((*uint64)(unsafe.Pointer(&c[0])), len(c)/8) {
			if s == 0 {
				continue
			}
			at := uint32(s>>32) & m.mask
			for *m.slot(at) != 0 {
				at = (at + 1) & m.mask
			}
			*m.slot(at) = s
		}
	}
	m.give(old.index)
	return nil
}

func (m *Map) give(chunks []Chunk) {
	for _, c := range chunks {
		m.pool.Put(m.owner, c)
	}
}

// Each calls f for all rows, in no order that means anything, until it returns an error. f may delete the row.
func (m *Map) Each(f func(row unsafe.Pointer) error) error {
	for n, c := range m.chunks {
		rows := uintptr(len(c)) / m.stride
		if n == len(m.chunks)-1 {
			rows = uintptr(m.next)
		}
		for i := range rows {
			if row := unsafe.Add(m.bases[n], i*m.stride); *(*uint32)(row)&rowUsed != 0 {
				if err := f(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mostFirstSlots is how many slots a map begins with at most.
const mostFirstSlots = 8 << 10

// Expect says how many rows an empty map is thought to get: it has slots for them, if they are not very many, when the first comes.
func (m *Map) Expect(rows int) { m.expected = rows }

// Reset takes all rows and blobs away and gives their memory back. As many are expected again.
func (m *Map) Reset() {
	m.give(m.index)
	m.give(m.chunks)
	m.Blobs.Reset()
	*m = Map{Blobs: m.Blobs, pool: m.pool, owner: m.owner, stride: m.stride, shift: m.shift, expected: m.used}
}
