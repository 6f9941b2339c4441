package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// selection is one SELECT while it is bound.
type selection struct {
	*scope
	from    plan.Node
	where   plan.Expr
	having  plan.Expr
	targets []*target
	sort    []sortTarget
	group   groupClause
	// distinct is DISTINCT; on are the targets of DISTINCT ON.
	distinct      bool
	on            []*target
	onPlaces      []*target // those of each expression of DISTINCT ON
	limit, offset plan.Expr
	withTies      bool
}

// sortTarget is an element of ORDER BY.
type sortTarget struct {
	target           *target
	desc, nullsFirst bool
}

// selectBlock is transformSelectStmt.
func (s *scope) selectBlock(sel *ast.Select, q *ast.Query) (*block, error) {
	if sel.Into != nil {
		return nil, unsupported(int(sel.Into.Pos), "SELECT ... INTO is not supported here").WithHint("Use CREATE TABLE ... AS or CREATE MATERIALIZED VIEW.")
	}
	k := &selection{scope: s, distinct: sel.Distinct && len(sel.DistinctOn) == 0}
	s.windows = sel.Windows
	if err := s.checkWindows(); err != nil {
		return nil, err
	}
	var err error
	if k.from, err = s.fromClause(sel.From); err != nil {
		return nil, err
	}
	if k.targets, err = s.targetList(sel.Targets, kindTarget); err != nil {
		return nil, err
	}
	if k.where, err = s.clause(sel.Where, kindWhere, "WHERE"); err != nil {
		return nil, err
	}
	if k.having, err = s.clause(sel.Having, kindHaving, "HAVING"); err != nil {
		return nil, err
	}
	if err := k.orderBy(q.OrderBy); err != nil {
		return nil, err
	}
	if err := k.groupBy(sel); err != nil {
		return nil, err
	}
	if err := k.distinctClause(sel); err != nil {
		return nil, err
	}
	if k.limit, k.offset, err = s.limitClause(q); err != nil {
		return nil, err
	}
	k.withTies = q.WithTies
	if err := checkTargetCount(k.targets); err != nil {
		return nil, err
	}
	b := &block{targets: k.targets}
	b.finish = func() (plan.Node, error) { return k.finish() }
	return b, nil
}

// clause binds a condition, which may be missing.
func (s *scope) clause(e ast.Expr, k kind, construct string) (plan.Expr, error) {
	if e == nil {
		return nil, nil
	}
	var x scalar
	err := s.in(k, func() (err error) {
		x, err = s.condition(e, construct)
		return err
	})
	return x.Expr, err
}

// limitClause is transformLimitClause, for OFFSET first.
func (s *scope) limitClause(q *ast.Query) (limit, offset plan.Expr, err error) {
	if offset, err = s.limitArg(q.Offset, kindOffset, "OFFSET"); err != nil {
		return nil, nil, err
	}
	if limit, err = s.limitArg(q.Limit, kindLimit, "LIMIT"); err != nil {
		return nil, nil, err
	}
	if c, ok := limit.(*plan.Const); ok && c.Value.Null && q.WithTies {
		return nil, nil, pgerr.New(pgerr.InvalidRowCountInLimit, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
	}
	if c, ok := limit.(*plan.Const); ok && c.Value.Null {
		limit = nil
	}
	if c, ok := offset.(*plan.Const); ok && c.Value.Null {
		offset = nil
	}
	return limit, offset, nil
}

func (s *scope) limitArg(e ast.Expr, k kind, name string) (plan.Expr, error) {
	if e == nil {
		return nil, nil
	}
	x, err := s.expr(e, k)
	if err != nil {
		return nil, err
	}
	if x, err = s.b.coerceToSpecific(x, types.Of(types.OIDInt8), name); err != nil {
		return nil, err
	}
	refs := s.uses(x.Expr)
	for _, ref := range refs {
		if s.b.owner[ref.ID] == s {
			return nil, errAt(ref.Pos, pgerr.InvalidColumnReference, "argument of %s must not contain variables", name)
		}
	}
	if len(refs) > 0 {
		return nil, unsupported(refs[0].Pos, "%s that depends on a query around is not supported yet", name).
			WithHint("Number the rows with row_number() and compare the number instead.")
	}
	return x.Expr, nil
}

// finish resolves what has no type yet, checks the grouping and makes the plan.
func (k *selection) finish() (plan.Node, error) {
	for _, t := range k.targets {
		var err error
		if t.x, err = k.b.resolveUnknown(t.x); err != nil {
			return nil, err
		}
	}
	n := k.withMarkers(k.from)
	if k.where != nil {
		n = &plan.Filter{Input: n, Cond: k.where}
	}
	shapes := make(map[*target]scalar)
	for _, t := range k.targets {
		shapes[t] = t.x
		t.x = scalar{Expr: t.x.value(k.b), pos: t.x.pos}
	}
	var err error
	if k.isGrouped() {
		if n, err = k.planGroups(n); err != nil {
			return nil, err
		}
	}
	n = k.planOvers(n)
	n = k.planSets(n, slices.DeleteFunc(slices.Clone(k.sets), func(c *setCall) bool { return c.grouped }))
	n = k.planOutput(n, shapes)
	return n, nil
}

// planOutput computes the targets, and orders and limits them.
func (k *selection) planOutput(n plan.Node, shapes map[*target]scalar) plan.Node {
	k.targets = slices.DeleteFunc(k.targets, func(t *target) bool { // keys of groups that nothing else needs
		return t.junk && !slices.Contains(k.on, t) && !slices.ContainsFunc(k.sort, func(o sortTarget) bool { return o.target == t })
	})
	var exprs []plan.Expr
	var names []string
	for _, t := range k.targets {
		exprs, names = append(exprs, t.x.Expr), append(names, t.name)
	}
	n = k.b.project(n, exprs, names)
	cols := n.Columns()
	for i, t := range k.targets {
		k.b.keepShape(cols[i].ID, shapes[t])
	}
	id := func(t *target) plan.ColumnID { return cols[slices.Index(k.targets, t)].ID }
	var keys []plan.SortKey
	for _, o := range k.sort {
		keys = append(keys, plan.SortKey{Column: id(o.target), Desc: o.desc, NullsFirst: o.nullsFirst})
	}
	switch {
	case k.distinct:
		n = &plan.Distinct{Input: n}
	case len(k.on) > 0:
		d := &plan.Distinct{Input: n, Order: keys}
		for _, t := range k.on {
			d.On = append(d.On, id(t))
		}
		n = d
	}
	n = orderAndLimit(n, keys, k.limit, k.offset, k.withTies)
	return k.dropJunk(n, cols)
}

func orderAndLimit(n plan.Node, keys []plan.SortKey, limit, offset plan.Expr, ties bool) plan.Node {
	if len(keys) > 0 {
		n = &plan.Order{Input: n, Keys: keys}
	}
	if limit != nil || offset != nil {
		n = &plan.Limit{Input: n, Limit: limit, Offset: offset, WithTies: ties}
	}
	return n
}

func (k *selection) dropJunk(n plan.Node, cols []plan.Column) plan.Node {
	p := &plan.Project{Input: n}
	for i, t := range k.targets {
		if !t.junk {
			p.Exprs, p.Cols = append(p.Exprs, refTo(cols[i], 0)), append(p.Cols, cols[i])
		}
	}
	if len(p.Cols) == len(cols) {
		return n
	}
	return p
}
