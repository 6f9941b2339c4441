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

// rankOfGroups is an aggregate that emits only the groups with the most rows, and the rank behind it.
type rankOfGroups struct {
	groups, top op.Operator
	emitted     *int // rows of groups
}

func (r *rankOfGroups) Push(in int, b *batch.Batch, emit op.Emit) error {
	return r.groups.Push(in, b, r.rank(emit))
}

func (r *rankOfGroups) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	out, err := r.groups.EndTick(t, r.rank(emit))
	if err != nil {
		return out, err
	}
	t.Watermarks = []int64{out.Watermark}
	return r.top.EndTick(t, emit)
}

func (r *rankOfGroups) rank(emit op.Emit) op.Emit {
	return func(b *batch.Batch) error {
		*r.emitted += b.Len()
		return r.top.Push(0, b, emit)
	}
}

// makeRank makes an aggregate with Most and the rank of its groups by their rows, in partitions of some of its output's columns.
func makeRank(spec *flow.Aggregate, partition []int, emitted *int) func(operators.Env) op.Operator {
	columns := spec.KeyTypes()
	if spec.Panes != nil {
		columns = append(columns, timeType, timeType)
	}
	columns = append(columns, spec.ResultTypes()...)
	top := &flow.TopN{
		Columns: columns, Partition: partition, Order: []flow.SortKey{{Column: len(columns) - 1, Desc: true}}, Limit: 1, Kind: flow.Rank, Rising: true,
		Late: -1,
	}
	return func(env operators.Env) op.Operator {
		r := &rankOfGroups{groups: makeOver(spec)(env), emitted: emitted}
		env.Tables = env.Tables[1:]
		r.top = makeOver(top)(env)
		return r
	}
}

// mostOf are those of rows that have the most in their last column, of those that agree in the columns of the partition.
func mostOf(rows []optest.Row, partition []int) optest.Bag {
	same := func(a, b optest.Row) bool {
		return !slices.ContainsFunc(partition, func(c int) bool { return a[c].Int != b[c].Int })
	}
	count := func(r optest.Row) int64 { return r[len(r)-1].Int }
	out := optest.Bag{}
	for _, r := range rows {
		if !slices.ContainsFunc(rows, func(o optest.Row) bool { return same(r, o) && count(o) > count(r) }) {
			out.Add(r, 1)
		}
	}
	return out
}

// TestAggregateMost has the equation of a rank over the groups of an aggregate that emits only what the rank may want: over all groups, those of windows
// that close, and those of sliding windows.
func TestAggregateMost(t *testing.T) {
	columns := []types.Type{timeType, int8Type}
	shapes := map[string]struct {
		spec      flow.Aggregate
		partition []int
		dealtBy   [][]int
		closes    bool
		// groups are the keys of those that a row is in.
		groups func(r optest.Row) [][]int64
	}{
		"all": {
			spec: flow.Aggregate{Keys: []int{1}}, groups: func(r optest.Row) [][]int64 { return [][]int64{{r[1].Int}} },
		},
		"windows": {
			spec: flow.Aggregate{Keys: []int{0, 1}, Bound: column(0, timeType)}, partition: []int{0}, dealtBy: [][]int{{0}}, closes: true,
			groups: func(r optest.Row) [][]int64 { return [][]int64{{r[0].Int, r[1].Int}} },
		},
		"sliding windows": {
			spec: flow.Aggregate{Keys: []int{1}, Panes: &flow.Panes{Time: 0, Slide: 2, Size: 4}}, partition: []int{1, 2},
			groups: func(r optest.Row) (keys [][]int64) {
				for start := r[0].Int - r[0].Int%2; start > r[0].Int-4; start -= 2 {
					keys = append(keys, []int64{r[1].Int, start, start + 4})
				}
				return keys
			},
		},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emitted, groups := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				spec := shape.spec
				spec.Columns, spec.Calls, spec.AppendOnly, spec.Most, spec.Late = columns, []flow.AggCall{aggCall("count")}, true, true, -1
				c := optest.Case{
					Tables: 2, DealtBy: shape.dealtBy, Inputs: [][]types.Type{columns}, AppendOnly: true,
					Draw: func(t *rapid.T, _ int) optest.Row {
						return optest.Row{types.IntValue(rapid.Int64Range(0, 5).Draw(t, "time")), types.IntValue(rapid.Int64Range(0, 6).Draw(t, "item"))}
					},
					Make: makeRank(&spec, shape.partition, &emitted),
					Want: func(inputs [][]optest.Change) optest.Bag {
						rows := countRows(inputs[0], shape.closes, shape.groups)
						groups += len(rows)
						return mostOf(rows, shape.partition)
					},
				}
				if shape.closes {
					spec.Late, c.Watermark = 0, drawWatermark
					c.Late = func(_ int, ch optest.Change) []int64 {
						if lateFor(ch, ch.Row[0].Int) {
							return []int64{ch.Row[0].Int}
						}
						return nil
					}
				}
				c.Check(t)
			})
			if emitted >= groups {
				t.Errorf("%d rows of groups were emitted, and of all ticks there were %d groups", emitted, groups)
			}
		})
	}
}

// countRows are the groups of changes, and how many rows each has.
func countRows(changes []optest.Change, closes bool, groupsOf func(optest.Row) [][]int64) (rows []optest.Row) {
	at := map[string]int{}
	for _, ch := range changes {
		if closes && lateFor(ch, ch.Row[0].Int) {
			continue
		}
		for _, keys := range groupsOf(ch.Row) {
			var r optest.Row
			for _, k := range keys {
				r = append(r, types.IntValue(k))
			}
			i, known := at[r.String()]
			if !known {
				i = len(rows)
				at[r.String()], rows = i, append(rows, append(r, types.IntValue(0)))
			}
			rows[i][len(keys)].Int += ch.Diff
		}
	}
	return rows
}
