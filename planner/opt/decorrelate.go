package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// decorrelate makes lateral joins ordinary ones, the innermost first. Where the right side needs the left's columns only in filters,
// those become the join's condition; otherwise the right side is computed for each different combination of the columns that it needs
// (Neumann and Kemper, "Unnesting arbitrary queries", 2015).
func (w *rewriter) decorrelate(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		j, ok := n.(*plan.Join)
		if !ok || !j.Lateral && j.Kind != plan.LeftSingleJoin {
			return n, false
		}
		return w.unlateral(j), true
	})
}

func (w *rewriter) unlateral(j *plan.Join) plan.Node {
	free := plan.ColumnSet{}
	inLeft := plan.SetOf(j.Left.Columns())
	for id := range plan.FreeColumns(j.Right) {
		if inLeft.Has(id) {
			free.Add(id)
		}
	}
	if len(free) == 0 {
		return single(&plan.Join{Kind: j.Kind, Left: j.Left, Right: j.Right, On: j.On}, nil)
	}
	if n, ok := w.asCondition(j, free); ok {
		return n
	}
	if n, ok := w.asGroups(j, free); ok {
		return n
	}
	return w.overDomain(j, free)
}

// single replaces a LeftSingle join by a left join over a check that no two rows of the right side agree in keys.
func single(j *plan.Join, keys []plan.ColumnID) plan.Node {
	if j.Kind != plan.LeftSingleJoin {
		return j
	}
	j.Kind = plan.LeftJoin
	if !hasKeyWithin(j.Right, keys) {
		j.Right = &plan.Single{Input: j.Right, Keys: keys}
	}
	return j
}

// puller takes filters that use columns of free out of a plan.
type puller struct {
	free  plan.ColumnSet
	conds []plan.Expr
}

// pull gives the plan without such filters; its columns may be more than before, so that the filters find theirs.
func (p *puller) pull(n plan.Node) plan.Node {
	if !plan.FreeColumns(n).Meets(p.free) {
		return n
	}
	switch n := n.(type) {
	case *plan.Filter:
		var stay []plan.Expr
		for _, e := range plan.Conjuncts(n.Cond) {
			if plan.ExprColumns(e).Meets(p.free) && !isVolatile(e) {
				p.conds = append(p.conds, e)
			} else {
				stay = append(stay, e)
			}
		}
		return filtered(p.pull(n.Input), plan.And(stay...))
	case *plan.Join:
		if n.Lateral {
			return n
		}
		if n.Kind == plan.LeftJoin || n.Kind == plan.SemiJoin || n.Kind == plan.AntiJoin { // conditions on the left side alone may wait
			return &plan.Join{Kind: n.Kind, Left: p.pull(n.Left), Right: n.Right, On: n.On}
		}
		if n.Kind != plan.InnerJoin {
			return n
		}
		var stay []plan.Expr
		for _, e := range plan.Conjuncts(n.On) {
			if plan.ExprColumns(e).Meets(p.free) && !isVolatile(e) {
				p.conds = append(p.conds, e)
			} else {
				stay = append(stay, e)
			}
		}
		return &plan.Join{Kind: n.Kind, Left: p.pull(n.Left), Right: p.pull(n.Right), On: plan.And(stay...)}
	case *plan.Project:
		return p.pullProject(n)
	case *plan.Order:
		return p.pull(n.Input)
	default:
		return n
	}
}

// pullProject lets the columns through that the filters below need.
func (p *puller) pullProject(n *plan.Project) plan.Node {
	from := len(p.conds)
	in := p.pull(n.Input)
	out := &plan.Project{Input: in, Exprs: slices.Clone(n.Exprs), Cols: slices.Clone(n.Cols)}
	have := plan.SetOf(n.Cols)
	need := plan.ColumnSet{}
	for _, e := range p.conds[from:] {
		plan.AddExprColumns(need, e)
	}
	for _, c := range in.Columns() {
		if need.Has(c.ID) && !have.Has(c.ID) {
			out.Exprs, out.Cols = append(out.Exprs, ref(c)), append(out.Cols, c)
			have.Add(c.ID)
		}
	}
	return out
}

// asCondition moves the filters that correlate a right side into the join's condition.
func (w *rewriter) asCondition(j *plan.Join, free plan.ColumnSet) (plan.Node, bool) {
	right, on := j.Right, j.On
	semi := j.Kind == plan.SemiJoin || j.Kind == plan.AntiJoin
	if semi {
		right, on = stripped(right, on)
	}
	p := &puller{free: free}
	right = p.pull(right)
	if plan.FreeColumns(right).Meets(free) {
		return nil, false
	}
	out := &plan.Join{Kind: j.Kind, Left: j.Left, Right: right, On: plan.And(append(plan.Conjuncts(on), p.conds...)...)}
	switch j.Kind {
	case plan.SemiJoin, plan.AntiJoin:
		return out, true
	case plan.InnerJoin, plan.LeftJoin:
		return onto(out, j.Columns()), true
	case plan.LeftSingleJoin:
		// Only where the equalities leave one row at most; a check of all right rows would refuse those that have no left row.
		inRight := plan.SetOf(right.Columns())
		var keys []plan.ColumnID
		for _, e := range p.conds {
			if a, b, ok := plan.Equality(e); ok {
				for _, x := range []plan.Expr{a, b} {
					if c, ok := x.(*plan.ColumnRef); ok && inRight.Has(c.ID) {
						keys = append(keys, c.ID)
					}
				}
			}
		}
		if !hasKeyWithin(right, keys) {
			return nil, false
		}
		out.Kind = plan.LeftJoin
		return onto(out, j.Columns()), true
	case plan.FullJoin, plan.NotInJoin, plan.LookupJoin, plan.LeftLookupJoin:
	}
	return nil, false
}

// stripped is the right side of a semi or anti join without what does not change whether there is a partner.
func stripped(n plan.Node, on plan.Expr) (plan.Node, plan.Expr) {
	for {
		switch x := n.(type) {
		case *plan.Project:
			by := map[plan.ColumnID]plan.Expr{}
			for i, e := range x.Exprs {
				if isVolatile(e) {
					return n, on
				}
				by[x.Cols[i].ID] = e
			}
			n = x.Input
			if on != nil {
				on = substitute(on, by)
			}
		case *plan.Distinct:
			if x.On != nil {
				return n, on
			}
			n = x.Input
		case *plan.Order:
			n = x.Input
		case *plan.Limit:
			c, ok := x.Limit.(*plan.Const)
			if on != nil || x.Offset != nil || x.Limit != nil && (!ok || !c.Value.Null && c.Value.Int < 1) {
				return n, on
			}
			n = x.Input
		default:
			return n, on
		}
	}
}

// countsEmpty are the aggregates that are 0 over no rows; the others are null.
var countsEmpty = []string{"count", "regr_count", "approx_count_distinct"}

// asGroups makes an aggregate of a lateral right side one that is grouped by what equalities compare with the left side.
func (w *rewriter) asGroups(j *plan.Join, free plan.ColumnSet) (plan.Node, bool) {
	if j.On != nil || j.Kind != plan.InnerJoin && j.Kind != plan.LeftJoin && j.Kind != plan.LeftSingleJoin {
		return nil, false
	}
	var above []*plan.Project
	n := j.Right
	for {
		p, ok := n.(*plan.Project)
		if !ok {
			break
		}
		above, n = append(above, p), p.Input
	}
	agg, ok := n.(*plan.Aggregate)
	if !ok || len(agg.Keys) > 0 {
		return nil, false
	}
	p := &puller{free: free}
	in := p.pull(agg.Input)
	if plan.FreeColumns(in).Meets(free) {
		return nil, false
	}
	outer, inner, ok := sides(p.conds, free, plan.SetOf(in.Columns()))
	if !ok {
		return nil, false
	}
	in, keys := w.keyed(in, inner)
	groups := &plan.Aggregate{Input: in, Calls: slices.Clone(agg.Calls)}
	var on []plan.Expr
	for i, k := range keys {
		if !slices.Contains(groups.Keys, k.ID) {
			groups.Keys = append(groups.Keys, k.ID)
		}
		c := p.conds[i].(*plan.Call)
		on = append(on, &plan.Call{Function: c.Function, Args: ordered(c, outer[i], ref(k)), Typ: c.Typ, Pos: c.Pos})
	}
	out, defaults := w.defaulted(groups, agg.Calls)
	joined := plan.Node(&plan.Join{Kind: plan.LeftJoin, Left: j.Left, Right: out, On: plan.And(on...)})
	left := j.Left.Columns()
	joined = &plan.Project{Input: joined, Exprs: append(refs(left), defaults...), Cols: append(slices.Clone(left), aggColumns(agg)...)}
	for _, q := range slices.Backward(above) {
		joined = &plan.Project{Input: joined, Exprs: append(refs(left), q.Exprs...), Cols: append(slices.Clone(left), q.Cols...)}
	}
	return joined, true
}

// ordered are the arguments of a comparison with its sides in their first order.
func ordered(c *plan.Call, outer, inner plan.Expr) []plan.Expr {
	if c.Args[0] == outer {
		return []plan.Expr{outer, inner}
	}
	return []plan.Expr{inner, outer}
}

// sides takes equalities between outer and inner expressions apart.
func sides(conds []plan.Expr, free, inner plan.ColumnSet) (outer, in []plan.Expr, ok bool) {
	for _, e := range conds {
		a, b, ok := plan.Equality(e)
		if !ok {
			return nil, nil, false
		}
		ca, cb := plan.ExprColumns(a), plan.ExprColumns(b)
		if ca.Meets(inner) {
			a, b, ca, cb = b, a, cb, ca
		}
		if !free.HasAll(ca) || !inner.HasAll(cb) || len(cb) == 0 {
			return nil, nil, false
		}
		outer, in = append(outer, a), append(in, b)
	}
	return outer, in, true
}

// keyed makes expressions columns of a node.
func (w *rewriter) keyed(n plan.Node, list []plan.Expr) (plan.Node, []plan.Column) {
	cols := slices.Clone(n.Columns())
	p := &plan.Project{Input: n, Exprs: refs(cols), Cols: cols}
	var keys []plan.Column
	for _, e := range list {
		if c, ok := e.(*plan.ColumnRef); ok {
			keys = append(keys, plan.ColumnByID(cols, c.ID))
			continue
		}
		k := w.column("key", e.Type())
		p.Exprs, p.Cols = append(p.Exprs, e), append(p.Cols, k)
		keys = append(keys, k)
	}
	if len(p.Cols) == len(cols) {
		return n, keys
	}
	return p, keys
}

// defaulted gives the calls of groups new columns, and the expressions that make of them, null where a group is missing, what the
// aggregate without groups gives.
func (w *rewriter) defaulted(groups *plan.Aggregate, calls []plan.AggCall) (plan.Node, []plan.Expr) {
	var defaults []plan.Expr
	for i := range groups.Calls {
		c := &groups.Calls[i]
		c.Column = w.renewed([]plan.Column{calls[i].Column})[0]
		c.Column.NotNull = false
		var e plan.Expr = ref(c.Column)
		if slices.Contains(countsEmpty, c.Function.Name) {
			zero := &plan.Const{Typ: c.Column.Type, Value: types.IntValue(0)}
			e = &plan.Coalesce{Args: []plan.Expr{e, zero}, Typ: c.Column.Type}
		}
		defaults = append(defaults, e)
	}
	return groups, defaults
}

func aggColumns(a *plan.Aggregate) []plan.Column {
	var cols []plan.Column
	for _, c := range a.Calls {
		cols = append(cols, c.Column)
	}
	return cols
}
