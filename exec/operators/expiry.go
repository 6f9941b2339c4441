package operators

import (
	"container/heap"
	"math"
	"unsafe"
)

// expiry lists rows by when they expire, coarsely: all bounds of about a second are one list. Rows of a list that has not wholly expired stay, and
// whoever reads them looks at their bounds. Its words of a row's head: the bound, the next and the previous row of the list, and
// the place of what the row belongs to.
type expiry struct {
	at    int // its first word in the head
	lists map[int64]ref
	spans spanHeap
}

const (
	expiryWords = 3
	// spanShift is the logarithm of the microseconds of a list.
	spanShift = 20
)

func newExpiry(at int) *expiry { return &expiry{at: at, lists: map[int64]ref{}} }

// add lists a row. A bound that never comes needs no list.
func (e *expiry) add(rows *rowStore, r ref, owner unsafe.Pointer, bound int64) {
	p := rows.at(r)
	*word(p, e.at) = uint64(bound)
	*word(p, e.at+1) = 0
	*word(p, e.at+2) = uint64(uintptr(owner)) // what it points to is not of the Go heap, and does not move
	if bound == neverBound {
		return
	}
	span := bound >> spanShift
	head, ok := e.lists[span]
	if !ok {
		heap.Push(&e.spans, span)
	}
	if head != 0 {
		links(unsafe.Pointer(word(rows.at(head), e.at+1)))[1] = r
	}
	links(unsafe.Pointer(word(p, e.at+1)))[0] = head
	e.lists[span] = r
}

// boundOf is the bound of a row.
func (e *expiry) boundOf(p unsafe.Pointer) int64 { return int64(*word(p, e.at)) }

// remove takes a row out of its list.
func (e *expiry) remove(rows *rowStore, r ref) {
	p := rows.at(r)
	if e.boundOf(p) == neverBound {
		return
	}
	l := links(unsafe.Pointer(word(p, e.at+1)))
	if l[0] != 0 {
		links(unsafe.Pointer(word(rows.at(l[0]), e.at+1)))[1] = l[1]
	}
	if l[1] != 0 {
		links(unsafe.Pointer(word(rows.at(l[1]), e.at+1)))[0] = l[0]
		return
	}
	e.lists[e.boundOf(p)>>spanShift] = l[0] // 0 leaves an empty list, which goes when its time has come
}

// expire calls f for the rows of all lists that have wholly expired, with what they belong to. f frees them, and does not call remove.
func (e *expiry) expire(rows *rowStore, watermark int64, f func(r ref, owner unsafe.Pointer)) {
	for len(e.spans) > 0 && e.spans[0] < math.MaxInt64>>spanShift && (e.spans[0]+1)<<spanShift-1 <= watermark {
		span := heap.Pop(&e.spans).(int64)
		for r := e.lists[span]; r != 0; {
			p := rows.at(r)
			next := links(unsafe.Pointer(word(p, e.at+1)))[0]
			f(r, *(*unsafe.Pointer)(unsafe.Pointer(word(p, e.at+2))))
			r = next
		}
		delete(e.lists, span)
	}
}

// spanHeap is the spans that have lists, the earliest first.
type spanHeap []int64

func (h spanHeap) Len() int           { return len(h) }
func (h spanHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h spanHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *spanHeap) Push(x any) { *h = append(*h, x.(int64)) }

// Pop implements heap.Interface.
func (h *spanHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
