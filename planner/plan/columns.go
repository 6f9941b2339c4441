package plan

// MapExpr rebuilds an expression from its leaves up: f gets each part once its own parts are done. The query of a subquery is no part;
// its X are.
func MapExpr(e Expr, f func(Expr) Expr) Expr {
	return f(MapArgs(e, func(x Expr) Expr { return MapExpr(x, f) }))
}

// VisitExpr calls f for an expression and, as long as f says so, its parts. The query of a subquery is no part; its X are.
func VisitExpr(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	list := func(l []Expr) {
		for _, x := range l {
			VisitExpr(x, f)
		}
	}
	switch x := e.(type) {
	case *ColumnRef, *Const, *Param:
	case *Call:
		list(x.Args)
	case *Logic:
		list(x.Args)
	case *Not:
		VisitExpr(x.X, f)
	case *IsNull:
		VisitExpr(x.X, f)
	case *Case:
		for _, w := range x.Whens {
			VisitExpr(w.Cond, f)
			VisitExpr(w.Result, f)
		}
		VisitExpr(x.Else, f)
	case *Coalesce:
		list(x.Args)
	case *Subquery:
		list(x.X)
	}
}

// Visit calls f for a node and all below it, queries of subqueries too.
func Visit(n Node, f func(Node)) {
	f(n)
	for _, e := range Exprs(n) {
		VisitExpr(e, func(e Expr) bool {
			if s, ok := e.(*Subquery); ok {
				Visit(s.Query, f)
			}
			return true
		})
	}
	for _, in := range Inputs(n) {
		Visit(in, f)
	}
}

// ColumnSet is a set of columns.
type ColumnSet map[ColumnID]struct{}

// Has tells whether a column is in the set.
func (s ColumnSet) Has(id ColumnID) bool {
	_, ok := s[id]
	return ok
}

// Add puts a column into the set.
func (s ColumnSet) Add(id ColumnID) { s[id] = struct{}{} }

// HasAll tells whether all of t is in the set.
func (s ColumnSet) HasAll(t ColumnSet) bool {
	for id := range t {
		if !s.Has(id) {
			return false
		}
	}
	return true
}

// Meets tells whether the sets have a column in common.
func (s ColumnSet) Meets(t ColumnSet) bool {
	for id := range t {
		if s.Has(id) {
			return true
		}
	}
	return false
}

// SetOf is the set of a node's columns.
func SetOf(cols []Column) ColumnSet {
	s := make(ColumnSet, len(cols))
	for _, c := range cols {
		s.Add(c.ID)
	}
	return s
}

// ExprColumns are the columns that an expression uses, those that its subqueries use of the queries around them too.
func ExprColumns(e Expr) ColumnSet {
	s := ColumnSet{}
	AddExprColumns(s, e)
	return s
}

// AddExprColumns adds to s what ExprColumns gives.
func AddExprColumns(s ColumnSet, e Expr) {
	if e == nil {
		return
	}
	VisitExpr(e, func(e Expr) bool {
		switch x := e.(type) {
		case *ColumnRef:
			s.Add(x.ID)
		case *Subquery:
			for id := range FreeColumns(x.Query) {
				s.Add(id)
			}
		case *Const, *Param, *Call, *Logic, *Not, *IsNull, *Case, *Coalesce:
		}
		return true
	})
}

// Uses are the columns that a node itself uses, in expressions or by id; not what it merely hands on.
func Uses(n Node) ColumnSet {
	s := ColumnSet{}
	for _, e := range Exprs(n) {
		AddExprColumns(s, e)
	}
	ids := func(list []ColumnID) {
		for _, id := range list {
			s.Add(id)
		}
	}
	sort := func(keys []SortKey) {
		for _, k := range keys {
			s.Add(k.Column)
		}
	}
	switch n := n.(type) {
	case *Window:
		s.Add(n.Time)
		ids(n.Partition)
	case *Aggregate:
		ids(n.Keys)
		for _, c := range n.Calls {
			ids(c.Args)
			sort(c.Order)
			if c.Filter != 0 {
				s.Add(c.Filter)
			}
		}
	case *Distinct:
		ids(n.On)
		sort(n.Order)
	case *Over:
		ids(n.Partition)
		sort(n.Order)
		for _, c := range n.Calls {
			if c.Filter != 0 {
				s.Add(c.Filter)
			}
		}
	case *TopN:
		ids(n.Partition)
		sort(n.Order)
	case *Order:
		sort(n.Keys)
	case *Single:
		ids(n.Keys)
	case *Scan, *Values, *Filter, *Project, *Join, *Limit, *SetOp, *Recursion, *Working, *TableFunc, *Emit:
	}
	return s
}

// FreeColumns are the columns that a tree uses and does not make: those of the query around it.
func FreeColumns(n Node) ColumnSet {
	s := Uses(n)
	in := Inputs(n)
	for _, i := range in {
		for _, c := range i.Columns() {
			delete(s, c.ID)
		}
	}
	for k, i := range in {
		for id := range FreeColumns(i) {
			if j, ok := n.(*Join); ok && k == 1 && j.Lateral && ColumnByID(j.Left.Columns(), id).ID != 0 {
				continue
			}
			s.Add(id)
		}
	}
	return s
}

// MaxColumn is the greatest id of a column in a tree.
func MaxColumn(n Node) ColumnID {
	var most ColumnID
	Visit(n, func(n Node) {
		for _, c := range n.Columns() {
			most = max(most, c.ID)
		}
	})
	return most
}

// Place is where a column of the scan is in its relation's columns.
func (n *Scan) Place(c Column) int { return int(c.Number) - 1 }
