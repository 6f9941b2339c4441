package operators_test

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestLargeRows keeps rows that do not fit a chunk of state, takes them away, and keeps others in their place.
func TestLargeRows(t *testing.T) {
	columns := []types.Type{int8Type, textType}
	text := strings.Repeat("0123456789", 150_000)
	rows := func(first, diff int64) *batch.Batch {
		b := batch.New(columns...)
		for i := range int64(4) {
			b.AppendValues(diff, types.IntValue(first+i), types.TextValue(text[:len(text)-int(first+i)]))
		}
		return b
	}
	specs := []flow.Spec{
		&flow.Join{Kind: flow.LeftJoin, Left: columns, Right: columns, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false}, RightTable: 1},
		&flow.TopN{Columns: columns, Order: []flow.SortKey{{Column: 1}}, Limit: -1, Late: -1},
	}
	for _, spec := range specs {
		env := joinEnv(oneShotEnv())
		env.OneShot = false
		operator := operators.Build(spec, env)
		sum, bytes := int64(0), 0
		emit := func(b *batch.Batch) error {
			for i := range b.Len() {
				sum += b.DiffAt(i)
				bytes += int(b.DiffAt(i)) * len(b.Cols[1].BytesAt(i))
			}
			return nil
		}
		tick := op.Tick{Watermarks: []int64{op.NoWatermark, op.NoWatermark}}
		for round := range int64(3) {
			pushAll(t, operator, 0, []*batch.Batch{rows(4*round, 1)}, emit)
			if round > 0 {
				pushAll(t, operator, 0, []*batch.Batch{rows(4*round-4, -1)}, emit)
			}
			if _, err := operator.EndTick(tick, emit); err != nil {
				t.Fatal(err)
			}
			takeAll(env)
			want := 4*len(text) - int(4*4*round+6)
			if sum != 4 || bytes != want {
				t.Errorf("%T, round %d: %d rows with %d bytes, want 4 with %d", spec, round, sum, bytes, want)
			}
		}
	}
}
