package state

import (
	"fmt"
	"sync"
)

// ChunkBytes is the size of a chunk of memory.
const ChunkBytes = 1 << 20

// slabChunks is how many chunks are asked of the system at once.
const slabChunks = 16

// Owner is whom chunks are counted for: an operator, a view.
type Owner uint32

// Chunk is memory outside the Go heap: the garbage collector neither sees it nor counts it, so it must not hold pointers.
type Chunk = []byte

// Pool hands out chunks and knows who has how many: its count is the account of all state in memory. Freed chunks are handed out again;
// the memory goes back to the system when the pool is closed. A pool may be used by many goroutines.
type Pool struct {
	mu     sync.Mutex
	slabs  [][]byte
	free   []Chunk
	owners map[Owner]int
	used   int
}

// NewPool returns an empty pool.
func NewPool() *Pool { return &Pool{owners: map[Owner]int{}} }

// Get returns a chunk filled with zeros. The error is that the system gives no more memory.
func (p *Pool) Get(owner Owner) (Chunk, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		slab, err := mapMemory(slabChunks * ChunkBytes)
		if err != nil {
			return nil, fmt.Errorf("getting %d bytes of memory for state: %w", slabChunks*ChunkBytes, err)
		}
		p.slabs = append(p.slabs, slab)
		for i := slabChunks - 1; i >= 0; i-- {
			p.free = append(p.free, slab[i*ChunkBytes:(i+1)*ChunkBytes:(i+1)*ChunkBytes])
		}
	}
	last := len(p.free) - 1
	c := p.free[last]
	p.free = p.free[:last]
	p.owners[owner]++
	p.used++
	return c, nil
}

// Put takes a chunk back, which its owner does not touch any more.
func (p *Pool) Put(owner Owner, c Chunk) {
	clear(c) // so that Get gives zeros
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, c)
	if p.owners[owner]--; p.owners[owner] == 0 {
		delete(p.owners, owner)
	}
	p.used--
}

// Bytes is what all owners have.
func (p *Pool) Bytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(p.used) * ChunkBytes
}

// BytesOf is what one owner has.
func (p *Pool) BytesOf(owner Owner) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(p.owners[owner]) * ChunkBytes
}

// Close gives all memory back to the system. Chunks that are still out are an error, and nothing is given back.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used > 0 {
		return fmt.Errorf("%d chunks of state are still in use", p.used)
	}
	for _, slab := range p.slabs {
		if err := unmapMemory(slab); err != nil {
			return err
		}
	}
	p.slabs, p.free = nil, nil
	return nil
}
