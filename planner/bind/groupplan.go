package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is the plan of groups: what is computed before and after them, and a branch for each grouping set.

// isGrouped tells whether rows are put into groups.
func (k *selection) isGrouped() bool { return k.group.present || k.having != nil || k.hasAggs }

// grouper rewrites what is computed of groups.
type grouper struct {
	*selection
	keys []plan.Expr
	// ids are the keys' columns behind the aggregation.
	ids []plan.Column
	// extra are columns that follow from a primary key among the keys.
	extra []*plan.ColumnRef
	below map[plan.ColumnID]bool
	err   error
}

// planGroups is parseCheckAggregates, and makes the plan of groups.
func (k *selection) planGroups(n plan.Node) (plan.Node, error) {
	var keySets []*setCall
	for _, t := range k.group.keys {
		keySets = append(keySets, k.setsIn(t.x.Expr)...)
	}
	n = k.planSets(n, keySets)
	for _, c := range keySets {
		c.grouped = true
	}
	g := &grouper{selection: k, below: map[plan.ColumnID]bool{}}
	for _, s := range keySets {
		for _, c := range s.cols {
			g.below[c.ID] = true
		}
	}
	pre := k.newComputer(n)
	keyID := map[int]plan.ColumnID{}
	for i, t := range k.group.keys {
		g.keys = append(g.keys, t.x.Expr)
		keyID[i] = pre.id(t.x.Expr, t.name)
	}
	if err := g.checkGroupings(); err != nil {
		return nil, err
	}
	var calls []plan.AggCall
	for _, a := range k.aggs {
		calls = append(calls, pre.aggregate(a))
	}
	sets := k.group.sets
	ids := make([]plan.ColumnID, len(g.keys))
	for i := range g.keys {
		ids[i] = keyID[i]
		c := pre.column(keyID[i])
		if sets != nil {
			c = k.b.column(c.Name, c.Type)
		}
		g.ids = append(g.ids, c)
	}
	g.rewriteAll()
	if g.err != nil {
		return nil, g.err
	}
	if k.usesItself && len(k.aggs) > 0 {
		return nil, errAt(k.aggs[0].pos, pgerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term")
	}
	for _, ref := range g.extra {
		ids = append(ids, pre.id(ref, ref.Name))
	}
	n = pre.node()
	if sets == nil {
		n = &plan.Aggregate{Input: n, Keys: distinctIDs(ids), Calls: calls}
	} else {
		n = g.planSetsOfGroups(n, ids, calls, sets)
	}
	if k.having != nil {
		n = &plan.Filter{Input: n, Cond: k.having}
	}
	return n, nil
}

func distinctIDs(ids []plan.ColumnID) []plan.ColumnID {
	var out []plan.ColumnID
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// checkGroupings checks that the arguments of grouping() are keys.
func (g *grouper) checkGroupings() error {
	for _, c := range g.groups {
		for i, a := range c.args {
			if g.key(a) < 0 {
				return errAt(c.poses[i], pgerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level")
			}
		}
	}
	return nil
}

func (g *grouper) key(e plan.Expr) int {
	return slices.IndexFunc(g.keys, func(k plan.Expr) bool { return plan.Equal(k, e) })
}

// rewriteAll puts the keys' columns into what is computed of groups, and finds columns that are no keys.
func (g *grouper) rewriteAll() {
	for _, t := range g.targets {
		t.x.Expr = g.rewrite(t.x.Expr, false)
	}
	if g.having != nil {
		g.having = g.rewrite(g.having, false)
	}
	for _, o := range g.overs {
		o.args, o.partition = g.rewriteList(o.args), g.rewriteList(o.partition)
		if o.filter != nil {
			o.filter = g.rewrite(o.filter, false)
		}
		for i := range o.order {
			o.order[i].expr = g.rewrite(o.order[i].expr, false)
		}
	}
	for _, s := range g.sets {
		if !g.below[s.cols[0].ID] {
			s.args = g.rewriteList(s.args)
		}
	}
}

func (g *grouper) rewriteList(list []plan.Expr) []plan.Expr {
	out := make([]plan.Expr, len(list))
	for i, e := range list {
		out[i] = g.rewrite(e, false)
	}
	return out
}

// rewrite is check_ungrouped_columns_walker. inner tells that e is in a query within the expression.
func (g *grouper) rewrite(e plan.Expr, inner bool) plan.Expr {
	if i := g.key(e); i >= 0 {
		return refTo(g.ids[i], 0)
	}
	switch x := e.(type) {
	case *plan.ColumnRef:
		return g.ungrouped(x, inner)
	case *plan.Subquery:
		c := plan.MapArgs(x, func(a plan.Expr) plan.Expr { return g.rewrite(a, inner) }).(*plan.Subquery)
		c.Query = g.rewriteNode(c.Query)
		return c
	default:
		return plan.MapArgs(e, func(a plan.Expr) plan.Expr { return g.rewrite(a, inner) })
	}
}

func (g *grouper) rewriteNode(n plan.Node) plan.Node {
	n = plan.MapInputs(n, g.rewriteNode)
	return plan.MapExprs(n, func(e plan.Expr) plan.Expr { return g.rewrite(e, true) })
}

// ungrouped is a column that is no key itself.
func (g *grouper) ungrouped(ref *plan.ColumnRef, inner bool) plan.Expr {
	if g.b.owner[ref.ID] != g.scope || g.aboveGroups(ref.ID) {
		return g.groupingValue(ref)
	}
	if g.group.sets == nil && g.followsFromKey(ref.ID) {
		if !slices.ContainsFunc(g.extra, func(x *plan.ColumnRef) bool { return x.ID == ref.ID }) {
			g.extra = append(g.extra, ref)
		}
		return ref
	}
	if g.err == nil {
		name := g.b.names[ref.ID]
		if inner {
			g.err = errAt(ref.Pos, pgerr.GroupingError, "subquery uses ungrouped column \"%s.%s\" from outer query", name.table, name.column)
		} else {
			g.err = errAt(ref.Pos, pgerr.GroupingError, "column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate function",
				name.table, name.column)
		}
	}
	return ref
}

// aboveGroups tells whether a column of this level is made of groups.
func (g *grouper) aboveGroups(id plan.ColumnID) bool {
	return g.aggregateAt(id) != 0 || g.b.isOver(id) || g.b.isSet(id) && !g.below[id] || g.groupingOf(id) != nil
}

func (g *grouper) groupingOf(id plan.ColumnID) *grouping {
	for _, c := range g.groups {
		if c.column.ID == id {
			return c
		}
	}
	return nil
}

// groupingValue is grouping() where there is only one set: none of its bits is set.
func (g *grouper) groupingValue(ref *plan.ColumnRef) plan.Expr {
	if g.group.sets == nil && g.groupingOf(ref.ID) != nil {
		return &plan.Const{Typ: ref.Typ, Value: types.IntValue(0)}
	}
	return ref
}

// followsFromKey tells whether a column is one of a table whose primary key is among the keys.
func (g *grouper) followsFromKey(id plan.ColumnID) bool {
	for _, i := range g.all {
		if i.relation == nil || len(i.relation.PrimaryKey) == 0 || len(i.columns) < len(i.relation.Columns) || !i.has(id) {
			continue
		}
		all := true
		for _, place := range i.relation.PrimaryKey {
			ref, ok := i.columns[place].value.(*plan.ColumnRef)
			all = all && ok && g.key(ref) >= 0
		}
		if all {
			return true
		}
	}
	return false
}

func (i *item) has(id plan.ColumnID) bool {
	return slices.ContainsFunc(i.columns, func(c itemColumn) bool {
		ref, ok := c.value.(*plan.ColumnRef)
		return ok && ref.ID == id
	})
}

// planSetsOfGroups is one aggregation for each grouping set, and the union of them.
func (g *grouper) planSetsOfGroups(in plan.Node, ids []plan.ColumnID, calls []plan.AggCall, sets [][]int) plan.Node {
	var result plan.Node
	cols := slices.Clone(g.ids)
	for _, c := range calls {
		cols = append(cols, c.Column)
	}
	for _, c := range g.groups {
		cols = append(cols, c.column)
	}
	for n, set := range sets {
		branch := g.branch(in, n, ids, calls, set)
		if result == nil {
			result = branch
			continue
		}
		u := &plan.SetOp{Kind: plan.Union, All: true, Left: result, Right: branch}
		for _, c := range cols {
			if n < len(sets)-1 {
				c.ID = g.b.nextID()
			}
			c.NotNull = false
			u.Cols = append(u.Cols, c)
		}
		result = u
	}
	if len(sets) == 1 {
		p := &plan.Project{Input: result, Cols: cols}
		for _, c := range result.Columns() {
			p.Exprs = append(p.Exprs, refTo(c, 0))
		}
		return p
	}
	return result
}

// branch is the aggregation for one grouping set, with all keys: those that are not in the set are null.
func (g *grouper) branch(in plan.Node, n int, ids []plan.ColumnID, calls []plan.AggCall, set []int) plan.Node {
	mapped := map[plan.ColumnID]plan.ColumnID{}
	if n > 0 {
		in = plan.Copy(in, mapped, g.b.nextID)
	}
	of := func(id plan.ColumnID) plan.ColumnID {
		if m, ok := mapped[id]; ok {
			return m
		}
		return id
	}
	a := &plan.Aggregate{Input: in}
	for _, i := range set {
		a.Keys = append(a.Keys, of(ids[i]))
	}
	a.Keys = distinctIDs(a.Keys)
	for _, c := range calls {
		c.Args = slices.Clone(c.Args)
		for i := range c.Args {
			c.Args[i] = of(c.Args[i])
		}
		c.Filter = of(c.Filter)
		c.Order = slices.Clone(c.Order)
		for i := range c.Order {
			c.Order[i].Column = of(c.Order[i].Column)
		}
		c.Column.ID = g.b.nextID()
		a.Calls = append(a.Calls, c)
	}
	var exprs []plan.Expr
	var names []string
	for i, c := range g.ids {
		names = append(names, c.Name)
		if slices.Contains(set, i) {
			exprs = append(exprs, refTo(plan.ColumnByID(a.Columns(), of(ids[i])), 0))
		} else {
			exprs = append(exprs, nullOf(c.Type))
		}
	}
	for _, c := range a.Calls {
		exprs, names = append(exprs, refTo(c.Column, 0)), append(names, c.Column.Name)
	}
	for _, c := range g.groups {
		exprs, names = append(exprs, &plan.Const{Typ: c.column.Type, Value: types.IntValue(g.bits(c, set))}), append(names, "grouping")
	}
	return g.b.project(a, exprs, names)
}

// bits is the value of grouping() for a set: a bit for each argument, which is set if it is not in the set.
func (g *grouper) bits(c *grouping, set []int) int64 {
	n := int64(0)
	for _, a := range c.args {
		n <<= 1
		if !slices.Contains(set, g.key(a)) {
			n |= 1
		}
	}
	return n
}
