package session

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// staleError is the error of a plan that others have made useless since: 42P01 for a relation that they have dropped, 40001 for one that they
// have given another form. The client has not been given anything yet.
type staleError struct {
	told error
	// planned is the version of the catalog that the statement was planned by.
	planned uint64
}

func (e *staleError) Error() string { return e.told.Error() }
func (e *staleError) Unwrap() error { return e.told }

// readable is a staleError if something that a graph reads is not there in what the transaction reads, or has another form there.
func (s *Session) readable(g *flow.Graph) error {
	snapshot, err := s.read()
	if err != nil {
		return err
	}
	for i := range g.Nodes {
		scan, ok := g.Nodes[i].Spec.(*flow.Scan)
		if !ok {
			continue
		}
		if !snapshot.Fits(scan, g.Nodes[i].Columns) || s.promisesMore(catalog.ID(scan.Relation)) {
			return &staleError{&dataflow.ConflictError{Relation: scan.Relation}, s.planned}
		}
		if !snapshot.Lacks(scan.Relation) {
			continue
		}
		if _, system := s.systemScan(scan.Relation); !system {
			return &staleError{pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", scan.Name), s.planned}
		}
	}
	for _, step := range g.Steps {
		if err := s.readable(step); err != nil {
			return err
		}
	}
	return nil
}

// promisesMore tells whether a table's rows must be unique or not null where those of the epoch that the transaction reads need not be: plans rely on that.
// What the block itself has made has no rows there.
func (s *Session) promisesMore(id catalog.ID) bool {
	if s.engine.altered.Load() <= s.tx.snapshotOf || s.tx.hasMade(id) {
		return false
	}
	was, now := s.tx.catalogOf.Object(id), s.engine.Catalog().Object(id)
	if was == nil || now == nil || now.Altered <= s.tx.snapshotOf {
		return false
	}
	for i := range was.Columns {
		if now.Columns[i].NotNull && !was.Columns[i].NotNull && !now.Columns[i].Hidden {
			return true
		}
	}
	return !slices.Equal(was.PrimaryKey, now.PrimaryKey) || len(was.Columns) != len(now.Columns) && s.hasUniqueSince(id)
}

// hasUniqueSince tells whether a table has got a unique index that the epoch does not have. Where its columns are others, too, it is planned by the indexes
// that there are (Session.relation).
func (s *Session) hasUniqueSince(id catalog.ID) bool {
	was, now := s.tx.snapshot.Form(flow.RelationID(id)), s.engine.current.Load().relations.Get(id)
	return was != nil && now != nil && slices.ContainsFunc(now.Arrangements, func(a flow.Arrangement) bool {
		return a.Unique && !slices.ContainsFunc(was.Arrangements, func(b flow.Arrangement) bool { return a.ID == b.ID })
	})
}

// planAgain makes a statement that is alone in its transaction ready to be planned again: when whoever has changed what it uses is done. It
// is false if that would give the same plan, or if the transaction has done something else.
func (s *Session) planAgain(ctx context.Context, stale *staleError) bool {
	if s.tx.state != txImplicit || s.tx.statements > 1 || s.engine.defining.lock(ctx) != nil {
		return false
	}
	s.engine.defining.unlock()
	s.forgetWork()
	return s.engine.Catalog().Version() != stale.planned
}
