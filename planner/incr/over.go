package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
)

// The window functions of plans are those of graphs.
var overFuncs = [...]flow.OverFunc{
	plan.FuncRowNumber: flow.OverRowNumber, plan.FuncRank: flow.OverRank, plan.FuncDenseRank: flow.OverDenseRank,
	plan.FuncPercentRank: flow.OverPercentRank, plan.FuncCumeDist: flow.OverCumeDist, plan.FuncNtile: flow.OverNtile,
	plan.FuncLag: flow.OverLag, plan.FuncLead: flow.OverLead, plan.FuncFirstValue: flow.OverFirstValue,
	plan.FuncLastValue: flow.OverLastValue, plan.FuncNthValue: flow.OverNthValue, plan.FuncAggregate: flow.OverAggregate,
}

// overFrames keeps all rows of each partition in order and computes functions over them.
func (l *lowering) overFrames(n *plan.Over, in *rel) (*rel, error) {
	partition := distinctPlaces(in.places(n.Partition))
	spec := &flow.Over{Columns: in.types(), Partition: partition, Order: sortKeys(n.Order, in), Table: -1, Late: -1}
	frames := []plan.Frame{n.Frame()}
	first, err := l.frame(frames[0])
	if err != nil {
		return nil, err
	}
	spec.Frame = first
	var others []*flow.Frame
	for _, c := range n.Calls {
		call := flow.OverCall{Function: overFuncs[c.Function], Aggregate: c.Aggregate, Filter: -1, Result: c.Column.Type}
		if c.Filter != 0 {
			call.Filter = in.place(c.Filter)
		}
		for _, a := range c.Args {
			e, err := Expr(a, in.cols)
			if err != nil {
				return nil, err
			}
			call.Args = append(call.Args, e)
		}
		if c.Function.IsFramed() {
			k := slices.IndexFunc(frames, c.Frame.Equal)
			if k < 0 {
				f, err := l.frame(c.Frame)
				if err != nil {
					return nil, err
				}
				k, frames, others = len(frames), append(frames, c.Frame), append(others, &f)
			}
			if k > 0 {
				call.Frame = others[k-1]
			}
		}
		spec.Calls = append(spec.Calls, call)
	}
	r := rel{cols: n.Columns(), key: in.key, stream: in.stream, dist: partition, appendOnly: l.OneShot}
	if t, ok := in.earliest(partition); ok {
		spec.Bound = bound(in, t)
		for _, p := range partition {
			if t, ok := in.time(p); ok {
				r.times = append(r.times, t)
			}
		}
	}
	return l.add(spec, r, exchange(in, partition)), nil
}

func (l *lowering) frame(f plan.Frame) (out flow.Frame, err error) {
	out = flow.Frame{Unit: f.Unit, Exclude: f.Exclude}
	if out.Start, err = l.frameBound(f.Start, "starting"); err != nil {
		return out, err
	}
	out.End, err = l.frameBound(f.End, "ending")
	return out, err
}

// frameBound checks the offset in a view, which must not fail once it runs. In a one-shot read it fails where there is a row.
func (l *lowering) frameBound(b plan.FrameBound, which string) (flow.FrameBound, error) {
	out := flow.FrameBound{Kind: b.Kind, InRange: b.InRange}
	if b.Offset == nil {
		return out, nil
	}
	if !l.OneShot {
		c, ok := b.Offset.(*plan.Const)
		if !ok {
			return out, notYet("offsets of frames that are no constants in a view that is kept fresh are", "Write the offset itself.")
		}
		if err := fn.FrameOffset(c.Value, b.InRange, which); err != nil {
			return out, err
		}
	}
	var err error
	out.Offset, err = Expr(b.Offset, nil)
	return out, err
}
