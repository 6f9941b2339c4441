package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// orderJoins orders inner joins so that each has a condition with what is there already, if the query allows it: the order of FROM is
// kept as far as that goes.
func (w *rewriter) orderJoins(n plan.Node) (plan.Node, bool) {
	changed := false
	var visit func(n plan.Node) plan.Node
	visit = func(n plan.Node) plan.Node {
		j, ok := n.(*plan.Join)
		if !ok || !reorders(j) {
			return plan.MapInputs(n, visit)
		}
		var leaves []plan.Node
		var conds []plan.Expr
		flatten(j, &leaves, &conds)
		for i := range leaves {
			leaves[i] = visit(leaves[i])
		}
		order := connected(leaves, conds)
		if slices.IsSorted(order) && leftDeep(j) {
			return rebuild(leaves, order, conds)
		}
		changed = true
		return onto(rebuild(leaves, order, conds), j.Columns())
	}
	out := visit(n)
	if !changed {
		return n, false
	}
	return out, true
}

func reorders(j *plan.Join) bool { return j.Kind == plan.InnerJoin && !j.Lateral }

func leftDeep(j *plan.Join) bool {
	for {
		if r, ok := j.Right.(*plan.Join); ok && reorders(r) {
			return false
		}
		l, ok := j.Left.(*plan.Join)
		if !ok || !reorders(l) {
			return true
		}
		j = l
	}
}

func flatten(n plan.Node, leaves *[]plan.Node, conds *[]plan.Expr) {
	if j, ok := n.(*plan.Join); ok && reorders(j) {
		flatten(j.Left, leaves, conds)
		flatten(j.Right, leaves, conds)
		*conds = append(*conds, plan.Conjuncts(j.On)...)
		return
	}
	*leaves = append(*leaves, n)
}

// connected orders leaves: each next one is the first that an equality ties to those before, else any other condition, else the
// first that is left.
func connected(leaves []plan.Node, conds []plan.Expr) []int {
	sets := make([]plan.ColumnSet, len(leaves))
	for i, l := range leaves {
		sets[i] = plan.SetOf(l.Columns())
	}
	order := []int{0}
	have := plan.ColumnSet{}
	for id := range sets[0] {
		have.Add(id)
	}
	for len(order) < len(leaves) {
		best, bestRank := -1, 3
		for i := range leaves {
			if slices.Contains(order, i) {
				continue
			}
			if r := tie(have, sets[i], conds); r < bestRank {
				best, bestRank = i, r
			}
		}
		order = append(order, best)
		for id := range sets[best] {
			have.Add(id)
		}
	}
	return order
}

// tie is how strongly conditions tie a set to another: 0 by an equality, 1 by another condition, 2 not at all.
func tie(have, next plan.ColumnSet, conds []plan.Expr) int {
	rank := 2
	for _, e := range conds {
		if a, b, ok := plan.Equality(e); ok {
			ca, cb := plan.ExprColumns(a), plan.ExprColumns(b)
			if len(ca) > 0 && len(cb) > 0 && (have.HasAll(ca) && next.HasAll(cb) || have.HasAll(cb) && next.HasAll(ca)) {
				return 0
			}
		}
		used := plan.ExprColumns(e)
		both := plan.ColumnSet{}
		for id := range have {
			both.Add(id)
		}
		for id := range next {
			both.Add(id)
		}
		if used.Meets(have) && used.Meets(next) && both.HasAll(used) {
			rank = 1
		}
	}
	return rank
}

// rebuild joins leaves in an order; each condition stands at the first join that has all its columns.
func rebuild(leaves []plan.Node, order []int, conds []plan.Expr) plan.Node {
	out := leaves[order[0]]
	rest := slices.Clone(conds)
	for _, i := range order[1:] {
		j := &plan.Join{Kind: plan.InnerJoin, Left: out, Right: leaves[i]}
		cols := plan.SetOf(j.Columns())
		var on, later []plan.Expr
		for _, e := range rest {
			if cols.HasAll(plan.ExprColumns(e)) {
				on = append(on, e)
			} else {
				later = append(later, e)
			}
		}
		out, rest = &plan.Join{Kind: plan.InnerJoin, Left: j.Left, Right: j.Right, On: plan.And(on...)}, later
	}
	return filtered(out, plan.And(rest...))
}
