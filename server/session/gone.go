package session

import (
	"context"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// goneError is 42P01 for a relation that others have dropped since the statement was planned. The client has not been given anything yet.
type goneError struct {
	told *pgerr.Error
	// planned is the version of the catalog that the statement was planned by.
	planned uint64
}

func (e *goneError) Error() string { return e.told.Error() }
func (e *goneError) Unwrap() error { return e.told }

// readable is a goneError if something that a graph reads is not there in what the transaction reads.
func (s *Session) readable(g *flow.Graph) error {
	snapshot, err := s.read()
	if err != nil {
		return err
	}
	for i := range g.Nodes {
		scan, ok := g.Nodes[i].Spec.(*flow.Scan)
		if !ok || !snapshot.Lacks(scan.Relation) {
			continue
		}
		if _, system := s.systemScan(scan.Relation); !system {
			return &goneError{pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", scan.Name), s.planned}
		}
	}
	return nil
}

// planAgain makes a statement that is alone in its transaction ready to be planned again: when whoever has dropped what it reads is done. It
// is false if that would give the same plan, or if the transaction has done something else.
func (s *Session) planAgain(ctx context.Context, gone *goneError) bool {
	if s.tx.state != txImplicit || s.tx.statements > 1 || s.engine.defining.lock(ctx) != nil {
		return false
	}
	s.engine.defining.unlock()
	s.tx.forgetWork()
	return s.engine.Catalog().Version() != gone.planned
}
