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

// runTruncate runs TRUNCATE. It takes effect at once, in an epoch of its own.
func runTruncate(ctx context.Context, s *Session, stmt *ast.Truncate, out pgwire.Out) error {
	if s.tx.state == txBlock {
		return pgerr.New(pgerr.ActiveSQLTransaction, "TRUNCATE cannot run inside a transaction block").
			WithHint("DELETE FROM the table without a condition does the same, and can be rolled back.")
	}
	snapshot := s.catalog()
	var change dataflow.Change
	var restart []*catalog.Object
	for _, t := range stmt.Tables {
		o, err := snapshot.Relation(s.path(snapshot), nameParts(t.Name))
		if err != nil {
			return placed(err, t.Name)
		}
		if err := writable(o); err != nil {
			return err
		}
		if id := flow.RelationID(o.ID); !slices.Contains(change.Truncate, id) {
			change.Truncate = append(change.Truncate, id)
		}
		for _, c := range o.Columns {
			if sequence := snapshot.Object(c.Sequence); c.Sequence != 0 && sequence != nil && stmt.RestartIdentity {
				restart = append(restart, sequence)
			}
		}
	}
	if err := s.commitEarly(ctx); err != nil {
		return err
	}
	if _, err := s.engine.runtime.Change(context.WithoutCancel(ctx), change); err != nil {
		return err
	}
	for _, sequence := range restart {
		if err := s.engine.setValue(ctx, sequence, sequence.Sequence.Start, false); err != nil {
			return err
		}
	}
	return out.Complete("TRUNCATE TABLE")
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
