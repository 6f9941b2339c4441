package operators

import (
	"unsafe"

	"github.com/freshetdb/freshet/storage/state"
)

// refIndex finds rows by the hash of their look: open addressing with linear probing over places of rows, in memory of the pool. It asks its
// user for the hash of a row that it has.
type refIndex struct {
	refSlots
	hash func(ref) uint32
	used int
}

// refSlots is a table of places of rows, in memory of the pool: a power of two of them.
type refSlots struct {
	pool  *state.Pool
	owner state.Owner

	pieces []state.Chunk
	slots  []*ref // the first slot of each piece
	mask   uint32
}

const (
	refsShift   = 18 // log2 of the slots of a chunk
	minRefSlots = state.PieceBytes / 4
)

func (x *refSlots) slot(i uint32) *ref {
	return (*ref)(unsafe.Add(unsafe.Pointer(x.slots[i>>refsShift]), uintptr(i&(1<<refsShift-1))*4))
}

// size is the number of slots.
func (x *refSlots) size() uint64 {
	if x.slots == nil {
		return 0
	}
	return uint64(x.mask) + 1
}

// renew makes the table one of size empty slots, at least minRefSlots of them. What it was is returned, for the caller to give back; after an
// error it is still there.
func (x *refSlots) renew(size uint64) (old refSlots, err error) {
	size = max(size, minRefSlots)
	old = *x
	x.pieces, x.slots, x.mask = nil, nil, uint32(size-1)
	for left := size * 4; left > 0; left -= min(left, state.ChunkBytes) {
		c, err := x.pool.GetPiece(x.owner, int(min(left, state.ChunkBytes)))
		if err != nil {
			x.give()
			*x = old
			return refSlots{}, err
		}
		x.pieces, x.slots = append(x.pieces, c), append(x.slots, (*ref)(unsafe.Pointer(unsafe.SliceData(c))))
	}
	return old, nil
}

// give gives the memory back.
func (x *refSlots) give() {
	for _, c := range x.pieces {
		x.pool.Put(x.owner, c)
	}
	x.pieces, x.slots, x.mask = nil, nil, 0
}

// find returns the row with a hash for which same is true, 0 if there is none.
func (x *refIndex) find(hash uint32, same func(ref) bool) ref {
	if x.used == 0 {
		return 0
	}
	for i := hash & x.mask; ; i = (i + 1) & x.mask {
		r := *x.slot(i)
		if r == 0 || x.hash(r) == hash && same(r) {
			return r
		}
	}
}

// add adds a row that is not there.
func (x *refIndex) add(r ref) error {
	if x.slots == nil || uint64(x.used+1)*4 > (uint64(x.mask)+1)*3 {
		if err := x.grow(); err != nil {
			return err
		}
	}
	x.insert(r)
	x.used++
	return nil
}

func (x *refIndex) insert(r ref) {
	i := x.hash(r) & x.mask
	for *x.slot(i) != 0 {
		i = (i + 1) & x.mask
	}
	*x.slot(i) = r
}

// remove takes a row away that is there.
func (x *refIndex) remove(r ref) {
	i := x.hash(r) & x.mask
	for *x.slot(i) != r {
		i = (i + 1) & x.mask
	}
	for j := (i + 1) & x.mask; ; j = (j + 1) & x.mask {
		s := *x.slot(j)
		if s == 0 {
			break
		}
		if (j-x.hash(s)&x.mask)&x.mask >= (j-i)&x.mask {
			*x.slot(i) = s
			i = j
		}
	}
	*x.slot(i) = 0
	x.used--
}

func (x *refIndex) grow() error {
	old, err := x.renew(2 * x.size())
	if err != nil {
		return err
	}
	for n, c := range old.pieces {
		for _, r := range unsafe.Slice(old.slots[n], len(c)/4) {
			if r != 0 {
				x.insert(r)
			}
		}
	}
	old.give()
	return nil
}

// reset empties the index and gives its memory back.
func (x *refIndex) reset() {
	x.give()
	x.used = 0
}
