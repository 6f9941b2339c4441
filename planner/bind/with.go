package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
)

// cte is a query of WITH. It is bound once; each use gets a copy of its plan.
type cte struct {
	*ast.CTE
	// scope is what its names mean: the queries of WITH that it sees, and the queries around.
	scope   *scope
	binding bool
	node    plan.Node
	used    bool
	// recursive tells that it uses itself. working are then its columns, without ids, once its first term is bound.
	recursive bool
	id        plan.RecursionID
	working   []plan.Column
}

// with binds the queries of WITH, also those that nobody uses, so that their mistakes show.
func (s *scope) with(w *ast.With) error {
	if w == nil {
		return nil
	}
	seen := map[ast.Ident]bool{}
	for _, c := range w.CTEs {
		if seen[c.Name] {
			return errAt(int(c.Pos), pgerr.DuplicateAlias, "WITH query name %q specified more than once", string(c.Name))
		}
		seen[c.Name] = true
	}
	var list []*cte
	outer := &scope{b: s.b, parent: s.parent, ctes: s.ctes}
	for _, c := range w.CTEs {
		list = append(list, &cte{CTE: c})
	}
	for i, c := range list {
		visible := list[:i]
		if w.Recursive {
			visible = list
		}
		c.scope = &scope{b: s.b, parent: outer.parent, ctes: append(append([]*cte(nil), outer.ctes...), visible...)}
	}
	order := list
	if w.Recursive {
		var err error
		if order, err = recursiveOrder(list); err != nil {
			return err
		}
	}
	for i, c := range order {
		future := len(s.b.futureCTEs)
		if !w.Recursive {
			for _, later := range list[i:] {
				s.b.futureCTEs = append(s.b.futureCTEs, string(later.Name))
			}
		}
		if err := c.bind(); err != nil {
			return err
		}
		s.b.futureCTEs = s.b.futureCTEs[:future]
	}
	s.ctes = append(append([]*cte(nil), s.ctes...), list...)
	return nil
}

// bind makes the plan, unless it is there.
func (c *cte) bind() error {
	if c.node != nil {
		return nil
	}
	q, ok := c.Body.(*ast.Query)
	switch {
	case !ok:
		return unsupported(int(c.Body.At()), "data-modifying statements in WITH are not supported yet")
	case c.Search != nil || c.Cycle != nil:
		return unsupported(int(c.Pos), "SEARCH and CYCLE are not supported yet").
			WithHint("Keep the path in an array column, and end where it has the next row already.")
	}
	c.binding = true
	n, err := c.plan(q)
	if err != nil {
		return err
	}
	if err := c.checkColumns(len(n.Columns())); err != nil {
		return err
	}
	c.binding, c.node = false, n
	return nil
}

func (c *cte) plan(q *ast.Query) (plan.Node, error) {
	if c.recursive {
		return c.bindRecursive(q)
	}
	inner := &scope{b: c.scope.b, parent: c.scope.parent, ctes: c.scope.ctes}
	blk, err := inner.query(q)
	if err != nil {
		return nil, err
	}
	return blk.finish()
}

// use is a copy of the query's plan.
func (c *cte) use(pos int) (plan.Node, error) {
	if c.binding { // only a recursive one is visible to itself
		return c.itself(), nil
	}
	if err := c.bind(); err != nil {
		return nil, err
	}
	if c.used && volatile(c.node) {
		return nil, unsupported(pos, "WITH query %q is used more than once and calls a volatile function: this is not supported yet", string(c.Name)).
			WithHint("Keep its rows in a table first.")
	}
	c.used = true
	b := c.scope.b
	ids := map[plan.ColumnID]plan.ColumnID{}
	n := plan.Copy(c.node, ids, b.nextID)
	for from, to := range ids {
		if shape := b.shapes[from]; shape != nil {
			b.shapes[to] = shape
		}
	}
	return n, nil
}

// volatile tells whether a plan computed twice may give different rows.
func volatile(n plan.Node) bool {
	found := false
	plan.WalkNode(n, func(e plan.Expr) bool {
		call, ok := e.(*plan.Call)
		found = found || ok && call.Function.Volatility == fn.Volatile
		return !found
	})
	return found || anyNode(n, func(n plan.Node) bool {
		t, ok := n.(*plan.TableFunc)
		return ok && slices.ContainsFunc(t.Calls, func(c plan.TableCall) bool { return c.Function.Volatility == fn.Volatile })
	})
}

func anyNode(n plan.Node, is func(plan.Node) bool) bool {
	return is(n) || slices.ContainsFunc(plan.Inputs(n), func(in plan.Node) bool { return anyNode(in, is) })
}

// findCTE finds a query of WITH by its name, here or around.
func (s *scope) findCTE(name string) *cte {
	for t := s; t != nil; t = t.parent {
		for i := len(t.ctes) - 1; i >= 0; i-- {
			if string(t.ctes[i].Name) == name {
				return t.ctes[i]
			}
		}
	}
	return nil
}
