package operators_test

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestTopNRising feeds counts that grow, the old and the new row of a group in any order within a tick, and compares what has come out
// after each tick with the greatest counts of each partition.
func TestTopNRising(t *testing.T) {
	t.Parallel()
	spec := &flow.TopN{
		Columns: []types.Type{int8Type, int8Type, int8Type}, Partition: []int{0}, Order: []flow.SortKey{{Column: 2, Desc: true}}, Limit: 1,
		Kind: flow.Rank, Rising: true, Late: -1,
	}
	type row struct{ part, group, count int64 }
	rapid.Check(t, func(t *rapid.T) {
		env := oneShotEnv()
		env.OneShot = false
		operator := operators.Build(spec, env)
		counts := map[[2]int64]int64{}
		got := map[row]int64{}
		emit := func(b *batch.Batch) error {
			for i := range b.Len() {
				k := row{b.Cols[0].Ints[i], b.Cols[1].Ints[i], b.Cols[2].Ints[i]}
				if got[k] += b.DiffAt(i); got[k] == 0 {
					delete(got, k)
				}
			}
			return nil
		}
		for tick := range 8 {
			type change struct {
				row
				diff int64
			}
			var changes []change
			for g := range int64(12) {
				n := rapid.Int64Range(-2, 3).Draw(t, "more")
				if n <= 0 {
					continue
				}
				k := [2]int64{g % 2, g}
				if old := counts[k]; old > 0 {
					changes = append(changes, change{row{k[0], k[1], old}, -1})
				}
				counts[k] += n
				changes = append(changes, change{row{k[0], k[1], counts[k]}, 1})
			}
			in := batch.New(spec.Columns...)
			for _, c := range rapid.Permutation(changes).Draw(t, "order") {
				in.AppendValues(c.diff, types.IntValue(c.part), types.IntValue(c.group), types.IntValue(c.count))
			}
			if in.Len() > 0 {
				if err := operator.Push(0, in, emit); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, emit); err != nil {
				t.Fatal(err)
			}
			takeAll(env)
			want, most := map[row]int64{}, [2]int64{}
			for k, n := range counts {
				most[k[0]] = max(most[k[0]], n)
			}
			for k, n := range counts {
				if n == most[k[0]] {
					want[row{k[0], k[1], n}] = 1
				}
			}
			if !maps.Equal(got, want) {
				t.Fatalf("tick %d: got %v, want %v", tick, got, want)
			}
		}
	})
}
