package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

func (l *lowering) filter(n *plan.Filter) (*rel, error) {
	var in *rel
	var err error
	rest := n.Cond
	s, ok := n.Input.(*plan.Scan)
	if ok && isSource(s) {
		return l.filteredSource(s, n.Cond, plan.SetOf(s.Cols))
	}
	if ok && l.OneShot {
		var access *flow.Access
		access, rest = l.access(s, n.Cond)
		in, err = l.scan(s, access)
	} else {
		in, err = l.lower(n.Input)
	}
	if err != nil || rest == nil {
		return in, err
	}
	return l.filterOn(in, rest)
}

func (l *lowering) filterOn(in *rel, cond plan.Expr) (*rel, error) {
	e, err := Expr(cond, in.cols)
	if err != nil {
		return nil, err
	}
	r := *in
	r.times = slices.Clone(in.times)
	for _, e := range plan.Conjuncts(cond) {
		// Where low <= high + shift, a row is due by high as it is by low.
		known, ok := l.timeRange(e)
		if !ok {
			continue
		}
		low, isTime := in.time(in.place(known.low))
		high := in.place(known.high)
		if _, has := r.time(high); isTime && high >= 0 && !has {
			r.times = append(r.times, newTime(high, known.shift+low.Shift))
		}
	}
	return l.add(&flow.Filter{Cond: e, Columns: in.types()}, r, local(in)), nil
}

func (l *lowering) project(n *plan.Project) (*rel, error) {
	in, err := l.projected(n)
	if err != nil {
		return nil, err
	}
	return l.projectOn(in, n.Exprs, n.Cols)
}

// projected is the input of a projection, which need have no columns that it does not use.
func (l *lowering) projected(n *plan.Project) (*rel, error) {
	if f, ok := n.Input.(*plan.Filter); ok {
		if s, ok := f.Input.(*plan.Scan); ok && isSource(s) {
			return l.filteredSource(s, f.Cond, plan.Uses(n))
		}
	}
	return l.lower(n.Input)
}

func (l *lowering) projectOn(in *rel, list []plan.Expr, cols []plan.Column) (*rel, error) {
	spec := &flow.Project{}
	var err error
	if spec.Exprs, err = exprs(list, in.cols); err != nil {
		return nil, err
	}
	if identical(spec.Exprs, len(in.cols)) {
		r := *in
		r.cols = cols
		return &r, nil
	}
	from := make([]int, len(list)) // where each column comes from, -1 if it is computed
	for i, e := range spec.Exprs {
		from[i] = -1
		if c, ok := e.(*flow.Column); ok {
			from[i] = c.Index
		}
	}
	r := rel{cols: cols, appendOnly: in.appendOnly, stream: in.stream, punctual: in.timed()}
	r.key, _, r.dist = in.passed(func(i int) int { return indexOf(from, i) })
	for i, e := range spec.Exprs {
		if t, ok := l.timeOf(e, in); ok {
			r.times = append(r.times, t.at(i))
		}
		if l.isProcTime(e, in) {
			r.proc = append(r.proc, i)
		}
	}
	return l.add(spec, r, local(in)), nil
}

// identical tells whether expressions are the input's columns as they stand.
func identical(list []flow.Expr, columns int) bool {
	if len(list) != columns {
		return false
	}
	for i, e := range list {
		if c, ok := e.(*flow.Column); !ok || c.Index != i {
			return false
		}
	}
	return true
}

// with adds computed columns behind those of a node. It gives their places; a column that is there already is not computed again.
func (l *lowering) with(in *rel, list []flow.Expr, names []plan.Column) (*rel, []int) {
	places := make([]int, len(list))
	spec := &flow.Project{}
	for i := range in.cols {
		spec.Exprs = append(spec.Exprs, column(in, i))
	}
	cols := in.cols[:len(in.cols):len(in.cols)]
	for i, e := range list {
		if c, ok := e.(*flow.Column); ok {
			places[i] = c.Index
			continue
		}
		places[i] = len(spec.Exprs)
		spec.Exprs = append(spec.Exprs, e)
		cols = append(cols, names[i])
	}
	if len(cols) == len(in.cols) {
		return in, places
	}
	r := *in
	r.cols = cols
	for i := len(in.cols); i < len(cols); i++ {
		if t, ok := l.timeOf(spec.Exprs[i], in); ok {
			r.times = append(r.times[:len(r.times):len(r.times)], t.at(i))
		}
	}
	return l.add(spec, r, local(in)), places
}

func (l *lowering) tableFunc(n *plan.TableFunc) (*rel, error) {
	in := l.oneRow()
	if n.Input != nil {
		var err error
		if in, err = l.lower(n.Input); err != nil {
			return nil, err
		}
	}
	spec := &flow.TableFunc{Columns: in.types(), Ordinality: n.Ordinality != nil, Outer: n.Outer}
	for _, c := range n.Calls {
		args, err := exprs(c.Args, in.cols)
		if err != nil {
			return nil, err
		}
		call := flow.TableCall{Function: c.Function, Args: args, Result: []types.Type{}}
		for _, col := range c.Cols {
			call.Result = append(call.Result, col.Type)
		}
		spec.Calls = append(spec.Calls, call)
	}
	r := rel{cols: n.Columns(), appendOnly: in.appendOnly, stream: in.stream, times: in.times, dist: in.dist}
	return l.add(spec, r, local(in)), nil
}
