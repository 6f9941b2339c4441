package flow

// MapColumns is an expression with the places of its columns changed. It shares with e what has no columns.
func MapColumns(e Expr, to func(int) int) Expr {
	list := func(in []Expr) []Expr {
		out := make([]Expr, len(in))
		for i, x := range in {
			out[i] = MapColumns(x, to)
		}
		return out
	}
	switch e := e.(type) {
	case *Column:
		return &Column{Index: to(e.Index), Typ: e.Typ}
	case *Const, *Param:
	case *Call:
		return &Call{Function: e.Function, Args: list(e.Args), Typ: e.Typ}
	case *Logic:
		return &Logic{Or: e.Or, Args: list(e.Args)}
	case *Not:
		return &Not{X: MapColumns(e.X, to)}
	case *IsNull:
		return &IsNull{X: MapColumns(e.X, to), Not: e.Not}
	case *Case:
		out := &Case{Typ: e.Typ, Else: MapColumns(e.Else, to)}
		for _, w := range e.Whens {
			out.Whens = append(out.Whens, When{Cond: MapColumns(w.Cond, to), Result: MapColumns(w.Result, to)})
		}
		return out
	case *Coalesce:
		return &Coalesce{Args: list(e.Args), Typ: e.Typ}
	}
	return e
}

// VisitColumns calls f for the place of each column that an expression reads, as often as it does.
func VisitColumns(e Expr, f func(int)) {
	MapColumns(e, func(c int) int {
		f(c)
		return c
	})
}
