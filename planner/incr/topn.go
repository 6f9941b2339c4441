package incr

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

var rankKinds = [...]flow.RankKind{plan.FuncRowNumber: flow.RowNumber, plan.FuncRank: flow.Rank, plan.FuncDenseRank: flow.DenseRank}

// topN keeps the first rows of each partition.
func (l *lowering) topN(n *plan.TopN, onClose bool) (*rel, error) {
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	return l.topNOn(in, n, onClose)
}

func (l *lowering) topNOn(in *rel, n *plan.TopN, onClose bool) (*rel, error) {
	partition := distinctPlaces(in.places(n.Partition))
	spec := &flow.TopN{
		Columns: in.types(), Partition: partition, Order: sortKeys(n.Order, in), Offset: n.Offset, Limit: n.Limit, Kind: rankKinds[n.Kind],
		Rank: n.Number != nil, AppendOnly: in.appendOnly, OnClose: onClose, Table: -1, Late: -1,
	}
	spec.Rising = !in.appendOnly && spec.Limit == 1 && spec.Offset == 0 && spec.Kind != flow.RowNumber && l.rising(in, partition, spec.Order)
	_, dist := grouped(in, partition)
	r := rel{cols: n.Columns(), key: in.key, stream: in.stream && n.Limit < 0, dist: dist, appendOnly: l.OneShot || onClose}
	if t, ok := in.earliest(partition); ok {
		spec.Bound = bound(in, t)
		for _, p := range partition {
			if t, ok := in.time(p); ok {
				r.times = append(r.times, t)
			}
		}
	}
	if onClose && spec.Bound == nil {
		return nil, errNoWatermark()
	}
	if n.Limit == 1 && n.Kind == plan.FuncRowNumber {
		r.key = partition
	}
	edge, _ := grouped(l.localTop(in, spec), partition)
	return l.add(spec, r, edge), nil
}

// localTopRows is up to how many wanted rows of a partition it pays to drop others before they are dealt to workers.
const localTopRows = 32

// localTop puts a LocalTop before the exchange of a top-N, where there is one.
func (l *lowering) localTop(in *rel, top *flow.TopN) *rel {
	rows := top.Offset + top.Limit
	if edge, _ := grouped(in, top.Partition); edge.Exchange == nil || !top.AppendOnly || top.Limit <= 0 || rows > localTopRows ||
		top.Kind == flow.DenseRank || len(top.Order) == 0 {
		return in
	}
	spec := &flow.LocalTop{Columns: top.Columns, Partition: top.Partition, Order: top.Order, Rows: int(rows), Bound: top.Bound}
	return l.add(spec, *in, local(in))
}

// rising tells whether rows are the groups of an aggregate over what is only added to, in the falling order of a count: a group then
// never loses its place but to others. The partitions must be those of groups.
func (l *lowering) rising(in *rel, partition []int, order []flow.SortKey) bool {
	if len(order) != 1 || !order[0].Desc {
		return false
	}
	node := &l.g.Nodes[in.id]
	count, places := order[0].Column, slices.Clone(partition)
	for {
		p, ok := node.Spec.(*flow.Project)
		if !ok {
			break
		}
		for i, place := range append([]int{count}, places...) {
			c, ok := p.Exprs[place].(*flow.Column)
			switch {
			case !ok:
				return false
			case i == 0:
				count = c.Index
			default:
				places[i-1] = c.Index
			}
		}
		node = &l.g.Nodes[node.Inputs[0].Node]
	}
	a, ok := node.Spec.(*flow.Aggregate)
	if !ok || !a.AppendOnly || a.Sessions != nil {
		return false
	}
	keys := len(a.Keys)
	if a.Panes != nil {
		keys += 2
	}
	for _, place := range places {
		if place >= keys {
			return false
		}
	}
	return count >= keys && a.Calls[count-keys].Function.Name == "count"
}

// over numbers all rows of each partition, one function after the other, or computes other functions, all at once.
func (l *lowering) over(n *plan.Over) (*rel, error) {
	r, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(n.Calls, func(c plan.OverCall) bool { return !c.Function.IsRank() }) {
		return l.overFrames(n, r)
	}
	for i := range n.Calls {
		top := &plan.TopN{Input: &plan.Values{Cols: r.cols}, Partition: n.Partition, Order: n.Order, Limit: -1, Kind: n.Calls[i].Function, Number: &n.Calls[i].Column}
		if r, err = l.topNOn(r, top, false); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// order sorts in a one-shot read. In a running view rows have no order.
func (l *lowering) order(n *plan.Order) (*rel, error) {
	if !l.OneShot {
		return l.lower(n.Input)
	}
	if r, err := l.inOrder(n); r != nil || err != nil {
		return r, err
	}
	return l.sort(n, nil, nil, false)
}

func (l *lowering) sort(n *plan.Order, limit, offset flow.Expr, ties bool) (*rel, error) {
	in, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	l.consolidate(in)
	spec := &flow.Sort{Columns: in.types(), Order: sortKeys(n.Keys, in), Limit: limit, Offset: offset, WithTies: ties}
	r := rel{cols: in.cols, key: in.key, appendOnly: true, dist: []int{}}
	return l.add(spec, r, exchange(in, []int{})), nil
}

// consolidate asks for the net rows of a node in a one-shot read whose reader cannot take rows back.
func (l *lowering) consolidate(r *rel) {
	if !r.appendOnly {
		l.g.Nodes[r.id].Consolidate = true
	}
}

// limit keeps the first rows of all.
func (l *lowering) limit(n *plan.Limit) (*rel, error) {
	if !l.OneShot {
		return l.limitInView(n)
	}
	limit, offset, err := limits(n)
	if err != nil {
		return nil, err
	}
	order, ordered := n.Input.(*plan.Order)
	if ordered {
		r, err := l.inOrder(order)
		if err != nil {
			return nil, err
		}
		if r == nil || n.WithTies {
			return l.sort(order, limit, offset, n.WithTies)
		}
		return l.take(r, limit, offset), nil
	}
	r, err := l.lower(n.Input)
	if err != nil {
		return nil, err
	}
	return l.take(r, limit, offset), nil
}

func (l *lowering) take(in *rel, limit, offset flow.Expr) *rel {
	l.consolidate(in)
	r := rel{cols: in.cols, key: in.key, appendOnly: true, dist: []int{}}
	return l.add(&flow.Take{Columns: in.types(), Limit: limit, Offset: offset}, r, exchange(in, []int{}))
}

func limits(n *plan.Limit) (limit, offset flow.Expr, err error) {
	if n.Limit != nil && !isNullConst(n.Limit) {
		if limit, err = Expr(n.Limit, nil); err != nil {
			return nil, nil, err
		}
	}
	if n.Offset != nil && !isNullConst(n.Offset) {
		if offset, err = Expr(n.Offset, nil); err != nil {
			return nil, nil, err
		}
	}
	return limit, offset, nil
}

func isNullConst(e plan.Expr) bool {
	c, ok := e.(*plan.Const)
	return ok && c.Value.Null
}

// limitInView keeps the first rows in the order below, or in that of the rows' keys.
func (l *lowering) limitInView(n *plan.Limit) (*rel, error) {
	top, ok := TopNOf(n)
	if !ok {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "LIMIT and OFFSET of a view that is kept fresh must be constants").
			WithHint("Write the number itself.")
	}
	return l.topN(top, false)
}

// TopNOf makes a TopN of a Limit with constants, and of the Order below it; ok is false if they are no constants.
func TopNOf(n *plan.Limit) (top *plan.TopN, ok bool) {
	top = &plan.TopN{Input: n.Input, Limit: -1}
	if n.Limit != nil {
		c, ok := n.Limit.(*plan.Const)
		if !ok || !c.Value.Null && c.Value.Int < 0 {
			return nil, false
		}
		if !c.Value.Null {
			top.Limit = c.Value.Int
		}
	}
	if n.Offset != nil {
		c, ok := n.Offset.(*plan.Const)
		if !ok || !c.Value.Null && c.Value.Int < 0 {
			return nil, false
		}
		if !c.Value.Null {
			top.Offset = c.Value.Int
		}
	}
	if n.WithTies {
		top.Kind = plan.FuncRank
	}
	if o, ok := n.Input.(*plan.Order); ok {
		top.Input, top.Order = o.Input, slices.Clone(o.Keys)
	}
	return top, true
}
