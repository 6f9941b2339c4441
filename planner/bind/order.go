package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is ORDER BY and DISTINCT, and how they and GROUP BY name targets.

// find is the target that ORDER BY, GROUP BY or DISTINCT ON names: by a number, by its name, or as an expression, which becomes a
// target if it is none (findTargetlistEntrySQL92).
func (k *selection) find(e ast.Expr, place kind) (*target, error) {
	clause := kindNames[place]
	if ref, ok := e.(*ast.ColumnRef); ok && len(ref.Parts) == 1 {
		t, err := k.byName(ref, place, clause)
		if t != nil || err != nil {
			return t, err
		}
	}
	if n, pos, ok, err := ordinal(e, clause); ok || err != nil {
		if err != nil {
			return nil, err
		}
		visible := 0
		for _, t := range k.targets {
			if t.junk {
				continue
			}
			if visible++; int64(visible) == n {
				return t, k.checkGroupTarget(t, place)
			}
		}
		return nil, errAt(pos, pgerr.InvalidColumnReference, "%s position %d is not in select list", clause, n)
	}
	return k.byExpr(e, place)
}

// byName finds a target by its name. In GROUP BY a column of FROM comes first.
func (k *selection) byName(ref *ast.ColumnRef, place kind, clause string) (*target, error) {
	name := string(ref.Parts[0])
	if place == kindGroupBy {
		for t := k.scope; t != nil; t = t.parent {
			if _, ok, err := t.columnHere(name, int(ref.Pos)); ok || err != nil {
				return nil, err
			}
		}
	}
	var found *target
	for _, t := range k.targets {
		if t.junk || t.name != name {
			continue
		}
		if found == nil {
			found = t
		} else if !equalScalars(found.x, t.x) {
			return nil, errAt(int(ref.Pos), pgerr.AmbiguousColumn, "%s %q is ambiguous", clause, name)
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, k.checkGroupTarget(found, place)
}

// checkGroupTarget refuses to group by what is computed of groups.
func (k *selection) checkGroupTarget(t *target, place kind) error {
	if place != kindGroupBy || t.x.Expr == nil {
		return nil
	}
	for _, ref := range k.uses(t.x.Expr) {
		if k.b.owner[ref.ID] != k.scope {
			continue
		}
		if pos := k.aggregateAt(ref.ID); pos != 0 {
			return errAt(ref.Pos, pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY")
		}
		if k.b.isOver(ref.ID) {
			return errAt(ref.Pos, pgerr.WindowingError, "window functions are not allowed in GROUP BY")
		}
	}
	return nil
}

// byExpr finds a target by its value (findTargetlistEntrySQL99).
func (k *selection) byExpr(e ast.Expr, place kind) (*target, error) {
	x, err := k.expr(e, place)
	if err != nil {
		return nil, err
	}
	for _, t := range k.targets {
		if equalScalars(t.x, x) {
			return t, nil
		}
	}
	t := &target{x: x, name: "?column?", junk: true}
	k.targets = append(k.targets, t)
	return t, nil
}

func equalScalars(a, b scalar) bool {
	if a.Expr == nil || b.Expr == nil {
		if a.Expr != nil || b.Expr != nil || a.row.typ != b.row.typ {
			return false
		}
		return slices.EqualFunc(a.row.fields, b.row.fields, equalScalars)
	}
	return plan.Equal(a.Expr, b.Expr)
}

// ordinal reads the number of a target; any other constant is a mistake.
func ordinal(e ast.Expr, clause string) (n int64, pos int, ok bool, err error) {
	sign, pos := int64(1), int(e.At())
	if u, isUnary := e.(*ast.Unary); isUnary && u.Op.Name == "-" {
		if l, isLiteral := u.X.(*ast.Literal); isLiteral && (l.Kind == ast.IntegerLiteral || l.Kind == ast.NumericLiteral) {
			sign, e = -1, u.X
		}
	}
	l, isLiteral := e.(*ast.Literal)
	if !isLiteral {
		return 0, 0, false, nil
	}
	if l.Kind != ast.IntegerLiteral {
		return 0, 0, false, errAt(pos, pgerr.SyntaxError, "non-integer constant in %s", clause)
	}
	v, err := types.Parse(types.Of(types.OIDInt8), l.Text, types.DefaultSettings)
	return sign * v.Int, pos, true, err
}

// firstPos is where an expression begins in the text.
func firstPos(e ast.Expr) int {
	pos := int(e.At())
	ast.Walk(e, func(n ast.Node) bool {
		if p := int(n.At()); p > 0 && p < pos {
			pos = p
		}
		return true
	})
	return pos
}

// orderBy is transformSortClause.
func (k *selection) orderBy(list []*ast.SortItem) error {
	for _, o := range list {
		t, err := k.find(o.X, kindOrderBy)
		if err != nil {
			return err
		}
		if t.x, err = k.b.resolveUnknown(t.x); err != nil {
			return err
		}
		key, err := k.b.sortOf(o, scalar{Expr: t.x.Expr, row: t.x.row, pos: firstPos(o.X)})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(k.sort, func(x sortTarget) bool { return x.target == t }) {
			continue
		}
		k.sort = append(k.sort, sortTarget{t, key.desc, key.nullsFirst})
	}
	return nil
}

// distinctClause is transformDistinctClause and transformDistinctOnClause.
func (k *selection) distinctClause(sel *ast.Select) error {
	if len(sel.DistinctOn) > 0 {
		return k.distinctOn(sel.DistinctOn)
	}
	if !k.distinct {
		return nil
	}
	for _, o := range k.sort {
		if o.target.junk {
			return errAt(o.target.x.pos, pgerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
	}
	for _, t := range k.targets {
		if t.junk {
			continue
		}
		var err error
		if t.x, err = k.b.resolveUnknown(t.x); err != nil {
			return err
		}
		if err := k.b.checkEquality(t.x.Type(), t.x.pos); err != nil {
			return err
		}
	}
	return nil
}

func (k *selection) distinctOn(list []ast.Expr) error {
	for _, e := range list {
		t, err := k.find(e, kindDistinctOn)
		if err != nil {
			return err
		}
		if t.x, err = k.b.resolveUnknown(t.x); err != nil {
			return err
		}
		if err := k.b.checkEquality(t.x.Type(), firstPos(e)); err != nil {
			return err
		}
		k.onPlaces = append(k.onPlaces, t)
		if !slices.Contains(k.on, t) {
			k.on = append(k.on, t)
		}
	}
	// The order must begin with them, in any order.
	skipped := false
	matched := 0
	for _, o := range k.sort {
		if !slices.Contains(k.on, o.target) {
			skipped = true
			continue
		}
		if skipped {
			return errAt(int(list[slices.Index(k.onPlaces, o.target)].At()), pgerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
		}
		matched++
	}
	if skipped && matched < len(k.on) {
		for i, t := range k.onPlaces {
			if !slices.ContainsFunc(k.sort, func(o sortTarget) bool { return o.target == t }) {
				return errAt(int(list[i].At()), pgerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
			}
		}
	}
	return nil
}
