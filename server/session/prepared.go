package session

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// prepared is a statement that is kept with its plan, under a name or for one run.
type prepared struct {
	session *Session
	name    string
	text    string
	// stmt is nil for a text without a statement.
	stmt ast.Statement
	// declared are the types of parameters that the client has given, 0 for others.
	declared []types.OID

	command command
	plan    plan
	// version is what the plan was made for.
	version planVersion
	// params and columns are what the client was told at first; later plans must agree.
	params    []types.Type
	columns   []pgwire.Column
	described bool
	// made is when it was prepared, in microseconds since 1970-01-01 UTC; fromSQL tells that PREPARE did it.
	made    int64
	fromSQL bool
	// simple tells that it came in a simple query, which brings no values for parameters.
	simple bool
	// notices are what its text gave, which Parse cannot send: the first Execute does.
	notices []*pgerr.Error
}

// planVersion is what plans depend on beside their text.
type planVersion struct {
	catalog uint64
	path    string
	// text is hotSettings.text: constants are read by it.
	text string
	// drops is Session.dropsSeen in a block that has dropped something, 0 elsewhere.
	drops uint64
	// snapshot is the number of the transaction's snapshot if something has been defined since it was taken: a plan for that is for nothing else. 0 elsewhere.
	snapshot uint64
}

func (s *Session) planVersion() planVersion {
	v := planVersion{s.engine.Catalog().Version(), s.hot.path, s.hot.text, 0, 0}
	if s.tx.snapshot != nil && s.tx.snapshotOf != v.catalog {
		v.snapshot = s.snapshots
	}
	if len(s.tx.drops) > 0 {
		v.drops = s.dropsSeen
	}
	return v
}

var errAborted = pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")

// ready makes sure that the plan is good for the catalog as it is now.
func (p *prepared) ready() error {
	s := p.session
	if p.stmt == nil {
		return nil
	}
	if p.command.plan == nil {
		c, err := s.engine.commandOf(p.stmt)
		if err != nil {
			return err
		}
		p.command = c
	}
	if s.tx.state == txFailed && !endsBlock(p.stmt) {
		return errAborted
	}
	version := s.planVersion()
	if p.plan != nil && p.version == version {
		return nil
	}
	s.noParams = p.simple
	next, err := p.command.plan(s, p.stmt, p.declared)
	s.noParams = false
	if err != nil {
		return err
	}
	params, columns := next.describe()
	if p.described && (!sameColumns(columns, p.columns) || !sameTypes(params, p.params)) {
		return pgwire.ErrResultChanged
	}
	p.plan, p.version, p.params, p.columns = next, version, params, columns
	return nil
}

func sameColumns(a, b []pgwire.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || a[i].Name != b[i].Name {
			return false
		}
	}
	return true
}

func sameTypes(a, b []types.Type) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].OID != b[i].OID {
			return false
		}
	}
	return true
}

// Prepare implements pgwire.Session.
func (s *Session) Prepare(_ context.Context, name, text string, params []types.OID) error {
	s.working(text)
	defer s.rest()
	if p := s.cached(text, params); p != nil {
		p.name, p.declared, p.described = name, append([]types.OID(nil), params...), true
		s.begin()
		if err := p.ready(); err != nil {
			return err
		}
		return s.keep(p)
	}
	statements, notices, err := parse.WithNotices(text, s.parse)
	if err != nil {
		return err
	}
	if len(statements) > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	p := &prepared{session: s, name: name, text: text, declared: append([]types.OID(nil), params...), notices: notices}
	if len(statements) == 1 {
		p.stmt = statements[0]
	}
	s.begin()
	if err := p.ready(); err != nil {
		return err
	}
	p.described = true
	if len(notices) == 0 {
		s.remember(p)
	}
	return s.keep(p)
}

// keep files a prepared statement under its name.
func (s *Session) keep(p *prepared) error {
	if _, taken := s.prepared[p.name]; taken && p.name != "" {
		return pgerr.Newf(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", p.name)
	}
	p.made = s.statementNow
	s.prepared[p.name] = p
	return nil
}

// Statement implements pgwire.Session.
func (s *Session) Statement(_ context.Context, name string) (pgwire.Statement, error) {
	if p, ok := s.prepared[name]; ok {
		return p, nil
	}
	return nil, pgwire.NoStatement(name)
}

// Describe implements pgwire.Statement.
func (p *prepared) Describe(context.Context) ([]types.Type, []pgwire.Column, error) {
	if p.session.tx.state == txFailed && p.plan != nil {
		if p.columns != nil {
			return nil, nil, errAborted
		}
		return p.params, nil, nil
	}
	p.session.begin() // parameters that are read after this may say 'now'
	if err := p.ready(); err != nil {
		return nil, nil, err
	}
	return p.params, p.columns, nil
}

// Bind implements pgwire.Statement.
func (p *prepared) Bind(_ context.Context, args []types.Value) (pgwire.Portal, error) {
	if p.session.tx.state == txFailed && p.stmt != nil && !endsBlock(p.stmt) {
		return nil, errAborted
	}
	s := p.session
	s.begin()
	made := s.newPortal()
	*made = portal{prepared: p, args: args, within: s.tx.subtransaction()}
	if _, query := p.plan.(*queryPlan); query && s.tx.state != txFailed {
		var err error
		if made.view, err = s.view(); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// Close implements pgwire.Statement.
func (p *prepared) Close() {
	if p.session.prepared[p.name] == p {
		delete(p.session.prepared, p.name)
	}
}

// portal is a prepared statement with its parameters.
type portal struct {
	prepared *prepared
	args     []types.Value
	// view is what a query sees of its own transaction: as in PostgreSQL, what was written when it was bound.
	view *dataflow.View
	// within is the subtransaction in which it was bound, nil if that was in none.
	within *subtransaction
}

// Lost implements pgwire.Losable.
func (p *portal) Lost() bool { return p.within.isOver() }

// Outlives implements pgwire.Losable.
func (p *portal) Outlives() bool { return len(p.prepared.session.tx.savepoints) > 0 }

// Run implements pgwire.Portal.
func (p *portal) Run(ctx context.Context, out pgwire.Out) error {
	s := p.prepared.session
	s.working(p.prepared.text)
	defer s.rest()
	return s.runPrepared(ctx, p.prepared, p.view, p.args, out)
}

// Close implements pgwire.Portal. The memory is for the next one.
func (p *portal) Close() {
	s := p.prepared.session
	*p = portal{}
	s.sparePortal = p
}

// newPortal returns memory for a portal.
func (s *Session) newPortal() *portal {
	p := s.sparePortal
	s.sparePortal = nil
	if p == nil {
		p = &portal{}
	}
	return p
}

// runPrepared runs a statement in the transaction that there is, or in one of its own. A query sees what view has, nil: all that its
// transaction has written.
func (s *Session) runPrepared(ctx context.Context, p *prepared, view *dataflow.View, args []types.Value, out pgwire.Out) error {
	if p.stmt == nil {
		return nil
	}
	if err := s.noticeAll(out, p.notices); err != nil {
		return err
	}
	p.notices = nil
	ctx, end := s.deadline(ctx)
	defer end()
	s.begin()
	if err := p.ready(); err != nil {
		return err
	}
	if err := s.allow(p); err != nil {
		return err
	}
	s.tx.statements++
	s.engine.statements[p.command.does].Add(1)
	s.planned, s.current = p.version.catalog, p
	outer := s.out
	s.out = out
	defer func() { s.out = outer }()
	var err error
	if query, ok := p.plan.(*queryPlan); ok && view != nil {
		err = query.runSeeing(ctx, s, view, args, out)
	} else {
		err = p.plan.run(ctx, s, args, out)
		for stale := (*staleError)(nil); errors.As(err, &stale) && s.planAgain(ctx, stale); {
			if err = p.ready(); err != nil {
				break
			}
			s.planned = p.version.catalog
			err = p.plan.run(ctx, s, args, out)
		}
	}
	s.goOn()
	s.releaseStatement()
	return s.told(ctx, err)
}

// allow refuses what the transaction cannot hold.
func (s *Session) allow(p *prepared) error {
	switch p.command.does {
	case reads, controls:
		return nil
	case writes, defines, defineAlone:
	}
	if s.tx.readOnly {
		return pgerr.Newf(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", commandName(p))
	}
	if p.command.does == defineAlone && s.tx.state == txBlock && !s.ownOnly(p.stmt) {
		return notInBlock(commandName(p))
	}
	return nil
}

// notInBlock is the error of a statement that changes what its block has not made.
func notInBlock(command string) error {
	return pgerr.Newf(pgerr.ActiveSQLTransaction, "%s cannot run inside a transaction block", command).
		WithHint("Commit first: what this statement changes is changed at once, and a rollback could not take it back. What the transaction itself has made since its last savepoint may be changed.")
}

func commandName(p *prepared) string {
	switch p.stmt.(type) {
	case *ast.Alter, *ast.Drop:
		return nameOf(p.stmt)
	default:
		return p.command.name
	}
}
