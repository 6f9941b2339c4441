package session

import (
	"bytes"
	"context"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// options are what the session's statements are planned in.
func (s *Session) options(declared []types.OID) planner.Options {
	now := s.schema()
	return planner.Options{
		Catalog: now.catalog, Path: s.path(now.catalog), Functions: s.engine.functions, Settings: s.Settings(), Params: declared, NoParams: s.noParams,
		View: viewQuery, Expression: parseExpr,
		Relation: func(id catalog.ID) *flow.Relation { return s.relation(now, id) },
	}
}

// relation is how a relation lies in the store for the session: with the indexes that it has in the epoch that the transaction reads.
func (s *Session) relation(now *schema, id catalog.ID) *flow.Relation {
	r := now.relations.Get(id)
	if s.tx.snapshot == nil || r == nil {
		return r
	}
	if was := s.tx.snapshot.Form(r.ID); was != nil && len(was.Columns) == len(r.Columns) {
		return was
	}
	return r
}

// options are what the queries and expressions of a definition are planned in.
func (d *ddl) options() planner.Options {
	return planner.Options{
		Catalog: d.change.View(), Path: d.path, Functions: d.engine.functions, Settings: d.settings, NoParams: true,
		View: viewQuery, Expression: parseExpr, Relation: d.relation,
	}
}

// viewQuery is the query of a view.
func viewQuery(o *catalog.Object) (*ast.Query, error) {
	stmt, err := parseOne(o.Query)
	if err != nil {
		return nil, err
	}
	q, ok := stmt.(*ast.Query)
	if !ok {
		return nil, invariants.Errorf("the query of view %q is a %T", o.Name, stmt)
	}
	return q, nil
}

// columnsOf are the columns of a query, for a view.
func (d *ddl) columnsOf(q *ast.Query) ([]catalog.Column, error) {
	p, err := planner.Describe(q, d.options())
	if err != nil {
		return nil, err
	}
	var columns []catalog.Column
	for _, c := range p {
		columns = append(columns, catalog.Column{Name: c.Name, Type: c.Type})
	}
	return columns, nil
}

// expression plans an expression over the columns of a relation, or over none.
func (d *ddl) expression(x ast.Expr, over *catalog.Object, use logical.Use) (flow.Expr, error) {
	return planner.Expr(x, over, use, d.options())
}

// argument evaluates an argument of EXECUTE, the first has number 1.
func (s *Session) argument(x ast.Expr, number int, want types.Type) (types.Value, error) {
	o := s.options(nil)
	o.NoParams = true
	e, err := planner.Expr(x, nil, logical.Argument(number, want), o)
	if err != nil {
		return types.Value{}, err
	}
	return s.evaluate(s.ctx(), e)
}

// evaluate computes an expression without columns.
func (s *Session) evaluate(ctx context.Context, e flow.Expr) (types.Value, error) {
	columns := []flow.Field{{Type: e.Type()}}
	g := &flow.Graph{Nodes: []flow.Node{
		{Spec: &flow.Values{Columns: []types.Type{e.Type()}, Rows: [][]flow.Expr{{e}}}, Columns: columns},
		{Spec: &flow.Output{}, Columns: columns, Inputs: []flow.Input{{Node: 0}}},
	}}
	var value types.Value
	err := s.readGraph(ctx, g, nil, nil, func(b *batch.Batch) error {
		value = b.Cols[0].Value(0)
		value.Bytes = bytes.Clone(value.Bytes)
		return nil
	})
	return value, err
}

// typeOf is the type that a name of one means.
func (d *ddl) typeOf(t *ast.TypeName) (types.Type, error) { return planner.Type(t, d.options()) }

// wireColumns are the columns of a result as clients are told of them.
func wireColumns(columns []logical.Column) []pgwire.Column {
	out := make([]pgwire.Column, len(columns))
	for i, c := range columns {
		out[i] = pgwire.Column{Name: c.Name, Type: c.Type, Table: types.OID(c.Table), Number: c.Number}
		if c.Type.OID == types.OIDUnknown {
			out[i].Type = types.Of(types.OIDText)
		}
	}
	return out
}
