package fn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// Timestamps are written one behind the other as each of them alone.
func TestToCharMemo(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	template := batch.NewVec(types.Of(types.OIDText))
	write := func(times []int64, kernel Kernel) *batch.Vec {
		in, out, errs := batch.NewVec(types.Of(types.OIDTimestamp)), batch.NewVec(types.Of(types.OIDText)), Errors{}
		in.Ints = append(in.Ints, times...)
		kernel(&Call{Args: []Arg{{Vec: &in}, {Vec: &template, Const: true}}, Rows: len(times), Out: &out, Errors: &errs})
		if errs.Len() > 0 {
			t.Fatal(errs.Errs[0])
		}
		return &out
	}
	for _, pattern := range datePatterns {
		template.Reset()
		template.Append(types.TextValue(pattern + " YYYY-Mon"))
		times := []int64{0, -1, math.MaxInt64, math.MinInt64, math.MinInt64 / 2, math.MaxInt64 / 2}
		at := int64(-48 * datetime.Hour)
		for range 300 {
			at += draw.Int64N([]int64{2, datetime.Second, datetime.Minute, datetime.Hour}[draw.IntN(4)])
			times = append(times, at)
		}
		times = append(times, math.MaxInt64-2, math.MaxInt64-1, math.MaxInt64, math.MinInt64+1, math.MinInt64)
		got := write(times, charTimestamps)
		for i, n := range times {
			want := write([]int64{n}, charKernel(charTimestamp))
			if got.IsNull(i) != want.IsNull(0) || string(got.BytesAt(i)) != string(want.BytesAt(0)) {
				t.Fatalf("%d as %s: %s, want %s", n, pattern, got.BytesAt(i), want.BytesAt(0))
			}
		}
	}
}
