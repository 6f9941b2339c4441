package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// filteredSource reads the rows of a source for which a condition is true, and of them what is wanted. What the source can decide itself is
// handed to it; columns that nothing but that is about are not made.
func (l *lowering) filteredSource(s *plan.Scan, cond plan.Expr, want plan.ColumnSet) (*rel, error) {
	where, rest := pushed(s, cond)
	need := func(c plan.Column) bool { return want.Has(c.ID) }
	if rest != nil {
		tested := plan.Uses(&plan.Filter{Input: s, Cond: rest})
		need = func(c plan.Column) bool { return want.Has(c.ID) || tested.Has(c.ID) }
	}
	narrow := *s
	narrow.Cols = slices.DeleteFunc(slices.Clone(s.Cols), func(c plan.Column) bool { return !need(c) })
	in, err := l.source(&narrow, where)
	if err != nil || rest == nil {
		return in, err
	}
	return l.filterOn(in, rest)
}

// pushed takes what a source can decide out of a condition. What stands behind a part that may fail stays behind it: it must see the
// same rows.
func pushed(s *plan.Scan, cond plan.Expr) (where []flow.Predicate, rest plan.Expr) {
	var others []plan.Expr
	parts := plan.Conjuncts(cond)
	for i, e := range parts {
		if p, ok := sourcePredicate(s, e); ok {
			where = append(where, p)
			continue
		}
		if lowered, err := Expr(e, s.Cols); err != nil || !flow.Harmless(lowered) {
			others = append(others, parts[i:]...)
			break
		}
		others = append(others, e)
	}
	return where, plan.And(others...)
}

// comparisons are the operators, and mirroredComparisons what they are with the operands exchanged.
var comparisons = map[string]batch.Comparison{
	"=": batch.In, "<>": batch.NotIn, "<": batch.Less, "<=": batch.LessOrEqual, ">": batch.Greater, ">=": batch.GreaterOrEqual,
}

var mirroredComparisons = map[batch.Comparison]batch.Comparison{
	batch.In: batch.In, batch.NotIn: batch.NotIn,
	batch.Less: batch.Greater, batch.LessOrEqual: batch.GreaterOrEqual, batch.Greater: batch.Less, batch.GreaterOrEqual: batch.LessOrEqual,
}

// maxPredicateValues bounds the lists that values are looked for in one after the other.
const maxPredicateValues = 16

// sourcePredicate is a condition as a predicate, if it compares one column with constants.
func sourcePredicate(s *plan.Scan, e plan.Expr) (p flow.Predicate, ok bool) {
	or, isOr := e.(*plan.Logic)
	if !isOr {
		return columnPredicate(s, e)
	}
	if !or.Or || len(or.Args) > maxPredicateValues {
		return p, false
	}
	for i, arg := range or.Args {
		one, ok := columnPredicate(s, arg)
		if !ok || one.Op != batch.In || i > 0 && one.Column != p.Column {
			return p, false
		}
		if i == 0 {
			p = one
		} else {
			p.Values = append(p.Values, one.Values...)
		}
	}
	return p, true
}

func columnPredicate(s *plan.Scan, e plan.Expr) (p flow.Predicate, ok bool) {
	call, ok := e.(*plan.Call)
	if !ok || len(call.Args) != 2 {
		return p, false
	}
	if p.Op, ok = comparisons[call.Function.Name]; !ok {
		return p, false
	}
	col, value := call.Args[0], call.Args[1]
	if _, first := col.(*plan.ColumnRef); !first {
		col, value, p.Op = value, col, mirroredComparisons[p.Op]
	}
	ref, isRef := col.(*plan.ColumnRef)
	constant, isConst := value.(*plan.Const)
	if !isRef || !isConst || constant.Value.Null || !sameBits(ref.Typ, constant.Typ) {
		return p, false
	}
	i := slices.IndexFunc(s.Cols, func(c plan.Column) bool { return c.ID == ref.ID })
	if i < 0 {
		return p, false
	}
	p.Column, p.Name, p.Type = s.Place(s.Cols[i]), s.Cols[i].Name, ref.Typ
	p.Values = []types.Value{constant.Value}
	return p, true
}

// sameBits tells whether values of both types are compared as they lie in vectors.
func sameBits(a, b types.Type) bool {
	switch a.OID {
	case types.OIDInt2, types.OIDInt4, types.OIDInt8, types.OIDText, types.OIDVarchar:
		return sameKeys(a, b)
	case types.OIDDate, types.OIDTimestamp, types.OIDTimestamptz:
		return a.OID == b.OID
	default:
		return false
	}
}
