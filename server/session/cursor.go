package session

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// cursor is a query that runs as its rows are fetched: a coroutine of the session, which waits inside the query's emit.
//
// Rows that have been given are kept only if the cursor may go back (SCROLL).
type cursor struct {
	columns []pgwire.Column
	scroll  bool
	hold    bool
	// number counts the cursors of the transaction that has declared it; 0 once that has ended.
	number int
	// text is the statement that declared it, declared when that was, in microseconds since 1970-01-01 UTC.
	text     string
	declared int64

	next func() (*batch.Batch, bool)
	stop func()
	err  error
	// ctx is that of the query, which outlives statements: the one that fetches cancels it when it is cancelled itself.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// rows has the rows from the one with number first (from 1) on.
	rows  *batch.Batch
	first int
	ended bool
	// at is the number of the row that the cursor stands on, 0 before the first.
	at int
	// subscription is that of a cursor for SUBSCRIBE, nil of others; until is how long the FETCH that runs waits for its rows.
	subscription *subscription
	until        patience
}

// runDeclare runs DECLARE.
func runDeclare(ctx context.Context, s *Session, stmt *ast.DeclareCursor, out pgwire.Out) error {
	name := string(stmt.Name)
	if subscribe, ok := stmt.Statement.(*ast.Subscribe); ok {
		return declareSubscription(ctx, s, stmt, subscribe, out)
	}
	query, ok := stmt.Statement.(*ast.Query)
	switch {
	case !ok:
		return unsupported(stmt, "a cursor for "+nameOf(stmt.Statement))
	case stmt.Binary:
		return unsupported(stmt, "DECLARE BINARY CURSOR")
	case s.tx.state != txBlock && !stmt.Hold && s.tx.alone:
		return pgerr.New(pgerr.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	case s.cursors[name] != nil:
		return pgerr.Newf(pgerr.DuplicateCursor, "cursor %q already exists", name)
	}
	p, err := planQuery(s, query, nil)
	if err != nil {
		return err
	}
	params, columns := p.describe()
	if len(params) > 0 {
		return pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	view, err := s.view()
	if err != nil {
		return err
	}
	c := &cursor{columns: columns, scroll: stmt.Scroll, hold: stmt.Hold, first: 1, text: ast.Print(stmt), declared: s.statementNow}
	c.start(ctx, s, &begunQuery{p.(*queryPlan), view})
	if c.hold { // it outlives the transaction's epoch
		c.scroll = true
		if err := c.read(ctx, -1); err != nil {
			c.stop()
			return err
		}
	}
	s.addCursor(name, c)
	return out.Complete("DECLARE CURSOR")
}

// start makes the coroutine, which does not run yet.
func (c *cursor) start(ctx context.Context, s *Session, p plan) {
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.rows = c.empty()
	next, stop := iter.Pull(func(yield func(*batch.Batch) bool) {
		c.err = p.run(c.ctx, s, nil, &cursorOut{yield: yield})
	})
	c.next, c.stop = next, func() {
		stop()
		c.cancel(nil)
	}
}

// cursorOut hands the rows of a query to its cursor.
type cursorOut struct{ yield func(*batch.Batch) bool }

func (*cursorOut) Columns([]pgwire.Column) error              { return nil }
func (*cursorOut) Complete(string) error                      { return nil }
func (*cursorOut) Notice(pgwire.Severity, *pgerr.Error) error { return nil }

func (o *cursorOut) Rows(b *batch.Batch) error {
	if !o.yield(b) {
		return pgwire.ErrPortalClosed
	}
	return nil
}

// read makes sure that rows up to number n are there, if the query has that many; -1 is all.
func (c *cursor) read(ctx context.Context, n int) error {
	defer context.AfterFunc(ctx, func() { c.cancel(context.Cause(ctx)) })()
	for !c.ended && (n < 0 || c.first+c.rows.Len()-1 < n) {
		b, more := c.next()
		if !more {
			c.ended = true
			c.stop()
			return c.err
		}
		if c.subscription != nil && b.Len() == 0 {
			break // nothing has come in time
		}
		for i := range b.Len() {
			for range b.DiffAt(i) {
				c.rows.AppendRow(b, i, 1)
			}
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// after is the place behind the last row; of a subscription that has not ended it is that row, since more may come.
func (c *cursor) after() int {
	if c.subscription != nil && !c.ended {
		return c.last()
	}
	return c.last() + 1
}

// last is the number of the last row that is there.
func (c *cursor) last() int { return c.first + c.rows.Len() - 1 }

// forget drops rows before the one the cursor stands on, which nobody can go back to.
func (c *cursor) forget() {
	if c.scroll || c.at < c.first+batch.Rows {
		return
	}
	rest := c.empty()
	for i := c.at - c.first; i < c.rows.Len(); i++ {
		rest.AppendRow(c.rows, i, 1)
	}
	c.rows, c.first = rest, c.at
}

// fetchPlan is FETCH and MOVE.
type fetchPlan struct {
	stmt    *ast.Fetch
	columns []pgwire.Column
	// timeout is how long a cursor of SUBSCRIBE waits for its rows, if it is given.
	timeout    time.Duration
	hasTimeout bool
}

func planFetch(s *Session, stmt *ast.Fetch, _ []types.OID) (plan, error) {
	c, err := s.cursor(stmt.Cursor)
	if err != nil {
		return nil, err
	}
	p := &fetchPlan{stmt: stmt, columns: c.columns}
	if len(stmt.Options) > 0 && c.subscription == nil {
		return nil, unsupported(stmt.Options[0], "FETCH ... WITH").WithHint("A timeout is for cursors of SUBSCRIBE.")
	}
	return p, p.readOptions()
}

func (s *Session) cursor(name ast.Ident) (*cursor, error) {
	if c := s.cursors[string(name)]; c != nil {
		return c, nil
	}
	return nil, pgerr.Newf(pgerr.InvalidCursorName, "cursor %q does not exist", string(name))
}

// Cursor implements pgwire.Cursors.
func (s *Session) Cursor(name string) ([]pgwire.Column, bool) {
	c := s.cursors[name]
	if c == nil {
		return nil, false
	}
	return c.columns, true
}

// CloseCursor implements pgwire.Cursors.
func (s *Session) CloseCursor(name string) {
	if c := s.cursors[name]; c != nil {
		c.stop()
		delete(s.cursors, name)
	}
}

func (f *fetchPlan) describe() ([]types.Type, []pgwire.Column) {
	if f.stmt.Move {
		return nil, nil
	}
	return nil, f.columns
}

func (f *fetchPlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	c, err := s.cursor(f.stmt.Cursor)
	if err != nil {
		return err
	}
	if c.subscription != nil {
		c.until = f.patience(c)
	}
	from, to, err := c.move(ctx, f.stmt)
	if err != nil {
		return err
	}
	count := max(to-from, from-to)
	if f.stmt.Move {
		return out.Complete(fmt.Sprintf("MOVE %d", count))
	}
	if err := c.give(from, to, out); err != nil {
		return err
	}
	return out.Complete(fmt.Sprintf("FETCH %d", count))
}

// RunCursor implements pgwire.Cursors.
func (s *Session) RunCursor(ctx context.Context, name string, limit int, out pgwire.Out) (suspended bool, err error) {
	if s.tx.state == txFailed {
		return false, errAborted
	}
	c := s.cursors[name]
	if c.subscription != nil {
		c.until = (&fetchPlan{}).patience(c)
	}
	from, to, err := c.move(ctx, &ast.Fetch{All: limit == 0, Count: limit})
	if err != nil {
		return false, err
	}
	if err := c.give(from, to, out); err != nil {
		return false, err
	}
	if limit > 0 && to-from == limit {
		return true, nil
	}
	return false, out.Complete(fmt.Sprintf("SELECT %d", to-from))
}

// give sends rows by their numbers, from one to the one before another.
func (c *cursor) give(from, to int, out pgwire.Out) error {
	if err := out.Columns(c.columns); err != nil {
		return err
	}
	defer c.forget()
	step := 1
	if to < from {
		step = -1
	}
	result := c.empty()
	for n := from; n != to; n += step {
		result.AppendRow(c.rows, n-c.first, 1)
		if !result.Full() && n+step != to {
			continue
		}
		if err := out.Rows(result); err != nil {
			return err
		}
		result.Reset()
	}
	return nil
}

// empty is a batch of the cursor's columns.
func (c *cursor) empty() *batch.Batch {
	kinds := make([]types.Type, len(c.columns))
	for i, column := range c.columns {
		kinds[i] = column.Type
	}
	return batch.New(kinds...)
}

// move moves the cursor and returns the numbers of the rows that it passes: from the first, to the one after the last, counting down
// where it goes back.
func (c *cursor) move(ctx context.Context, stmt *ast.Fetch) (from, to int, err error) {
	count := stmt.Count
	forward := stmt.Direction == "" || stmt.Direction == "FORWARD"
	if stmt.Direction == "BACKWARD" {
		count = -count
	}
	switch {
	case stmt.Direction == "ABSOLUTE" || stmt.Direction == "RELATIVE":
		return c.moveTo(ctx, stmt)
	case stmt.All && forward:
		err := c.read(ctx, -1)
		from, to = c.at+1, c.last()+1
		c.at = c.after()
		return from, max(from, to), err
	case stmt.All || count < 0:
		if !c.scroll {
			return 0, 0, errForwardOnly()
		}
		from = min(c.at-1, c.last())
		to = max(0, from+count)
		if stmt.All {
			to = 0
		}
		c.at = max(0, to+1)
		if from-to < -count || stmt.All {
			c.at = 0
		}
		return from, to, nil
	case count == 0: // the row that it stands on, again
		if c.at >= c.first && c.at <= c.last() && c.at > 0 {
			return c.at, c.at + 1, nil
		}
		return 0, 0, nil
	}
	if err := c.read(ctx, c.at+count); err != nil {
		return 0, 0, err
	}
	from, to = c.at+1, min(c.at+count, c.last())+1
	c.at = min(c.at+count, c.after())
	return from, max(from, to), nil
}

// moveTo is ABSOLUTE and RELATIVE: to one row.
func (c *cursor) moveTo(ctx context.Context, stmt *ast.Fetch) (from, to int, err error) {
	target := stmt.Count
	if stmt.Direction == "RELATIVE" {
		target += c.at
	} else if target < 0 {
		if err := c.read(ctx, -1); err != nil {
			return 0, 0, err
		}
		target += c.last() + 1
	}
	target = max(target, 0)
	if target < c.at && !c.scroll {
		return 0, 0, errForwardOnly()
	}
	if err := c.read(ctx, target); err != nil {
		return 0, 0, err
	}
	c.at = min(target, c.last()+1)
	if target == 0 || target > c.last() {
		return 0, 0, nil
	}
	return target, target + 1, nil
}

func errForwardOnly() error {
	return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

// runClose runs CLOSE.
func runClose(_ context.Context, s *Session, stmt *ast.CloseCursor, out pgwire.Out) error {
	if stmt.Name == "" {
		s.closeCursors(true)
		return out.Complete("CLOSE CURSOR ALL")
	}
	if _, err := s.cursor(stmt.Name); err != nil {
		return err
	}
	s.CloseCursor(string(stmt.Name))
	return out.Complete("CLOSE CURSOR")
}

// addCursor keeps a cursor under its name.
func (s *Session) addCursor(name string, c *cursor) {
	s.tx.cursors++
	c.number = s.tx.cursors
	s.cursors[name] = c
}

// closeCursors closes those that end with the transaction, or all. Those that stay belong to none from now on.
func (s *Session) closeCursors(all bool) {
	for name, c := range s.cursors {
		c.number = 0
		if all || !c.hold {
			c.stop()
			delete(s.cursors, name)
		}
	}
}

// closeCursorsBehind closes those that the transaction has declared after the first so many: a rollback to a savepoint takes them with it.
func (s *Session) closeCursorsBehind(first int) {
	for name, c := range s.cursors {
		if c.number > first {
			c.stop()
			delete(s.cursors, name)
		}
	}
}
