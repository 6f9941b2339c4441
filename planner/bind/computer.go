package bind

import (
	"strconv"

	"github.com/freshetdb/freshet/planner/plan"
)

// computer collects expressions that must be columns, and makes the node that computes them.
type computer struct {
	b     *binder
	in    plan.Node
	exprs []plan.Expr
	cols  []plan.Column
	// all tells to hand on all columns of the input.
	all bool
}

func (k *selection) newComputer(in plan.Node) *computer { return &computer{b: k.b, in: in} }

// id is the column of an expression.
func (c *computer) id(e plan.Expr, name string) plan.ColumnID {
	for i, x := range c.exprs {
		if plan.Equal(x, e) {
			return c.cols[i].ID
		}
	}
	col := plan.Column{}
	if ref, ok := e.(*plan.ColumnRef); ok {
		col = plan.ColumnByID(c.in.Columns(), ref.ID)
	}
	if col.ID == 0 {
		if name == "" {
			name = "expr" + strconv.Itoa(len(c.cols)+1)
		}
		col = c.b.column(name, e.Type())
	}
	c.exprs, c.cols = append(c.exprs, e), append(c.cols, col)
	return col.ID
}

func (c *computer) column(id plan.ColumnID) plan.Column { return plan.ColumnByID(c.cols, id) }

func (c *computer) aggregate(a *aggregate) plan.AggCall {
	call := plan.AggCall{Function: a.function, Distinct: a.distinct, Column: a.column}
	for _, x := range a.args {
		call.Args = append(call.Args, c.id(a.filtered(x), ""))
	}
	if a.filter != nil {
		call.Filter = c.id(a.filter, "")
	}
	for _, o := range a.order {
		call.Order = append(call.Order, plan.SortKey{Column: c.id(a.filtered(o.expr), ""), Desc: o.desc, NullsFirst: o.nullsFirst})
	}
	return call
}

// filtered is an argument that is computed only for the rows that the filter lets pass: for the others it may fail.
func (a *aggregate) filtered(x plan.Expr) plan.Expr {
	_, isColumn := x.(*plan.ColumnRef)
	_, isConst := x.(*plan.Const)
	if a.filter == nil || isColumn || isConst {
		return x
	}
	return &plan.Case{
		Whens: []plan.When{{Cond: a.filter, Result: x}},
		Else:  nullOf(x.Type()),
		Typ:   x.Type(),
	}
}

// node is the input with the columns; the input itself if nothing has to be computed.
func (c *computer) node() plan.Node {
	computed := false
	for i, e := range c.exprs {
		ref, ok := e.(*plan.ColumnRef)
		computed = computed || !ok || ref.ID != c.cols[i].ID
	}
	if !computed {
		return c.in
	}
	p := &plan.Project{Input: c.in}
	if c.all {
		for _, col := range c.in.Columns() {
			p.Exprs, p.Cols = append(p.Exprs, refTo(col, 0)), append(p.Cols, col)
		}
	}
	for i, e := range c.exprs {
		if plan.ColumnByID(p.Cols, c.cols[i].ID).ID == 0 {
			p.Exprs, p.Cols = append(p.Exprs, e), append(p.Cols, c.cols[i])
		}
	}
	return p
}
