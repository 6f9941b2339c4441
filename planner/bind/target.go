package bind

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is target lists and the names of their columns (parse_target.c).

// field is a value with a name: what * stands for.
type field struct {
	name  string
	value scalar
}

func (s *scope) targetList(list []*ast.Target, k kind) ([]*target, error) {
	var out []*target
	err := s.in(k, func() error {
		for _, t := range list {
			fields, ok, err := s.expandStar(t.X)
			if err != nil {
				return err
			}
			if ok {
				for _, f := range fields {
					out = append(out, &target{x: f.value, name: f.name})
				}
				continue
			}
			x, err := s.bind(t.X)
			if err != nil {
				return err
			}
			name := string(t.Alias)
			if name == "" {
				name = columnNameOf(t.X)
			}
			out = append(out, &target{x: x, name: name})
		}
		return nil
	})
	return out, err
}

// expandStar gives the columns of *, t.* and (row).*; ok is false for other expressions.
func (s *scope) expandStar(e ast.Expr) (fields []field, ok bool, err error) {
	switch e := e.(type) {
	case *ast.Star:
		fields, err = s.starFields(e)
		return fields, true, err
	case *ast.Indirection:
		last := e.Steps[len(e.Steps)-1]
		if !last.Star {
			return nil, false, nil
		}
		var x scalar
		if len(e.Steps) == 1 {
			x, err = s.bind(e.X)
		} else {
			x, err = s.bind(&ast.Indirection{Pos: e.Pos, X: e.X, Steps: e.Steps[:len(e.Steps)-1]})
		}
		if err != nil {
			return nil, true, err
		}
		values, names, isRow := s.star(x)
		if !isRow {
			if isRowType(x.oid()) {
				return nil, true, errAt(x.pos, pgerr.UndefinedObject, "record type has not been registered")
			}
			return nil, true, errAt(x.pos, pgerr.WrongObjectType, "type %s is not composite", typeName(x.Type()))
		}
		for i, v := range values {
			fields = append(fields, field{names[i], v})
		}
		return fields, true, nil
	}
	return nil, false, nil
}

func (s *scope) starFields(e *ast.Star) ([]field, error) {
	pos := int(e.Pos)
	var fields []field
	collect := func(owner *scope, i *item) {
		for k, c := range i.columns {
			if !c.hidden {
				fields = append(fields, field{c.name, owner.use(i, k, pos)})
			}
		}
	}
	if len(e.Qualifier) > 0 {
		i, owner, err := s.findItem(e.Qualifier, pos)
		if err != nil {
			return nil, err
		}
		if i == nil {
			if err := s.checkDatabase(e.Qualifier, pos); err != nil {
				return nil, err
			}
			return nil, s.missingItem(e.Qualifier, pos)
		}
		collect(owner, i)
	} else {
		found := false
		for _, i := range s.visible {
			if i.noColumns {
				continue
			}
			found = true
			collect(s, i)
		}
		if !found {
			return nil, errAt(pos, pgerr.SyntaxError, "SELECT * with no tables specified is not valid")
		}
	}
	return except(fields, e)
}

// except takes columns out of a star.
func except(fields []field, e *ast.Star) ([]field, error) {
	for _, name := range e.Except {
		before := len(fields)
		fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == string(name) })
		if len(fields) == before {
			return nil, errAt(int(e.Pos), pgerr.UndefinedColumn, "column %q does not exist", string(name)).
				WithHint("EXCEPT names columns that * stands for.")
		}
	}
	return fields, nil
}

// columnNameOf is FigureColname: the name of a column that was given none.
func columnNameOf(e ast.Expr) string {
	name, _ := figureName(e)
	if name == "" {
		return "?column?"
	}
	return name
}

// figureName gives the name and how good it is: 0 none, 1 that of a type, 2 that of a column or function.
func figureName(e ast.Expr) (name string, strength int) { //nolint:funlen // a switch over a closed set
	switch e := e.(type) {
	case *ast.ColumnRef:
		return string(e.Parts[len(e.Parts)-1]), 2
	case *ast.Star:
		return "", 0
	case *ast.Indirection:
		for _, st := range slices.Backward(e.Steps) {
			if st.Field != "" {
				return string(st.Field), 2
			}
		}
		return figureName(e.X)
	case *ast.FuncCall:
		return string(e.Name.Last()), 2
	case *ast.AtTimeZone:
		return "timezone", 2
	case *ast.Cast:
		if name, strength := figureName(e.X); strength > 1 {
			return name, strength
		}
		return string(e.Type.Name.Last()), 1
	case *ast.Collate:
		return figureName(e.X)
	case *ast.Case:
		if e.Else != nil {
			if name, strength := figureName(e.Else); strength > 1 {
				return name, strength
			}
		}
		return "case", 1
	case *ast.Array:
		return "array", 2
	case *ast.Row:
		return "row", 2
	case *ast.Special:
		if e.Kind == "NULLIF" {
			return "nullif", 2
		}
		return strings.ToLower(e.Kind), 2
	case *ast.ValueFunc:
		return strings.ToLower(e.Kind), 2
	case *ast.Subquery:
		switch e.Kind {
		case ast.ExistsSubquery:
			return "exists", 2
		case ast.ArraySubquery:
			return "array", 2
		case ast.ScalarSubquery:
		}
		return subqueryName(e.Query)
	case *ast.JSONFunc:
		return strings.ToLower(e.Kind), 2
	}
	return "", 0
}

// subqueryName is the name of a scalar subquery: that of its first column.
func subqueryName(q *ast.Query) (string, int) {
	body := q.Body
	for {
		switch b := body.(type) {
		case *ast.Query:
			body = b.Body
		case *ast.SetOp:
			body = b.Left
		case *ast.Values:
			return "column1", 2
		case *ast.Select:
			if len(b.Targets) == 0 {
				return "", 0
			}
			if a := b.Targets[0].Alias; a != "" {
				return string(a), 2
			}
			if name, _ := figureName(b.Targets[0].X); name != "" {
				return name, 2
			}
			return "?column?", 2
		default:
			return "", 0
		}
	}
}

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
