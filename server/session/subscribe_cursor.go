package session

import (
	"context"
	"strings"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// declareSubscription runs DECLARE ... CURSOR FOR SUBSCRIBE. The subscription begins with it. Outside a block the cursor lives until it is
// closed, as the rows do not belong to a transaction's epoch.
func declareSubscription(ctx context.Context, s *Session, stmt *ast.DeclareCursor, subscribe *ast.Subscribe, out pgwire.Out) error {
	name := string(stmt.Name)
	switch {
	case stmt.Binary:
		return unsupported(stmt, "DECLARE BINARY CURSOR")
	case stmt.Scroll:
		return unsupported(stmt, "a cursor of SUBSCRIBE that goes back")
	case s.cursors[name] != nil:
		return pgerr.Newf(pgerr.DuplicateCursor, "cursor %q already exists", name)
	}
	p, err := planSubscribe(s, subscribe, nil)
	if err != nil {
		return err
	}
	params, columns := p.describe()
	if len(params) > 0 {
		return pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	sub, err := p.(*subscribePlan).open(ctx, s, nil, out)
	if err != nil {
		return err
	}
	c := &cursor{columns: columns, hold: stmt.Hold || s.tx.state != txBlock, first: 1, subscription: sub}
	c.start(ctx, s, &subscriptionRun{sub, c})
	stop := c.stop
	c.stop = func() {
		stop()
		if err := sub.close(); err != nil {
			s.engine.logger.Warn("a subscription did not close", "error", err)
		}
		sub.follower, sub.view, sub.stop = nil, nil, func() {}
	}
	s.addCursor(name, c)
	return out.Complete("DECLARE CURSOR")
}

// subscriptionRun gives the rows of a subscription to its cursor.
type subscriptionRun struct {
	sub *subscription
	c   *cursor
}

func (r *subscriptionRun) describe() ([]types.Type, []pgwire.Column) { return nil, r.c.columns }

func (r *subscriptionRun) run(ctx context.Context, _ *Session, _ []types.Value, out pgwire.Out) error {
	return r.sub.run(ctx, &cursorReader{outReader{out}, r.c})
}

// patience is how long a FETCH waits: for ever until the first row is there, and then until a time.
type patience struct {
	// first is the number of the row that is waited for without end; 0: none is.
	first int
	// until is when waiting ends otherwise.
	until time.Time
}

// patience is that of a FETCH: until its timeout; without one it waits for one row, and takes what more there is. FETCH ALL does not wait.
func (f *fetchPlan) patience(c *cursor) patience {
	now := time.Now()
	switch {
	case f.hasTimeout:
		return patience{until: now.Add(f.timeout)}
	case f.stmt.All:
		return patience{until: now}
	}
	return patience{first: c.at + 1, until: now}
}

func (f *fetchPlan) readOptions() error {
	for _, o := range f.stmt.Options {
		name, value := strings.ToLower(settingName(o.Name)), ""
		if o.Value != nil {
			value, _ = constantWord(o.Value)
		}
		micros, ok := connector.ParseDuration(value)
		if strings.TrimRight(value, " ms") == "0" {
			micros, ok = 0, true
		}
		switch {
		case name != "timeout":
			return pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized FETCH option %q", name).At(int(o.At())).WithHint("There is timeout.")
		case !ok || micros < 0:
			return pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", name, value).At(int(o.At()))
		}
		f.timeout, f.hasTimeout = time.Duration(micros)*time.Microsecond, true
	}
	return nil
}

// cursorReader gives rows to a cursor, which waits as long as its FETCH does.
type cursorReader struct {
	outReader
	c *cursor
}

func (r *cursorReader) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.c.until.first > r.c.last() {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, r.c.until.until, errPatience)
}
