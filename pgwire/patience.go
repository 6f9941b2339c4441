package pgwire

import (
	"sync/atomic"
	"time"
)

// patience decides whether a connection that waits for its client looks for bytes for a moment before it blocks. A program that asks one
// small question after another sends the next one microseconds after it has its answer, sooner than a thread can be put to sleep and woken
// again. Only clients that have just been as quick are looked out for: those that take their time, or share the processors with many, cost nothing.
type patience struct {
	misses int // that have followed upon each other
	rest   int // how many quick waits have to be seen before the next look
}

const (
	// glance is how long a client is looked out for.
	glance = 40 * time.Microsecond
	// quickWait is the longest wait of a quick client, with what it takes to sleep and to wake.
	quickWait = 2 * glance
	// aloneReads is after how many reads in a row a client is alone: of some that ask at the same time, one may well be heard twice.
	aloneReads = 16
	// maxMisses bounds rest, which doubles with each miss.
	maxMisses = 10
)

func newPatience() patience { return patience{rest: 1} }

// looks tells whether the next wait begins with looking.
func (p *patience) looks() bool { return p.rest == 0 }

// looked tells whether that has found something.
func (p *patience) looked(found bool) {
	if found {
		p.misses = 0
		return
	}
	p.misses = min(p.misses+1, maxMisses)
	p.rest = 1 << p.misses
}

// waited tells how long a wait has taken without looking, or after it.
func (p *patience) waited(d time.Duration) {
	if p.rest > 0 && d <= quickWait {
		p.rest--
	}
}

// heard is which of a server's clients has been heard last. While others ask as well, nobody is looked out for: the processors are theirs.
type heard struct{ count, last atomic.Uint64 }

// join gives a client its number.
func (h *heard) join() uint64 { return h.count.Add(1) }

func (h *heard) isLast(client uint64) bool { return h.last.Load() == client }

// note tells that a client has been heard, and answers whether it is the one that had been heard last.
func (h *heard) note(client uint64) (again bool) {
	again = h.isLast(client)
	if !again {
		h.last.Store(client)
	}
	return again
}
