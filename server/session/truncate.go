package session

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
)

// runTruncate runs TRUNCATE. Alone it takes effect at once, in an epoch of its own. In a block it deletes the rows that the transaction sees,
// which can be rolled back.
func runTruncate(ctx context.Context, s *Session, stmt *ast.Truncate, out pgwire.Out) error {
	change, sequences, err := s.truncated(stmt)
	if err != nil {
		return err
	}
	if s.tx.state == txBlock {
		if len(sequences) > 0 {
			return pgerr.New(pgerr.FeatureNotSupported, "TRUNCATE ... RESTART IDENTITY is not supported inside a transaction block").
				WithHint("Leave RESTART IDENTITY out, and set the sequence with setval() when the transaction has been committed.")
		}
		if err := s.truncateInBlock(ctx, stmt.Tables); err != nil {
			return err
		}
		return out.Complete("TRUNCATE TABLE")
	}
	if err := s.commitEarly(ctx); err != nil {
		return err
	}
	if _, err := s.engine.runtime.Change(context.WithoutCancel(ctx), change); err != nil {
		return err
	}
	for _, sequence := range sequences {
		if err := s.engine.setValue(ctx, sequence, sequence.Sequence.Start, false); err != nil {
			return err
		}
	}
	return out.Complete("TRUNCATE TABLE")
}

// truncated is what a TRUNCATE takes away, and the sequences that it sets to their start.
func (s *Session) truncated(stmt *ast.Truncate) (change dataflow.Change, sequences []*catalog.Object, err error) {
	snapshot := s.catalog()
	for _, t := range stmt.Tables {
		o, err := snapshot.Relation(s.path(snapshot), nameParts(t.Name))
		if err != nil {
			return change, nil, placed(err, t.Name)
		}
		if o.Kind != catalog.Table && !o.System {
			return change, nil, pgerr.Newf(pgerr.WrongObjectType, "%q is not a table", o.Name)
		}
		if err := writable(o); err != nil {
			return change, nil, err
		}
		if o.AppendOnly {
			return change, nil, pgerr.Newf(pgerr.WrongObjectType, "cannot truncate append-only table %q", o.Name).At(int(t.Name.Pos)).
				WithHint("Its rows stay, and views of it rely on that. Create the table without APPEND ONLY if they are to go.")
		}
		id := flow.RelationID(o.ID)
		if slices.Contains(change.Truncate, id) {
			continue
		}
		change.Truncate = append(change.Truncate, id)
		for _, c := range o.Columns {
			if sequence := snapshot.Object(c.Sequence); c.Sequence != 0 && sequence != nil && stmt.RestartIdentity {
				sequences = append(sequences, sequence)
			}
		}
	}
	return change, sequences, nil
}

// truncateInBlock deletes all rows of tables that the transaction sees.
func (s *Session) truncateInBlock(ctx context.Context, tables []*ast.TableRef) error {
	for _, t := range tables {
		p, err := s.planMutation(&ast.Delete{Pos: t.Pos, Table: t}, "DELETE", nil)
		if err != nil {
			return err
		}
		if _, err := p.(*mutationPlan).change(ctx, s, nil); err != nil {
			return err
		}
	}
	s.tx.again = nil
	return s.tx.writes.Check()
}

// writable refuses what cannot be written to.
func writable(o *catalog.Object) error {
	switch {
	case o.System:
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied for %s %s", o.Kind, o.Name)
	case o.Kind == catalog.Table && o.PartOf != 0:
		return pgerr.Newf(pgerr.WrongObjectType, "cannot change relation %q", o.Name).
			WithHint("It has the late rows of a view, and is written by it.")
	case o.Kind == catalog.Table:
		return nil
	case o.Kind == catalog.View:
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "cannot insert into view %q", o.Name).
			WithHint("Freshet has no updatable views: change the tables that it is made of.")
	case o.Kind == catalog.MaterializedView:
		return pgerr.Newf(pgerr.WrongObjectType, "cannot change materialized view %q", o.Name).
			WithHint("It is kept up to date by itself: change the tables that it is made of.")
	case o.Kind == catalog.Source:
		return pgerr.Newf(pgerr.WrongObjectType, "cannot change source %q", o.Name).
			WithHint("Its rows come from outside. Create a table to insert rows into.")
	default:
		return pgerr.Newf(pgerr.WrongObjectType, "cannot change %s %q", o.Kind, o.Name)
	}
}
