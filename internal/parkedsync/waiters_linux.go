package parkedsync

import (
	"errors"
	stdsync "sync"
	"syscall"
)

// waiters are those that nobody uses. There are as many as there have ever been syncs at once, which are few, and they live as long as the process.
var waiters waiterList

type waiterList struct {
	mu   stdsync.Mutex
	free []*waiter
	none bool // the kernel has no such requests, or forbids them
}

// take returns a waiter, nil if there can be none.
func (l *waiterList) take() *waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		w := l.free[n-1]
		l.free = l.free[:n-1]
		return w
	}
	if l.none {
		return nil
	}
	w, err := newWaiter()
	if err != nil {
		l.none = !errors.Is(err, syscall.EAGAIN) // which says that the machine has too many at the moment
		return nil
	}
	return w
}

func (l *waiterList) giveBack(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, w)
}
