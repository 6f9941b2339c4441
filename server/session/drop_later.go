package session

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// A DROP inside a block takes effect when the block commits, since a rollback could not bring back what is gone. Until then the block itself
// does not see what it has dropped, and everybody else does. A view that is created where another one was dropped, or replaces one, comes at the commit
// too, in the same epoch: until then the block alone sees it. Nothing else does that, for the runtime has to know of a table before rows can be written to it.

// laterDrop is a DROP that waits for the commit of its block, or a definition of a view behind one or in the place of another.
type laterDrop struct {
	ids     []catalog.ID
	cascade bool
	// define is done instead of dropping, as its session had it then; nil for what only drops what was there before.
	define   func(d *ddl) error
	path     catalog.Path
	settings *types.Settings
}

// later is a definition that waits for the commit of the block.
func (s *Session) later(define func(d *ddl) error) laterDrop {
	return laterDrop{define: define, path: s.path(s.catalog()), settings: s.Settings()}
}

// wait makes a definition wait for the commit of the block.
func (s *Session) wait(define func(d *ddl) error) {
	s.tx.drops = append(s.tx.drops, s.later(define))
	s.dropsChanged()
}

// replacesLater tells whether a change puts another query into a view that its block has not made: a rollback could not bring back the one that
// the view has, and others go on reading that until the block commits.
func (s *Session) replacesLater(d *ddl) bool {
	return d.replaced != nil && s.tx.state == txBlock && !s.isOwn(d.replaced)
}

// do drops what is still there, or defines.
func (l *laterDrop) do(s *Session, d *ddl) error {
	if l.define != nil {
		path, settings, notices, replaced := d.path, d.settings, d.notices, d.replaced
		d.path, d.settings, d.session, d.owner = l.path, l.settings, s, s.start.User
		err := l.define(d)
		d.path, d.settings, d.notices, d.replaced = path, settings, notices, replaced // what there is of these came when it was stated
		return err
	}
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
		later := laterDrop{ids: d.named, cascade: stmt.Cascade}
		if s.definesLater() { // it may be of something that will have another id
			later = s.later(func(d *ddl) error { return drop(d, stmt) })
		}
		s.tx.drops = append(s.tx.drops, later)
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
		if s.tx.drops[i].do(s, d) == nil {
			next = next.edited(d)
		}
	}
	return next
}

// catalog is that of the session's schema.
func (s *Session) catalog() *catalog.Snapshot { return s.schema().catalog }

// commitDefined commits what the block has written and made, and drops what has waited for it, in one epoch. A commit that is refused does nothing of that.
func (s *Session) commitDefined(ctx context.Context) error {
	drops := s.tx.drops
	s.tx.drops = nil // nothing waits any more
	_, err := s.engine.define(ctx, s, func(d *ddl) error {
		d.commits = true
		for i := range drops {
			if err := drops[i].do(s, d); err != nil {
				return err
			}
		}
		d.forgetUncommitted(slices.Concat(s.tx.made...)...)
		if s.tx.alters {
			s.forgetOwn()
		}
		if s.tx.writes != nil && !s.tx.writes.Empty() {
			d.runtime.Txn = s.tx.writes
		}
		return nil
	})
	return err
}

// definesLater tells whether a view of the block waits for its commit.
func (s *Session) definesLater() bool {
	return slices.ContainsFunc(s.tx.drops, func(l laterDrop) bool { return l.define != nil })
}

// behindDrops tries a definition of a block that has dropped something where that is gone, and answers the change that it would be, and whether it has
// to wait for the commit, as views do that cannot be made before. Others are carried out where all is still there: one that could not be
// is refused by needsDrops.
func (s *Session) behindDrops(ctx context.Context, f func(d *ddl) error) (d *ddl, waits bool, err error) {
	d = s.newDDL(ctx, s.schema())
	defer d.discard()
	if err := f(d); err != nil {
		return nil, false, err
	}
	if d.replaced != nil {
		return d, true, nil
	}
	created := d.change.Created()
	for _, o := range created {
		if err := checkColumnCount(o); err != nil {
			return nil, false, err
		}
	}
	onlyViews := len(created) > 0 && !slices.ContainsFunc(created, func(o *catalog.Object) bool { return o.Kind != catalog.View })
	switch {
	case s.definesLater():
		if !onlyViews {
			err = s.independent(d)
		}
		return d, onlyViews, err
	case !onlyViews:
		return d, false, nil
	}
	now := s.newDDL(ctx, s.engine.current.Load())
	defer now.discard()
	waits = f(now) != nil || !slices.EqualFunc(created, now.change.Created(), func(x, y *catalog.Object) bool {
		return x.Definition == y.Definition && slices.Equal(x.DependsOn, y.DependsOn)
	})
	return d, waits, nil
}

// independent refuses what is made of a view that is not there for everybody yet, or has another query there, and what changes such a view.
func (s *Session) independent(d *ddl) error {
	needs := func(id catalog.ID) []catalog.ID {
		if o := d.change.View().Object(id); o != nil {
			return o.DependsOn
		}
		return nil
	}
	for _, o := range d.change.Created() {
		if err := s.unsettled(o.ID, needs, map[catalog.ID]bool{}); err != nil {
			return err
		}
	}
	for _, entry := range d.change.Edit().Put {
		if err := s.unsettled(entry.IDs[0], s.catalog().Dependents, map[catalog.ID]bool{}); err != nil {
			return err
		}
	}
	return nil
}

// unsettled is an error if a view of which the block alone knows what it is has an id, or one that is reached from it.
func (s *Session) unsettled(id catalog.ID, next func(catalog.ID) []catalog.ID, seen map[catalog.ID]bool) error {
	if seen[id] {
		return nil
	}
	seen[id] = true
	if o := s.catalog().Object(id); o != nil && o.Kind == catalog.View {
		switch was := s.engine.Catalog().Object(id); {
		case was == nil:
			return needsDrops()
		case was.Query != o.Query:
			return pgerr.Newf(pgerr.FeatureNotSupported, "view %q gets its other query when the transaction commits", o.Name).
				WithHint("Commit first. Only ordinary views can be made of it before.")
		}
	}
	for _, other := range next(id) {
		if err := s.unsettled(other, next, seen); err != nil {
			return err
		}
	}
	return nil
}

// needsDrops is the error of a definition that needs what its block has dropped to be gone.
func needsDrops() error {
	return pgerr.New(pgerr.FeatureNotSupported, "cannot define again what the transaction has dropped").
		WithHint("What is dropped in a transaction goes when it commits: commit first. Only views can be created again before.")
}
