package operators

import (
	"errors"
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/storage/state"
)

// ref is the place of an entry in an arena, in words of 8 bytes from its beginning; 0 is none. It stays while the entry is there.
type ref uint32

const (
	chunkWords = state.ChunkBytes / 8
	chunkShift = 17 // log2 of chunkWords
	// maxChunks is how many chunks a ref reaches: 32 GiB on one worker.
	maxChunks = 1 << (32 - chunkShift)
	// exactWords is up to which size every even number of words is a class of its own. Above, there are 8 classes to a doubling.
	exactWords = 32
	sizeSteps  = 8
	classes    = exactWords/2 + 1 + sizeSteps*(chunkShift-4)
)

var errStateFull = errors.New("the state of one operator on one worker is larger than 32 GiB")

// arena hands out entries of any number of words in chunks of a Pool, which the garbage collector does not see. What is freed is used again for
// entries of the same class of sizes; nothing ever moves. An entry that does not fit a chunk has a piece of the Go heap.
type arena struct {
	pool   *state.Pool
	owner  state.Owner
	chunks [][]byte
	bases  []unsafe.Pointer // of the chunks
	own    []bool           // chunks that are of the heap
	last   int              // the chunk that is being filled
	next   int              // its first free word
	end    int              // how many words it has
	free   [classes]ref
	live   int // words of entries that are there
}

func newArena(pool *state.Pool, owner state.Owner) arena { return arena{pool: pool, owner: owner} }

// classOf rounds a number of words up and gives the class of entries of that many.
func classOf(words int) (class, rounded int) {
	if words <= exactWords {
		rounded = (words + 1) &^ 1
		return rounded / 2, rounded
	}
	step := 1 << (bits.Len(uint(words-1)) - 1) / sizeSteps
	rounded = (words + step - 1) / step * step
	top := bits.Len(uint(words-1)) - 1 // 2^top < words <= 2^(top+1)
	return exactWords/2 + 1 + (top-5)*sizeSteps + (rounded-1<<top)/step - 1, rounded
}

// at is where an entry begins.
func (a *arena) at(r ref) unsafe.Pointer {
	return unsafe.Add(a.bases[r>>chunkShift], uintptr(r&(chunkWords-1))*8)
}

// word is word i of what begins at p.
func word(p unsafe.Pointer, i int) *uint64 { return (*uint64)(unsafe.Add(p, i*8)) }

// alloc returns an entry of the given number of words. What they hold is not defined.
func (a *arena) alloc(words int) (ref, error) {
	class, rounded := classOf(words)
	if rounded > chunkWords {
		return a.large(words)
	}
	a.live += rounded
	if r := a.free[class]; r != 0 {
		a.free[class] = ref(*word(a.at(r), 0))
		return r, nil
	}
	if a.next+rounded > a.end {
		if err := a.grow(rounded); err != nil {
			return 0, err
		}
	}
	r := ref(a.last<<chunkShift + a.next)
	a.next += rounded
	return r, nil
}

// grow takes a new chunk with room for some words. The first ones are small, so that a small state takes little.
func (a *arena) grow(words int) error {
	if len(a.chunks) == 0 {
		if err := a.open(state.PieceBytes); err != nil {
			return err
		}
		if a.next = 2; a.next+words <= a.end { // place 0 is no entry
			return nil
		}
	}
	for i := a.last + 1; i < len(a.chunks); i++ { // it has been rewound
		if !a.own[i] && words*8 <= len(a.chunks[i]) {
			a.fill(i)
			return nil
		}
	}
	return a.open(max(state.PieceBytes<<min(len(a.chunks), 10), words*8))
}

// fill goes on with the first word of a chunk.
func (a *arena) fill(i int) { a.last, a.next, a.end = i, 0, len(a.chunks[i])/8 }

func (a *arena) open(bytes int) error {
	if len(a.chunks) == maxChunks {
		return errStateFull
	}
	c, err := a.pool.GetPiece(a.owner, bytes)
	if err != nil {
		return err
	}
	a.add(c, false)
	a.fill(len(a.chunks) - 1)
	return nil
}

// large makes a chunk of the heap for one entry.
func (a *arena) large(words int) (ref, error) {
	if len(a.chunks) == 0 {
		if err := a.grow(2); err != nil { // so that no large entry is at place 0
			return 0, err
		}
	}
	a.live += words
	for i, own := range a.own {
		if own && a.chunks[i] == nil {
			a.set(i, make([]byte, words*8))
			return ref(i << chunkShift), nil
		}
	}
	if len(a.chunks) == maxChunks {
		return 0, errStateFull
	}
	a.add(make([]byte, words*8), true)
	return ref((len(a.chunks) - 1) << chunkShift), nil
}

func (a *arena) add(c []byte, own bool) {
	a.chunks, a.bases, a.own = append(a.chunks, nil), append(a.bases, nil), append(a.own, own)
	a.set(len(a.chunks)-1, c)
}

func (a *arena) set(i int, c []byte) {
	a.chunks[i], a.bases[i] = c, unsafe.Pointer(unsafe.SliceData(c))
}

// release takes an entry back that alloc returned for the same number of words.
func (a *arena) release(r ref, words int) {
	class, rounded := classOf(words)
	if rounded > chunkWords {
		i := int(r >> chunkShift)
		a.chunks[i], a.bases[i] = nil, nil
		a.live -= words
		return
	}
	a.live -= rounded
	*word(a.at(r), 0) = uint64(a.free[class])
	a.free[class] = r
}

// rewind takes everything back and keeps the memory for as much again.
func (a *arena) rewind() {
	chunks, last := a.chunks, a.last
	clear(a.bases)
	a.chunks, a.bases, a.own, a.free, a.live = chunks[:0], a.bases[:0], a.own[:0], [classes]ref{}, 0
	for i, c := range chunks {
		switch {
		case c == nil || len(c) > state.ChunkBytes: // of the heap
		case i <= last:
			a.add(c, false)
		default:
			a.pool.Put(a.owner, c)
		}
	}
	clear(chunks[len(a.chunks):])
	if len(a.chunks) > 0 {
		a.fill(0)
		a.next = 2 // place 0 is no entry
	}
}

// reset takes everything back and gives the memory to the pool.
func (a *arena) reset() {
	for i, c := range a.chunks {
		if !a.own[i] {
			a.pool.Put(a.owner, c)
		}
	}
	*a = newArena(a.pool, a.owner)
}
