package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/fn"
)

// advisoryKey names an advisory lock: each database has its own.
type advisoryKey struct {
	database catalog.ID
	key      fn.AdvisoryKey
}

// advisoryLocks are those that sessions hold or wait for. They are in memory: a session does not outlive the server.
type advisoryLocks struct {
	mu    sync.Mutex
	locks map[advisoryKey]*advisoryLock
	// waits has what each session waits for that does.
	waits map[*Session]*advisoryWait
}

// advisoryLock is a lock that is held or waited for.
type advisoryLock struct {
	holders map[*Session]*advisoryHold
	// queue are those that wait, in the order in which they came.
	queue []*advisoryWait
}

// advisoryHold is how often a session has a lock: shared or not, its own or its transaction's.
type advisoryHold struct{ exclusive, shared advisoryCount }

type advisoryCount struct{ session, transaction int }

func (h *advisoryHold) count(shared bool) *advisoryCount {
	if shared {
		return &h.shared
	}
	return &h.exclusive
}

func (c advisoryCount) any() bool { return c.session+c.transaction > 0 }

// advisoryWait is a session that waits.
type advisoryWait struct {
	session *Session
	key     advisoryKey
	mode    fn.AdvisoryMode
	since   time.Time
	granted chan struct{} // closed when it has the lock
}

// advisoryTaken is a lock that a transaction has taken, once.
type advisoryTaken struct {
	key    advisoryKey
	shared bool
}

// lock takes a lock, and waits for it if mode says so until ctx ends.
func (a *advisoryLocks) lock(ctx context.Context, s *Session, key advisoryKey, mode fn.AdvisoryMode) (bool, error) {
	a.mu.Lock()
	l := a.locks[key]
	if l == nil {
		if a.locks == nil {
			a.locks, a.waits = map[advisoryKey]*advisoryLock{}, map[*Session]*advisoryWait{}
		}
		l = &advisoryLock{holders: map[*Session]*advisoryHold{}}
		a.locks[key] = l
	}
	w := &advisoryWait{session: s, key: key, mode: mode, since: time.Now(), granted: make(chan struct{})}
	switch {
	case len(l.blockers(w, len(l.queue))) == 0:
		l.grant(w)
		a.mu.Unlock()
		return true, nil
	case mode.Try:
		a.mu.Unlock()
		return false, nil
	}
	l.queue = append(l.queue, w)
	a.waits[s] = w
	if err := a.deadlock(w); err != nil {
		a.leave(w)
		a.mu.Unlock()
		return false, err
	}
	a.mu.Unlock()
	select {
	case <-w.granted:
		s.tx.waited = true
		return true, nil
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-w.granted: // just now
		return true, nil
	default:
	}
	a.leave(w)
	return false, context.Cause(ctx)
}

// blockers are the sessions that keep w from the lock: those that hold it, and the first so many of the queue, which came before; but who holds
// a lock already need not queue for it.
func (l *advisoryLock) blockers(w *advisoryWait, before int) []*Session {
	var list []*Session
	for s, h := range l.holders {
		if s != w.session && (h.exclusive.any() || !w.mode.Shared) {
			list = append(list, s)
		}
	}
	if l.holders[w.session] != nil {
		return list
	}
	for _, other := range l.queue[:before] {
		if !other.mode.Shared || !w.mode.Shared {
			list = append(list, other.session)
		}
	}
	return list
}

func (l *advisoryLock) grant(w *advisoryWait) {
	h := l.holders[w.session]
	if h == nil {
		h = &advisoryHold{}
		l.holders[w.session] = h
	}
	if w.mode.Transaction {
		h.count(w.mode.Shared).transaction++
	} else {
		h.count(w.mode.Shared).session++
	}
}

// settle gives the lock to those of the queue who can have it now, in their order.
func (a *advisoryLocks) settle(key advisoryKey) {
	l := a.locks[key]
	for i := 0; i < len(l.queue); {
		w := l.queue[i]
		if len(l.blockers(w, i)) > 0 {
			i++
			continue
		}
		l.queue = slices.Delete(l.queue, i, i+1)
		delete(a.waits, w.session)
		l.grant(w)
		close(w.granted)
	}
	if len(l.holders)+len(l.queue) == 0 {
		delete(a.locks, key)
	}
}

// leave takes w out of the queue.
func (a *advisoryLocks) leave(w *advisoryWait) {
	l := a.locks[w.key]
	l.queue = slices.DeleteFunc(l.queue, func(other *advisoryWait) bool { return other == w })
	delete(a.waits, w.session)
	a.settle(w.key)
}

// deadlock is the error if a session that w waits for waits, perhaps for others, for that of w. Only the last wait of a circle can close it.
func (a *advisoryLocks) deadlock(w *advisoryWait) error {
	var circle []string
	seen := map[*Session]bool{}
	var visit func(w *advisoryWait) bool
	visit = func(at *advisoryWait) bool {
		l := a.locks[at.key]
		for _, s := range l.blockers(at, slices.Index(l.queue, at)) {
			next := a.waits[s]
			if s != w.session && (next == nil || seen[s]) {
				continue
			}
			seen[s] = true
			if s == w.session || visit(next) {
				k := at.key
				circle = append(circle, fmt.Sprintf("Process %d waits for %s on advisory lock [%d,%d,%d,%d]; blocked by process %d.",
					at.session.start.ProcessID, advisoryModeName(at.mode.Shared), k.database, k.key.Class, k.key.Object, k.key.Sub, s.start.ProcessID))
				return true
			}
		}
		return false
	}
	if !visit(w) {
		return nil
	}
	slices.Reverse(circle)
	return pgerr.New(pgerr.DeadlockDetected, "deadlock detected").WithDetail("%s", strings.Join(circle, "\n"))
}

// unlock gives a lock back that the session or its transaction has; false if it has none of the kind.
func (a *advisoryLocks) unlock(s *Session, key advisoryKey, shared, transaction bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.locks[key]
	if l == nil || l.holders[s] == nil {
		return false
	}
	h := l.holders[s]
	n := &h.count(shared).session
	if transaction {
		n = &h.count(shared).transaction
	}
	if *n == 0 {
		return false
	}
	*n--
	if !h.exclusive.any() && !h.shared.any() {
		delete(l.holders, s)
	}
	a.settle(key)
	return true
}

// unlockAll gives back what the session has beyond its transaction.
func (a *advisoryLocks) unlockAll(s *Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, l := range a.locks {
		h := l.holders[s]
		if h == nil {
			continue
		}
		h.exclusive.session, h.shared.session = 0, 0
		if !h.exclusive.any() && !h.shared.any() {
			delete(l.holders, s)
		}
		a.settle(key)
	}
}

func advisoryModeName(shared bool) string {
	if shared {
		return "ShareLock"
	}
	return "ExclusiveLock"
}

// all are the locks as pg_locks shows them.
func (a *advisoryLocks) all() []pgcatalog.LockInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []pgcatalog.LockInfo
	add := func(key advisoryKey, s *Session, shared bool, since int64) {
		list = append(list, pgcatalog.LockInfo{
			Database: key.database, Class: key.key.Class, Object: key.key.Object, Sub: key.key.Sub,
			PID: int32(s.start.ProcessID), Mode: advisoryModeName(shared), Granted: since == 0, WaitStart: since,
		})
	}
	for key, l := range a.locks {
		for s, h := range l.holders {
			for _, shared := range []bool{false, true} {
				if h.count(shared).any() {
					add(key, s, shared, 0)
				}
			}
		}
		for _, w := range l.queue {
			add(key, w.session, w.mode.Shared, w.since.UnixMicro())
		}
	}
	return list
}

// AdvisoryLock implements fn.Session.
func (e *environment) AdvisoryLock(key fn.AdvisoryKey, mode fn.AdvisoryMode) (bool, error) {
	s := e.session
	k := advisoryKey{s.database.ID, key}
	ok, err := s.engine.advisory.lock(s.ctx(), s, k, mode)
	if ok && mode.Transaction {
		s.tx.advisory = append(s.tx.advisory, advisoryTaken{k, mode.Shared})
	}
	return ok, err
}

// AdvisoryUnlock implements fn.Session.
func (e *environment) AdvisoryUnlock(key fn.AdvisoryKey, shared bool) (bool, error) {
	s := e.session
	if s.engine.advisory.unlock(s, advisoryKey{s.database.ID, key}, shared, false) {
		return true, nil
	}
	return false, s.warn(pgerr.Newf(pgerr.Warning, "you don't own a lock of type %s", advisoryModeName(shared)))
}

// AdvisoryUnlockAll implements fn.Session.
func (e *environment) AdvisoryUnlockAll() { e.session.engine.advisory.unlockAll(e.session) }

// goOn lets a transaction whose statement has waited for an advisory lock see what there is now, if it has not read anything before: it has
// waited for somebody who changed what it is about to read.
func (s *Session) goOn() {
	t := &s.tx
	if t.waited && t.writes != nil && t.writes.Unused() {
		s.forgetWork()
	}
	t.waited = false
}

// releaseAdvisory gives back the locks that the transaction has taken, but for the first so many.
func (s *Session) releaseAdvisory(keep int) {
	for _, l := range s.tx.advisory[keep:] {
		s.engine.advisory.unlock(s, l.key, l.shared, true)
	}
	s.tx.advisory = s.tx.advisory[:keep]
}
