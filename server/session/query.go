package session

import (
	"context"
	"strconv"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// queryPlan is SELECT, VALUES, TABLE.
type queryPlan struct {
	planned *planner.Prepared
	columns []pgwire.Column
	again   dataflow.Again
	brief   bool        // it takes microseconds
	counter *rowCounter // for the next run; nil while one uses it
}

// rowCounter counts the rows that it hands on.
type rowCounter struct {
	out  pgwire.Out
	n    int64
	emit op.Emit // is take, made once
}

func (c *rowCounter) take(b *batch.Batch) error {
	c.n += rowsOf(b)
	return c.out.Rows(b)
}

// countRows returns a counter that hands rows to out.
func (p *queryPlan) countRows(out pgwire.Out) *rowCounter {
	c := p.counter
	p.counter = nil
	if c == nil {
		c = &rowCounter{}
		c.emit = c.take
	}
	c.out, c.n = out, 0
	return c
}

func planQuery(s *Session, stmt *ast.Query, declared []types.OID) (plan, error) {
	if err := refuseQuery(stmt); err != nil {
		return nil, err
	}
	p, err := planner.Plan(stmt, s.options(declared))
	if err != nil {
		return nil, err
	}
	if err := s.checkSources(stmt, p.Graph); err != nil {
		return nil, err
	}
	return &queryPlan{planned: p, columns: wireColumns(p.Columns), brief: isBrief(p.Graph, s.schema().relations.Get)}, nil
}

// refuseQuery refuses what a query can say and a SELECT here cannot do.
func refuseQuery(stmt *ast.Query) error {
	if body, ok := stmt.Body.(*ast.Select); ok && body.Into != nil {
		return unsupported(body.Into, "SELECT INTO").WithHint("Write CREATE TABLE ... AS SELECT.")
	}
	if stmt.Emit != nil {
		return unsupported(stmt.Emit, "EMIT in a SELECT").WithHint("EMIT is for queries that run on: CREATE MATERIALIZED VIEW ... AS.")
	}
	return nil
}

// checkSources refuses to read a stream to its end that has none. With a LIMIT that needs no more than the first rows it ends.
func (s *Session) checkSources(stmt *ast.Query, g *flow.Graph) error {
	now := s.schema()
	for _, step := range g.Steps {
		if err := s.checkSources(stmt, step); err != nil {
			return err
		}
	}
	for i := range g.Nodes {
		source, ok := g.Nodes[i].Spec.(*flow.Source)
		if !ok || !now.endless[catalog.ID(source.Relation)] || limited(g, flow.NodeID(i)) {
			continue
		}
		o := now.catalog.Object(catalog.ID(source.Relation))
		return pgerr.Newf(pgerr.FeatureNotSupported, "cannot read source %q to its end, because it has none", o.Name).At(int(stmt.At())).
			WithHint("Create a materialized view on it and read that. With a LIMIT, and without ORDER BY and GROUP BY, the first rows can be read.")
	}
	return nil
}

// limited tells whether all that is made of a node's rows goes to a LIMIT, through nothing that waits for the last of them.
func limited(g *flow.Graph, from flow.NodeID) bool {
	taken := false
	for i := range g.Nodes {
		for _, in := range g.Nodes[i].Inputs {
			if in.Node != from {
				continue
			}
			switch spec := g.Nodes[i].Spec.(type) {
			case *flow.Take:
				if spec.Limit == nil {
					return false
				}
			case *flow.Filter, *flow.Project, *flow.Hop, *flow.TableFunc, *flow.Union, *flow.Timeless, *flow.Clock:
				if !limited(g, flow.NodeID(i)) {
					return false
				}
			default:
				return false
			}
			taken = true
		}
	}
	return taken
}

func (p *queryPlan) describe() ([]types.Type, []pgwire.Column) { return p.planned.Params, p.columns }

func (p *queryPlan) run(ctx context.Context, s *Session, args []types.Value, out pgwire.Out) error {
	return p.runSeeing(ctx, s, nil, args, out)
}

// runSeeing is run for a query that began before: it sees what its transaction had written then, nil is all.
func (p *queryPlan) runSeeing(ctx context.Context, s *Session, view *dataflow.View, args []types.Value, out pgwire.Out) error {
	if err := s.readable(p.planned.Graph); err != nil {
		return err
	}
	if err := out.Columns(p.columns); err != nil {
		return err
	}
	counter := p.countRows(out)
	err := s.readGraphSeeing(ctx, view, p.planned.Graph, &p.again, args, counter.emit)
	count := counter.n
	counter.out, p.counter = nil, counter
	if err != nil {
		return err
	}
	return out.Complete(selectTag(count))
}

// selectTag is what a SELECT of so many rows is completed with.
func selectTag(rows int64) string {
	switch rows {
	case 0:
		return "SELECT 0"
	case 1:
		return "SELECT 1"
	default:
		return "SELECT " + strconv.FormatInt(rows, 10)
	}
}

// begunQuery is a query that sees what its transaction had written when it began, as that of a cursor does.
type begunQuery struct {
	*queryPlan
	view *dataflow.View
}

func (q *begunQuery) run(ctx context.Context, s *Session, args []types.Value, out pgwire.Out) error {
	return q.runSeeing(ctx, s, q.view, args, out)
}

// rowsOf counts rows as often as they are there.
func rowsOf(b *batch.Batch) int64 {
	if b.Diff == nil {
		return int64(b.Len())
	}
	var n int64
	for _, d := range b.Diff {
		n += d
	}
	return n
}

// view is what the transaction has written up to now. With the epoch that it reads, which is fixed from here on, this is what a query
// sees that begins now and gives its rows later.
func (s *Session) view() (*dataflow.View, error) {
	if _, err := s.read(); err != nil {
		return nil, err
	}
	if s.tx.writes == nil {
		return &nothingWritten, nil
	}
	return s.tx.writes.View(), nil
}

var nothingWritten dataflow.View

// readGraph runs a one-shot graph in the session's transaction.
func (s *Session) readGraph(ctx context.Context, g *flow.Graph, again *dataflow.Again, args []types.Value, emit op.Emit) error {
	return s.readGraphSeeing(ctx, nil, g, again, args, emit)
}

// readGraphSeeing is readGraph over what the transaction had written at some moment; nil is all.
func (s *Session) readGraphSeeing(ctx context.Context, view *dataflow.View, g *flow.Graph, again *dataflow.Again, args []types.Value, emit op.Emit) error {
	snapshot, err := s.read()
	if err == nil && s.tx.state == txBlock && !s.tx.readOnly {
		_, err = s.write() // what a transaction has read must still be true when it commits what it writes
	}
	if err != nil {
		return err
	}
	s.reading++
	defer s.endReading()
	return s.engine.runtime.Read(ctx, dataflow.ReadOptions{
		Snapshot: snapshot, Graph: g, Params: args, Environment: s.functionEnvironment(ctx), Txn: s.tx.writes, View: view,
		System: s.systemScans, Again: again,
	}, emit)
}

// systemScan, which is s.systemScans, gives the rows of a system relation.
func (s *Session) systemScan(id flow.RelationID) (dataflow.SystemScan, bool) {
	o := s.catalog().Object(catalog.ID(id))
	switch {
	case o != nil && o.Kind == catalog.Sequence:
		return s.engine.sequenceScan(o), true
	case o == nil || !o.System:
		return nil, false
	}
	env := s.env().Env
	return func(ctx context.Context, columns []int, emit op.Emit) error {
		view := &batch.Batch{Cols: make([]batch.Vec, len(columns))}
		_, err := pgcatalog.Scan(env, catalog.ID(id), pgcatalog.Hint{}, func(b *batch.Batch) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			for i, c := range columns {
				view.Cols[i] = b.Cols[c]
			}
			view.Diff = b.Diff
			view.SetLen(b.Len())
			return emit(view)
		})
		return err
	}, true
}
