package fn

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// computed calls a function of the planner over one row.
func computed(f *Function, result types.Type, args ...int64) types.Value {
	out := batch.NewVec(result)
	call := &Call{Rows: 1, Out: &out, Errors: &Errors{}}
	for _, a := range args {
		v := batch.NewVec(types.Of(types.OIDTimestamp))
		v.Append(types.IntValue(a))
		call.Args = append(call.Args, Arg{Vec: &v, Const: true})
	}
	f.Kernel(call)
	return out.Value(0)
}

func TestWindowsHoldTheirTimes(t *testing.T) {
	timestamp := types.Of(types.OIDTimestamp)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(-1<<55, 1<<55).Draw(t, "time")
		size := rapid.Int64Range(1, 1<<45).Draw(t, "size")
		offset := rapid.Int64Range(-1<<45, 1<<45).Draw(t, "offset")
		start := computed(WindowStart, timestamp, at, size, offset).Int
		end := computed(WindowEnd, timestamp, at, size, offset).Int
		if start > at || at >= end || end-start != size || (start-offset)%size != 0 {
			t.Fatalf("%d is put into [%d, %d) of size %d and offset %d", at, start, end, size, offset)
		}
	})
	for _, infinite := range []int64{math.MinInt64, math.MaxInt64} {
		if v := computed(WindowStart, timestamp, infinite, 10, 0); !v.Null {
			t.Errorf("%d is in the window that starts at %d", infinite, v.Int)
		}
	}
}

// TestWindowsOfManyTimes compares the windows of a batch with those of each of its times alone.
func TestWindowsOfManyTimes(t *testing.T) {
	timestamp := types.Of(types.OIDTimestamp)
	times := rapid.OneOf(rapid.Int64Range(-50, 50), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64 + 1}))
	rapid.Check(t, func(t *rapid.T) {
		args := [3]batch.Vec{batch.NewVec(timestamp), batch.NewVec(timestamp), batch.NewVec(timestamp)}
		for _, at := range rapid.SliceOfN(times, 1, 20).Draw(t, "times") {
			args[0].Append(types.IntValue(at))
			args[1].Append(types.IntValue(rapid.SampledFrom([]int64{1, 5, 1 << 62}).Draw(t, "size")))
			args[2].Append(types.IntValue(rapid.Int64Range(0, 1).Draw(t, "offset")))
		}
		for _, f := range []*Function{WindowStart, WindowEnd} {
			out := batch.NewVec(timestamp)
			f.Kernel(&Call{Rows: args[0].Len(), Out: &out, Errors: &Errors{}, Args: []Arg{{Vec: &args[0]}, {Vec: &args[1]}, {Vec: &args[2]}}})
			for i := range out.Len() {
				want := computed(f, timestamp, args[0].Ints[i], args[1].Ints[i], args[2].Ints[i])
				if got := out.Value(i); got.Null != want.Null || got.Int != want.Int {
					t.Fatalf("%s(%d, %d, %d) is %v in row %d, and %v alone", f.Name, args[0].Ints[i], args[1].Ints[i], args[2].Ints[i], got, i, want)
				}
			}
		}
	})
}

func TestBoundsDoNotOverflow(t *testing.T) {
	bigint := types.Of(types.OIDInt8)
	for _, c := range []struct {
		f           *Function
		time, shift int64
		want        int64
	}{
		{TimeBound, 5, 3, 8},
		{TimeBound, 5, -7, -2},
		{TimeBound, math.MaxInt64, -7, math.MaxInt64},
		{TimeBound, math.MaxInt64 - 2, 7, math.MaxInt64},
		{TimeBound, math.MinInt64, 7, math.MinInt64},
		{TimeBound, math.MinInt64 + 2, -7, math.MinInt64},
		{DateBound, 1, dayMicros, 2 * dayMicros},
		{DateBound, -1, 0, -dayMicros},
		{DateBound, math.MaxInt64, 0, math.MaxInt64},
		{DateBound, math.MinInt64, 1, math.MinInt64},
	} {
		if got := computed(c.f, bigint, c.time, c.shift).Int; got != c.want {
			t.Errorf("%s(%d, %d) is %d, want %d", c.f.Name, c.time, c.shift, got, c.want)
		}
	}
}

// TestBoundsOfManyRows holds that the loop for one shift gives what each row alone does.
func TestBoundsOfManyRows(t *testing.T) {
	edges := []int64{0, 1, dayMicros, math.MaxInt64 / dayMicros, math.MaxInt64 / dayMicros / 4, math.MaxInt64 / 4, math.MaxInt64/4 + 1, math.MaxInt64 - 1, math.MaxInt64}
	var values []int64
	for _, e := range edges {
		values = append(values, e, e+1, -e, -e-1)
	}
	out := make([]int64, len(values))
	for _, unit := range []int64{1, dayMicros} {
		for _, shift := range values {
			addBoundAll(out, values, unit, shift)
			for i, v := range values {
				if want := saturated(v, unit, shift); out[i] != want {
					t.Errorf("%d * %d + %d is %d, alone %d", v, unit, shift, out[i], want)
				}
			}
		}
	}
}
