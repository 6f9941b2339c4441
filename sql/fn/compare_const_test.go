package fn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCompareConst: a column compared with one value is what its rows give one by one, in every build.
func TestCompareConst(t *testing.T) {
	floats := []float64{0, math.Copysign(0, -1), 1, -1, 1.5, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64}
	ints := []int64{0, 1, -1, 2, math.MaxInt64, math.MinInt64}
	draw := rand.New(rand.NewPCG(1, 2))
	for _, c := range comparisons {
		for size := range 40 {
			x, y := make([]int64, size), make([]float64, size)
			for i := range size {
				x[i], y[i] = ints[draw.IntN(len(ints))], floats[draw.IntN(len(floats))]
			}
			for _, b := range ints {
				got, want := make([]bool, size), make([]bool, size)
				compareIntsConst(c, got, x, b)
				for i := range want {
					want[i] = c.less && x[i] < b || c.same && x[i] == b || c.more && x[i] > b
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%v %s %d: %v", x, c.symbol, b, got)
				}
			}
			for _, b := range floats {
				if math.IsNaN(b) {
					continue
				}
				got, want := make([]bool, size), make([]bool, size)
				compareFloatsConst(c, got, y, b)
				for i := range want {
					want[i] = c.of(compareFloat(y[i], b))
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%v %s %v: %v", y, c.symbol, b, got)
				}
			}
		}
	}
}

// BenchmarkCompareConst compares 2048 values with a constant, as this build does, and one by one.
func BenchmarkCompareConst(b *testing.B) {
	x, y, out := make([]int64, 2048), make([]float64, 2048), make([]bool, 2048)
	for i := range x {
		x[i] = int64(i * 7919 % 1000)
		y[i] = float64(x[i])
	}
	for _, bench := range []struct {
		name string
		run  func()
	}{
		{"int", func() { compareIntsConst(comparisons[2], out, x, 500) }},
		{"int_plain", func() { compareConst(comparisons[2], out, x, 500) }},
		{"float", func() { compareFloatsConst(comparisons[2], out, y, 500) }},
		{"float_plain", func() { compareConst(comparisons[2], out, y, 500) }},
	} {
		b.Run(fmt.Sprintf("kernel=%s", bench.name), func(b *testing.B) {
			for b.Loop() {
				bench.run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/row")
		})
	}
}
