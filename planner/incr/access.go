package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// predicate is what a condition says about one column of a relation, by its place there.
type predicate struct {
	equal     flow.Expr
	low, high *flow.Limit
	// from is the part of the condition that equal is from.
	from plan.Expr
}

// access chooses how a one-shot read finds the rows of a relation that a condition may be true for; nil: by reading all. rest is
// what is still to be checked of the rows that it finds; nil: nothing, because equal keys are what equality means.
func (l *lowering) access(s *plan.Scan, cond plan.Expr) (access *flow.Access, rest plan.Expr) {
	relation := l.Relation(s.Relation.ID)
	if relation == nil {
		return nil, cond
	}
	preds := predicates(s, cond)
	var best *flow.Access
	bestScore := 0
	for i := range relation.Arrangements {
		a := &relation.Arrangements[i]
		if !searchable(relation, i) {
			continue
		}
		access, score := accessBy(i, a, preds)
		if score > bestScore {
			best, bestScore = access, score
		}
	}
	if best == nil {
		return nil, cond
	}
	parts := slices.Clone(plan.Conjuncts(cond))
	for _, k := range relation.Arrangements[best.Arrangement].Key[:len(best.Equal)] {
		parts = slices.DeleteFunc(parts, func(e plan.Expr) bool { return e == preds[k.Column].from })
	}
	return best, plan.And(parts...)
}

// searchable tells whether rows can be looked for in an arrangement of a relation: not in a partial index, which does not have all, and not by numbers, under
// which many rows lie in one value.
func searchable(relation *flow.Relation, i int) bool {
	return relation.Arrangements[i].Where == nil && (i > 0 || !relation.Numbered)
}

// accessBy is how an arrangement serves the predicates. The score counts four for each column that is given and one or two for a
// range behind them; a whole unique key beats all.
func accessBy(i int, a *flow.Arrangement, preds map[int]*predicate) (*flow.Access, int) {
	access := &flow.Access{Arrangement: i, Index: a.ID, Key: a.Key}
	score := 0
	for k, key := range a.Key {
		p := preds[key.Column]
		if p == nil {
			break
		}
		if p.equal != nil {
			access.Equal = append(access.Equal, p.equal)
			score += 4
			if k == len(a.Key)-1 && a.Unique {
				score += 100
			}
			continue
		}
		access.Low, access.High = p.low, p.high
		if key.Desc {
			access.Low, access.High = p.high, p.low
		}
		for _, end := range []*flow.Limit{p.low, p.high} {
			if end != nil {
				score++
			}
		}
		break
	}
	return access, score
}

// predicates takes a condition apart: column op value, where the value is known when the read begins.
func predicates(s *plan.Scan, cond plan.Expr) map[int]*predicate {
	preds := map[int]*predicate{}
	for _, e := range plan.Conjuncts(cond) {
		c, ok := e.(*plan.Call)
		if !ok || len(c.Args) != 2 {
			continue
		}
		op := c.Function.Name
		col, value := c.Args[0], c.Args[1]
		if _, ok := col.(*plan.ColumnRef); !ok {
			col, value = value, col
			op = mirrored[op]
		}
		ref, ok := col.(*plan.ColumnRef)
		if !ok || !known(value) || !sameKeys(ref.Typ, value.Type()) {
			continue
		}
		i := slices.IndexFunc(s.Cols, func(c plan.Column) bool { return c.ID == ref.ID })
		if i < 0 {
			continue
		}
		v, err := Expr(value, nil)
		if err != nil {
			continue
		}
		place := s.Place(s.Cols[i])
		p := preds[place]
		if p == nil {
			p = &predicate{}
		}
		if op == "=" && p.equal == nil {
			p.from = e
		}
		if p.add(op, v) {
			preds[place] = p
		}
	}
	return preds
}

func (p *predicate) add(op string, v flow.Expr) bool {
	switch op {
	case "=":
		if p.equal == nil {
			p.equal = v
		}
	case "<", "<=":
		if p.high == nil {
			p.high = &flow.Limit{Value: v, Inclusive: op == "<="}
		}
	case ">", ">=":
		if p.low == nil {
			p.low = &flow.Limit{Value: v, Inclusive: op == ">="}
		}
	default:
		return false
	}
	return true
}

var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// known tells whether a value can be had before the read begins.
func known(e plan.Expr) bool {
	ok := true
	plan.VisitExpr(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.ColumnRef, *plan.Subquery:
			ok = false
		case *plan.Call:
			ok = ok && e.Function.Volatility != fn.Volatile
		case *plan.Const, *plan.Param, *plan.Logic, *plan.Not, *plan.IsNull, *plan.Case, *plan.Coalesce:
		}
		return ok
	})
	return ok
}

// orderedAccess finds an arrangement that has its rows in an order, as far as the condition leaves them; nil if there is none.
func (l *lowering) orderedAccess(s *plan.Scan, cond plan.Expr, keys []plan.SortKey) *flow.Access {
	relation := l.Relation(s.Relation.ID)
	if relation == nil {
		return nil
	}
	preds := predicates(s, cond)
	for i := range relation.Arrangements {
		a := &relation.Arrangements[i]
		if !searchable(relation, i) {
			continue
		}
		for _, reverse := range []bool{false, true} {
			if !inOrderOf(s, a, preds, keys, reverse) {
				continue
			}
			access, _ := accessBy(i, a, preds)
			access.Ordered, access.Reverse = true, reverse
			return access
		}
	}
	return nil
}

// inOrderOf tells whether an arrangement's rows, read forward or in reverse, are in an order. Columns that are given do not count.
func inOrderOf(s *plan.Scan, a *flow.Arrangement, preds map[int]*predicate, keys []plan.SortKey, reverse bool) bool {
	given := func(place int) bool { return preds[place] != nil && preds[place].equal != nil }
	at := 0
	for _, k := range keys {
		i := slices.IndexFunc(s.Cols, func(c plan.Column) bool { return c.ID == k.Column })
		if i < 0 {
			return false
		}
		place := s.Place(s.Cols[i])
		if given(place) {
			continue
		}
		for at < len(a.Key) && given(a.Key[at].Column) {
			at++
		}
		if at == len(a.Key) {
			return a.Unique // the key is complete: what follows decides nothing
		}
		key := a.Key[at]
		if key.Column != place || (key.Desc != k.Desc) != reverse {
			return false
		}
		if !s.Cols[i].NotNull && (key.NullsFirst != k.NullsFirst) != reverse {
			return false
		}
		if s.Cols[i].Type.OID == types.OIDJSONB {
			return false
		}
		at++
	}
	return true
}
