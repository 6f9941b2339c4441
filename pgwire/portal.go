package pgwire

import (
	"context"
	"iter"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// portal is a statement that is ready to run, runs, or has run.
type portal struct {
	name    string
	handler Portal // nil once it is closed
	args    arguments
	columns []Column // nil if it gives no rows
	formats []int16

	// next and stop are the coroutine of a portal that is run with a row limit: next goes on until the limit is reached
	// or Run returns, with err. Nil for others.
	next    func() (struct{}, bool)
	stop    func()
	results *results
	err     error

	// outlives tells that its block has failed since it was made, and may go back to a savepoint.
	outlives bool

	done   bool   // Run has returned
	failed bool   // with an error
	tag    string // what it was completed with
}

// portals are those of a connection. The unnamed one, by which most queries come, is not in the map.
type portals struct {
	unnamed *portal
	named   map[string]*portal
}

// find returns nil if there is none of a name.
func (l *portals) find(name string) *portal {
	if name == "" {
		return l.unnamed
	}
	return l.named[name]
}

func (l *portals) put(p *portal) {
	switch {
	case p.name == "":
		l.unnamed = p
	case l.named == nil:
		l.named = map[string]*portal{p.name: p}
	default:
		l.named[p.name] = p
	}
}

func (l *portals) remove(name string) {
	if name == "" {
		l.unnamed = nil
	} else {
		delete(l.named, name)
	}
}

// each calls f for all, which may remove the one that it is given.
func (l *portals) each(f func(*portal)) {
	if l.unnamed != nil {
		f(l.unnamed)
	}
	for _, p := range l.named {
		f(p)
	}
}

// newPortal returns a portal for a name, which is not in use any more. The unnamed one uses its memory again.
func (c *conn) newPortal(name string) *portal {
	old := c.portals.find(name)
	if old != nil {
		old.close()
		c.portals.remove(name)
	} else if name == "" {
		old, c.spare = c.spare, nil
	}
	if old == nil {
		return &portal{name: name}
	}
	*old = portal{name: name, args: old.args, formats: old.formats[:0]}
	return old
}

// portal finds a portal by name.
func (c *conn) portal(name string) (*portal, error) {
	c.closeLost(name)
	p := c.portals.find(name)
	switch {
	case p == nil:
		return nil, pgerr.Newf(pgerr.InvalidCursorName, "portal %q does not exist", name)
	case p.handler == nil || p.outlives && c.status == Failed:
		return nil, pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
	}
	return p, nil
}

// closeLost closes a portal that a rollback to a savepoint has taken with it.
func (c *conn) closeLost(name string) {
	p := c.portals.find(name)
	if p == nil {
		return
	}
	if h, ok := p.handler.(Losable); ok && h.Lost() {
		c.closePortal(name)
	}
}

func (c *conn) closePortal(name string) {
	if p := c.portals.find(name); p != nil {
		p.close()
		c.portals.remove(name)
	}
}

// close ends a suspended run and frees what the portal holds. It may be called twice.
func (p *portal) close() {
	if p.stop != nil {
		p.stop()
		p.next, p.stop = nil, nil
	}
	if p.handler != nil {
		p.handler.Close()
		p.handler = nil
	}
}

// execute runs a portal, or runs it on.
func (c *conn) execute(ctx context.Context) error {
	m := &c.messages.execute
	if err := checkTexts(m.portal); err != nil {
		return err
	}
	p, err := c.portal(m.portal)
	if err != nil && c.cursor(m.portal) != nil {
		return c.runCursor(ctx, m.portal, max(int(m.maxRows), 0))
	}
	if err != nil {
		return err
	}
	for _, format := range p.formats {
		if err := checkFormat(format); err != nil && p.columns != nil {
			return err
		}
	}
	limit := int64(m.maxRows)
	if limit < 0 {
		limit = 0
	}
	switch {
	case p.done:
		return c.executeDone(p)
	case p.next != nil:
		p.results.ctx = ctx
		return c.runOn(p, limit)
	case limit > 0 && p.columns != nil:
		p.start(ctx, c)
		return c.runOn(p, limit)
	}
	r := &c.unlimited
	r.reset(ctx, true, p.formats)
	return c.finish(p, r, p.handler.Run(ctx, r))
}

// runCursor gives rows of a cursor of SQL.
func (c *conn) runCursor(ctx context.Context, name string, limit int) error {
	r := &c.unlimited
	r.reset(ctx, true, nil)
	suspended, err := c.session.(Cursors).RunCursor(ctx, name, limit, r)
	if suspended {
		c.out = append(c.out, 's', 0, 0, 0, 4)
	}
	return err
}

// start makes the coroutine of a portal with a row limit. The handler pushes rows; at the limit the push waits there until the
// portal is run on or closed.
func (p *portal) start(ctx context.Context, c *conn) {
	r := &results{c: c}
	r.reset(ctx, true, p.formats)
	p.results = r
	p.next, p.stop = iter.Pull(func(yield func(struct{}) bool) {
		r.suspend = func() bool { return yield(struct{}{}) }
		p.err = p.handler.Run(ctx, r)
	})
}

// runOn gives the next rows of a portal with a coroutine.
func (c *conn) runOn(p *portal, limit int64) error {
	p.results.sent, p.results.limit = 0, limit
	if _, suspended := p.next(); suspended {
		c.out = append(c.out, 's', 0, 0, 0, 4)
		return nil
	}
	p.stop()
	p.next, p.stop = nil, nil
	return c.finish(p, p.results, p.err)
}

// finish ends the run of a portal.
func (c *conn) finish(p *portal, r *results, err error) error {
	p.done, p.failed = true, err != nil
	if err != nil {
		return err
	}
	if r.ended == 0 {
		c.emptyQuery()
	}
	p.tag = r.tag
	return nil
}

// executeDone answers for a portal that has run to its end: it has no more rows, or must not be run twice.
func (c *conn) executeDone(p *portal) error {
	switch {
	case p.failed:
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	case p.tag == "":
		c.emptyQuery()
	case p.columns == nil:
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	default:
		c.complete(countTag(p.tag, 0))
	}
	return nil
}
