package session

import (
	"context"
	"sync"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// running is what a session does, for others to see and to cancel.
type running struct {
	mu sync.Mutex
	activity
	// ctx is what statements run in whose callers give parent: all of them, until one is cancelled. Making one for each would cost
	// as much as looking a row up.
	parent, ctx context.Context //nolint:containedctx // they are compared, and kept for the next statement
	cancel      context.CancelCauseFunc
	// cancelled tells functions whether ctx is; busy, that a statement runs in it.
	cancelled func() bool
	busy      bool
	// pending is why the statement is cancelled that is about to run: others see the session active already.
	pending *pgerr.Error
}

// stateActive is the state of a session that works for its client.
const stateActive = "active"

// activity is what others may know of a session.
type activity struct {
	query, state, application string
	// since is when the state began, queryStart when the last query did, txSince when the transaction did; zero: none.
	since, queryStart, txSince time.Time
}

// begin makes the context of a statement.
func (r *running) begin(parent context.Context) (ctx context.Context, cancelled func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.parent != parent || r.ctx.Err() != nil {
		if r.cancel != nil {
			r.cancel(nil)
		}
		r.parent = parent
		r.ctx, r.cancel = context.WithCancelCause(parent)
		made := r.ctx
		r.cancelled = func() bool { return made.Err() != nil }
	}
	r.busy = true
	if r.pending != nil {
		r.cancel(r.pending)
		r.pending = nil
	}
	return r.ctx, r.cancelled
}

// end says that the statement has ended: nothing cancels what it ran in.
func (r *running) end() {
	r.mu.Lock()
	r.busy = false
	r.mu.Unlock()
}

// stop cancels the statement that runs or is about to, if there is one. It may be called from any goroutine.
func (r *running) stop(reason *pgerr.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.busy:
		r.cancel(reason)
	case r.state == stateActive:
		r.pending = reason
	}
}

// close frees the context: no statement comes any more.
func (r *running) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		r.cancel(nil)
	}
}

// now is a copy of the activity.
func (r *running) now() activity {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.activity
}

// working notes what the session is doing, for others to see, until rest is called.
func (s *Session) working(text string) {
	s.stopIdle()
	now := time.Now()
	s.statementNow = now.UnixMicro()
	r := &s.running
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.tx.state == txIdle || r.txSince.IsZero() {
		r.txSince = now
	}
	r.query, r.state, r.application, r.since, r.queryStart = text, stateActive, s.hot.application, now, now
}

// rest notes that the session waits for its client.
func (s *Session) rest() {
	now := time.Now()
	r := &s.running
	r.mu.Lock()
	r.state, r.since, r.pending = "idle", now, nil
	switch s.tx.state {
	case txIdle, txImplicit:
		r.txSince = time.Time{}
	case txBlock:
		r.state = "idle in transaction"
	case txFailed:
		r.state = "idle in transaction (aborted)"
	}
	r.mu.Unlock()
	s.startIdle()
}
