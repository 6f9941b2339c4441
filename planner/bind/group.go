package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// groupClause is GROUP BY: the targets that are grouped by, and the sets of them if there are grouping sets.
type groupClause struct {
	keys []*target
	// sets are the grouping sets, as places in keys; nil if there is only the plain list.
	sets [][]int
	// present tells that there is a GROUP BY.
	present bool
}

// grouping is a call of grouping(). In expressions it stands as its column.
type grouping struct {
	args   []plan.Expr
	poses  []int
	column plan.Column
}

const (
	maxGroupingSets = 4096
	maxGroupingArgs = 31
)

// groupBy is transformGroupClause.
func (k *selection) groupBy(sel *ast.Select) error {
	if len(sel.GroupBy) == 0 {
		return nil
	}
	k.group.present = true
	hasSets := false
	var product [][][]int // for each element its sets
	for _, e := range flattenRows(sel.GroupBy) {
		sets, isSet, err := k.groupElement(e)
		if err != nil {
			return err
		}
		hasSets = hasSets || isSet
		product = append(product, sets)
	}
	if !hasSets {
		return nil
	}
	all := [][]int{nil}
	for _, sets := range product {
		var next [][]int
		for _, left := range all {
			for _, right := range sets {
				next = append(next, union(left, right))
			}
		}
		if len(next) > maxGroupingSets {
			return errAt(int(sel.GroupBy[0].At()), pgerr.StatementTooComplex, "too many grouping sets present (maximum %d)", maxGroupingSets)
		}
		all = next
	}
	if sel.GroupByDistinct {
		all = distinctSets(all)
	}
	k.group.sets = all
	return nil
}

func distinctSets(all [][]int) [][]int {
	var out [][]int
	for _, s := range all {
		s = slices.Sorted(slices.Values(s))
		if !slices.ContainsFunc(out, func(o []int) bool { return slices.Equal(o, s) }) {
			out = append(out, s)
		}
	}
	return out
}

func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// flattenRows replaces (a, b) by a, b.
func flattenRows(list []ast.Expr) []ast.Expr {
	var out []ast.Expr
	for _, e := range list {
		if r, ok := e.(*ast.Row); ok && !r.Explicit {
			out = append(out, flattenRows(r.Fields)...)
		} else {
			out = append(out, e)
		}
	}
	return out
}

// groupElement gives the grouping sets of one element; isSet is false for an expression.
func (k *selection) groupElement(e ast.Expr) (sets [][]int, isSet bool, err error) {
	g, ok := e.(*ast.GroupingSets)
	if !ok {
		i, err := k.groupKey(e)
		return [][]int{{i}}, false, err
	}
	switch g.Kind {
	case ast.EmptyGrouping:
		return [][]int{nil}, true, nil
	case ast.GroupingList:
		for _, x := range g.Sets {
			inner, err := k.groupingSet(x)
			if err != nil {
				return nil, true, err
			}
			sets = append(sets, inner...)
		}
		return sets, true, nil
	case ast.Rollup, ast.Cube:
	}
	var parts [][]int
	for _, x := range g.Sets {
		part, err := k.groupList(x)
		if err != nil {
			return nil, true, err
		}
		parts = append(parts, part)
	}
	if g.Kind == ast.Rollup {
		return rollup(parts), true, nil
	}
	const maxCube = 12
	if len(parts) > maxCube {
		return nil, true, errAt(int(g.Pos), pgerr.StatementTooComplex, "CUBE is limited to %d elements", maxCube)
	}
	return cube(parts), true, nil
}

// groupingSet gives the sets of an element of GROUPING SETS: a list is one set.
func (k *selection) groupingSet(e ast.Expr) ([][]int, error) {
	if g, ok := e.(*ast.GroupingSets); ok {
		sets, _, err := k.groupElement(g)
		return sets, err
	}
	list, err := k.groupList(e)
	return [][]int{list}, err
}

func (k *selection) groupList(e ast.Expr) ([]int, error) {
	var out []int
	for _, x := range flattenRows([]ast.Expr{e}) {
		i, err := k.groupKey(x)
		if err != nil {
			return nil, err
		}
		out = union(out, []int{i})
	}
	return out, nil
}

func rollup(parts [][]int) [][]int {
	var sets [][]int
	for n := len(parts); n >= 0; n-- {
		var set []int
		for _, p := range parts[:n] {
			set = union(set, p)
		}
		sets = append(sets, set)
	}
	return sets
}

func cube(parts [][]int) [][]int {
	var sets [][]int
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		var set []int
		for i, p := range parts {
			if mask&(1<<(len(parts)-1-i)) != 0 {
				set = union(set, p)
			}
		}
		sets = append(sets, set)
	}
	return sets
}

// groupKey is transformGroupClauseExpr: the place of a key.
func (k *selection) groupKey(e ast.Expr) (int, error) {
	t, err := k.find(e, kindGroupBy)
	if err != nil {
		return 0, err
	}
	if t.x, err = k.b.resolveUnknown(t.x); err != nil {
		return 0, err
	}
	if err := k.b.checkEquality(t.x.Type(), firstPos(e)); err != nil {
		return 0, err
	}
	if i := slices.Index(k.group.keys, t); i >= 0 {
		return i, nil
	}
	k.group.keys = append(k.group.keys, t)
	return len(k.group.keys) - 1, nil
}

// groupingCall is GROUPING(a, ...).
func (s *scope) groupingCall(e *ast.Special) (scalar, error) {
	pos := int(e.Pos)
	if len(e.Args) > maxGroupingArgs {
		return scalar{}, errAt(pos, pgerr.StatementTooComplex, "GROUPING must have fewer than 32 arguments")
	}
	g := &grouping{column: s.b.column("grouping", types.Of(types.OIDInt4))}
	level := -1
	for _, a := range e.Args {
		x, err := s.bind(a)
		if err != nil {
			return x, err
		}
		value := x.value(s.b)
		for _, ref := range s.uses(value) {
			if l := s.level(s.b.owner[ref.ID]); level < 0 || l < level {
				level = l
			}
		}
		g.args, g.poses = append(g.args, value), append(g.poses, x.pos)
	}
	owner := s
	for range max(level, 0) {
		owner = owner.parent
	}
	if m := owner.kind.groupingRefusal(); m != "" {
		return scalar{}, errAt(pos, pgerr.GroupingError, "%s", m)
	}
	owner.hasAggs = true
	s.b.owner[g.column.ID] = owner
	owner.groups = append(owner.groups, g)
	return at(refTo(g.column, pos), pos), nil
}

func (k kind) groupingRefusal() string {
	m := k.aggregateRefusal()
	if m == "" {
		return ""
	}
	return "grouping operations" + m[len("aggregate functions"):]
}
