package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// This file is what PostgreSQL's parse_cte.c finds out of the queries of WITH RECURSIVE before any of them is bound: which use which
// (makeDependencyGraph), and whether those that use themselves do it where they may (checkWellFormedRecursion).

// recursiveOrder notes which queries use themselves, checks them, and gives all in an order in which each comes behind those that it uses.
func recursiveOrder(list []*cte) ([]*cte, error) {
	uses := map[*cte]map[*cte]bool{}
	for _, c := range list {
		uses[c] = map[*cte]bool{}
		w := &references{found: func(t *ast.TableRef) error {
			for _, other := range list {
				if other.Name != t.Name.Last() {
					continue
				}
				if other == c {
					c.recursive = true
				} else {
					uses[c][other] = true
				}
			}
			return nil
		}}
		w.walk(c.Body)
	}
	order := slices.Clone(list)
	for i := range order {
		next := slices.IndexFunc(order[i:], func(c *cte) bool { return len(uses[c]) == 0 })
		if next < 0 {
			return nil, unsupported(int(order[i].Pos), "mutual recursion between WITH items is not implemented").
				WithHint("Make one query of them, with a column that says which of them a row is of.")
		}
		order[i], order[i+next] = order[i+next], order[i]
		for _, u := range uses {
			delete(u, order[i])
		}
	}
	for _, c := range order {
		if c.recursive {
			if err := checkRecursive(c); err != nil {
				return nil, err
			}
		}
	}
	return order, nil
}

// checkRecursive checks a query that uses itself.
func checkRecursive(c *cte) error {
	q, ok := c.Body.(*ast.Query)
	if !ok {
		return errAt(int(c.Pos), pgerr.InvalidRecursion, "recursive query %q must not contain data-modifying statements", string(c.Name))
	}
	var with []*ast.With
	for {
		if q.With != nil {
			with = append(with, q.With)
		}
		inner, parenthesised := q.Body.(*ast.Query)
		if !parenthesised {
			break
		}
		q = mergeQuery(q, inner)
	}
	union, ok := q.Body.(*ast.SetOp)
	if !ok || union.Kind != ast.Union {
		return errAt(int(c.Pos), pgerr.InvalidRecursion, "recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", string(c.Name))
	}
	if err := c.refused(union.Left, inFirstTerm); err != nil {
		return err
	}
	if err := c.refused(union.Right, allowed); err != nil {
		return err
	}
	for _, w := range with {
		for _, x := range w.CTEs {
			if err := c.refused(x.Body, inSubquery); err != nil {
				return err
			}
		}
	}
	return checkDecoration(q)
}

// outside is what to do instead.
const outside = "Put it into the query that reads from the recursive one."

// checkDecoration refuses what would be about all rows of a query of which only a part is there at a time.
func checkDecoration(q *ast.Query) error {
	switch {
	case len(q.OrderBy) > 0:
		return unsupported(int(q.OrderBy[0].X.At()), "ORDER BY in a recursive query is not implemented").WithHint(outside)
	case q.Offset != nil:
		return unsupported(int(q.Offset.At()), "OFFSET in a recursive query is not implemented").WithHint(outside)
	case q.Limit != nil:
		return unsupported(int(q.Limit.At()), "LIMIT in a recursive query is not implemented").WithHint(outside)
	case len(q.Locking) > 0:
		return pgerr.New(pgerr.FeatureNotSupported, "FOR UPDATE/SHARE in a recursive query is not implemented").WithHint(outside)
	}
	return nil
}

// refused is the first place in a part of a recursive query where it may not use itself.
func (c *cte) refused(n ast.Node, at selfUse) error {
	count := 0
	w := &references{at: at}
	w.found = func(t *ast.TableRef) error {
		if t.Name.Last() != c.Name {
			return nil
		}
		if w.at != allowed {
			return errAt(int(t.Pos), pgerr.InvalidRecursion, "recursive reference to query %q must not appear within %s", string(c.Name), w.at)
		}
		if count++; count > 1 {
			return errAt(int(t.Pos), pgerr.InvalidRecursion, "recursive reference to query %q must not appear more than once", string(c.Name))
		}
		return nil
	}
	w.walk(n)
	return w.err
}

// selfUse is where in a recursive query it may not use itself, as errors say it.
type selfUse string

const (
	allowed     selfUse = ""
	inFirstTerm selfUse = "its non-recursive term"
	inSubquery  selfUse = "a subquery"
	inOuterJoin selfUse = "an outer join"
	inIntersect selfUse = "INTERSECT"
	inExcept    selfUse = "EXCEPT"
)

// references finds the names in a part of a query that may be those of queries of WITH around it: names without a schema that no query of a
// WITH within is called.
type references struct {
	at     selfUse
	hidden []ast.Ident
	found  func(*ast.TableRef) error
	err    error
}

func (r *references) walk(n ast.Node) {
	ast.Walk(n, func(n ast.Node) bool {
		if r.err != nil {
			return false
		}
		switch n := n.(type) {
		case *ast.TableRef:
			if len(n.Name.Parts) == 1 && !slices.Contains(r.hidden, n.Name.Last()) {
				r.err = r.found(n)
			}
		case *ast.Query:
			r.query(n)
			return false
		case *ast.SetOp:
			r.setOp(n)
			return false
		case *ast.Join:
			r.join(n)
			return false
		case *ast.Subquery:
			r.within(inSubquery, n.Query)
			return false
		case *ast.In:
			r.within(inSubquery, n.Query)
			r.walk(n.X)
			r.list(n.List)
			return false
		case *ast.Quantified:
			r.within(inSubquery, n.Query)
			r.walk(n.X)
			r.walk(n.Array)
			return false
		default:
		}
		return true
	})
}

func (r *references) list(exprs []ast.Expr) {
	for _, e := range exprs {
		r.walk(e)
	}
}

// within walks a part that is at another place.
func (r *references) within(at selfUse, n ast.Node) {
	outer := r.at
	r.at = at
	r.walk(n)
	r.at = outer
}

// barred is within for what only bars where nothing else does.
func (r *references) barred(at selfUse, n ast.Node) {
	if r.at != allowed {
		at = r.at
	}
	r.within(at, n)
}

// query walks a query, in which the names of its WITH hide those around.
func (r *references) query(q *ast.Query) {
	outer := len(r.hidden)
	if q.With != nil {
		if q.With.Recursive {
			for _, c := range q.With.CTEs {
				r.hidden = append(r.hidden, c.Name)
			}
		}
		for _, c := range q.With.CTEs {
			r.walk(c.Body)
			if !q.With.Recursive {
				r.hidden = append(r.hidden, c.Name)
			}
		}
	}
	r.walk(q.Body)
	for _, o := range q.OrderBy {
		r.walk(o)
	}
	r.walk(q.Offset)
	r.walk(q.Limit)
	r.hidden = r.hidden[:outer]
}

func (r *references) setOp(s *ast.SetOp) {
	left, right := allowed, allowed
	switch {
	case s.Kind == ast.Intersect && s.All:
		left, right = inIntersect, inIntersect
	case s.Kind == ast.Except && s.All:
		left, right = inExcept, inExcept
	case s.Kind == ast.Except:
		right = inExcept
	}
	r.barred(left, s.Left)
	r.barred(right, s.Right)
}

func (r *references) join(j *ast.Join) {
	left, right := allowed, allowed
	switch j.Kind {
	case ast.LeftJoin:
		right = inOuterJoin
	case ast.RightJoin:
		left = inOuterJoin
	case ast.FullJoin:
		left, right = inOuterJoin, inOuterJoin
	case ast.InnerJoin, ast.CrossJoin:
	}
	r.barred(left, j.Left)
	r.barred(right, j.Right)
	r.walk(j.On)
	r.walk(j.Match)
}
