package session

import (
	"testing"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

func TestIsBrief(t *testing.T) {
	bigint, text := types.Of(types.OIDInt8), types.Of(types.OIDText)
	const table, system = 7, 8
	relation := func(id catalog.ID) *flow.Relation {
		if id != table {
			return nil
		}
		key := []flow.SortKey{{Column: 0}, {Column: 1}}
		return &flow.Relation{ID: table, Arrangements: []flow.Arrangement{{Key: key, Unique: true}, {Key: key[:1]}}}
	}
	param, column := &flow.Param{Typ: bigint}, &flow.Column{Typ: bigint}
	point := &flow.Scan{Relation: table, Access: &flow.Access{Equal: []flow.Expr{param, param}}}
	call := func(v fn.Volatility, result types.Type, args ...flow.Expr) flow.Expr {
		return &flow.Call{Function: &fn.Function{Volatility: v}, Args: args, Typ: result}
	}
	project := func(e flow.Expr) []flow.Spec {
		return []flow.Spec{point, &flow.Project{Exprs: []flow.Expr{e}}, &flow.Output{}}
	}
	for name, c := range map[string]struct {
		specs []flow.Spec
		want  bool
	}{
		"row by key":         {[]flow.Spec{point, &flow.Output{}}, true},
		"all rows":           {[]flow.Spec{&flow.Scan{Relation: table}, &flow.Output{}}, false},
		"half a key":         {[]flow.Spec{&flow.Scan{Relation: table, Access: &flow.Access{Equal: []flow.Expr{param}}}}, false},
		"not unique":         {[]flow.Spec{&flow.Scan{Relation: table, Access: &flow.Access{Arrangement: 1, Equal: []flow.Expr{param}}}}, false},
		"system relation":    {[]flow.Spec{&flow.Scan{Relation: system, Access: point.Access}}, false},
		"filter":             {[]flow.Spec{point, &flow.Filter{Cond: &flow.Not{X: &flow.IsNull{X: column}}}, &flow.Output{}}, true},
		"sum":                {project(call(fn.Immutable, bigint, column, param)), true},
		"random":             {project(call(fn.Volatile, bigint)), false},
		"long result":        {project(call(fn.Immutable, text, column)), false},
		"long argument":      {project(call(fn.Immutable, bigint, call(fn.Immutable, text, column))), false},
		"column of text":     {project(&flow.Column{Typ: text}), true},
		"case":               {project(&flow.Case{Else: column, Typ: bigint}), false},
		"join":               {[]flow.Spec{point, &flow.Join{}, &flow.Output{}}, false},
		"key of a long call": {[]flow.Spec{&flow.Scan{Relation: table, Access: &flow.Access{Equal: []flow.Expr{param, call(fn.Immutable, text, param)}}}}, false},
	} {
		g := &flow.Graph{}
		for _, s := range c.specs {
			g.Nodes = append(g.Nodes, flow.Node{Spec: s})
		}
		if got := isBrief(g, relation); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
