package session

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
)

type txState uint8

const (
	// txIdle: no statement has run since the last Sync.
	txIdle txState = iota
	// txImplicit: statements share a transaction that ends at Sync.
	txImplicit
	// txBlock: inside BEGIN.
	txBlock
	// txFailed: inside BEGIN, and only its end is accepted.
	txFailed
)

// transaction is the transaction of a session.
//
// It reads one published epoch, which a block keeps from its first statement to its end, and collects its writes. They
// are admitted together, or refused with 40001 if something that the transaction has read has changed meanwhile.
type transaction struct {
	state txState
	// alone tells that the statement is all that a text has, and outside a block: it commits by itself, and is run again if it
	// must be.
	alone    bool
	readOnly bool
	// now is when it began, in microseconds since 1970-01-01 UTC.
	now int64
	id  int64
	// statements counts those that have run.
	statements int
	snapshot   *dataflow.Snapshot
	snapshotOf uint64            // version of the catalog before it was taken
	catalogOf  *catalog.Snapshot // that catalog
	writes     *dataflow.Txn
	// again runs the one statement of an implicit transaction again, for a commit that was refused; nil if there is none or it
	// could not be done without the client noticing.
	again func(ctx context.Context) error
	// undo takes back, last first, what the block has defined.
	undo []func(ctx context.Context) error
	// made are the objects that each undo drops, and alters tells that one of them has got another form.
	made   [][]catalog.ID
	alters bool
	// advisory are the locks that it has taken, in that order.
	advisory []advisoryTaken
	// waited tells that the statement that runs has waited for such a lock.
	waited bool
	// drops are what the commit drops; without is the schema without that, of the schema withoutOf, once it has been asked for.
	drops              []laterDrop
	without, withoutOf *schema
	// notifications are sent at the commit.
	notifications []notification

	savepoints []savepoint
	// cursors is how many cursors it has declared.
	cursors int
}

// savepoint is a place to go back to.
type savepoint struct {
	name ast.Ident
	mark int
	vars map[string]string
	undo int
	// advisory is how many locks it had taken, and drops how many DROPs waited for the commit.
	advisory, drops int
	// cursors is how many the transaction had declared.
	cursors int
	within  *subtransaction
}

// subtransaction is what a transaction does behind a savepoint, until that is released or the transaction goes back to it.
type subtransaction struct {
	// parent is the one that it has become part of.
	parent *subtransaction
	over   bool // it was rolled back
}

func (t *subtransaction) isOver() bool {
	for ; t != nil; t = t.parent {
		if t.over {
			return true
		}
	}
	return false
}

// subtransaction is the innermost one; nil outside of all.
func (t *transaction) subtransaction() *subtransaction {
	if n := len(t.savepoints); n > 0 {
		return t.savepoints[n-1].within
	}
	return nil
}

// begin makes sure that there is a transaction.
func (s *Session) begin() {
	if s.tx.state != txIdle {
		return
	}
	s.tx.state = txImplicit
	s.tx.now = time.Now().UnixMicro()
	s.tx.readOnly = s.hot.readOnly
	s.derived = nil
}

// read is the epoch that the running statement reads.
func (s *Session) read() (*dataflow.Snapshot, error) {
	if s.tx.snapshot == nil {
		before := s.engine.Catalog()
		snapshot, err := s.engine.runtime.Snapshot()
		if err != nil {
			return nil, err
		}
		s.tx.snapshot, s.tx.snapshotOf, s.tx.catalogOf = snapshot, before.Version(), before
		s.snapshots++
	}
	return s.tx.snapshot, nil
}

// releaseStatement lets go of the epoch after a statement that no block is around.
func (s *Session) releaseStatement() {
	if t := &s.tx; t.state != txBlock && t.state != txFailed && t.writes == nil {
		s.leaveSnapshot()
	}
}

// leaveSnapshot lets go of the epoch. A query that is suspended, as that of a cursor is, reads on in it.
func (s *Session) leaveSnapshot() {
	snapshot := s.tx.snapshot
	if snapshot == nil {
		return
	}
	s.tx.snapshot, s.tx.catalogOf = nil, nil
	if s.reading > 0 {
		s.left = append(s.left, snapshot)
		return
	}
	_ = snapshot.Close() // nothing was written through it
}

// endReading takes notice of a query that reads no more.
func (s *Session) endReading() {
	if s.reading--; s.reading > 0 {
		return
	}
	for _, snapshot := range s.left {
		_ = snapshot.Close()
	}
	s.left = nil
}

// commit ends the transaction and keeps what it did. A transaction of one statement that was refused is run again.
func (s *Session) commit(ctx context.Context) error {
	if len(s.tx.drops)+len(s.tx.made) > 0 {
		err := s.commitDefined(ctx)
		s.tx.end(s, err == nil)
		return s.told(ctx, err)
	}
	err := s.engine.write(ctx, s.tx.writes, false)
	for attempt := 1; err != nil && pgerr.CodeOf(err) == pgerr.SerializationFailure && s.tx.again != nil && attempt <= rerunsMax; attempt++ {
		exclusive := attempt == rerunsMax
		err = s.engine.alone(exclusive, func() error {
			s.forgetWork()
			if err := s.tx.again(ctx); err != nil {
				return err
			}
			return s.engine.write(ctx, s.tx.writes, exclusive)
		})
	}
	s.tx.end(s, err == nil)
	return s.told(ctx, err)
}

// forgetWork throws away what was read and written, so that a statement can be run again.
func (s *Session) forgetWork() {
	s.tx.dropWrites()
	s.leaveSnapshot()
}

// dropWrites throws away what was written.
func (t *transaction) dropWrites() {
	t.writes.Close()
	t.writes = nil
}

// fail makes a block one that can only be rolled back. What it holds is let go already.
func (t *transaction) fail(s *Session) {
	t.state = txFailed
	if len(t.savepoints) == 0 {
		s.closeCursors(false)
		t.dropWrites()
		s.leaveSnapshot()
		s.releaseAdvisory(0)
	}
}

// end ends the transaction.
func (t *transaction) end(s *Session, committed bool) {
	if !committed {
		s.closeCursorsBehind(0)
	}
	s.closeCursors(false)
	t.dropWrites()
	s.leaveSnapshot()
	s.releaseAdvisory(0)
	undo, notifications := t.undo, t.notifications
	*t = transaction{}
	s.derived = nil
	if s.vars.end(committed) {
		s.settingsChanged()
	}
	if committed {
		s.engine.sessions.notify(s, notifications)
	} else {
		for _, f := range slices.Backward(undo) {
			// The client may be gone, but what it has made must go.
			if err := f(context.Background()); err != nil {
				s.engine.logger.Error("taking back a definition failed", "error", err)
			}
		}
	}
}

func (t *transaction) setReadOnly(on bool) error {
	if !on && t.readOnly && t.statements > 1 {
		return pgerr.New(pgerr.ActiveSQLTransaction, "cannot set transaction read-write mode inside a read-only transaction")
	}
	t.readOnly = on
	return nil
}

// endsBlock tells whether a statement may run in a block that has failed.
func endsBlock(stmt ast.Statement) bool {
	t, ok := stmt.(*ast.Transaction)
	return ok && (t.Kind == "COMMIT" || t.Kind == "ROLLBACK" || t.Kind == "ROLLBACK TO")
}

// runTransaction runs BEGIN, COMMIT, ROLLBACK and what is about savepoints.
func runTransaction(ctx context.Context, s *Session, stmt *ast.Transaction, out pgwire.Out) error {
	var err error
	tag := stmt.Kind
	switch stmt.Kind {
	case "BEGIN", "START TRANSACTION":
		err = s.beginBlock(stmt, out)
	case "COMMIT":
		tag, err = s.endBlock(ctx, stmt, true, out)
	case "ROLLBACK":
		tag, err = s.endBlock(ctx, stmt, false, out)
	case "SAVEPOINT":
		err = s.savepoint(stmt)
	case "RELEASE":
		err = s.release(stmt)
	case "ROLLBACK TO":
		tag, err = "ROLLBACK", s.rollbackTo(ctx, stmt)
	default:
		err = unsupported(stmt, stmt.Kind)
	}
	if err != nil {
		return err
	}
	return out.Complete(tag)
}

func (s *Session) beginBlock(stmt *ast.Transaction, out pgwire.Out) error {
	if s.tx.state == txBlock {
		warning := pgerr.New(pgerr.ActiveSQLTransaction, "there is already a transaction in progress")
		if err := s.notice(out, pgwire.SeverityWarning, warning); err != nil {
			return err
		}
	}
	s.tx.state, s.tx.alone = txBlock, false
	s.tx.again = nil
	return s.transactionModes(stmt.Modes)
}

// transactionModes obeys what BEGIN and SET TRANSACTION say. All isolation levels are served as the strictest.
func (s *Session) transactionModes(modes []string) error {
	for _, m := range modes {
		switch strings.ToUpper(m) {
		case "READ ONLY":
			if err := s.tx.setReadOnly(true); err != nil {
				return err
			}
		case "READ WRITE":
			if err := s.tx.setReadOnly(false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Session) endBlock(ctx context.Context, stmt *ast.Transaction, commit bool, out pgwire.Out) (tag string, err error) {
	readOnly := s.tx.readOnly
	switch s.tx.state {
	case txFailed:
		s.tx.end(s, false)
		tag = "ROLLBACK"
	case txBlock, txImplicit:
		if s.tx.state == txImplicit {
			if stmt.Chain {
				return "", pgerr.Newf(pgerr.NoActiveSQLTransaction, "%s AND CHAIN can only be used in transaction blocks", stmt.Kind)
			}
			warning := pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
			if err := s.notice(out, pgwire.SeverityWarning, warning); err != nil {
				return "", err
			}
		}
		tag = stmt.Kind
		if !commit {
			s.tx.end(s, false)
		} else if err := s.commit(ctx); err != nil {
			return "", err
		}
	case txIdle:
	}
	if stmt.Chain {
		s.begin()
		s.tx.state, s.tx.readOnly = txBlock, readOnly
	}
	return tag, nil
}

func (s *Session) savepoint(stmt *ast.Transaction) error {
	if err := s.needBlock("SAVEPOINT"); err != nil {
		return err
	}
	p := savepoint{name: stmt.Savepoint, vars: cloneMap(s.vars.session), undo: len(s.tx.undo), drops: len(s.tx.drops), advisory: len(s.tx.advisory), cursors: s.tx.cursors, within: &subtransaction{}}
	if s.tx.writes != nil {
		p.mark = s.tx.writes.Mark()
	}
	s.tx.savepoints = append(s.tx.savepoints, p)
	return nil
}

// findSavepoint returns the place of the youngest savepoint of a name.
func (s *Session) findSavepoint(name ast.Ident) (int, error) {
	for i, p := range slices.Backward(s.tx.savepoints) {
		if p.name == name {
			return i, nil
		}
	}
	return 0, pgerr.Newf(pgerr.InvalidSavepointSpecification, "savepoint %q does not exist", string(name))
}

func (s *Session) release(stmt *ast.Transaction) error {
	if err := s.needBlock("RELEASE SAVEPOINT"); err != nil {
		return err
	}
	i, err := s.findSavepoint(stmt.Savepoint)
	if err != nil {
		return err
	}
	released := s.tx.savepoints[i:]
	s.tx.savepoints = s.tx.savepoints[:i]
	for _, p := range released {
		p.within.parent = s.tx.subtransaction()
	}
	return nil
}

func (s *Session) rollbackTo(ctx context.Context, stmt *ast.Transaction) error {
	if err := s.needBlock("ROLLBACK TO SAVEPOINT"); err != nil {
		return err
	}
	i, err := s.findSavepoint(stmt.Savepoint)
	if err != nil {
		return err
	}
	for _, p := range s.tx.savepoints[i:] {
		p.within.over = true
	}
	s.tx.savepoints[i].within = &subtransaction{}
	p := s.tx.savepoints[i]
	s.tx.savepoints = s.tx.savepoints[:i+1]
	s.closeCursorsBehind(p.cursors)
	if s.tx.writes != nil {
		s.tx.writes.Rollback(p.mark)
	}
	s.vars.touch()
	s.vars.session = cloneMap(p.vars)
	s.settingsChanged()
	s.tx.drops = s.tx.drops[:p.drops]
	s.dropsChanged()
	s.releaseAdvisory(p.advisory)
	s.tx.state = txBlock
	for last := len(s.tx.undo) - 1; last >= p.undo; last-- {
		// What cannot be taken back now is when the block ends.
		if err := s.tx.undo[last](context.WithoutCancel(ctx)); err != nil {
			return err
		}
		s.tx.undo, s.tx.made = s.tx.undo[:last], s.tx.made[:last]
	}
	return nil
}

func (s *Session) needBlock(what string) error {
	if s.tx.state == txBlock || s.tx.state == txFailed {
		return nil
	}
	return pgerr.Newf(pgerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", what)
}

func cloneMap(m map[string]string) map[string]string {
	c := make(map[string]string, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// runSetConstraints: no constraint of Freshet can be deferred, so there is nothing to set, as in PostgreSQL without any.
func runSetConstraints(_ context.Context, s *Session, stmt *ast.SetConstraints, out pgwire.Out) error {
	if len(stmt.Names) > 0 {
		return pgerr.Newf(pgerr.WrongObjectType, "constraint %q is not deferrable", string(stmt.Names[0].Last()))
	}
	if s.tx.state != txBlock {
		warning := pgerr.New(pgerr.NoActiveSQLTransaction, "SET CONSTRAINTS can only be used in transaction blocks")
		if err := s.notice(out, pgwire.SeverityWarning, warning); err != nil {
			return err
		}
	}
	return out.Complete("SET CONSTRAINTS")
}

// runLock checks that the tables exist. Nothing need be locked: a transaction reads one epoch, and what would come in between
// is refused at its commit.
func runLock(_ context.Context, s *Session, stmt *ast.Lock, out pgwire.Out) error {
	if err := s.needBlock("LOCK TABLE"); err != nil {
		return err
	}
	snapshot := s.catalog()
	for _, t := range stmt.Tables {
		if _, err := snapshot.Relation(s.path(snapshot), nameParts(t.Name)); err != nil {
			return placed(err, t.Name)
		}
	}
	return out.Complete("LOCK TABLE")
}
