package opt

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// shareExprs has an expression that a projection, or a projection and the filter below it, compute several times computed once, as a
// column of a projection below them. Only one that every row needs is shared, so that no row fails that did not fail before: a CASE
// computes its results, AND and OR their later arguments, only for some.
func (w *rewriter) shareExprs(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		p, ok := n.(*plan.Project)
		if !ok || slices.ContainsFunc(p.Exprs, hasSubquery) {
			return n, false
		}
		shared := false
		if f, ok := p.Input.(*plan.Filter); ok && !hasSubquery(f.Cond) && !isTable(f.Input) {
			if in, names := w.shared([]plan.Expr{f.Cond}, p.Exprs, f.Input); in != nil {
				p = &plan.Project{Input: &plan.Filter{Input: in, Cond: names.in(f.Cond)}, Exprs: names.inAll(p.Exprs), Cols: p.Cols}
				shared = true
			}
		}
		if in, names := w.shared(p.Exprs, nil, p.Input); in != nil {
			return &plan.Project{Input: in, Exprs: names.inAll(p.Exprs), Cols: p.Cols}, true
		}
		return p, shared
	})
}

// isTable tells whether a node reads rows that lie in the store: a condition over them may find the rows by an index.
func isTable(n plan.Node) bool {
	s, ok := n.(*plan.Scan)
	return ok && s.Relation.Kind != catalog.Source
}

// shared answers a projection of the input that has the expressions to be shared as columns, and what they are called there; nil if there
// are none. first is computed before more, and more only for some of the rows.
func (w *rewriter) shared(first, more []plan.Expr, input plan.Node) (plan.Node, sharedExprs) {
	var names sharedExprs
	all := slices.Concat(first, more)
	parts := countParts(all)
	for _, e := range first {
		visitCertain(e, func(e plan.Expr) bool {
			if names.find(e) != nil {
				return false
			}
			if !isDear(e) || parts.occurrences(e) < 2 || isVolatile(e) {
				return true
			}
			names = append(names, sharedExpr{e, w.column("shared", e.Type())})
			return false
		})
	}
	if len(names) == 0 {
		return nil, nil
	}
	used := plan.ColumnSet{}
	for _, e := range all {
		plan.AddExprColumns(used, names.in(e))
	}
	out := &plan.Project{Input: input}
	for _, c := range input.Columns() {
		if used.Has(c.ID) {
			out.Exprs, out.Cols = append(out.Exprs, plan.Expr(ref(c))), append(out.Cols, c)
		}
	}
	for _, s := range names {
		out.Exprs, out.Cols = append(out.Exprs, s.expr), append(out.Cols, s.col)
	}
	return out, names
}

// sharedExpr is an expression that is computed as a column.
type sharedExpr struct {
	expr plan.Expr
	col  plan.Column
}

type sharedExprs []sharedExpr

func (l sharedExprs) find(e plan.Expr) *sharedExpr {
	if !isDear(e) {
		return nil
	}
	if i := slices.IndexFunc(l, func(s sharedExpr) bool { return plan.Equal(s.expr, e) }); i >= 0 {
		return &l[i]
	}
	return nil
}

// in is an expression with the columns in the place of what they are.
func (l sharedExprs) in(e plan.Expr) plan.Expr {
	return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
		if s := l.find(e); s != nil {
			return ref(s.col), true
		}
		return e, false
	})
}

func (l sharedExprs) inAll(list []plan.Expr) []plan.Expr {
	out := make([]plan.Expr, len(list))
	for i, e := range list {
		out[i] = l.in(e)
	}
	return out
}

// parts are expressions and what they consist of, by a sum that equal ones have in common: comparing each with each would take the cube of
// the length of a chain of operators.
type parts struct {
	sums  map[plan.Expr]uint64
	bySum map[uint64][]plan.Expr
}

func countParts(all []plan.Expr) parts {
	p := parts{map[plan.Expr]uint64{}, map[uint64][]plan.Expr{}}
	for _, e := range all {
		p.add(e)
	}
	return p
}

func (p parts) add(e plan.Expr) uint64 {
	const prime = 1099511628211 // of FNV
	sum := uint64(1)
	switch e := e.(type) {
	case *plan.ColumnRef:
		sum = uint64(e.ID) + 2
	case *plan.Call:
		sum = uint64(e.Function.OID)<<16 + uint64(len(e.Args))
	case *plan.Case:
		sum = uint64(len(e.Whens)) << 8
	case *plan.Const, *plan.Param, *plan.Logic, *plan.Not, *plan.IsNull, *plan.Coalesce, *plan.Subquery:
	}
	for _, a := range plan.Args(e) {
		sum = sum*prime ^ p.add(a)
	}
	p.sums[e], p.bySum[sum] = sum, append(p.bySum[sum], e)
	return sum
}

// occurrences is how often a part is there.
func (p parts) occurrences(e plan.Expr) int {
	n := 0
	for _, x := range p.bySum[p.sums[e]] {
		if plan.Equal(x, e) {
			n++
		}
	}
	return n
}

// visitCertain calls f for an expression and, as long as f says so, for its parts that are computed for every row.
func visitCertain(e plan.Expr, f func(plan.Expr) bool) {
	if !f(e) {
		return
	}
	switch e := e.(type) {
	case *plan.Call:
		for _, a := range e.Args {
			visitCertain(a, f)
		}
	case *plan.Not:
		visitCertain(e.X, f)
	case *plan.IsNull:
		visitCertain(e.X, f)
	case *plan.Logic:
		visitCertain(e.Args[0], f)
	case *plan.Coalesce:
		visitCertain(e.Args[0], f)
	case *plan.Case:
		visitCertain(e.Whens[0].Cond, f)
	case *plan.ColumnRef, *plan.Const, *plan.Param, *plan.Subquery:
	}
}

// isDear tells whether an expression costs more than to carry its result along as a column: a call that makes or reads values of varying
// length, texts and numerics among them.
func isDear(e plan.Expr) bool {
	c, ok := e.(*plan.Call)
	if !ok || plan.Constant(e) {
		return false
	}
	varying := func(e plan.Expr) bool { return e.Type().Kind() == types.Bytes }
	return varying(c) || slices.ContainsFunc(c.Args, varying)
}
