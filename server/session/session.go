package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner/flow"
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
	// systemScans and ended are systemScan and endStatement, made once and not by each statement.
	systemScans func(flow.RelationID) (dataflow.SystemScan, bool)
	ended       func()

	tx transaction
	// planned is the version of the catalog by which the statement that runs was planned.
	planned uint64
	// current is the statement that runs, or has run last; out is where what runs puts its results, nil if nothing does.
	current *prepared
	out     pgwire.Out
	// noParams tells that the statement that is planned came in a simple query, which brings no values for parameters.
	noParams bool
	prepared map[string]*prepared
	// sparePortal is a portal that was closed, nil if there is none.
	sparePortal *portal
	cursors     map[string]*cursor
	// lastValues are what the session has got of sequences, for currval; lastSequence is the one for lastval.
	// statement is the context of the statement that runs, and statementNow when it began, in microseconds since 1970-01-01 UTC.
	// cancelled tells whether that is.
	statement    context.Context //nolint:containedctx // functions ask for it through fn.Session
	cancelled    func() bool
	statementNow int64
	lastValues   map[catalog.ID]int64
	lastSequence catalog.ID
	environment  *environment
	// dropsSeen counts how often what a block has dropped has changed.
	dropsSeen uint64
	// reading counts the queries that read the store, among them those that are suspended. left are epochs of which only such a one may read still.
	reading int
	left    []*dataflow.Snapshot
	// snapshots counts the snapshots that transactions have taken.
	snapshots uint64
	// idle ends the connection when it waits too long; nil while a statement runs or without a limit.
	idle *time.Timer
	// running is for sys.sessions, pg_stat_activity and pg_cancel_backend.
	running running
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
	s.systemScans, s.ended = s.systemScan, s.endStatement
	s.running.activity = activity{state: "idle", since: s.began}
	s.vars.startup["session_authorization"] = start.User
	if e.maxConnections != "" {
		s.vars.startup["max_connections"] = e.maxConnections
	}
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
	s.engine.advisory.unlockAll(s)
	s.running.close()
}

// Query implements pgwire.Session.
func (s *Session) Query(ctx context.Context, text string, out pgwire.Out) error {
	delete(s.prepared, "")
	s.working(text)
	defer s.rest()
	if p := s.cached(text, nil); p != nil {
		s.tx.alone = s.tx.state == txIdle
		return s.runPrepared(ctx, p, nil, nil, out)
	}
	statements, notices, err := parse.WithNotices(text, s.parse)
	if err := s.noticeAll(out, notices); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	for _, stmt := range statements {
		s.tx.alone = len(statements) == 1 && s.tx.state == txIdle
		p := &prepared{session: s, text: text, stmt: stmt, simple: true}
		if err := s.runPrepared(ctx, p, nil, nil, out); err != nil {
			return err
		}
		if len(statements) == 1 && len(notices) == 0 {
			s.remember(p)
		}
	}
	return nil
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

// deadline is the context of a statement: bounded by statement_timeout, and open to pg_cancel_backend. end ends it.
func (s *Session) deadline(parent context.Context) (ctx context.Context, end func()) {
	ctx, s.cancelled = s.running.begin(parent)
	if s.hot.statementTimeout > 0 {
		return s.timeout(ctx, s.hot.statementTimeout)
	}
	s.statement = ctx
	return ctx, s.ended
}

// timeout is deadline's part for statements whose time is limited.
func (s *Session) timeout(parent context.Context, limit time.Duration) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(limit, func() { cancel(pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout")) })
	s.statement, s.cancelled = ctx, func() bool { return ctx.Err() != nil }
	return ctx, func() {
		timer.Stop()
		cancel(nil)
		s.endStatement()
	}
}

func (s *Session) endStatement() {
	s.statement = nil
	s.running.end()
}

// told is the error of a statement as the client gets it: what cancelled it, if that is why it ended; and with the schema of the table whose key
// would be there twice.
func (s *Session) told(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if duplicate := (*dataflow.UniqueError)(nil); errors.As(err, &duplicate) {
		snapshot, whole := s.engine.Catalog(), *duplicate.Told
		if o := snapshot.Object(catalog.ID(duplicate.Relation)); o != nil {
			whole.Schema = schemaName(snapshot, o)
		}
		return &whole
	}
	if ctx.Err() == nil {
		return err
	}
	if e := (*pgerr.Error)(nil); errors.As(err, &e) {
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

// warn tells the client something about what a function does.
func (s *Session) warn(e *pgerr.Error) error {
	if s.out == nil {
		return nil
	}
	return s.notice(s.out, pgwire.SeverityWarning, e)
}

// noticeAll tells the client of each of some notices.
func (s *Session) noticeAll(out pgwire.Out, notices []*pgerr.Error) error {
	for _, n := range notices {
		if err := s.notice(out, pgwire.SeverityNotice, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) noticef(out pgwire.Out, format string, args ...any) error {
	return s.notice(out, pgwire.SeverityNotice, pgerr.Newf(pgerr.SuccessfulCompletion, format, args...))
}
