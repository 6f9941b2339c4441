package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// unnestSubqueries replaces queries in expressions by joins, which may still be lateral: Decorrelate goes on from there. As conjuncts
// of a filter EXISTS, IN and their like become semi and anti joins; everything else becomes a column of a join.
func (w *rewriter) unnestSubqueries(n plan.Node) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		if !slices.ContainsFunc(plan.Exprs(n), hasSubquery) {
			return n, false
		}
		switch n := n.(type) {
		case *plan.Filter:
			return w.unnestFilter(n), true
		case *plan.Project:
			out := &plan.Project{Input: n.Input, Cols: n.Cols}
			for _, e := range n.Exprs {
				out.Input, e = w.extract(out.Input, e)
				out.Exprs = append(out.Exprs, e)
			}
			return out, true
		case *plan.Join:
			return w.unnestJoin(n)
		case *plan.Values:
			return w.unnestValues(n), true
		case *plan.TableFunc:
			return w.unnestTableFunc(n), true
		default:
			return n, false
		}
	})
}

func (w *rewriter) unnestFilter(f *plan.Filter) plan.Node {
	var plain, rest []plan.Expr
	for _, e := range plan.Conjuncts(f.Cond) {
		if hasSubquery(e) {
			rest = append(rest, e)
		} else {
			plain = append(plain, e)
		}
	}
	in := filtered(f.Input, plan.And(plain...))
	var conds []plan.Expr
	for _, e := range rest {
		if j, ok := w.semiJoin(in, e); ok {
			in = j
			continue
		}
		in, e = w.extract(in, e)
		conds = append(conds, e)
	}
	out := filtered(in, plan.And(conds...))
	if len(out.Columns()) != len(f.Columns()) {
		out = onto(out, f.Columns())
	}
	return out
}

// unnestJoin moves the queries of a join's condition to where their values can be computed: above an inner join, else to a side; those that
// need both sides go into a filter of the right one, which then depends on each row of the left one.
func (w *rewriter) unnestJoin(j *plan.Join) (plan.Node, bool) {
	var plain, rest []plan.Expr
	for _, e := range plan.Conjuncts(j.On) {
		if hasSubquery(e) {
			rest = append(rest, e)
		} else {
			plain = append(plain, e)
		}
	}
	out := &plan.Join{Kind: j.Kind, Left: j.Left, Right: j.Right, Lateral: j.Lateral}
	if j.Kind == plan.InnerJoin {
		out.On = plan.And(plain...)
		return w.unnestFilter(&plan.Filter{Input: out, Cond: plan.And(rest...)}), true
	}
	inLeft, inRight := plan.SetOf(j.Left.Columns()), plan.SetOf(j.Right.Columns())
	ofBoth := func(e plan.Expr) bool { return plan.ExprColumns(e).Meets(inLeft) && plan.ExprColumns(e).Meets(inRight) }
	if slices.ContainsFunc(rest, ofBoth) {
		if j.Kind == plan.FullJoin {
			return j, false // lowering refuses it
		}
		out.Right, out.Lateral = &plan.Filter{Input: j.Right, Cond: j.On}, true
		return out, true
	}
	for i, e := range rest {
		if plan.ExprColumns(e).Meets(inLeft) {
			out.Left, rest[i] = w.extract(out.Left, e)
		} else {
			out.Right, rest[i] = w.extract(out.Right, e)
		}
	}
	out.On = plan.And(append(plain, rest...)...)
	if len(out.Columns()) == len(j.Columns()) {
		return out, true
	}
	return onto(out, j.Columns()), true
}

// unnestValues makes rows with queries a union of projections.
func (w *rewriter) unnestValues(v *plan.Values) plan.Node {
	var out plan.Node
	for i, row := range v.Rows {
		cols := v.Cols
		if len(v.Rows) > 1 {
			cols = w.renewed(v.Cols)
		}
		p := &plan.Project{Input: oneRow(), Cols: cols}
		for _, e := range row {
			p.Input, e = w.extract(p.Input, e)
			p.Exprs = append(p.Exprs, e)
		}
		if i == 0 {
			out = p
			continue
		}
		cols = v.Cols
		if i < len(v.Rows)-1 {
			cols = w.renewed(v.Cols)
		}
		out = &plan.SetOp{Kind: plan.Union, All: true, Left: out, Right: p, Cols: cols}
	}
	return out
}

func oneRow() plan.Node { return &plan.Values{Rows: [][]plan.Expr{{}}} }

// renewed are columns like others with new ids.
func (w *rewriter) renewed(cols []plan.Column) []plan.Column {
	out := slices.Clone(cols)
	for i := range out {
		out[i].ID = w.nextID()
	}
	return out
}

func (w *rewriter) unnestTableFunc(t *plan.TableFunc) plan.Node {
	out := &plan.TableFunc{Input: t.Input, Ordinality: t.Ordinality, Outer: t.Outer}
	if out.Input == nil {
		out.Input = oneRow()
	}
	for _, c := range t.Calls {
		call := plan.TableCall{Function: c.Function, Cols: c.Cols}
		for _, e := range c.Args {
			out.Input, e = w.extract(out.Input, e)
			call.Args = append(call.Args, e)
		}
		out.Calls = append(out.Calls, call)
	}
	return onto(out, t.Columns())
}

// query is the query of a subquery as the right side of a join over in: with its own queries unnested, and with columns that no one
// else has.
func (w *rewriter) query(s *plan.Subquery) (plan.Node, []plan.Column) {
	q, _ := w.unnestSubqueries(s.Query)
	in := q.Columns()
	cols := w.renewed(in)
	return &plan.Project{Input: q, Exprs: refs(in), Cols: cols}, cols
}

// semiJoin makes a conjunct that is one subquery, or NOT one, a join that keeps or drops rows of in.
func (w *rewriter) semiJoin(in plan.Node, e plan.Expr) (plan.Node, bool) {
	not := false
	if x, ok := e.(*plan.Not); ok {
		not, e = true, x.X
	}
	s, ok := e.(*plan.Subquery)
	if !ok || slices.ContainsFunc(s.X, hasSubquery) {
		return nil, false
	}
	j := &plan.Join{Kind: plan.SemiJoin, Left: in, Lateral: true}
	var cols []plan.Column
	switch s.Kind {
	case plan.ExistsSubquery:
		j.Right, _ = w.query(s)
	case plan.AnySubquery:
		j.Right, cols = w.query(s)
		j.On = comparison(s, cols)
	case plan.AllSubquery: // x op ALL: there is no row for which it is not so
		j.Right, cols = w.query(s)
		j.On = &plan.Not{X: comparison(s, cols)}
		not = !not
	case plan.ScalarSubquery, plan.ArraySubquery:
		return nil, false
	}
	if not {
		w.antiJoin(j, s, cols)
	}
	return j, true
}

// antiJoin makes a semi join one that keeps the rows for which no partner's condition is true or null.
func (w *rewriter) antiJoin(j *plan.Join, s *plan.Subquery, cols []plan.Column) {
	j.Kind = plan.AntiJoin
	if j.On == nil || (s.Kind == plan.AnySubquery && neverNull(j.On, append(slices.Clone(j.Left.Columns()), cols...))) {
		return
	}
	if s.Kind == plan.AnySubquery && len(cols) == 1 && s.Op[0].Symbol == "=" && len(plan.FreeColumns(j.Right)) == 0 {
		used := plan.ExprColumns(s.X[0])
		if len(used) > 0 && plan.SetOf(j.Left.Columns()).HasAll(used) && s.X[0].Type().OID == cols[0].Type.OID {
			j.Kind = plan.NotInJoin
			return
		}
	}
	j.On = &plan.Coalesce{Args: []plan.Expr{j.On, boolConst(true)}, Typ: plan.Bool}
}

// neverNull tells whether a comparison of columns cannot be null: those columns are not.
func neverNull(e plan.Expr, cols []plan.Column) bool {
	switch x := e.(type) {
	case *plan.ColumnRef:
		return plan.ColumnByID(cols, x.ID).NotNull
	case *plan.Const:
		return !x.Value.Null
	case *plan.Logic:
		return !slices.ContainsFunc(x.Args, func(a plan.Expr) bool { return !neverNull(a, cols) })
	case *plan.Call:
		_, comparison := negators[x.Function.Name]
		return comparison && !slices.ContainsFunc(x.Args, func(a plan.Expr) bool { return !neverNull(a, cols) })
	default:
		return false
	}
}

// comparison is X op columns: of rows, = compares all pairs, and <> any.
func comparison(s *plan.Subquery, cols []plan.Column) plan.Expr {
	var list []plan.Expr
	for i, op := range s.Op {
		list = append(list, &plan.Call{
			Function: op.Function, Args: []plan.Expr{s.X[i], ref(cols[i])}, Typ: plan.Bool, Pos: s.Pos,
		})
	}
	if len(list) == 1 {
		return list[0]
	}
	return &plan.Logic{Or: s.Op[0].Symbol != "=", Args: list}
}

// extract makes the queries in an expression columns of joins over in.
func (w *rewriter) extract(in plan.Node, e plan.Expr) (plan.Node, plan.Expr) {
	e = plan.MapExpr(e, func(e plan.Expr) plan.Expr {
		s, ok := e.(*plan.Subquery)
		if !ok {
			return e
		}
		var value plan.Expr
		in, value = w.value(in, s)
		return value
	})
	return in, e
}

// value joins a subquery to in and says how its value is computed from the columns that come with it.
func (w *rewriter) value(in plan.Node, s *plan.Subquery) (plan.Node, plan.Expr) {
	q, cols := w.query(s)
	switch s.Kind {
	case plan.ScalarSubquery:
		return &plan.Join{Kind: plan.LeftSingleJoin, Left: in, Right: q, Lateral: true}, ref(cols[0])
	case plan.ExistsSubquery:
		agg := &plan.Aggregate{Input: q, Calls: []plan.AggCall{w.count(0)}}
		return w.crossApply(in, agg), w.positive(agg.Calls[0].Column)
	case plan.ArraySubquery:
		if w.arrayAgg() == nil {
			return in, s // lowering refuses it
		}
		return w.arrayOf(in, q, s)
	case plan.AnySubquery:
		if x, ok := w.member(in, q, s); ok {
			return x.node, x.value
		}
	case plan.AllSubquery:
	}
	// ANY is true if a comparison is, else null if one is, else false. ALL is NOT ANY of NOT.
	cond := comparison(s, cols)
	if s.Kind == plan.AllSubquery {
		cond = &plan.Not{X: cond}
	}
	hit, open := w.column("hit", plan.Bool), w.column("open", plan.Bool)
	p := &plan.Project{Input: q, Exprs: []plan.Expr{cond, &plan.IsNull{X: cond}}, Cols: []plan.Column{hit, open}}
	agg := &plan.Aggregate{Input: p, Calls: []plan.AggCall{w.count(hit.ID), w.count(open.ID)}}
	all := s.Kind == plan.AllSubquery
	value := &plan.Case{
		Whens: []plan.When{
			{Cond: w.positive(agg.Calls[0].Column), Result: boolConst(!all)},
			{Cond: w.positive(agg.Calls[1].Column), Result: &plan.Const{Typ: plan.Bool, Value: types.NullValue}},
		},
		Else: boolConst(all), Typ: plan.Bool,
	}
	return w.crossApply(in, agg), value
}

// joined is a node with an expression over it.
type joined struct {
	node  plan.Node
	value plan.Expr
}

// member is x = ANY (query) for a query that needs nothing of in: a left join with its different values, and beside it how many rows and
// nulls it has.
func (w *rewriter) member(in, q plan.Node, s *plan.Subquery) (joined, bool) {
	if len(s.X) != 1 || s.Op[0].Symbol != "=" || len(plan.FreeColumns(q)) > 0 {
		return joined{}, false
	}
	c := q.Columns()[0]
	found := w.column("found", plan.Bool)
	marked := &plan.Project{Input: &plan.Distinct{Input: q}, Exprs: []plan.Expr{ref(c), boolConst(true)}, Cols: []plan.Column{c, found}}
	out := plan.Node(&plan.Join{Kind: plan.LeftJoin, Left: in, Right: marked, On: comparison(s, []plan.Column{c})})
	if neverNull(s.X[0], in.Columns()) && c.NotNull {
		return joined{out, &plan.IsNull{X: ref(found), Not: true}}, true
	}
	again := plan.Copy(q, map[plan.ColumnID]plan.ColumnID{}, w.nextID)
	null := w.column("null", plan.Bool)
	p := &plan.Project{Input: again, Exprs: []plan.Expr{&plan.IsNull{X: ref(again.Columns()[0])}}, Cols: []plan.Column{null}}
	agg := &plan.Aggregate{Input: p, Calls: []plan.AggCall{w.count(0), w.count(null.ID)}}
	rows, nulls := w.positive(agg.Calls[0].Column), w.positive(agg.Calls[1].Column)
	unknown := &plan.Logic{Or: true, Args: []plan.Expr{nulls, &plan.Logic{Args: []plan.Expr{&plan.IsNull{X: s.X[0]}, rows}}}}
	value := &plan.Case{
		Whens: []plan.When{
			{Cond: &plan.IsNull{X: ref(found), Not: true}, Result: boolConst(true)},
			{Cond: unknown, Result: &plan.Const{Typ: plan.Bool, Value: types.NullValue}},
		},
		Else: boolConst(false), Typ: plan.Bool,
	}
	return joined{&plan.Join{Kind: plan.InnerJoin, Left: out, Right: agg}, value}, true
}

func (w *rewriter) crossApply(in, q plan.Node) plan.Node {
	return &plan.Join{Kind: plan.InnerJoin, Left: in, Right: q, Lateral: true}
}

// arrayOf is ARRAY(query), empty where the query has no rows.
func (w *rewriter) arrayOf(in, q plan.Node, s *plan.Subquery) (plan.Node, plan.Expr) {
	cols := q.Columns()
	call := plan.AggCall{Function: w.arrayAgg(), Args: []plan.ColumnID{cols[0].ID}, Column: w.column("array", s.Typ)}
	agg := &plan.Aggregate{Input: q}
	agg.Input, call.Order = w.unordered(q)
	agg.Calls = []plan.AggCall{call}
	empty, err := types.Parse(s.Typ, "{}", w.Settings)
	if err != nil {
		empty = types.NullValue
	}
	value := &plan.Coalesce{Args: []plan.Expr{ref(call.Column), &plan.Const{Typ: s.Typ, Value: empty}}, Typ: s.Typ}
	return w.crossApply(in, agg), value
}

// unordered takes the order of a query's rows away and answers by what columns they were ordered, which the query then has too. Under a
// LIMIT the order stays, for it says which rows there are.
func (w *rewriter) unordered(n plan.Node) (plan.Node, []plan.SortKey) {
	switch n := n.(type) {
	case *plan.Order:
		return n.Input, n.Keys
	case *plan.Limit:
		if o, ok := n.Input.(*plan.Order); ok {
			return n, o.Keys
		}
	case *plan.Project:
		in, keys := w.unordered(n.Input)
		if len(keys) == 0 {
			return n, nil
		}
		out := &plan.Project{Input: in, Exprs: slices.Clone(n.Exprs), Cols: slices.Clone(n.Cols)}
		passed := make([]plan.SortKey, len(keys))
		for i, k := range keys {
			c := plan.ColumnByID(in.Columns(), k.Column)
			own := w.renewed([]plan.Column{c})[0]
			out.Exprs, out.Cols = append(out.Exprs, ref(c)), append(out.Cols, own)
			passed[i] = k
			passed[i].Column = own.ID
		}
		return out, passed
	default:
	}
	return n, nil
}

// arrayAgg is array_agg; nil if there is none.
func (w *rewriter) arrayAgg() *fn.Aggregate {
	for _, a := range w.Functions.Aggregates("array_agg") {
		if len(a.Args) == 1 && a.Args[0] != types.OIDAnyArray {
			return a
		}
	}
	return nil
}

// count is count(*) of the rows for which a column is true; 0 is all rows.
func (w *rewriter) count(filter plan.ColumnID) plan.AggCall {
	call := plan.AggCall{Filter: filter, Column: w.column("count", types.Of(types.OIDInt8))}
	for _, a := range w.Functions.Aggregates("count") {
		if len(a.Args) == 0 {
			call.Function = a
		}
	}
	return call
}

// positive is column > 0.
func (w *rewriter) positive(c plan.Column) plan.Expr {
	zero := &plan.Const{Typ: c.Type, Value: types.IntValue(0)}
	return &plan.Call{Function: w.operator(">", c.Type), Args: []plan.Expr{ref(c), zero}, Typ: plan.Bool}
}

// operator is a comparison of two values of a type.
func (w *rewriter) operator(symbol string, t types.Type) *fn.Function {
	return w.operatorOf(symbol, t).Function
}

func (w *rewriter) operatorOf(symbol string, t types.Type) *fn.Operator {
	oid := t.OID
	if oid == types.OIDVarchar {
		oid = types.OIDText
	}
	var general *fn.Operator
	for _, o := range w.Functions.Operators(symbol) {
		if o.Left == oid && o.Right == oid {
			return o
		}
		if fn.IsPolymorphic(o.Left) && o.Left == o.Right {
			general = o
		}
	}
	return general
}

// same is a IS NOT DISTINCT FROM b.
func (w *rewriter) same(a, b plan.Column) plan.Expr {
	f := fn.DistinctFrom(w.operatorOf("=", a.Type), true)
	return &plan.Call{Function: f, Args: []plan.Expr{ref(a), ref(b)}, Typ: plan.Bool}
}
