package incr

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

// root lowers a whole query: the rows of its output, without the end of the graph.
func (l *lowering) root(n plan.Node) (*rel, error) {
	emit, ok := n.(*plan.Emit)
	if !ok {
		return l.lower(n)
	}
	switch {
	case l.OneShot:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "EMIT is for views and sinks, not for a query that is read once").
			WithHint("Leave EMIT out.")
	case emit.EveryMicros > 0:
		return nil, notYet("EMIT EVERY is", "Leave it out: changes are then given as they come.")
	case !emit.OnClose:
		return l.lower(emit.Input)
	}
	return l.onClose(emit.Input)
}

// onClose lowers a query so that it gives only rows that are final: by the aggregate or top-N that is last in it, or else by
// holding rows back.
func (l *lowering) onClose(n plan.Node) (*rel, error) {
	if v, ok := n.(*plan.Values); ok && len(v.Rows) == 0 { // of no rows each is final
		return l.values(v)
	}
	if r, ok, err := l.closingChain(n); ok || err != nil {
		return r, err
	}
	var order []plan.SortKey
	if o, ok := n.(*plan.Order); ok {
		n, order = o.Input, o.Keys
	}
	in, err := l.lower(n)
	if err != nil {
		return nil, err
	}
	all := make([]int, len(in.cols))
	for i := range all {
		all[i] = i
	}
	t, ok := in.earliest(all)
	if !ok {
		return nil, errNoWatermark()
	}
	spec := &flow.Hold{Columns: in.types(), Bound: bound(in, t), Order: sortKeys(order, in), Table: -1, Late: -1}
	r := *in
	r.appendOnly, r.dist, r.stream = true, []int{}, false
	keys := []int{}
	if len(order) == 0 {
		// Without an order each worker may hold its own rows; a row and what takes it back must meet.
		keys, r.dist = all, all
		if in.key != nil {
			keys, r.dist = in.key, in.key
		}
	}
	if in.appendOnly && len(order) == 0 {
		r.dist = in.dist
		return l.add(spec, r, local(in)), nil
	}
	return l.add(spec, r, exchange(in, keys)), nil
}

// closingChain lowers a chain of stateless nodes over an aggregate or top-N whose groups close.
func (l *lowering) closingChain(n plan.Node) (r *rel, ok bool, err error) {
	switch n := n.(type) {
	case *plan.Project:
		if r, ok, err = l.closingChain(n.Input); ok && err == nil {
			r, err = l.projectOn(r, n.Exprs, n.Cols)
		}
	case *plan.Filter:
		if r, ok, err = l.closingChain(n.Input); ok && err == nil {
			r, err = l.filterOn(r, n.Cond)
		}
	case *plan.Order:
		return l.closingChain(n.Input)
	case *plan.Aggregate:
		ok = true
		r, err = l.aggregate(n, true)
	case *plan.TopN:
		ok = true
		r, err = l.topN(n, true)
	default:
	}
	if ok && err == nil {
		r = l.proveKey(n, r)
	}
	return r, ok, err
}

// finish puts the end of the graph behind its rows.
func (l *lowering) finish(in *rel) {
	l.bestOfJoins()
	r := *in
	switch {
	case l.OneShot:
		l.consolidate(in)
		l.add(&flow.Output{}, r, exchange(in, []int{}))
	case l.View == nil:
		l.add(&flow.Output{Sink: l.Sink, Net: l.net(in.id)}, r, exchange(in, []int{}))
	default:
		l.materialize(in)
	}
	l.mostOfAggregates()
}

// materialize keeps the rows under their stream key. If none is known, rows that are never taken back get a number, which is short and
// comes in order; others lie under the whole row.
func (l *lowering) materialize(in *rel) {
	relation := *l.View
	names := relation.Columns
	r := *in
	places := slices.Clone(in.key)
	slices.Sort(places) // as the view's columns are, for who looks rows up by the first of them
	spec, columns := l.below(in.id)
	if top, ok := spec.(*flow.TopN); ok {
		if key := l.keepInView(top, columns); key != nil {
			places, r.key = key, key
		}
	}
	relation.Numbered = r.key == nil && in.appendOnly
	a := flow.Arrangement{ID: relation.ID, Unique: r.key != nil || relation.Numbered}
	switch {
	case relation.Numbered:
		places = []int{len(in.cols)}
		r.cols = append(r.cols[:len(r.cols):len(r.cols)], plan.Column{Name: catalog.RowIDColumn, Type: bigint, NotNull: true})
		r.key = places
	case r.key == nil:
		for i := range in.cols {
			places = append(places, i)
		}
	}
	relation.Columns = fields(r.cols)
	for i := range names {
		relation.Columns[i].Name = names[i].Name
	}
	places = distinctPlaces(places)
	for _, p := range places {
		a.Key = append(a.Key, flow.SortKey{Column: p})
	}
	if len(relation.Arrangements) == 0 {
		relation.Arrangements = []flow.Arrangement{a}
	} else { // the caller has allotted the table
		a.Table = relation.Arrangements[0].Table
		relation.Arrangements = append([]flow.Arrangement{a}, relation.Arrangements[1:]...)
	}
	relation.AppendOnly, relation.Times, relation.Stream = in.appendOnly, flowTimes(in.times), in.stream
	*l.View = relation
	if relation.Numbered { // a row may be kept wherever it is
		l.shareValues(in.id)
		l.add(&flow.Materialize{Relation: relation}, r, local(in))
		return
	}
	end := &flow.Materialize{Relation: relation, Net: l.net(in.id), Written: r.key != nil && l.keepGroupsInView(in.id, places)}
	switch {
	case end.Written:
		l.add(end, r, local(in))
		return
	case len(in.dist) > 0 && contained(in.dist, places): // what has one key is on one worker already
		r.dist = in.dist
	default:
		r.dist = places
	}
	l.add(end, r, exchange(in, r.dist))
}

// contained tells that all of some columns are among others.
func contained(some, all []int) bool {
	return !slices.ContainsFunc(some, func(c int) bool { return !slices.Contains(all, c) })
}

// inOrder reads a relation in an order that one of its arrangements has; nil if there is none.
func (l *lowering) inOrder(n *plan.Order) (*rel, error) {
	// Nodes that neither drop nor reorder what matters may lie between.
	input := n.Input
	var above []plan.Node
	for {
		if p, ok := input.(*plan.Project); ok {
			above, input = append(above, p), p.Input
			continue
		}
		if f, ok := input.(*plan.Filter); ok {
			if _, overScan := f.Input.(*plan.Scan); !overScan {
				above, input = append(above, f), f.Input
				continue
			}
		}
		break
	}
	var cond plan.Expr
	scan, ok := input.(*plan.Scan)
	if f, isFilter := input.(*plan.Filter); isFilter {
		scan, ok = f.Input.(*plan.Scan)
		cond = f.Cond
	}
	if !ok {
		return nil, nil
	}
	access := l.orderedAccess(scan, cond, n.Keys)
	if access == nil {
		return nil, nil
	}
	r, err := l.scan(scan, access)
	if err == nil && cond != nil {
		r, err = l.filterOn(r, cond)
	}
	for _, x := range slices.Backward(above) {
		if err != nil {
			return nil, err
		}
		if p, ok := x.(*plan.Project); ok {
			r, err = l.projectOn(r, p.Exprs, p.Cols)
		} else if f, ok := x.(*plan.Filter); ok {
			r, err = l.filterOn(r, f.Cond)
		}
	}
	return r, err
}
