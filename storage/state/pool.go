package state

import (
	"fmt"
	"math/bits"
	"sync"
	"unsafe"
)

// ChunkBytes is the size of a chunk of memory, and of the largest piece.
const ChunkBytes = 1 << 20

// PieceBytes is the size of the smallest piece that a chunk is cut into, so that a small table does not take a whole one.
const PieceBytes = 1 << 10

// pieceClasses is the number of sizes of pieces: powers of two from PieceBytes to ChunkBytes.
const pieceClasses = 11

// slabChunks is how many chunks are asked of the system at once. All slabs but the first are in huge pages where the system has them: state is touched once for
// the first time, which is a fault for each page, and then at places all over it. A server with little state has memory only for what it touches.
const slabChunks = 16

// Owner is whom memory is counted for: an operator, a view.
type Owner uint32

// Chunk is memory outside the Go heap: the garbage collector neither sees it nor counts it, so it must not hold pointers. Its length
// is ChunkBytes, or that of a piece: a smaller power of two.
type Chunk = []byte

// Pool hands out chunks and pieces of chunks and knows who has how much: its count is the account of all state in memory. What is given
// back is handed out again; the memory goes back to the system when the pool is closed. A pool may be used by many goroutines.
type Pool struct {
	mu       sync.Mutex
	slabs    [][]byte
	free     [pieceClasses][]Chunk // by size
	accounts map[Owner]*account
	used     int64
	grown    func(mapped int64)
}

// account is what one owner has.
type account struct {
	bytes  int64
	pieces map[*byte]Chunk
}

// NewPool returns an empty pool.
func NewPool() *Pool { return &Pool{accounts: map[Owner]*account{}} }

// OnGrow has f called whenever the pool has got more memory of the system, with all that it has. It is set before the pool is used.
func (p *Pool) OnGrow(f func(mapped int64)) { p.grown = f }

// Get returns a chunk filled with zeros. The error is that the system gives no more memory.
func (p *Pool) Get(owner Owner) (Chunk, error) { return p.GetPiece(owner, ChunkBytes) }

// GetPiece returns a piece of at least size bytes, at most ChunkBytes, filled with zeros: its length is the next power of two.
func (p *Pool) GetPiece(owner Owner, size int) (Chunk, error) {
	class := pieceClass(size)
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.take(class)
	if err != nil {
		return nil, err
	}
	a := p.accounts[owner]
	if a == nil {
		a = &account{pieces: map[*byte]Chunk{}}
		p.accounts[owner] = a
	}
	a.pieces[unsafe.SliceData(c)] = c
	a.bytes += int64(len(c))
	p.used += int64(len(c))
	return c, nil
}

func pieceClass(size int) int {
	return bits.Len(uint(max(size, PieceBytes)-1)) - bits.Len(PieceBytes-1)
}

// take returns a piece of a size class, cut from a chunk if there is none. What is cut stays cut.
func (p *Pool) take(class int) (Chunk, error) {
	list := &p.free[class]
	if len(*list) == 0 {
		whole, size := []byte(nil), PieceBytes<<class
		if class == pieceClasses-1 {
			slab, err := mapMemory(slabChunks * ChunkBytes)
			if err != nil {
				return nil, fmt.Errorf("getting %d bytes of memory for state: %w", slabChunks*ChunkBytes, err)
			}
			if len(p.slabs) > 0 {
				adviseHuge(slab)
			}
			p.slabs, whole = append(p.slabs, slab), slab
			if p.grown != nil {
				p.grown(int64(len(p.slabs)) * slabChunks * ChunkBytes)
			}
		} else {
			chunk, err := p.take(pieceClasses - 1)
			if err != nil {
				return nil, err
			}
			whole = chunk
		}
		for at := len(whole) - size; at >= 0; at -= size {
			*list = append(*list, whole[at:at+size:at+size])
		}
	}
	last := len(*list) - 1
	c := (*list)[last]
	*list = (*list)[:last]
	return c, nil
}

// Put takes a chunk or piece back, which its owner does not touch any more.
func (p *Pool) Put(owner Owner, c Chunk) {
	clear(c) // so that Get gives zeros
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.accounts[owner]
	delete(a.pieces, unsafe.SliceData(c))
	if len(a.pieces) == 0 {
		delete(p.accounts, owner)
	}
	a.bytes -= int64(len(c))
	p.putBack(c)
}

func (p *Pool) putBack(c Chunk) {
	class := pieceClass(len(c))
	p.free[class] = append(p.free[class], c)
	p.used -= int64(len(c))
}

// Drop takes back all that an owner has: an operator that is thrown away. Nobody may touch it any more.
func (p *Pool) Drop(owner Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.accounts[owner]
	if a == nil {
		return
	}
	delete(p.accounts, owner)
	for _, c := range a.pieces {
		clear(c)
		p.putBack(c)
	}
}

// Bytes is what all owners have.
func (p *Pool) Bytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}

// BytesOf is what one owner has.
func (p *Pool) BytesOf(owner Owner) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.accounts[owner]; a != nil {
		return a.bytes
	}
	return 0
}

// Close gives all memory back to the system. Memory that is still out is an error, and nothing is given back.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used > 0 {
		return fmt.Errorf("%d bytes of state are still in use", p.used)
	}
	for _, slab := range p.slabs {
		if err := unmapMemory(slab); err != nil {
			return err
		}
	}
	p.slabs, p.free = nil, [pieceClasses][]Chunk{}
	return nil
}
