package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
)

// pruneColumns drops what nothing above wants: columns of relations, computed columns, aggregates, row numbers.
func (w *rewriter) pruneColumns(n plan.Node) (plan.Node, bool) {
	p := &pruner{}
	out := p.prune(n, plan.SetOf(n.Columns()))
	if !slices.EqualFunc(out.Columns(), n.Columns(), func(a, b plan.Column) bool { return a.ID == b.ID }) {
		out = onto(out, n.Columns())
	}
	if !p.changed {
		return n, false
	}
	return out, true
}

type pruner struct{ changed bool }

// prune makes the node with the wanted columns, and perhaps more.
func (p *pruner) prune(n plan.Node, want plan.ColumnSet) plan.Node {
	switch n := n.(type) {
	case *plan.Scan:
		cols := p.kept(n.Cols, want)
		if len(cols) == len(n.Cols) {
			return n
		}
		return &plan.Scan{Relation: n.Relation, Cols: cols, Alias: n.Alias}
	case *plan.Values:
		return p.values(n, want)
	case *plan.Project:
		return p.project(n, want)
	case *plan.Join:
		return p.join(n, want)
	case *plan.Aggregate:
		return p.aggregate(n, want)
	case *plan.Over:
		return p.over(n, want)
	case *plan.TopN:
		c := *n
		if n.Number != nil && !want.Has(n.Number.ID) {
			c.Number, p.changed = nil, true
		}
		c.Input = p.narrowed(n.Input, union(want, plan.Uses(n)))
		return &c
	case *plan.SetOp:
		return p.setOp(n, want)
	case *plan.Recursion: // what a round makes is what the next one reads: all of it
		return &plan.Recursion{ID: n.ID, All: n.All, Init: p.exactly(n.Init, n.Init.Columns()), Step: p.exactly(n.Step, n.Step.Columns()), Cols: n.Cols}
	case *plan.Working:
		return n
	case *plan.Distinct:
		if n.On == nil {
			want = plan.SetOf(n.Columns())
		}
	case *plan.Filter, *plan.Window, *plan.Order, *plan.Limit, *plan.TableFunc, *plan.Single, *plan.Emit:
	}
	below := union(want, plan.Uses(n))
	return plan.MapInputs(n, func(in plan.Node) plan.Node { return p.prune(in, below) })
}

func union(a, b plan.ColumnSet) plan.ColumnSet {
	s := plan.ColumnSet{}
	for id := range a {
		s.Add(id)
	}
	for id := range b {
		s.Add(id)
	}
	return s
}

func (p *pruner) kept(cols []plan.Column, want plan.ColumnSet) []plan.Column {
	out := slices.DeleteFunc(slices.Clone(cols), func(c plan.Column) bool { return !want.Has(c.ID) })
	if len(out) < len(cols) {
		p.changed = true
	}
	return out
}

// narrowed prunes a node and leaves out what it has beyond what is wanted, before rows go to other workers or into state.
func (p *pruner) narrowed(n plan.Node, want plan.ColumnSet) plan.Node {
	n = p.prune(n, want)
	cols := slices.DeleteFunc(slices.Clone(n.Columns()), func(c plan.Column) bool { return !want.Has(c.ID) })
	if len(cols) == len(n.Columns()) {
		return n
	}
	p.changed = true
	return onto(n, cols)
}

func (p *pruner) values(n *plan.Values, want plan.ColumnSet) plan.Node {
	cols := p.kept(n.Cols, want)
	if len(cols) == len(n.Cols) {
		return n
	}
	out := &plan.Values{Cols: cols}
	for _, row := range n.Rows {
		kept := []plan.Expr{}
		for i, e := range row {
			if want.Has(n.Cols[i].ID) {
				kept = append(kept, e)
			}
		}
		out.Rows = append(out.Rows, kept)
	}
	return out
}

func (p *pruner) project(n *plan.Project, want plan.ColumnSet) plan.Node {
	out := &plan.Project{}
	for i, e := range n.Exprs {
		if want.Has(n.Cols[i].ID) {
			out.Exprs, out.Cols = append(out.Exprs, e), append(out.Cols, n.Cols[i])
		} else {
			p.changed = true
		}
	}
	out.Input = p.prune(n.Input, plan.Uses(out))
	return out
}

func (p *pruner) join(n *plan.Join, want plan.ColumnSet) plan.Node {
	if atMostOne(n) && !slices.ContainsFunc(n.Right.Columns(), func(c plan.Column) bool { return want.Has(c.ID) }) {
		p.changed = true
		return p.prune(n.Left, want)
	}
	want = union(want, plan.Uses(n))
	return &plan.Join{Kind: n.Kind, Left: p.narrowed(n.Left, want), Right: p.narrowed(n.Right, want), On: n.On, Lateral: n.Lateral}
}

// atMostOne tells that a join hands on each left row once, or fails: a subquery used as an expression. PostgreSQL does not compute those
// that nobody looks at.
func atMostOne(n *plan.Join) bool {
	single, ok := n.Right.(*plan.Single)
	return n.Kind == plan.LeftSingleJoin || n.Kind == plan.LeftJoin && n.On == nil && ok && len(single.Keys) == 0
}

func (p *pruner) aggregate(n *plan.Aggregate, want plan.ColumnSet) plan.Node {
	out := &plan.Aggregate{Keys: n.Keys}
	for _, c := range n.Calls {
		if want.Has(c.Column.ID) {
			out.Calls = append(out.Calls, c)
		}
	}
	if len(out.Calls) == 0 && len(out.Keys) == 0 && len(n.Calls) > 0 {
		out.Calls = n.Calls[:1] // there is one row, whatever is computed
	}
	p.changed = p.changed || len(out.Calls) < len(n.Calls)
	out.Input = p.narrowed(n.Input, plan.Uses(out))
	// Groupings by the same columns, in whatever order they were written, are to become one (incr shares what is equal).
	out.Keys = slices.Clone(n.Keys)
	place := func(id plan.ColumnID) int {
		return slices.IndexFunc(out.Input.Columns(), func(c plan.Column) bool { return c.ID == id })
	}
	slices.SortStableFunc(out.Keys, func(a, b plan.ColumnID) int { return place(a) - place(b) })
	p.changed = p.changed || !slices.Equal(out.Keys, n.Keys)
	return out
}

func (p *pruner) over(n *plan.Over, want plan.ColumnSet) plan.Node {
	out := &plan.Over{Partition: n.Partition, Order: n.Order}
	for _, c := range n.Calls {
		if want.Has(c.Column.ID) {
			out.Calls = append(out.Calls, c)
		} else {
			p.changed = true
		}
	}
	if len(out.Calls) == 0 {
		return p.prune(n.Input, want)
	}
	out.Input = p.narrowed(n.Input, union(want, plan.Uses(out)))
	return out
}

func (p *pruner) setOp(n *plan.SetOp, want plan.ColumnSet) plan.Node {
	if n.Kind != plan.Union || !n.All {
		all := func(in plan.Node) plan.Node { return p.exactly(in, in.Columns()) }
		return &plan.SetOp{Kind: n.Kind, All: n.All, Left: all(n.Left), Right: all(n.Right), Cols: n.Cols}
	}
	cols := p.kept(n.Cols, want)
	side := func(in plan.Node) plan.Node {
		var c []plan.Column
		for i, x := range in.Columns() {
			if want.Has(n.Cols[i].ID) {
				c = append(c, x)
			}
		}
		return p.exactly(in, c)
	}
	return &plan.SetOp{Kind: n.Kind, All: true, Left: side(n.Left), Right: side(n.Right), Cols: cols}
}

// exactly prunes a node to columns, in their order.
func (p *pruner) exactly(n plan.Node, cols []plan.Column) plan.Node {
	out := p.prune(n, plan.SetOf(cols))
	if slices.EqualFunc(out.Columns(), cols, func(a, b plan.Column) bool { return a.ID == b.ID }) {
		return out
	}
	return onto(out, cols)
}
