package session

import (
	"context"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
)

// A DROP inside a block takes effect when the block commits, since a rollback could not bring back what is gone. Until then the block itself
// does not see what it has dropped, and everybody else does.

// laterDrop is a DROP that waits for the commit of its block.
type laterDrop struct {
	ids     []catalog.ID
	cascade bool
}

// do drops what is still there.
func (l *laterDrop) do(d *ddl) error {
	var there []catalog.ID
	for _, id := range l.ids {
		if d.change.View().Object(id) != nil {
			there = append(there, id)
		}
	}
	return d.dropAll(there, l.cascade)
}

// runDrop runs DROP. What the block itself has made goes at once, unless something else waits to be dropped, which may depend on it.
func runDrop(ctx context.Context, s *Session, stmt *ast.Drop, out pgwire.Out) error {
	if s.tx.state == txBlock && (len(s.tx.drops) > 0 || !s.ownOnly(stmt)) {
		return s.dropLater(ctx, stmt, out)
	}
	return s.define(ctx, "DROP", func(d *ddl) error { return drop(d, stmt) }, out)
}

func (s *Session) dropLater(ctx context.Context, stmt *ast.Drop, out pgwire.Out) error {
	if stmt.Concurrently {
		return pgerr.New(pgerr.ActiveSQLTransaction, "DROP INDEX CONCURRENTLY cannot run inside a transaction block")
	}
	if stmt.Objects[0].Kind == "DATABASE" {
		return pgerr.New(pgerr.ActiveSQLTransaction, "DROP DATABASE cannot run inside a transaction block")
	}
	d := s.newDDL(ctx, s.schema())
	if err := drop(d, stmt); err != nil {
		return err
	}
	if len(d.named) > 0 {
		s.tx.drops = append(s.tx.drops, laterDrop{d.named, stmt.Cascade})
		s.dropsChanged()
	}
	if err := s.noticeAll(out, d.notices); err != nil {
		return err
	}
	return out.Complete(d.tag)
}

// dropsChanged is called when the block has dropped something more, or goes back before it did: what there is has changed for it.
func (s *Session) dropsChanged() {
	s.tx.without, s.tx.withoutOf = nil, nil
	s.dropsSeen++
	s.derived = nil
}

// schema is what there is for the session: all, without what its block has dropped.
func (s *Session) schema() *schema {
	now := s.engine.current.Load()
	if len(s.tx.drops) == 0 {
		return now
	}
	if s.tx.withoutOf != now {
		s.tx.without, s.tx.withoutOf = s.withoutDropped(now), now
	}
	return s.tx.without
}

// withoutDropped leaves away what the block has dropped. What cannot be dropped any more, because others have made something of it meanwhile,
// is seen again: the commit will be refused.
func (s *Session) withoutDropped(now *schema) *schema {
	next := now
	for i := range s.tx.drops {
		d := s.engine.newDDL(s.ctx(), next)
		if s.tx.drops[i].do(d) == nil {
			next = next.edited(d)
		}
	}
	return next
}

// catalog is that of the session's schema.
func (s *Session) catalog() *catalog.Snapshot { return s.schema().catalog }

// commitDrops commits what the block has written and drops what has waited for it, in one epoch. A commit that is refused does neither.
func (s *Session) commitDrops(ctx context.Context) error {
	drops := s.tx.drops
	s.tx.drops = nil // nothing waits any more
	_, err := s.engine.define(ctx, s, func(d *ddl) error {
		for i := range drops {
			if err := drops[i].do(d); err != nil {
				return err
			}
		}
		if s.tx.writes != nil && !s.tx.writes.Empty() {
			d.runtime.Txn = s.tx.writes
		}
		return nil
	})
	return err
}

// behindDrops tries a definition of a block that has dropped something where that is gone, and tells how many objects it makes. It is
// carried out where all is still there: one that could not be is refused by needsDrops.
func (s *Session) behindDrops(ctx context.Context, f func(d *ddl) error) (made int, err error) {
	d := s.newDDL(ctx, s.schema())
	defer d.discard()
	err = f(d)
	return len(d.change.Created()), err
}

// needsDrops is the error of a definition that needs what its block has dropped to be gone.
func needsDrops() error {
	return pgerr.New(pgerr.FeatureNotSupported, "cannot define again what the transaction has dropped").
		WithHint("What is dropped in a transaction goes when it commits: commit first.")
}
