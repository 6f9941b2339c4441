package session

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// planExplain plans EXPLAIN: of a query, of a statement that writes, or of what CREATE MATERIALIZED VIEW would make.
func planExplain(_ *Session, stmt *ast.Explain, declared []types.OID) (plan, error) {
	if stmt.Statement == nil {
		return explainRunning(stmt)
	}
	verbose, err := explainOptions(stmt.Options)
	if err != nil {
		return nil, err
	}
	return &listing{tag: "EXPLAIN", columns: textColumns("QUERY PLAN"), rows: func(s *Session) ([][]string, error) {
		text, err := s.explain(stmt.Statement, verbose, declared)
		if err != nil {
			return nil, err
		}
		return lines(text), nil
	}}, nil
}

func explainOptions(options []*ast.Option) (verbose bool, err error) {
	for _, o := range options {
		name := strings.ToLower(string(o.Name.Last()))
		value := "true"
		if o.Value != nil {
			value, _ = constantWord(o.Value)
		}
		on, isBool := parseBool(value)
		switch {
		case name == "verbose" && isBool:
			verbose = on
		case name == "costs" && isBool: // there are none to show
		case name == "format" && strings.EqualFold(value, "text"):
		case isBool && !on:
		case name == "format", name == "analyze", name == "buffers", name == "timing", name == "summary", name == "settings", name == "wal":
			return false, unsupported(o, "EXPLAIN ("+strings.ToUpper(name)+")").
				WithHint("EXPLAIN (VERBOSE) shows each stage of a plan; sys.operators tells what the operators of running views do.")
		default:
			return false, pgerr.Newf(pgerr.SyntaxError, "unrecognized EXPLAIN option %q", name).At(int(o.At()))
		}
	}
	return verbose, nil
}

func (s *Session) explain(stmt ast.Statement, verbose bool, declared []types.OID) (string, error) {
	switch stmt := stmt.(type) {
	case *ast.Query:
		p, err := planner.Plan(stmt, s.options(declared))
		if err != nil {
			return "", err
		}
		return planner.Explain(p, verbose), nil
	case *ast.Insert, *ast.Update, *ast.Delete:
		m, err := planner.PlanMutation(stmt, s.options(declared))
		if err != nil {
			return "", err
		}
		return verbOf(m) + " " + m.Table.Name + "\n" + planner.Explain(m.Prepared, verbose), nil
	case *ast.CreateMaterializedView:
		v, err := planner.PlanView(stmt.Query, s.options(nil), planner.ViewOptions{Name: string(stmt.Name.Last()), Columns: identStrings(stmt.Columns)})
		if err != nil {
			return "", err
		}
		return planner.Explain(v.Prepared, verbose), nil
	case *ast.CreateSink:
		return s.explainSink(stmt, verbose)
	default:
		return "", unsupported(stmt, "EXPLAIN of "+nameOf(stmt))
	}
}

// explainSink says how often the target of a sink gets each change, and what computes them.
func (s *Session) explainSink(stmt *ast.CreateSink, verbose bool) (string, error) {
	d := s.engine.newDDL(s.ctx(), s.schema())
	kind, _, err := d.sinkKind(stmt)
	if err != nil {
		return "", err
	}
	query := stmt.Query
	if stmt.From != nil {
		query = allOf(stmt.From)
	}
	v, err := planner.PlanView(query, s.options(nil), planner.ViewOptions{Name: string(stmt.Name.Last()), Sink: 1})
	if err != nil {
		return "", err
	}
	promise := "at most once"
	switch {
	case kind.ExactlyOnce:
		promise = "exactly once"
	case kind.Replay:
		promise = "at least once"
	}
	changes := "changes"
	if neverTakenBack(v.Graph) {
		changes = "rows, which are never taken back"
	}
	return "sink into " + kind.Name + ": " + promise + ", " + changes + "\n" + planner.Explain(v.Prepared, verbose), nil
}

// verbOf is what a statement does to its table.
func verbOf(m *planner.Mutation) string {
	switch {
	case m.Old == 0:
		return "insert into"
	case m.New == 0:
		return "delete from"
	default:
		return "update"
	}
}

// explainRunning is EXPLAIN MATERIALIZED VIEW and EXPLAIN SINK: the graph that runs.
func explainRunning(stmt *ast.Explain) (plan, error) {
	kind, ok := kindsByName[stmt.Kind]
	if !ok || kind != catalog.MaterializedView && kind != catalog.Sink {
		return nil, unsupported(stmt, "EXPLAIN "+stmt.Kind)
	}
	if _, err := explainOptions(stmt.Options); err != nil {
		return nil, err
	}
	return &listing{tag: "EXPLAIN", columns: textColumns("QUERY PLAN"), rows: func(s *Session) ([][]string, error) {
		now := s.schema()
		o, _, err := now.catalog.FindToDrop(s.path(now.catalog), kind, nameParts(stmt.Name), false)
		if err != nil {
			return nil, placed(err, stmt.Name)
		}
		graph := now.graphs.Get(o.ID)
		if graph == nil {
			return nil, invariants.Errorf("%s %q has no graph", o.Kind, o.Name)
		}
		return lines(flow.String(graph)), nil
	}}, nil
}

func lines(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		rows = append(rows, []string{strings.TrimSuffix(line, "\n")})
	}
	return rows
}

func identStrings(ids []ast.Ident) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}
