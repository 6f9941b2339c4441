package planner

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/incr"
	"github.com/freshetdb/freshet/planner/opt"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// Expr plans an expression that stands alone. It may use the columns of o, which are then the columns of its input; nil: none.
func Expr(e ast.Expr, o *catalog.Object, use plan.Use, options Options) (flow.Expr, error) {
	name, cols := "", []plan.Column(nil)
	if o != nil {
		name, cols = o.Name, columnsOf(o)
	}
	x, err := bind.Expr(options.context(false), e, name, cols, use)
	if err != nil {
		return nil, err
	}
	return incr.Expr(opt.FoldExpr(x, opt.Options{Functions: options.Functions, Settings: options.Settings}), cols)
}

// columnsOf are the columns of a relation with their places, from 1, as ids.
func columnsOf(o *catalog.Object) []plan.Column {
	cols := make([]plan.Column, len(o.Columns))
	for i, c := range o.Columns {
		cols[i] = plan.Column{
			ID: plan.ColumnID(i + 1), Name: c.Name, Type: c.Type, Table: o.ID, Number: int16(i + 1), NotNull: c.NotNull,
		}
	}
	return cols
}

// Watermark plans the watermark of a source or table, over its columns; nil if it has none.
func Watermark(o *catalog.Object, options Options) (*flow.Watermark, error) {
	if o.Watermark == nil {
		return nil, nil
	}
	if options.Expression == nil {
		return nil, invariants.Errorf("no way to parse a watermark")
	}
	e, err := options.Expression(o.Watermark.Expr)
	if err != nil {
		return nil, err
	}
	column := &o.Columns[o.Watermark.Column]
	x, err := Expr(e, o, plan.ValueOf(plan.UseWatermark, column.Name, column.Type), options)
	if err != nil {
		return nil, err
	}
	return &flow.Watermark{Expr: x, Column: o.Watermark.Column}, nil
}
