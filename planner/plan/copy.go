package plan

import "slices"

// Copy copies a plan with new ids for all columns that it makes, so that it can stand in the same plan a second time. ids gets the
// new id of each; next makes ids.
func Copy(n Node, ids map[ColumnID]ColumnID, next func() ColumnID) Node {
	c := copier{ids, next}
	return c.node(n)
}

// CopyExpr is Copy for an expression: queries in it get new columns.
func CopyExpr(e Expr, next func() ColumnID) Expr {
	c := copier{map[ColumnID]ColumnID{}, next}
	return c.expr(e)
}

type copier struct {
	ids  map[ColumnID]ColumnID
	next func() ColumnID
}

func (c copier) node(n Node) Node {
	n = MapInputs(n, c.node)
	switch x := n.(type) {
	case *Scan:
		d := *x
		d.Cols = c.made(x.Cols)
		n = &d
	case *Values:
		n = MapExprs(x, c.expr)
		n.(*Values).Cols = c.made(x.Cols)
		return n
	case *Project:
		n = MapExprs(x, c.expr)
		n.(*Project).Cols = c.made(x.Cols)
		return n
	case *Window:
		d := *x
		d.Time, d.Partition = c.id(x.Time), c.list(x.Partition)
		d.Start, d.End = c.column(x.Start), c.column(x.End)
		n = &d
	case *Aggregate:
		d := &Aggregate{x.Input, c.list(x.Keys), slices.Clone(x.Calls)}
		for i := range d.Calls {
			call := &d.Calls[i]
			call.Args, call.Filter, call.Order, call.Column = c.list(call.Args), c.id(call.Filter), c.order(call.Order), c.column(call.Column)
		}
		n = d
	case *Distinct:
		n = &Distinct{x.Input, c.list(x.On), c.order(x.Order)}
	case *Over:
		d := x.mapExprs(c.expr)
		d.Partition, d.Order = c.list(x.Partition), c.order(x.Order)
		for i := range d.Calls {
			d.Calls[i].Filter, d.Calls[i].Column = c.id(d.Calls[i].Filter), c.column(d.Calls[i].Column)
		}
		n = d
	case *TopN:
		d := *x
		d.Partition, d.Order = c.list(x.Partition), c.order(x.Order)
		if x.Number != nil {
			number := c.column(*x.Number)
			d.Number = &number
		}
		n = &d
	case *Order:
		n = &Order{x.Input, c.order(x.Keys)}
	case *SetOp:
		n = &SetOp{x.Kind, x.All, x.Left, x.Right, c.made(x.Cols)}
	case *Recursion:
		n = &Recursion{x.ID, x.All, x.Init, x.Step, c.made(x.Cols)}
	case *Working:
		n = &Working{x.ID, c.made(x.Cols), x.Name}
	case *TableFunc:
		d := MapExprs(x, c.expr).(*TableFunc)
		for i := range d.Calls {
			d.Calls[i].Cols = c.made(d.Calls[i].Cols)
		}
		if x.Ordinality != nil {
			o := c.column(*x.Ordinality)
			d.Ordinality = &o
		}
		return d
	case *Single:
		n = &Single{x.Input, c.list(x.Keys)}
	case *Filter, *Join, *Limit, *Emit:
	}
	return MapExprs(n, c.expr)
}

func (c copier) expr(e Expr) Expr {
	switch x := e.(type) {
	case *ColumnRef:
		d := *x
		d.ID = c.id(x.ID)
		return &d
	case *Subquery:
		d := *x
		d.Query = c.node(x.Query)
		d.X = mapList(x.X, c.expr)
		return &d
	default:
		return MapArgs(e, c.expr)
	}
}

// made gives columns new ids, once each: a Project hands on columns that already have theirs.
func (c copier) made(cols []Column) []Column {
	out := make([]Column, len(cols))
	for i, col := range cols {
		out[i] = c.column(col)
	}
	return out
}

func (c copier) column(col Column) Column {
	if col.ID == 0 {
		return col
	}
	id, ok := c.ids[col.ID]
	if !ok {
		id = c.next()
		c.ids[col.ID] = id
	}
	col.ID = id
	return col
}

func (c copier) id(id ColumnID) ColumnID {
	if n, ok := c.ids[id]; ok {
		return n
	}
	return id
}

// list keeps that there is no list: DISTINCT is not DISTINCT ON ().
func (c copier) list(ids []ColumnID) []ColumnID {
	if ids == nil {
		return nil
	}
	out := make([]ColumnID, len(ids))
	for i, id := range ids {
		out[i] = c.id(id)
	}
	return out
}

func (c copier) order(keys []SortKey) []SortKey {
	out := slices.Clone(keys)
	for i := range out {
		out[i].Column = c.id(out[i].Column)
	}
	return out
}
