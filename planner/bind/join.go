package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// side is one side of a join: its columns that are seen, in order.
type side struct {
	node    plan.Node
	items   []*item
	columns []itemColumn
}

func sideOf(n plan.Node, items []*item) side {
	s := side{node: n, items: items}
	for _, i := range items {
		if !i.noColumns {
			s.columns = append(s.columns, i.columns...)
		}
	}
	return s
}

// mayMiss notes what is to be known of the items for their whole rows (scope.presence).
func (sd side) mayMiss(missing bool) {
	if len(sd.items) == 1 && sd.items[0].node == nil {
		sd.items[0].node = sd.node
	}
	for _, i := range sd.items {
		i.missing = i.missing || missing && !i.isJoin
	}
}

// joinRef is transformFromClauseItem for joins.
func (s *scope) joinRef(j *ast.Join) (plan.Node, []*item, error) {
	pos := int(j.Pos)
	if j.Asof || j.Match != nil {
		return nil, nil, unsupported(pos, "ASOF JOIN is not supported yet")
	}
	n, items, err := s.fromItem(j.Left)
	if err != nil {
		return nil, nil, err
	}
	left := sideOf(n, items)
	// The right side may look at the left one if it is lateral and no row of it can stay without a left one.
	setLateral(items, true, j.Kind == ast.InnerJoin || j.Kind == ast.CrossJoin || j.Kind == ast.LeftJoin)
	outer := len(s.visible)
	s.visible = append(s.visible, items...)
	var lookup bool
	j, lookup, err = s.lookupJoin(j, left)
	if err == nil {
		n, items, err = s.fromItem(j.Right)
	}
	s.visible = s.visible[:outer]
	if err != nil {
		return nil, nil, err
	}
	right := sideOf(n, items)
	if err := checkAliases(left.items, right.items); err != nil {
		return nil, nil, err
	}
	names, err := usingNames(j, left, right)
	if err != nil {
		return nil, nil, err
	}
	var on plan.Expr
	merged, rest, on, err := s.mergeColumns(j, names, left, right)
	if err != nil {
		return nil, nil, err
	}
	left.mayMiss(j.Kind == ast.RightJoin || j.Kind == ast.FullJoin)
	right.mayMiss(j.Kind == ast.LeftJoin || j.Kind == ast.FullJoin)
	all := append(slices.Clone(left.items), right.items...)
	if j.On != nil {
		if on, err = s.joinOn(j.On, all); err != nil {
			return nil, nil, err
		}
	}
	node, err := s.joinNode(j, left.node, right.node, on)
	if lookup && err == nil {
		node, err = asLookup(j, node)
	}
	if err != nil {
		return nil, nil, err
	}
	return s.joinItems(j, node, all, merged, rest)
}

// joinOn binds the condition, which sees the two sides only.
func (s *scope) joinOn(e ast.Expr, items []*item) (plan.Expr, error) {
	saved := s.visible
	s.visible = items
	setLateral(items, false, true)
	on, err := s.clause(e, kindJoinOn, "JOIN/ON")
	s.visible = saved
	return on, err
}

func (s *scope) joinNode(j *ast.Join, left, right plan.Node, on plan.Expr) (plan.Node, error) {
	pos := int(j.Pos)
	switch j.Kind {
	case ast.LeftJoin:
		return s.b.join(plan.LeftJoin, left, right, on, pos)
	case ast.RightJoin:
		return s.b.join(plan.LeftJoin, right, left, on, pos)
	case ast.FullJoin:
		return s.b.join(plan.FullJoin, left, right, on, pos)
	case ast.InnerJoin, ast.CrossJoin:
	}
	return s.b.join(plan.InnerJoin, left, right, on, pos)
}

// usingNames are the columns of USING, or those that NATURAL finds.
func usingNames(j *ast.Join, left, right side) ([]string, error) {
	if !j.Natural {
		return identStrings(j.Using), nil
	}
	var names []string
	for _, c := range left.columns {
		if c.hidden {
			continue
		}
		if slices.ContainsFunc(right.columns, func(r itemColumn) bool { return !r.hidden && r.name == c.name }) {
			names = append(names, c.name)
		}
	}
	return names, nil
}

// mergeColumns makes the merged columns of USING and the condition that they are equal, and gives the columns that remain.
func (s *scope) mergeColumns(j *ast.Join, names []string, left, right side) (merged, rest []itemColumn, on plan.Expr, err error) {
	taken := [2]map[int]bool{{}, {}}
	var conds []plan.Expr
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, nil, nil, pgerr.Newf(pgerr.DuplicateColumn, "column name %q appears more than once in USING clause", name)
		}
		var cols [2]itemColumn
		for n, sd := range []side{left, right} {
			k, err := sd.find(name, []string{"left", "right"}[n])
			if err != nil {
				return nil, nil, nil, err
			}
			cols[n], taken[n][k] = sd.columns[k], true
		}
		c, cond, err := s.mergeColumn(j, cols)
		if err != nil {
			return nil, nil, nil, err
		}
		merged, conds = append(merged, c), append(conds, cond)
	}
	for n, sd := range []side{left, right} {
		for k, c := range sd.columns {
			if !taken[n][k] {
				rest = append(rest, c)
			}
		}
	}
	return merged, rest, and(conds...), nil
}

func (sd side) find(name, which string) (int, error) {
	found := -1
	for k, c := range sd.columns {
		if c.name != name {
			continue
		}
		if found >= 0 {
			return 0, pgerr.Newf(pgerr.AmbiguousColumn, "common column name %q appears more than once in %s table", name, which)
		}
		found = k
	}
	if found < 0 {
		return 0, pgerr.Newf(pgerr.UndefinedColumn, "column %q specified in USING clause does not exist in %s table", name, which)
	}
	return found, nil
}

// mergeColumn is buildMergedJoinVar.
func (s *scope) mergeColumn(j *ast.Join, cols [2]itemColumn) (itemColumn, plan.Expr, error) {
	b := s.b
	l, r := at(cols[0].value, 0), at(cols[1].value, 0)
	cond, err := b.infix(equalsOp, l, r, 0)
	if err != nil {
		return itemColumn{}, nil, err
	}
	if cond, err = b.coerceToBoolean(cond, "JOIN/USING"); err != nil {
		return itemColumn{}, nil, err
	}
	list := []scalar{l, r}
	oid, err := b.commonType(list, "JOIN/USING")
	if err != nil {
		return itemColumn{}, nil, err
	}
	t := types.Type{OID: oid, Mod: commonMod(list, oid)}
	for i := range list {
		if list[i], err = b.coerceToCommon(list[i], oid, "JOIN/USING"); err != nil {
			return itemColumn{}, nil, err
		}
	}
	c := itemColumn{name: cols[0].name, typ: t}
	switch j.Kind {
	case ast.InnerJoin, ast.CrossJoin, ast.LeftJoin:
		c.value = list[0].Expr
		if j.Kind != ast.LeftJoin && list[0].Expr != l.Expr && list[1].Expr == r.Expr {
			c.value = r.Expr // the one that needs no cast
		}
	case ast.RightJoin:
		c.value = list[1].Expr
	case ast.FullJoin:
		c.value = &plan.Coalesce{Args: []plan.Expr{list[0].Expr, list[1].Expr}, Typ: t}
	}
	return c, cond.Expr, nil
}

// joinItems makes the join's own item, whose columns hide those of its sides.
func (s *scope) joinItems(j *ast.Join, n plan.Node, all []*item, merged, rest []itemColumn) (plan.Node, []*item, error) {
	own := &item{isJoin: true, noName: true, columns: append(slices.Clone(merged), rest...)}
	for _, i := range all {
		i.noColumns = true
		if j.Alias != nil {
			i.noName = true
		}
	}
	if j.Alias != nil {
		own.noName = false
		if err := own.rename(j.Alias, "join expression"); err != nil {
			return nil, nil, err
		}
	}
	items := append(all, own)
	if j.UsingAlias != "" && j.Alias == nil { // an alias of the whole hides that of USING too
		u := &item{isJoin: true, noColumns: true, alias: string(j.UsingAlias), hasAlias: true, columns: merged}
		if err := checkAliases(items, []*item{u}); err != nil {
			return nil, nil, err
		}
		items = append(items, u)
	}
	s.newItem(own)
	return n, items, nil
}
