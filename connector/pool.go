package connector

import "sync"

// Pool keeps what was released for the next use, so that reading in steady state allocates nothing. It may be used by several
// goroutines. Unlike sync.Pool it forgets nothing; how much it holds is bounded by how much was in use at one time. The zero Pool
// is empty.
type Pool[T any] struct {
	mu   sync.Mutex
	free []*T
}

// Get takes one out, or makes a zero one.
func (p *Pool[T]) Get() *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		last := p.free[n-1]
		p.free = p.free[:n-1]
		return last
	}
	return new(T)
}

// Put gives one back.
func (p *Pool[T]) Put(x *T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, x)
}
