// Package planner makes graphs of statements: it binds, optimizes and lowers, and keeps each stage for EXPLAIN.
package planner

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/incr"
	"github.com/freshetdb/freshet/planner/opt"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Options are what a statement is planned in.
type Options struct {
	Catalog *catalog.Snapshot
	Path    catalog.Path
	// Functions are what names of functions and operators mean; nil are the builtins.
	Functions *fn.Registry
	// Settings are those of the session; nil are the defaults.
	Settings *types.Settings
	// Params are the types of the parameters that are known, $1 first; 0 is to be found out.
	Params []types.OID
	// NoParams makes a parameter an error.
	NoParams bool
	// View gives the query of a view, Expression the syntax tree of a default or generated value. Both parse what the catalog holds as
	// text.
	View       func(o *catalog.Object) (*ast.Query, error)
	Expression func(sql string) (ast.Expr, error)
	// Relation tells how a relation lies in the store and what is known of its time; nil for those that do not lie there.
	Relation func(id catalog.ID) *flow.Relation
	// Stars is told what each * stands for (bind.Context.Stars).
	Stars func(star *ast.Star, columns [][]ast.Ident)
	// Literals is told of those that depend on settings (bind.Context.Literals).
	Literals func(literal *ast.Literal, text string)
	// AnySettings is for Literals (bind.Context.AnySettings).
	AnySettings bool
}

func (o *Options) context(continuous bool) *bind.Context {
	functions := o.Functions
	if functions == nil {
		functions = fn.Builtins()
	}
	return &bind.Context{
		Catalog: o.Catalog, Path: o.Path, Functions: functions, Settings: o.Settings, Params: o.Params, NoParams: o.NoParams,
		View: o.View, Expression: o.Expression, Continuous: continuous, Stars: o.Stars, Literals: o.Literals, AnySettings: o.AnySettings,
	}
}

// Prepared is a planned statement. Its graph may run any number of times, with other parameters each time, as long as the catalog is the
// same.
type Prepared struct {
	// Columns are those of the rows that the graph puts out.
	Columns []plan.Column
	Params  []types.Type
	Graph   *flow.Graph
	// Relations are what the statement reads, views among them.
	Relations []*catalog.Object
	// Bound and Optimized are the plan after these stages, and Steps what the optimizer did.
	Bound, Optimized plan.Node
	Steps            []opt.Step
	// Notices are for the client: what a view costs.
	Notices []string
}

// Plan plans a query that is read once.
func Plan(q *ast.Query, o Options) (*Prepared, error) {
	r, err := bind.Query(o.context(false), q)
	if err != nil {
		return nil, err
	}
	return o.finish(r, incr.Options{OneShot: true})
}

// ViewOptions say what a query that runs on is for.
type ViewOptions struct {
	// ID and Name are the view's. Columns are the names that the view gives its columns; those that are left out keep theirs.
	ID      catalog.ID
	Name    string
	Columns []string
	// Sink is the id of the sink that takes the rows, if it is no view.
	Sink catalog.ID
	// AllocTable gives tables of the store: first one for the rows of the view, then those of the graph's state, in its order. A graph that
	// is planned again asks in the same order. Nil leaves all ids 0.
	AllocTable func(name string) flow.TableID
	// AllocLate gives the relation that takes late rows with these columns; nil leaves the ids 0.
	AllocLate func(columns []flow.Field) flow.RelationID
}

// View is a planned view: what Prepared says, and how its rows will lie.
type View struct {
	*Prepared
	Relation *flow.Relation
}

// PlanView plans the query of a materialized view, or of a sink.
func PlanView(q *ast.Query, o Options, v ViewOptions) (*View, error) {
	o.NoParams = true
	r, err := bind.Query(o.context(true), q)
	if err != nil {
		return nil, err
	}
	if err := renameColumns(r, v.Columns); err != nil {
		return nil, err
	}
	lower := incr.Options{Sink: flow.RelationID(v.Sink)}
	if v.AllocTable != nil {
		lower.Before = flow.RelationID(max(v.ID, v.Sink))
	}
	relation := &flow.Relation{ID: flow.RelationID(v.ID), Name: v.Name}
	if v.Sink == 0 {
		for _, c := range r.Columns {
			relation.Columns = append(relation.Columns, flow.Field{Name: c.Name, Type: c.Type})
		}
		if v.AllocTable != nil {
			relation.Arrangements = []flow.Arrangement{{Table: v.AllocTable(v.Name)}}
		}
		lower.View = relation
	}
	p, err := o.finish(r, lower)
	if err != nil {
		return nil, err
	}
	for i := range p.Graph.Tables {
		switch t := &p.Graph.Tables[i]; {
		case v.AllocTable == nil:
		case t.View:
			t.ID = relation.Arrangements[0].Table
		default:
			t.ID = v.AllocTable(t.Name)
		}
	}
	for i := range p.Graph.Late {
		if v.AllocLate != nil {
			p.Graph.Late[i].Relation = v.AllocLate(p.Graph.Late[i].Columns)
		}
	}
	return &View{p, relation}, nil
}

// finish optimizes and lowers what was bound.
func (o *Options) finish(r *bind.Result, lower incr.Options) (*Prepared, error) {
	p := &Prepared{Columns: r.Columns, Params: r.Params, Relations: r.Relations, Bound: r.Node}
	p.Optimized, p.Steps = opt.Optimize(r.Node, opt.Options{Functions: o.Functions, Settings: o.Settings})
	lower.Relation, lower.Settings = o.Relation, o.Settings
	out, err := incr.Lower(p.Optimized, lower)
	if err != nil {
		return nil, err
	}
	p.Graph, p.Notices = out.Graph, out.Notices
	return p, nil
}
