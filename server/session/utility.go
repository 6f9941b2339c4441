package session

import (
	"context"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
)

// runRefresh runs REFRESH MATERIALIZED VIEW: views are always fresh.
func runRefresh(_ context.Context, s *Session, stmt *ast.RefreshMaterializedView, out pgwire.Out) error {
	if stmt.NoData {
		return unsupported(stmt, "REFRESH MATERIALIZED VIEW ... WITH NO DATA").WithHint("DROP the view, or keep it: it is always fresh.")
	}
	snapshot := s.catalog()
	o, err := snapshot.Relation(s.path(snapshot), nameParts(stmt.Name))
	if err != nil {
		return placed(err, stmt.Name)
	}
	if o.Kind != catalog.MaterializedView {
		return pgerr.Newf(pgerr.FeatureNotSupported, "%q is not a materialized view", o.Name)
	}
	if err := s.noticef(out, "materialized view %q is always fresh", o.Name); err != nil {
		return err
	}
	return out.Complete("REFRESH MATERIALIZED VIEW")
}

// runFlush runs FLUSH: what was acknowledged can be read already.
func runFlush(_ context.Context, s *Session, _ *ast.Flush, out pgwire.Out) error {
	if err := s.noticef(out, "FLUSH has nothing to do: every acknowledged write can be read in all views"); err != nil {
		return err
	}
	return out.Complete("FLUSH")
}

// runWait runs WAIT: CREATE MATERIALIZED VIEW waits by itself, so nothing is in the making for this session.
func runWait(_ context.Context, s *Session, _ *ast.Wait, out pgwire.Out) error {
	if err := s.noticef(out, "WAIT has nothing to do: CREATE statements return when what they make can be read"); err != nil {
		return err
	}
	return out.Complete("WAIT")
}

// runAnalyze runs ANALYZE: there are no statistics to collect.
func runAnalyze(_ context.Context, s *Session, stmt *ast.Analyze, out pgwire.Out) error {
	return s.nothingToDo(stmt.Tables, "ANALYZE", out)
}

// runVacuum runs VACUUM: the store compacts by itself.
func runVacuum(_ context.Context, s *Session, stmt *ast.Vacuum, out pgwire.Out) error {
	if s.tx.state == txBlock {
		return pgerr.New(pgerr.ActiveSQLTransaction, "VACUUM cannot run inside a transaction block")
	}
	return s.nothingToDo(stmt.Tables, "VACUUM", out)
}

func (s *Session) nothingToDo(tables []*ast.AnalyzedTable, what string, out pgwire.Out) error {
	snapshot := s.catalog()
	for _, t := range tables {
		if _, err := snapshot.Relation(s.path(snapshot), nameParts(t.Name)); err != nil {
			return placed(err, t.Name)
		}
	}
	if err := s.noticef(out, "%s has nothing to do in Freshet", what); err != nil {
		return err
	}
	return out.Complete(what)
}

// runCheckpoint runs CHECKPOINT: what is committed is on disk.
func runCheckpoint(_ context.Context, s *Session, _ *ast.Checkpoint, out pgwire.Out) error {
	if err := s.noticef(out, "CHECKPOINT has nothing to do: every epoch is on disk when it is acknowledged"); err != nil {
		return err
	}
	return out.Complete("CHECKPOINT")
}

// nameParts are the parts of a name as the catalog takes them.
func nameParts(n *ast.Name) []string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = string(p)
	}
	return parts
}

// placed gives an error the place of a node, if it is one of the user's and has none yet.
func placed(err error, at ast.Node) error {
	//nolint:errorlint // an error that was wrapped has its place or is not the user's
	if e, ok := err.(*pgerr.Error); ok && e.Position == 0 {
		c := *e
		return c.At(int(at.At()))
	}
	return err
}
