package planner

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/incr"
	"github.com/freshetdb/freshet/planner/opt"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// Mutation is a planned INSERT, UPDATE or DELETE. Its graph gives a row for each row of the table that changes: the row as it was, the
// row as it becomes, and what RETURNING needs beside them. Who runs it checks the table's constraints and writes.
type Mutation struct {
	*Prepared
	Kind  bind.MutationKind
	Table *catalog.Object
	// Old, New and Extra are how many columns each part of a row has. Old has all columns of the table or none; New all of them, of an
	// INSERT only those that are not hidden, of a DELETE none.
	Old, New, Extra int
	// Returning is computed over New (of a DELETE, Old) and Extra, one behind the other; ReturningColumns are what it gives. Nil without
	// RETURNING.
	Returning        []flow.Expr
	ReturningColumns []plan.Column
	OnConflict       *OnConflict
}

// OnConflict is ON CONFLICT.
type OnConflict struct {
	// Columns are those of the constraint that is meant, by their place in the table; nil: any.
	Columns []int
	// Sets is the row that DO UPDATE makes, a value for each column of New; nil is DO NOTHING. They and Where (nil: true) are computed
	// over the row that is there, all columns of the table, and New behind it.
	Sets  []flow.Expr
	Where flow.Expr
}

// PlanMutation plans an INSERT, UPDATE or DELETE.
func PlanMutation(stmt ast.Statement, o Options) (*Mutation, error) {
	c := o.context(false)
	var r *bind.Mutation
	var err error
	switch stmt := stmt.(type) {
	case *ast.Insert:
		r, err = bind.Insert(c, stmt)
	case *ast.Update:
		r, err = bind.Update(c, stmt)
	case *ast.Delete:
		r, err = bind.Delete(c, stmt)
	default:
		err = invariants.Errorf("a %T changes no rows", stmt)
	}
	if err != nil {
		return nil, err
	}
	source := &bind.Result{Node: r.Source, Columns: r.Source.Columns(), Params: r.Params, Relations: r.Relations}
	p, err := o.finish(source, incr.Options{OneShot: true})
	if err != nil {
		return nil, err
	}
	m := &Mutation{
		Prepared: p, Kind: r.Kind, Table: r.Table, Old: len(r.Old), New: len(r.New), Extra: len(r.Extra), ReturningColumns: r.Columns,
	}
	row := r.New
	if r.Kind == bind.DeleteRows {
		row = r.Old
	}
	if m.Returning, err = o.exprs(r.Returning, append(slices.Clone(row), r.Extra...)); err != nil {
		return nil, err
	}
	if r.OnConflict == nil {
		return m, nil
	}
	both := append(slices.Clone(r.OnConflict.Existing), r.New...)
	m.OnConflict = &OnConflict{Columns: r.OnConflict.Columns}
	if m.OnConflict.Sets, err = o.exprs(r.OnConflict.Sets, both); err != nil {
		return nil, err
	}
	if r.OnConflict.Where != nil {
		where, err := o.exprs([]plan.Expr{r.OnConflict.Where}, both)
		if err != nil {
			return nil, err
		}
		m.OnConflict.Where = where[0]
	}
	return m, nil
}

// exprs folds and lowers expressions over columns.
func (o *Options) exprs(list []plan.Expr, cols []plan.Column) ([]flow.Expr, error) {
	var out []flow.Expr
	for _, e := range list {
		x, err := incr.Expr(opt.FoldExpr(e, opt.Options{Functions: o.Functions, Settings: o.Settings}), cols)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}
