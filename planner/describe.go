package planner

import (
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// Describe gives the columns of a query without planning how it is computed: what the definition of a view needs.
func Describe(q *ast.Query, o Options) ([]plan.Column, error) {
	r, err := bind.Query(o.context(false), q)
	if err != nil {
		return nil, err
	}
	return r.Columns, nil
}

// Type is the type that a name of one means.
func Type(t *ast.TypeName, o Options) (types.Type, error) { return bind.Type(o.context(false), t) }
