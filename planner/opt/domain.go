package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// overDomain computes the right side of a lateral join for every different combination of the left's columns that it needs, and
// joins that to the left side.
func (w *rewriter) overDomain(j *plan.Join, free plan.ColumnSet) plan.Node {
	d := &domain{rewriter: w, left: j.Left}
	for _, c := range j.Left.Columns() {
		if free.Has(c.ID) && !slices.ContainsFunc(d.cols, func(x plan.Column) bool { return x.ID == c.ID }) {
			d.cols = append(d.cols, c)
		}
	}
	right, own := d.push(j.Right)
	on := plan.Conjuncts(j.On)
	keys := make([]plan.ColumnID, len(own))
	for i, c := range own {
		on = append(on, w.same(d.cols[i], c))
		keys[i] = c.ID
	}
	kind := j.Kind
	if kind == plan.NotInJoin { // its condition is more than one equality now
		kind = plan.AntiJoin
		on[0] = &plan.Coalesce{Args: []plan.Expr{on[0], boolConst(true)}, Typ: plan.Bool}
	}
	out := single(&plan.Join{Kind: kind, Left: j.Left, Right: right, On: plan.And(on...)}, keys)
	if len(out.Columns()) == len(j.Columns()) {
		return out
	}
	return onto(out, j.Columns())
}

// domain is the set of combinations that a plan is computed for.
type domain struct {
	*rewriter
	left plan.Node
	// cols are the columns of left that the plan needs.
	cols []plan.Column
	// recursions are those whose rows have the combination that they are for.
	recursions []plan.RecursionID
}

// set makes the node of the combinations, with columns of its own.
func (d *domain) set() (plan.Node, []plan.Column) {
	ids := map[plan.ColumnID]plan.ColumnID{}
	var exprs []plan.Expr
	// What the left side itself needs of queries around it keeps its ids.
	left := plan.Copy(d.left, ids, d.nextID)
	for _, c := range d.cols {
		r := ref(c)
		if id, ok := ids[c.ID]; ok {
			r.ID = id
		}
		exprs = append(exprs, r)
	}
	cols := d.renewed(d.cols)
	for i := range cols {
		cols[i].Table, cols[i].Number = 0, 0
	}
	p := &plan.Project{Input: left, Exprs: exprs, Cols: cols}
	agg := &plan.Aggregate{Input: p}
	for _, c := range cols {
		agg.Keys = append(agg.Keys, c.ID)
	}
	return agg, cols
}

func (d *domain) needs(n plan.Node) bool {
	return plan.FreeColumns(n).Meets(plan.SetOf(d.cols)) || len(d.recursions) > 0 && d.isWithin(n)
}

// isWithin tells whether a plan has rows of a recursion that are for a combination already.
func (d *domain) isWithin(n plan.Node) (found bool) {
	plan.Visit(n, func(n plan.Node) {
		w, ok := n.(*plan.Working)
		found = found || ok && slices.Contains(d.recursions, w.ID)
	})
	return found
}

// replaced is a node whose own expressions use the domain's columns cols instead of the left side's.
func (d *domain) replaced(n plan.Node, cols []plan.Column) plan.Node {
	return plan.MapExprs(n, func(e plan.Expr) plan.Expr { return d.expr(e, cols) })
}

func (d *domain) expr(e plan.Expr, cols []plan.Column) plan.Expr {
	by := map[plan.ColumnID]plan.Expr{}
	for i, c := range d.cols {
		by[c.ID] = ref(cols[i])
	}
	return substitute(e, by)
}

func idsOf(cols []plan.Column) []plan.ColumnID {
	out := make([]plan.ColumnID, len(cols))
	for i, c := range cols {
		out[i] = c.ID
	}
	return out
}

// push computes n for each combination: the result has the columns of n and those of the combination, which are returned.
func (d *domain) push(n plan.Node) (plan.Node, []plan.Column) {
	if !d.needs(n) {
		set, cols := d.set()
		return &plan.Join{Kind: plan.InnerJoin, Left: set, Right: n}, cols
	}
	switch n := n.(type) {
	case *plan.Project:
		in, cols := d.push(n.Input)
		p := d.replaced(n, cols).(*plan.Project)
		return &plan.Project{Input: in, Exprs: append(slices.Clone(p.Exprs), refs(cols)...), Cols: append(slices.Clone(n.Cols), cols...)}, cols
	case *plan.Values:
		return d.pushValues(n)
	case *plan.Join:
		return d.pushJoin(n)
	case *plan.Aggregate:
		return d.pushAggregate(n)
	case *plan.Distinct:
		in, cols := d.push(n.Input)
		out := &plan.Distinct{Input: in, Order: n.Order}
		if n.On != nil {
			out.On = append(slices.Clone(n.On), idsOf(cols)...)
		}
		return out, cols
	case *plan.Over:
		in, cols := d.push(n.Input)
		over := d.replaced(n, cols).(*plan.Over)
		over.Input, over.Partition = in, append(slices.Clone(n.Partition), idsOf(cols)...)
		return over, cols
	case *plan.TopN:
		in, cols := d.push(n.Input)
		out := *n
		out.Input, out.Partition = in, append(slices.Clone(n.Partition), idsOf(cols)...)
		return &out, cols
	case *plan.Limit:
		return d.pushLimit(n)
	case *plan.SetOp:
		return d.pushSetOp(n)
	case *plan.Recursion:
		return d.pushRecursion(n)
	case *plan.Working:
		own := d.unnamed()
		return &plan.Working{ID: n.ID, Cols: append(slices.Clone(n.Cols), own...), Name: n.Name}, own
	case *plan.TableFunc:
		in, cols := d.set()
		if n.Input != nil {
			in, cols = d.push(n.Input)
		}
		t := d.replaced(n, cols).(*plan.TableFunc)
		return &plan.TableFunc{Input: in, Calls: t.Calls, Ordinality: t.Ordinality, Outer: t.Outer}, cols
	case *plan.Single:
		in, cols := d.push(n.Input)
		return &plan.Single{Input: in, Keys: append(slices.Clone(n.Keys), idsOf(cols)...)}, cols
	case *plan.Order:
		return d.push(n.Input)
	case *plan.Filter, *plan.Window, *plan.Emit, *plan.Scan:
	}
	var cols []plan.Column
	out := plan.MapInputs(n, func(in plan.Node) plan.Node {
		var x plan.Node
		x, cols = d.push(in)
		return x
	})
	return d.replaced(out, cols), cols
}

// pushValues makes each row a projection of the combinations.
func (d *domain) pushValues(v *plan.Values) (plan.Node, []plan.Column) {
	var out plan.Node
	var outCols []plan.Column
	for i, row := range v.Rows {
		set, cols := d.set()
		own := v.Cols
		if len(v.Rows) > 1 {
			own = d.renewed(v.Cols)
		}
		p := &plan.Project{Input: set, Cols: append(slices.Clone(own), cols...)}
		for _, e := range row {
			p.Exprs = append(p.Exprs, d.expr(e, cols))
		}
		p.Exprs = append(p.Exprs, refs(cols)...)
		if i == 0 {
			out, outCols = p, cols
			continue
		}
		own = v.Cols
		if i < len(v.Rows)-1 {
			own = d.renewed(v.Cols)
		}
		outCols = d.renewed(d.cols)
		out = &plan.SetOp{Kind: plan.Union, All: true, Left: out, Right: p, Cols: append(slices.Clone(own), outCols...)}
	}
	return out, outCols
}

func (d *domain) pushJoin(j *plan.Join) (plan.Node, []plan.Column) {
	needLeft, needRight := d.needs(j.Left), d.needs(j.Right)
	needOn := j.On != nil && plan.ExprColumns(j.On).Meets(plan.SetOf(d.cols))
	rightOnly := !needLeft && needRight && j.Kind == plan.InnerJoin
	if rightOnly {
		right, cols := d.push(j.Right)
		return d.replaced(&plan.Join{Kind: j.Kind, Left: j.Left, Right: right, On: j.On}, cols), cols
	}
	left, cols := d.push(j.Left)
	if !needRight && j.Kind != plan.FullJoin && (j.Kind != plan.NotInJoin || !needOn) {
		return d.replaced(&plan.Join{Kind: j.Kind, Left: left, Right: j.Right, On: j.On}, cols), cols
	}
	right, rightCols := d.push(j.Right)
	on := plan.Conjuncts(j.On)
	for i, e := range on {
		on[i] = d.expr(e, cols)
	}
	kind := j.Kind
	if kind == plan.NotInJoin {
		kind = plan.AntiJoin
		on = []plan.Expr{&plan.Coalesce{Args: []plan.Expr{plan.And(on...), boolConst(true)}, Typ: plan.Bool}}
	}
	for i := range cols {
		on = append(on, d.same(cols[i], rightCols[i]))
	}
	out := &plan.Join{Kind: kind, Left: left, Right: right, On: plan.And(on...)}
	if kind != plan.FullJoin {
		return out, cols
	}
	// Of a full join either side's combination may be missing.
	own := d.renewed(cols)
	p := &plan.Project{Input: out, Exprs: refs(j.Columns()), Cols: slices.Clone(j.Columns())}
	for i := range own {
		either := &plan.Coalesce{Args: []plan.Expr{ref(cols[i]), ref(rightCols[i])}, Typ: cols[i].Type}
		p.Exprs, p.Cols = append(p.Exprs, either), append(p.Cols, own[i])
	}
	return p, own
}

// pushAggregate groups by the combination too. Without keys there is a row for each combination, even if no rows belong to it.
func (d *domain) pushAggregate(a *plan.Aggregate) (plan.Node, []plan.Column) {
	in, cols := d.push(a.Input)
	if len(a.Keys) > 0 {
		return &plan.Aggregate{Input: in, Keys: append(slices.Clone(a.Keys), idsOf(cols)...), Calls: a.Calls}, cols
	}
	groups := &plan.Aggregate{Input: in, Keys: idsOf(cols), Calls: slices.Clone(a.Calls)}
	out, defaults := d.defaulted(groups, a.Calls)
	set, own := d.set()
	var on []plan.Expr
	for i := range own {
		on = append(on, d.same(own[i], cols[i]))
	}
	joined := &plan.Join{Kind: plan.LeftJoin, Left: set, Right: out, On: plan.And(on...)}
	return &plan.Project{Input: joined, Exprs: append(defaults, refs(own)...), Cols: append(aggColumns(a), own...)}, own
}

// pushLimit numbers the rows of each combination.
func (d *domain) pushLimit(n *plan.Limit) (plan.Node, []plan.Column) {
	input := n.Input
	var order []plan.SortKey
	if o, ok := input.(*plan.Order); ok {
		input, order = o.Input, o.Keys
	}
	in, cols := d.push(input)
	call := plan.OverCall{Function: plan.FuncRowNumber, Column: d.column("row_number", bigint)}
	if n.WithTies {
		call.Function = plan.FuncRank
	}
	over := &plan.Over{Input: in, Partition: idsOf(cols), Order: order, Calls: []plan.OverCall{call}}
	number := ref(call.Column)
	var conds []plan.Expr
	limit, offset := asBigint(n.Limit), asBigint(n.Offset)
	if offset != nil {
		conds = append(conds, &plan.Call{Function: d.operator(">", bigint), Args: []plan.Expr{number, offset}, Typ: plan.Bool})
	}
	if limit != nil {
		if offset != nil {
			limit = &plan.Call{Function: d.operator("+", bigint), Args: []plan.Expr{limit, offset}, Typ: bigint}
		}
		conds = append(conds, &plan.Call{Function: d.operator("<=", bigint), Args: []plan.Expr{number, limit}, Typ: plan.Bool})
	}
	return onto(filtered(over, plan.And(conds...)), append(slices.Clone(n.Columns()), cols...)), cols
}

// asBigint is a limit, nil if there is none.
func asBigint(e plan.Expr) plan.Expr {
	if e == nil || isNull(e) {
		return nil
	}
	return e
}

func (d *domain) pushSetOp(s *plan.SetOp) (plan.Node, []plan.Column) {
	side := func(n plan.Node) plan.Node {
		out, cols := d.push(n)
		return onto(out, append(slices.Clone(n.Columns()), cols...))
	}
	own := d.unnamed()
	return &plan.SetOp{Kind: s.Kind, All: s.All, Left: side(s.Left), Right: side(s.Right), Cols: append(slices.Clone(s.Cols), own...)}, own
}

// pushRecursion runs the recursions of all combinations in one: its rows have the combination that they are for, and what a round makes of
// them is for the same.
func (d *domain) pushRecursion(r *plan.Recursion) (plan.Node, []plan.Column) {
	side := func(n plan.Node) plan.Node {
		out, cols := d.push(n)
		return onto(out, append(slices.Clone(n.Columns()), cols...))
	}
	init := side(r.Init)
	d.recursions = append(d.recursions, r.ID)
	step := side(r.Step)
	d.recursions = d.recursions[:len(d.recursions)-1]
	if revives(r.Step, r.ID) {
		step = d.goingOn(step, r)
	}
	own := d.unnamed()
	return &plan.Recursion{ID: r.ID, All: r.All, Init: init, Step: step, Cols: append(slices.Clone(r.Cols), own...)}, own
}

// goingOn leaves out what a step gives for combinations for which the round before has given nothing: their recursion has ended.
func (d *domain) goingOn(step plan.Node, r *plan.Recursion) plan.Node {
	own := d.unnamed()
	last := &plan.Working{ID: r.ID, Cols: append(d.renewed(r.Cols), own...)}
	plan.Visit(r.Step, func(n plan.Node) {
		if w, ok := n.(*plan.Working); ok && w.ID == r.ID {
			last.Name = w.Name
		}
	})
	var on []plan.Expr
	for i, c := range step.Columns()[len(r.Cols):] {
		on = append(on, d.same(c, own[i]))
	}
	return &plan.Join{Kind: plan.SemiJoin, Left: step, Right: last, On: plan.And(on...)}
}

// revives tells whether a plan may give rows for a combination out of no rows of a recursion's last round: an aggregate without keys does. What
// does so without that round gives in each what it has given in the first one, and the recursion of no combination ends before the others.
func revives(n plan.Node, id plan.RecursionID) (found bool) {
	plan.Visit(n, func(n plan.Node) {
		a, ok := n.(*plan.Aggregate)
		found = found || ok && len(a.Keys) == 0 && reads(a, id)
	})
	return found
}

// reads tells whether a plan has the rows of a recursion's last round.
func reads(n plan.Node, id plan.RecursionID) (found bool) {
	plan.Visit(n, func(n plan.Node) {
		w, ok := n.(*plan.Working)
		found = found || ok && w.ID == id
	})
	return found
}

// unnamed are new columns for the combination that are those of no relation.
func (d *domain) unnamed() []plan.Column {
	cols := d.renewed(d.cols)
	for i := range cols {
		cols[i].Table, cols[i].Number = 0, 0
	}
	return cols
}
