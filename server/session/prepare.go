package session

import (
	"context"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// runPrepare runs PREPARE.
func runPrepare(_ context.Context, s *Session, stmt *ast.Prepare, out pgwire.Out) error {
	p := &prepared{session: s, name: string(stmt.Name), text: ast.Print(stmt), stmt: stmt.Statement}
	for _, t := range stmt.Types {
		resolved, err := planner.Type(t, s.options(nil))
		if err != nil {
			return err
		}
		p.declared = append(p.declared, resolved.OID)
	}
	switch stmt.Statement.(type) {
	case *ast.Query, *ast.Insert, *ast.Update, *ast.Delete:
	default:
		return unsupported(stmt.Statement, "PREPARE of "+nameOf(stmt.Statement))
	}
	if err := p.ready(); err != nil {
		return err
	}
	p.described, p.fromSQL = true, true
	if err := s.keep(p); err != nil {
		return err
	}
	return out.Complete("PREPARE")
}

// executePlan is EXECUTE.
type executePlan struct {
	target *prepared
	args   []types.Value
}

func planExecute(s *Session, stmt *ast.Execute, _ []types.OID) (plan, error) {
	target, ok := s.prepared[string(stmt.Name)]
	if !ok {
		return nil, pgwire.NoStatement(string(stmt.Name))
	}
	if err := target.ready(); err != nil {
		return nil, err
	}
	if len(stmt.Args) != len(target.params) {
		return nil, pgerr.Newf(pgerr.SyntaxError, "wrong number of parameters for prepared statement %q", string(stmt.Name)).
			WithDetail("Expected %d parameters but got %d.", len(target.params), len(stmt.Args))
	}
	e := &executePlan{target: target}
	for i, x := range stmt.Args {
		value, err := s.argument(x, i+1, target.params[i])
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, value)
	}
	return e, nil
}

func (e *executePlan) describe() ([]types.Type, []pgwire.Column) { return nil, e.target.columns }

func (e *executePlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	if err := e.target.ready(); err != nil {
		return err
	}
	if err := s.allow(e.target); err != nil {
		return err
	}
	s.current = e.target
	return e.target.plan.run(ctx, s, e.args, out)
}

// runDeallocate runs DEALLOCATE.
func runDeallocate(_ context.Context, s *Session, stmt *ast.Deallocate, out pgwire.Out) error {
	if stmt.Name == "" {
		clear(s.prepared)
		return out.Complete("DEALLOCATE ALL")
	}
	if _, ok := s.prepared[string(stmt.Name)]; !ok {
		return pgwire.NoStatement(string(stmt.Name))
	}
	delete(s.prepared, string(stmt.Name))
	return out.Complete("DEALLOCATE")
}
