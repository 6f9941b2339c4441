package plan

import "slices"

// Inputs are the nodes that a node reads; queries in its expressions are not among them.
func Inputs(n Node) []Node {
	switch n := n.(type) {
	case *Scan, *Values, *Working:
		return nil
	case *Filter:
		return []Node{n.Input}
	case *Project:
		return []Node{n.Input}
	case *Join:
		return []Node{n.Left, n.Right}
	case *Window:
		return []Node{n.Input}
	case *Aggregate:
		return []Node{n.Input}
	case *Distinct:
		return []Node{n.Input}
	case *Over:
		return []Node{n.Input}
	case *TopN:
		return []Node{n.Input}
	case *Order:
		return []Node{n.Input}
	case *Limit:
		return []Node{n.Input}
	case *SetOp:
		return []Node{n.Left, n.Right}
	case *Recursion:
		return []Node{n.Init, n.Step}
	case *TableFunc:
		if n.Input == nil {
			return nil
		}
		return []Node{n.Input}
	case *Single:
		return []Node{n.Input}
	case *Emit:
		return []Node{n.Input}
	}
	return nil
}

// Exprs are the expressions of a node itself, not of its inputs.
func Exprs(n Node) []Expr {
	switch n := n.(type) {
	case *Values:
		return slices.Concat(n.Rows...)
	case *Filter:
		return []Expr{n.Cond}
	case *Project:
		return n.Exprs
	case *Join:
		return present(n.On)
	case *Limit:
		return present(n.Limit, n.Offset)
	case *TableFunc:
		var all []Expr
		for _, c := range n.Calls {
			all = append(all, c.Args...)
		}
		return all
	case *Over:
		return n.exprs()
	case *Scan, *Window, *Aggregate, *Distinct, *TopN, *Order, *SetOp, *Recursion, *Working, *Single, *Emit:
	}
	return nil
}

func present(list ...Expr) []Expr {
	return slices.DeleteFunc(list, func(e Expr) bool { return e == nil })
}

// Args are the arguments of an expression: those directly below it. Of a Subquery they are X.
func Args(e Expr) []Expr {
	switch e := e.(type) {
	case *ColumnRef, *Const, *Param:
	case *Call:
		return e.Args
	case *Logic:
		return e.Args
	case *Not:
		return []Expr{e.X}
	case *IsNull:
		return []Expr{e.X}
	case *Case:
		var all []Expr
		for _, w := range e.Whens {
			all = append(all, w.Cond, w.Result)
		}
		return append(all, e.Else)
	case *Coalesce:
		return e.Args
	case *Subquery:
		return e.X
	}
	return nil
}

// MapExprs returns the node with its own expressions replaced; the inputs are the same. It is the node itself if nothing changes.
func MapExprs(n Node, f func(Expr) Expr) Node {
	switch n := n.(type) {
	case *Values:
		c := *n
		c.Rows = make([][]Expr, len(n.Rows))
		for i, row := range n.Rows {
			c.Rows[i] = mapList(row, f)
		}
		return &c
	case *Filter:
		return &Filter{n.Input, f(n.Cond)}
	case *Project:
		return &Project{n.Input, mapList(n.Exprs, f), n.Cols}
	case *Join:
		return &Join{Kind: n.Kind, Left: n.Left, Right: n.Right, On: mapOptional(n.On, f), Lateral: n.Lateral}
	case *Limit:
		return &Limit{n.Input, mapOptional(n.Limit, f), mapOptional(n.Offset, f), n.WithTies}
	case *TableFunc:
		c := &TableFunc{Input: n.Input, Ordinality: n.Ordinality, Outer: n.Outer, Calls: slices.Clone(n.Calls)}
		for i := range c.Calls {
			c.Calls[i].Args = mapList(c.Calls[i].Args, f)
		}
		return c
	case *Over:
		return n.mapExprs(f)
	case *Scan, *Window, *Aggregate, *Distinct, *TopN, *Order, *SetOp, *Recursion, *Working, *Single, *Emit:
	}
	return n
}

// MapInputs returns the node over other inputs.
func MapInputs(n Node, f func(Node) Node) Node {
	switch n := n.(type) {
	case *Scan, *Values, *Working:
	case *Filter:
		return &Filter{f(n.Input), n.Cond}
	case *Project:
		return &Project{f(n.Input), n.Exprs, n.Cols}
	case *Join:
		return &Join{Kind: n.Kind, Left: f(n.Left), Right: f(n.Right), On: n.On, Lateral: n.Lateral}
	case *Window:
		c := *n
		c.Input = f(n.Input)
		return &c
	case *Aggregate:
		return &Aggregate{f(n.Input), n.Keys, n.Calls}
	case *Distinct:
		return &Distinct{f(n.Input), n.On, n.Order}
	case *Over:
		return &Over{f(n.Input), n.Partition, n.Order, n.Calls}
	case *TopN:
		c := *n
		c.Input = f(n.Input)
		return &c
	case *Order:
		return &Order{f(n.Input), n.Keys}
	case *Limit:
		return &Limit{f(n.Input), n.Limit, n.Offset, n.WithTies}
	case *SetOp:
		return &SetOp{n.Kind, n.All, f(n.Left), f(n.Right), n.Cols}
	case *Recursion:
		return &Recursion{n.ID, n.All, f(n.Init), f(n.Step), n.Cols}
	case *TableFunc:
		c := &TableFunc{Calls: n.Calls, Ordinality: n.Ordinality, Outer: n.Outer}
		if n.Input != nil {
			c.Input = f(n.Input)
		}
		return c
	case *Single:
		return &Single{f(n.Input), n.Keys}
	case *Emit:
		return &Emit{f(n.Input), n.OnClose, n.EveryMicros}
	}
	return n
}

func mapList(list []Expr, f func(Expr) Expr) []Expr {
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = f(e)
	}
	return out
}

func mapOptional(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	return f(e)
}

// MapArgs returns the expression with its arguments replaced: those directly below it. Of a Subquery they are X; the query is left.
func MapArgs(e Expr, f func(Expr) Expr) Expr {
	switch e := e.(type) {
	case *ColumnRef, *Const, *Param:
	case *Call:
		if len(e.Args) > 0 {
			return &Call{e.Function, mapList(e.Args, f), e.Typ, e.Pos}
		}
	case *Logic:
		return &Logic{e.Or, mapList(e.Args, f)}
	case *Not:
		return &Not{f(e.X)}
	case *IsNull:
		return &IsNull{f(e.X), e.Not}
	case *Case:
		c := &Case{Whens: make([]When, len(e.Whens)), Typ: e.Typ}
		for i, w := range e.Whens {
			c.Whens[i] = When{f(w.Cond), f(w.Result)}
		}
		c.Else = f(e.Else)
		return c
	case *Coalesce:
		return &Coalesce{mapList(e.Args, f), e.Typ}
	case *Subquery:
		c := *e
		c.X = mapList(e.X, f)
		return &c
	}
	return e
}

// Rewrite replaces expressions from the top down, in e and in the queries within it: where replace returns true its result stands,
// else what is below is looked at.
func Rewrite(e Expr, replace func(Expr) (Expr, bool)) Expr {
	if r, done := replace(e); done {
		return r
	}
	inner := func(x Expr) Expr { return Rewrite(x, replace) }
	e = MapArgs(e, inner)
	if q, ok := e.(*Subquery); ok {
		c := *q
		c.Query = RewriteNode(q.Query, replace)
		return &c
	}
	return e
}

// RewriteNode is Rewrite for all expressions of a plan.
func RewriteNode(n Node, replace func(Expr) (Expr, bool)) Node {
	n = MapInputs(n, func(in Node) Node { return RewriteNode(in, replace) })
	return MapExprs(n, func(e Expr) Expr { return Rewrite(e, replace) })
}

// Walk calls visit for e and all expressions below it, also those in the queries within it; not below one for which it returns false.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	for _, a := range Args(e) {
		Walk(a, visit)
	}
	if q, ok := e.(*Subquery); ok {
		WalkNode(q.Query, visit)
	}
}

// WalkNode is Walk for all expressions of a plan.
func WalkNode(n Node, visit func(Expr) bool) {
	for _, in := range Inputs(n) {
		WalkNode(in, visit)
	}
	for _, e := range Exprs(n) {
		Walk(e, visit)
	}
}

// Outer are the columns that a plan uses but does not make: those of queries around it.
func Outer(n Node) []*ColumnRef {
	made := map[ColumnID]bool{}
	var uses []*ColumnRef
	collect(n, made, &uses)
	return slices.DeleteFunc(uses, func(c *ColumnRef) bool { return made[c.ID] })
}

func collect(n Node, made map[ColumnID]bool, uses *[]*ColumnRef) {
	for _, in := range Inputs(n) {
		collect(in, made, uses)
	}
	for _, c := range n.Columns() {
		made[c.ID] = true
	}
	for _, e := range Exprs(n) {
		collectExpr(e, made, uses)
	}
}

func collectExpr(e Expr, made map[ColumnID]bool, uses *[]*ColumnRef) {
	switch x := e.(type) {
	case *ColumnRef:
		*uses = append(*uses, x)
	case *Subquery:
		collect(x.Query, made, uses)
	default:
	}
	for _, a := range Args(e) {
		collectExpr(a, made, uses)
	}
}
