package operators_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// joinTop is a join of streams with the top-1 or aggregate for which it drops pairs. Its first two tables are the join's.
type joinTop struct{ join, top op.Operator }

func newJoinTop(join *flow.Join, top flow.Spec, env operators.Env) *joinTop {
	env = joinEnv(env)
	above := env
	env.Tables, above.Tables = env.Tables[:2], env.Tables[2:]
	return &joinTop{operators.Build(join, env), operators.Build(top, above)}
}

func (j *joinTop) Push(in int, b *batch.Batch, emit op.Emit) error {
	return j.join.Push(in, b, func(b *batch.Batch) error { return j.top.Push(0, b, emit) })
}

func (j *joinTop) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	outcome, err := j.join.EndTick(t, func(b *batch.Batch) error { return j.top.Push(0, b, emit) })
	if err != nil {
		return outcome, err
	}
	t.Watermarks = []int64{outcome.Watermark}
	_, err = j.top.EndTick(t, emit)
	return outcome, err
}

// bestSpec joins left rows (start, key, end, group) with right rows (time, key, price); the top-1 has those of the highest price of each key, or of each key
// and group.
func bestSpec(byRow bool) (*flow.Join, *flow.TopN) {
	forms := rangeForms()
	join := forms[0].spec()
	join.Left, join.Right = append(join.Left, int8Type), append(join.Right, int8Type)
	join.Cond = &flow.Logic{Args: []flow.Expr{
		infix("<=", column(0, timeType), column(4, timeType)), infix("<=", column(4, timeType), column(2, timeType)),
	}}
	join.Best, join.BestByRow = []flow.SortKey{{Column: 6, Desc: true, NullsFirst: true}}, byRow
	top := &flow.TopN{
		Columns: append(append([]types.Type{}, join.Left...), join.Right...), Partition: []int{1}, Order: join.Best, Limit: 1, Kind: flow.Rank, AppendOnly: true,
	}
	if byRow {
		top.Partition = []int{1, 3}
	}
	return join, top
}

// TestStreamJoinBest compares what is left of the pairs of a join behind a top-1 with a computation over all of them.
func TestStreamJoinBest(t *testing.T) {
	for _, byRow := range []bool{false, true} {
		t.Run(map[bool]string{false: "by key", true: "by row"}[byRow], func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				join, top := bestSpec(byRow)
				checkBest(t, join, top, func(inputs [][]optest.Change) optest.Bag { return wantBest(inputs, byRow) })
			})
		})
	}
}

// TestStreamJoinExtreme does so behind a greatest or least value.
func TestStreamJoinExtreme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"min", "max"}).Draw(t, "function")
		keys := rapid.SampledFrom([][]int{{1}, {1, 3}, {3}, {}}).Draw(t, "keys")
		join, top := bestSpec(slices.Contains(keys, 3))
		join.Best = []flow.SortKey{{Column: 6, Desc: name == "max"}}
		extreme := &flow.Aggregate{
			Columns: top.Columns, Keys: keys, AppendOnly: true, Late: -1,
			Calls: []flow.AggCall{{Function: aggregateOf(name, colInt), Args: []int{6}, Filter: -1, Result: int8Type}},
		}
		checkBest(t, join, extreme, func(inputs [][]optest.Change) optest.Bag { return wantExtreme(inputs, keys, name == "max") })
	})
}

func checkBest(t *rapid.T, join *flow.Join, top flow.Spec, want func(inputs [][]optest.Change) optest.Bag) {
	last := int64(0)
	small := func(name string, most int64) types.Value {
		if rapid.IntRange(0, 12).Draw(t, "null") == 0 {
			return types.NullValue
		}
		return types.IntValue(rapid.Int64Range(0, most).Draw(t, name))
	}
	c := optest.Case{
		Make:   func(env operators.Env) op.Operator { return newJoinTop(join, top, env) },
		Tables: 3, Inputs: [][]types.Type{join.Left, join.Right}, AppendOnly: true,
		Draw: func(t *rapid.T, in int) optest.Row {
			if in == 0 {
				return optest.Row{small("start", 8), small("key", 2), small("end", 20), small("group", 1)}
			}
			return optest.Row{small("time", 8), small("key", 2), small("price", 3)}
		},
		Watermark: func(t *rapid.T, in int) int64 { // of both the same
			if in == 0 {
				last = rapid.Int64Range(-1, 9).Draw(t, "watermark")
			}
			return last
		},
		Late: streamLate,
		Want: want,
	}
	if a, ok := top.(*flow.Aggregate); !ok || slices.Contains(a.Keys, 1) { // else groups are of several workers
		c.DealtBy = [][]int{{1}, {1}}
	}
	c.Check(t)
}

// wantExtreme is the greatest or least price of each group of pairs.
func wantExtreme(inputs [][]optest.Change, keys []int, greatest bool) optest.Bag {
	groups := map[string]optest.Row{}
	if len(keys) == 0 {
		groups[optest.Row{}.String()] = optest.Row{types.NullValue}
	}
	for _, l := range inputs[0] {
		for _, r := range inputs[1] {
			if !bestPair(l, r) {
				continue
			}
			var group optest.Row
			for _, k := range keys {
				group = append(group, l.Row[k])
			}
			price := r.Row[2]
			g, known := groups[group.String()]
			if !known {
				groups[group.String()] = append(group, price)
			} else if have := &g[len(keys)]; have.Null || !price.Null && have.Int < price.Int == greatest {
				*have = price
			}
		}
	}
	out := optest.Bag{}
	for _, g := range groups {
		out.Add(g, 1)
	}
	return out
}

// wantBest are the pairs of the highest price of each key, or key and group. No price is above all others.
func wantBest(inputs [][]optest.Change, byRow bool) optest.Bag {
	height := func(r optest.Row) int64 {
		if r[2].Null {
			return 100
		}
		return r[2].Int
	}
	part := func(l optest.Row) string {
		if byRow {
			return optest.Row{l[1], l[3]}.String()
		}
		return optest.Row{l[1]}.String()
	}
	out, best := optest.Bag{}, map[string]int64{}
	for _, add := range []bool{false, true} {
		for _, l := range inputs[0] {
			for _, r := range inputs[1] {
				switch {
				case !bestPair(l, r):
				case !add:
					best[part(l.Row)] = max(best[part(l.Row)], height(r.Row))
				case height(r.Row) == best[part(l.Row)]:
					out.Add(append(append(optest.Row{}, l.Row...), r.Row...), l.Diff*r.Diff)
				}
			}
		}
	}
	return out
}

// bestPair tells whether two rows are a pair of bestSpec.
func bestPair(l, r optest.Change) bool {
	if streamLate(0, l) != nil || streamLate(1, r) != nil || l.Row[0].Null || l.Row[1].Null || l.Row[2].Null || r.Row[0].Null || r.Row[1].Null {
		return false
	}
	return l.Row[1].Int == r.Row[1].Int && l.Row[0].Int <= r.Row[0].Int && r.Row[0].Int <= l.Row[2].Int
}
