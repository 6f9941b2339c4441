package session

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// Session is what one client does. It is used by one goroutine, but for what others see of it through the Engine.
type Session struct {
	engine *Engine
	peer   pgwire.Peer
	start  pgwire.Startup
	// began is when the client connected.
	began    time.Time
	database *catalog.Object
	// internal tells that the engine itself is the client: it may change what users may not.
	internal bool

	vars *variables
	// settled is what values look like by the settings; nil after a change. derived is that at the time of the transaction.
	settled, derived *types.Settings
	parse            parse.Options
	hot              hotSettings
	plans            planCache

	tx transaction
	// planned is the version of the catalog by which the statement that runs was planned.
	planned  uint64
	prepared map[string]*prepared
	cursors  map[string]*cursor
	// lastValues are what the session has got of sequences, for currval; lastSequence is the one for lastval.
	// statement is the context of the statement that runs, and statementNow when it began, in microseconds since 1970-01-01 UTC.
	statement    context.Context //nolint:containedctx // functions ask for it through fn.Session
	statementNow int64
	lastValues   map[catalog.ID]int64
	lastSequence catalog.ID
	environment  *environment
	// idle ends the connection when it waits too long; nil while a statement runs or without a limit.
	idle *time.Timer
	// activity is for sys.sessions and pg_stat_activity.
	activity atomic.Pointer[activity]
	// cancelling is how another session cancels the statement that runs; nil while none does.
	cancelling atomic.Pointer[context.CancelCauseFunc]
}

// activity is what others may know of a session.
type activity struct {
	query, state, application string
	// since is when the state began, queryStart when the last query did, txSince when the transaction did; zero: none.
	since, queryStart, txSince time.Time
}

// Open implements pgwire.Handler.
func (e *Engine) Open(_ context.Context, start pgwire.Startup, peer pgwire.Peer) (pgwire.Session, error) {
	database := e.Catalog().Lookup(0, catalog.Database, start.Database)
	if database == nil {
		return nil, pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", start.Database)
	}
	s := &Session{
		engine: e, peer: peer, start: start, began: time.Now(), database: database, vars: newVariables(),
		prepared: map[string]*prepared{}, cursors: map[string]*cursor{}, lastValues: map[catalog.ID]int64{},
	}
	s.activity.Store(&activity{state: "idle", since: s.began})
	s.vars.startup["session_authorization"] = start.User
	for name, value := range start.Parameters {
		if _, err := s.set(name, &value, false); err != nil {
			return nil, err
		}
	}
	for name, value := range s.vars.session {
		s.vars.startup[name] = value
	}
	clear(s.vars.session)
	s.vars.saved = nil
	s.settingsChanged()
	e.sessions.add(s)
	return s, nil
}

// Close implements pgwire.Session.
func (s *Session) Close() {
	s.stopIdle()
	s.engine.sessions.remove(s)
	s.closeCursors(true)
	s.tx.end(s, false)
}

// Query implements pgwire.Session.
func (s *Session) Query(ctx context.Context, text string, out pgwire.Out) error {
	delete(s.prepared, "")
	defer s.working(text)()
	if p := s.cached(text, nil); p != nil {
		s.tx.alone = s.tx.state == txIdle
		return s.runPrepared(ctx, p, nil, out)
	}
	statements, err := parse.Parse(text, s.parse)
	if err != nil {
		return err
	}
	for _, stmt := range statements {
		s.tx.alone = len(statements) == 1 && s.tx.state == txIdle
		p := &prepared{session: s, text: text, stmt: stmt}
		if err := s.runPrepared(ctx, p, nil, out); err != nil {
			return err
		}
		if len(statements) == 1 {
			s.remember(p)
		}
	}
	return nil
}

// working notes what the session is doing, for others to see, until the function that it returns is called.
func (s *Session) working(text string) func() {
	s.stopIdle()
	now := time.Now()
	a := &activity{query: text, state: "active", application: s.hot.application, since: now, queryStart: now}
	s.statementNow = now.UnixMicro()
	if before := s.activity.Load(); s.tx.state != txIdle {
		a.txSince = before.txSince
	}
	if a.txSince.IsZero() {
		a.txSince = now
	}
	s.activity.Store(a)
	return func() {
		done := *a
		done.state = "idle"
		switch s.tx.state {
		case txIdle, txImplicit:
			done.txSince = time.Time{}
		case txBlock:
			done.state = "idle in transaction"
		case txFailed:
			done.state = "idle in transaction (aborted)"
		}
		done.since = time.Now()
		s.activity.Store(&done)
		s.startIdle()
	}
}

var (
	errIdle              = pgerr.New(pgerr.IdleSessionTimeout, "terminating connection due to idle-session timeout")
	errIdleInTransaction = pgerr.New(pgerr.IdleInTransactionSessionTimeout, "terminating connection due to idle-in-transaction timeout")
)

// startIdle starts the clock of the settings that end connections which do nothing.
func (s *Session) startIdle() {
	limit, reason := s.hot.idle, errIdle
	if s.tx.state == txBlock || s.tx.state == txFailed {
		limit, reason = s.hot.idleInTransaction, errIdleInTransaction
	}
	if limit > 0 {
		s.idle = time.AfterFunc(limit, func() { s.peer.Terminate(reason) })
	}
}

func (s *Session) stopIdle() {
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
}

// Sync implements pgwire.Session.
func (s *Session) Sync(ctx context.Context, failed bool) (pgwire.Status, error) {
	switch {
	case s.tx.state == txIdle:
	case s.tx.state == txImplicit && failed:
		s.tx.end(s, false)
	case s.tx.state == txImplicit:
		if err := s.commit(ctx); err != nil {
			return pgwire.Idle, err
		}
	case failed:
		s.tx.fail(s)
	}
	switch s.tx.state {
	case txBlock:
		return pgwire.InTransaction, nil
	case txFailed:
		return pgwire.Failed, nil
	default:
		return pgwire.Idle, nil
	}
}

// deadline is the context of a statement: bounded by statement_timeout, and open to pg_cancel_backend.
func (s *Session) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.cancelling.Store(&cancel)
	s.statement = ctx
	end := func() {
		s.cancelling.Store(nil)
		s.statement = nil
		cancel(nil)
	}
	limit := s.hot.statementTimeout
	if limit == 0 {
		return ctx, end
	}
	timer := time.AfterFunc(limit, func() { cancel(pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout")) })
	return ctx, func() {
		timer.Stop()
		end()
	}
}

// cancel cancels the statement that runs, if one does. It may be called from any goroutine.
func (s *Session) cancel(reason *pgerr.Error) {
	if cancel := s.cancelling.Load(); cancel != nil {
		(*cancel)(reason)
	}
}

// told is the error of a statement as the client gets it: what cancelled it, if that is why it ended.
func told(ctx context.Context, err error) error {
	var e *pgerr.Error
	if err == nil || errors.As(err, &e) || ctx.Err() == nil {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// path is where the session looks names up.
func (s *Session) path(snapshot *catalog.Snapshot) catalog.Path {
	names, _ := splitPath(s.setting("search_path")) // it was checked when it was set
	return snapshot.NewPath(s.database.ID, names, s.start.User)
}

// notice tells the client something, if it wants to hear of it.
func (s *Session) notice(out pgwire.Out, severity pgwire.Severity, e *pgerr.Error) error {
	if !s.wants(strings.ToLower(string(severity))) {
		return nil
	}
	return out.Notice(severity, e)
}

func (s *Session) noticef(out pgwire.Out, format string, args ...any) error {
	return s.notice(out, pgwire.SeverityNotice, pgerr.Newf(pgerr.SuccessfulCompletion, format, args...))
}
