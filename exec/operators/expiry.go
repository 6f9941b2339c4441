package operators

import (
	"math"
	"unsafe"
)

// expiry lists rows by when they expire, coarsely: all bounds of a span of time are one list. Its words of a row's head: the bound, the next and the previous row of the list, and
// the place of what the row belongs to.
type expiry struct {
	at    int  // its first word in the head
	shift uint // the logarithm of the microseconds of a list
	lists map[int64]ref
	spans spanHeap
}

const (
	expiryWords = 3
	// A list is of about a second where rows only go, and of about a hundredth where they are wanted on time.
	coarseShift = 20
	fineShift   = 13
)

func newExpiry(at int, shift uint) *expiry {
	return &expiry{at: at, shift: shift, lists: map[int64]ref{}}
}

// add lists a row.
func (e *expiry) add(rows *rowStore, r ref, owner unsafe.Pointer, bound int64) {
	p := rows.at(r)
	*word(p, e.at) = uint64(bound)
	*word(p, e.at+1) = 0
	*word(p, e.at+2) = uint64(uintptr(owner)) // what it points to is not of the Go heap, and does not move
	span := bound >> e.shift
	head, ok := e.lists[span]
	if !ok {
		e.spans.push(span, struct{}{})
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
	l := links(unsafe.Pointer(word(p, e.at+1)))
	if l[0] != 0 {
		links(unsafe.Pointer(word(rows.at(l[0]), e.at+1)))[1] = l[1]
	}
	if l[1] != 0 {
		links(unsafe.Pointer(word(rows.at(l[1]), e.at+1)))[0] = l[0]
		return
	}
	e.lists[e.boundOf(p)>>e.shift] = l[0] // 0 leaves an empty list, which goes when its time has come
}

// end is the last microsecond of a span.
func (e *expiry) end(span int64) int64 {
	if span >= math.MaxInt64>>e.shift {
		return math.MaxInt64
	}
	return (span+1)<<e.shift - 1
}

// expire calls f for the rows of all lists that have wholly expired, with what they belong to. f frees them, and does not call remove. Rows of a list
// that has not wholly expired stay: whoever reads them looks at their bounds.
func (e *expiry) expire(rows *rowStore, watermark int64, f func(r ref, owner unsafe.Pointer)) {
	for len(e.spans) > 0 && e.end(e.spans[0].at) <= watermark {
		span, _ := e.spans.pop()
		for r := e.lists[span]; r != 0; {
			p := rows.at(r)
			next := links(unsafe.Pointer(word(p, e.at+1)))[0]
			f(r, *(*unsafe.Pointer)(unsafe.Pointer(word(p, e.at+2))))
			r = next
		}
		delete(e.lists, span)
	}
}

// due appends all rows whose bound is at most the watermark to list, and takes them out of theirs.
func (e *expiry) due(list []ref, rows *rowStore, watermark int64) []ref {
	e.expire(rows, watermark, func(r ref, _ unsafe.Pointer) { list = append(list, r) })
	if len(e.spans) == 0 || e.spans[0].at > watermark>>e.shift {
		return list
	}
	for r := e.lists[e.spans[0].at]; r != 0; {
		p := rows.at(r)
		next := links(unsafe.Pointer(word(p, e.at+1)))[0]
		if e.boundOf(p) <= watermark {
			e.remove(rows, r)
			list = append(list, r)
		}
		r = next
	}
	return list
}

// spanHeap is times, the earliest first.
type spanHeap = timeHeap[struct{}]

// timeHeap is things by their times, the earliest first: a heap without the boxes of container/heap.
type timeHeap[T any] []timed[T]

type timed[T any] struct {
	at   int64
	what T
}

func (h *timeHeap[T]) push(at int64, what T) {
	s := append(*h, timed[T]{at, what})
	for i := len(s) - 1; i > 0 && s[i].at < s[(i-1)/2].at; i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
	*h = s
}

func (h *timeHeap[T]) pop() (at int64, what T) {
	s := *h
	first, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s); child++ {
			if s[child].at < s[least].at {
				least = child
			}
		}
		if least == i {
			break
		}
		s[i], s[least] = s[least], s[i]
		i = least
	}
	*h = s
	return first.at, first.what
}
