package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Brief implements pgwire.Brief: a query that reads a row by its key, by a plan that is still good.
func (p *portal) Brief() bool {
	query, ok := p.prepared.plan.(*queryPlan)
	return ok && query.brief && p.prepared.version == p.prepared.session.planVersion()
}

// isBrief tells whether a query reads at most one row, by a whole unique key, and computes nothing that depends on how long values are.
func isBrief(g *flow.Graph, relation func(catalog.ID) *flow.Relation) bool {
	for i := range g.Nodes {
		switch spec := g.Nodes[i].Spec.(type) {
		case *flow.Scan:
			r := relation(catalog.ID(spec.Relation))
			if r == nil || spec.Access == nil || spec.Access.Arrangement >= len(r.Arrangements) {
				return false
			}
			by := r.Arrangements[spec.Access.Arrangement]
			if !by.Unique || len(spec.Access.Equal) < len(by.Key) || !areBrief(spec.Access.Equal) {
				return false
			}
		case *flow.Filter:
			if !areBrief([]flow.Expr{spec.Cond}) {
				return false
			}
		case *flow.Project:
			if !areBrief(spec.Exprs) {
				return false
			}
		case *flow.Output:
		default:
			return false
		}
	}
	return true
}

// areBrief tells whether expressions are columns, constants and parameters, and what is computed of values that have few bytes.
func areBrief(list []flow.Expr) bool {
	return !slices.ContainsFunc(list, func(e flow.Expr) bool { return !isBriefExpr(e) })
}

func isBriefExpr(e flow.Expr) bool {
	switch e := e.(type) {
	case *flow.Column, *flow.Const, *flow.Param:
		return true
	case *flow.IsNull:
		return isBriefExpr(e.X)
	case *flow.Not:
		return isBriefExpr(e.X)
	case *flow.Logic:
		return areBrief(e.Args)
	case *flow.Coalesce:
		return areBrief(e.Args)
	case *flow.Call:
		few := func(x flow.Expr) bool { return hasFewBytes(x.Type()) }
		return e.Function.Volatility == fn.Immutable && few(e) && !slices.ContainsFunc(e.Args, func(x flow.Expr) bool { return !few(x) }) && areBrief(e.Args)
	default:
		return false
	}
}

// hasFewBytes tells whether the values of a type are all of one small size.
func hasFewBytes(t types.Type) bool { return t.Kind() != types.Bytes }
