package planner_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// interpreter computes plans row by row, the obvious way: subqueries and lateral joins are run again for each row. It knows what the
// random queries of this package use.
type interpreter struct {
	tables map[string][][]types.Value
	// working are the rows of the last rounds of recursions, each a list of values in the order of the columns.
	working map[plan.RecursionID][][]types.Value
}

// env are the columns that an expression may use.
type env struct {
	outer  *env
	values map[plan.ColumnID]types.Value
}

func (e *env) lookup(id plan.ColumnID) types.Value {
	for ; e != nil; e = e.outer {
		if v, ok := e.values[id]; ok {
			return v
		}
	}
	panic(fmt.Sprintf("column %d is not there", id))
}

// row is a row of a node: values by column.
type row map[plan.ColumnID]types.Value

func (e *env) with(rows ...row) *env {
	values := map[plan.ColumnID]types.Value{}
	for _, r := range rows {
		for id, v := range r {
			values[id] = v
		}
	}
	return &env{e, values}
}

// failure is an error of the query.
type failure string

func (x *interpreter) rows(n plan.Node, e *env) []row {
	switch n := n.(type) {
	case *plan.Scan:
		var out []row
		for _, values := range x.tables[n.Relation.Name] {
			r := row{}
			for _, c := range n.Cols {
				r[c.ID] = values[n.Place(c)]
			}
			out = append(out, r)
		}
		return out
	case *plan.Values:
		var out []row
		for _, exprs := range n.Rows {
			out = append(out, x.computed(exprs, n.Cols, e))
		}
		return out
	case *plan.Filter:
		return slices.DeleteFunc(x.rows(n.Input, e), func(r row) bool { return !x.isTrue(n.Cond, e.with(r)) })
	case *plan.Project:
		var out []row
		for _, r := range x.rows(n.Input, e) {
			out = append(out, x.computed(n.Exprs, n.Cols, e.with(r)))
		}
		return out
	case *plan.Join:
		return x.join(n, e)
	case *plan.Aggregate:
		return x.aggregate(n, e)
	case *plan.Distinct:
		in := x.rows(n.Input, e)
		on := n.On
		if on == nil {
			on = ids(n.Columns())
		}
		return firsts(sorted(in, n.Order, n.Columns()), on)
	case *plan.Over:
		return x.over(n, e)
	case *plan.TopN:
		return x.topN(n, e)
	case *plan.Order:
		return sorted(x.rows(n.Input, e), n.Keys, n.Columns())
	case *plan.Limit:
		return x.limit(n, e)
	case *plan.SetOp:
		return x.setOp(n, e)
	case *plan.Single:
		in := x.rows(n.Input, e)
		if len(firsts(in, n.Keys)) < len(in) {
			panic(failure("more than one row"))
		}
		return in
	case *plan.Window:
		return x.tumble(n, e)
	case *plan.Recursion:
		return x.recursion(n, e)
	case *plan.Working:
		return rowsOf(x.working[n.ID], n.Cols)
	case *plan.TableFunc, *plan.Emit:
	}
	panic(fmt.Sprintf("%T", n))
}

// tumble adds the bounds of tumbling windows.
func (x *interpreter) tumble(n *plan.Window, e *env) []row {
	if n.Kind != plan.Tumble {
		panic("a window of another kind")
	}
	var out []row
	for _, r := range x.rows(n.Input, e) {
		t := r[n.Time]
		if t.Null {
			continue
		}
		after := (t.Int - n.Offset) % n.Size
		if after < 0 {
			after += n.Size
		}
		start := t.Int - after
		out = append(out, e.with(r, row{n.Start.ID: types.IntValue(start), n.End.ID: types.IntValue(start + n.Size)}).values)
	}
	return out
}

func (x *interpreter) computed(exprs []plan.Expr, cols []plan.Column, e *env) row {
	r := row{}
	for i, expr := range exprs {
		r[cols[i].ID] = x.value(expr, e)
	}
	return r
}

func nulls(cols []plan.Column) row {
	r := row{}
	for _, c := range cols {
		r[c.ID] = types.NullValue
	}
	return r
}

func (x *interpreter) join(n *plan.Join, e *env) []row {
	var out []row
	leftRows := x.rows(n.Left, e)
	var rightRows []row
	if !n.Lateral {
		rightRows = x.rows(n.Right, e)
	}
	matched := map[int]bool{}
	for _, l := range leftRows {
		if n.Lateral {
			rightRows = x.rows(n.Right, e.with(l))
		}
		hits, unknown := 0, 0
		for i, r := range rightRows {
			ok := types.BoolValue(true)
			if n.On != nil {
				ok = x.value(n.On, e.with(l, r))
			}
			if ok.Null {
				unknown++
			}
			if ok.Null || !ok.Bool() {
				continue
			}
			hits++
			matched[i] = true
			switch n.Kind {
			case plan.InnerJoin, plan.LeftJoin, plan.FullJoin, plan.LeftSingleJoin, plan.LookupJoin, plan.LeftLookupJoin:
				out = append(out, merged(l, r))
			case plan.SemiJoin, plan.AntiJoin, plan.NotInJoin:
			}
		}
		switch {
		case n.Kind == plan.LeftSingleJoin && hits > 1:
			panic(failure("more than one row"))
		case hits == 0 && (n.Kind == plan.LeftJoin || n.Kind == plan.FullJoin || n.Kind == plan.LeftSingleJoin || n.Kind == plan.LeftLookupJoin):
			out = append(out, merged(l, nulls(n.Right.Columns())))
		case n.Kind == plan.SemiJoin && hits > 0, n.Kind == plan.AntiJoin && hits == 0, n.Kind == plan.NotInJoin && hits+unknown == 0:
			out = append(out, l)
		}
	}
	if n.Kind == plan.FullJoin {
		for i, r := range rightRows {
			if !matched[i] {
				out = append(out, merged(nulls(n.Left.Columns()), r))
			}
		}
	}
	return out
}

func merged(a, b row) row {
	r := row{}
	for id, v := range a {
		r[id] = v
	}
	for id, v := range b {
		r[id] = v
	}
	return r
}

func ids(cols []plan.Column) []plan.ColumnID {
	var out []plan.ColumnID
	for _, c := range cols {
		out = append(out, c.ID)
	}
	return out
}

// text is a row's values as a key.
func text(r row, ids []plan.ColumnID) string {
	var b strings.Builder
	for _, id := range ids {
		v := r[id]
		if v.Null {
			b.WriteString("null,")
		} else {
			fmt.Fprintf(&b, "%d %v %s,", v.Int, v.Float, v.Bytes)
		}
	}
	return b.String()
}

// firsts are the first rows of those that agree in columns.
func firsts(in []row, on []plan.ColumnID) []row {
	seen := map[string]bool{}
	var out []row
	for _, r := range in {
		if k := text(r, on); !seen[k] {
			seen[k] = true
			out = append(out, r)
		}
	}
	return out
}

func groups(in []row, keys []plan.ColumnID) [][]row {
	places := map[string]int{}
	var out [][]row
	for _, r := range in {
		k := text(r, keys)
		i, ok := places[k]
		if !ok {
			i = len(out)
			places[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], r)
	}
	return out
}

func (x *interpreter) aggregate(n *plan.Aggregate, e *env) []row {
	all := groups(x.rows(n.Input, e), n.Keys)
	if len(n.Keys) == 0 && len(all) == 0 {
		all = [][]row{nil}
	}
	var out []row
	for _, g := range all {
		r := row{}
		for _, k := range n.Keys {
			r[k] = g[0][k]
		}
		for _, c := range n.Calls {
			r[c.Column.ID] = call(c, g)
		}
		out = append(out, r)
	}
	return out
}

func call(c plan.AggCall, group []row) types.Value {
	result := types.NullValue
	if c.Function.Name == "count" {
		result = types.IntValue(0)
	}
	for _, r := range group {
		if c.Filter != 0 && (r[c.Filter].Null || !r[c.Filter].Bool()) {
			continue
		}
		var v types.Value
		if len(c.Args) > 0 {
			if v = r[c.Args[0]]; v.Null {
				continue
			}
		}
		switch {
		case c.Function.Name == "count":
			result.Int++
		case result.Null:
			result = v
		case c.Function.Name == "sum":
			result.Int += v.Int
		case c.Function.Name == "max":
			result.Int = max(result.Int, v.Int)
		case c.Function.Name == "min":
			result.Int = min(result.Int, v.Int)
		default:
			panic(c.Function.Name)
		}
	}
	return result
}

// sorted orders rows by keys and then by all columns, so that what SQL leaves open is the same everywhere.
func sorted(in []row, keys []plan.SortKey, _ []plan.Column) []row {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b row) int { return compare(a, b, keys) })
	return out
}

func compare(a, b row, keys []plan.SortKey) int {
	for _, k := range keys {
		x, y := a[k.Column], b[k.Column]
		c := cmp.Compare(x.Int, y.Int)
		if k.Desc {
			c = -c
		}
		if x.Null || y.Null {
			c = 0
			if x.Null != y.Null {
				c = 1
				if x.Null == k.NullsFirst {
					c = -1
				}
			}
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (x *interpreter) over(n *plan.Over, e *env) []row {
	var out []row
	for _, g := range groups(x.rows(n.Input, e), n.Partition) {
		out = append(out, numbered(sorted(g, n.Order, n.Input.Columns()), n.Order, n.Calls)...)
	}
	return out
}

func numbered(in []row, order []plan.SortKey, calls []plan.OverCall) []row {
	var out []row
	rank, dense := int64(0), int64(0)
	for i, r := range in {
		if i == 0 || compare(in[i-1], r, order) != 0 {
			rank, dense = int64(i+1), dense+1
		}
		s := merged(r, nil)
		for _, c := range calls {
			s[c.Column.ID] = types.IntValue([]int64{int64(i + 1), rank, dense}[c.Function])
		}
		out = append(out, s)
	}
	return out
}

func (x *interpreter) topN(n *plan.TopN, e *env) []row {
	number := plan.Column{ID: -1}
	if n.Number != nil {
		number = *n.Number
	}
	over := &plan.Over{Input: n.Input, Partition: n.Partition, Order: n.Order, Calls: []plan.OverCall{{Function: n.Kind, Column: number}}}
	return slices.DeleteFunc(x.over(over, e), func(r row) bool {
		k := r[number.ID].Int
		return k <= n.Offset || n.Limit >= 0 && k > n.Offset+n.Limit
	})
}

func (x *interpreter) limit(n *plan.Limit, e *env) []row {
	in := x.rows(n.Input, e)
	if n.Offset != nil {
		if v := x.value(n.Offset, e); !v.Null {
			in = in[min(v.Int, int64(len(in))):]
		}
	}
	if n.Limit != nil {
		if v := x.value(n.Limit, e); !v.Null {
			in = in[:min(v.Int, int64(len(in)))]
		}
	}
	return in
}

func (x *interpreter) setOp(n *plan.SetOp, e *env) []row {
	side := func(in plan.Node) []row {
		var out []row
		cols := in.Columns()
		for _, r := range x.rows(in, e) {
			s := row{}
			for i, c := range n.Cols {
				s[c.ID] = r[cols[i].ID]
			}
			out = append(out, s)
		}
		return out
	}
	left, right := side(n.Left), side(n.Right)
	all := ids(n.Cols)
	counts := map[string]int{}
	for _, r := range right {
		counts[text(r, all)]++
	}
	var out []row
	switch n.Kind {
	case plan.Union:
		out = append(left, right...)
	case plan.Intersect, plan.Except:
		for _, r := range left {
			k := text(r, all)
			hit := counts[k] > 0
			if n.All && hit {
				counts[k]--
			}
			if hit == (n.Kind == plan.Intersect) {
				out = append(out, r)
			}
		}
	}
	if !n.All {
		out = firsts(out, all)
	}
	return out
}

func (x *interpreter) isTrue(expr plan.Expr, e *env) bool {
	v := x.value(expr, e)
	return !v.Null && v.Bool()
}

func (x *interpreter) value(expr plan.Expr, e *env) types.Value {
	switch n := expr.(type) {
	case *plan.ColumnRef:
		return e.lookup(n.ID)
	case *plan.Const:
		return n.Value
	case *plan.Call:
		return x.call(n, e)
	case *plan.Logic:
		out := types.BoolValue(!n.Or)
		for _, a := range n.Args {
			v := x.value(a, e)
			switch {
			case v.Null:
				out = types.NullValue
			case v.Bool() == n.Or:
				return v
			}
		}
		return out
	case *plan.Not:
		v := x.value(n.X, e)
		if !v.Null {
			v = types.BoolValue(!v.Bool())
		}
		return v
	case *plan.IsNull:
		return types.BoolValue(x.value(n.X, e).Null != n.Not)
	case *plan.Case:
		for _, w := range n.Whens {
			if x.isTrue(w.Cond, e) {
				return x.value(w.Result, e)
			}
		}
		return x.value(n.Else, e)
	case *plan.Coalesce:
		for _, a := range n.Args {
			if v := x.value(a, e); !v.Null {
				return v
			}
		}
		return types.NullValue
	case *plan.Subquery:
		return x.subquery(n, e)
	case *plan.Param:
	}
	panic(fmt.Sprintf("%T", expr))
}

func (x *interpreter) subquery(n *plan.Subquery, e *env) types.Value {
	rows := x.rows(n.Query, e)
	cols := n.Query.Columns()
	switch n.Kind {
	case plan.ScalarSubquery:
		switch len(rows) {
		case 0:
			return types.NullValue
		case 1:
			return rows[0][cols[0].ID]
		}
		panic(failure("more than one row"))
	case plan.ExistsSubquery:
		return types.BoolValue(len(rows) > 0)
	case plan.AnySubquery, plan.AllSubquery:
		any := n.Kind == plan.AnySubquery
		out := types.BoolValue(!any)
		for _, r := range rows {
			var list []plan.Expr
			for i, op := range n.Op {
				c := &plan.Const{Typ: cols[i].Type, Value: r[cols[i].ID]}
				list = append(list, &plan.Call{Function: op.Function, Args: []plan.Expr{n.X[i], c}, Typ: plan.Bool})
			}
			v := x.value(&plan.Logic{Or: len(list) > 1 && n.Op[0].Symbol != "=", Args: list}, e)
			switch {
			case v.Null:
				out = types.NullValue
			case v.Bool() == any:
				return v
			}
		}
		return out
	default:
		panic("array")
	}
}

// call computes a function over vectors of one value.
func (x *interpreter) call(n *plan.Call, e *env) types.Value {
	out := batch.NewVec(n.Typ)
	errs := &fn.Errors{}
	c := &fn.Call{Rows: 1, Out: &out, Errors: errs}
	for _, a := range n.Args {
		v := x.value(a, e)
		if v.Null && !n.Function.NullCall {
			return types.NullValue
		}
		vec := batch.NewVec(a.Type())
		vec.Append(v)
		c.Args = append(c.Args, fn.Arg{Vec: &vec})
	}
	n.Function.Kernel(c)
	if errs.Len() > 0 {
		panic(failure(errs.Errs[0].Message))
	}
	return out.Value(0)
}

// recursion runs rounds until there is nothing new.
func (x *interpreter) recursion(n *plan.Recursion, e *env) []row {
	if x.working == nil {
		x.working = map[plan.RecursionID][][]types.Value{}
	}
	outer := x.working[n.ID]
	defer func() { x.working[n.ID] = outer }()
	var out [][]types.Value
	seen := map[string]bool{}
	round := func(in plan.Node) {
		var fresh [][]types.Value
		cols := in.Columns()
		for _, r := range x.rows(in, e) {
			values := make([]types.Value, len(cols))
			for i, c := range cols {
				values[i] = r[c.ID]
			}
			key := text(r, ids(cols))
			if n.All || !seen[key] {
				fresh = append(fresh, values)
			}
			seen[key] = true
		}
		x.working[n.ID], out = fresh, append(out, fresh...)
	}
	round(n.Init)
	for more := true; more; more = len(x.working[n.ID]) > 0 {
		round(n.Step)
	}
	return rowsOf(out, n.Cols)
}

func rowsOf(list [][]types.Value, cols []plan.Column) []row {
	var out []row
	for _, values := range list {
		r := row{}
		for i, c := range cols {
			r[c.ID] = values[i]
		}
		out = append(out, r)
	}
	return out
}
