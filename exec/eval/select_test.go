package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAppendTrue(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for size := range 100 {
		for _, share := range []float64{0, 0.02, 0.5, 1} {
			values, want := make([]bool, size), []int32{-7}
			for i := range values {
				if values[i] = draw.Float64() < share; values[i] {
					want = append(want, int32(i))
				}
			}
			if got := appendTrue([]int32{-7}, values); !slices.Equal(got, want) {
				t.Fatalf("%v: %v", values, got)
			}
		}
	}
}

// BenchmarkAppendTrue selects from 2048 values of which some are true.
func BenchmarkAppendTrue(b *testing.B) {
	for _, percent := range []int{1, 10, 50, 100} {
		b.Run(fmt.Sprintf("true=%d%%", percent), func(b *testing.B) {
			values := make([]bool, 2048)
			for i := range values {
				values[i] = rand.IntN(100) < percent
			}
			var sel []int32
			for b.Loop() {
				sel = appendTrue(sel[:0], values)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/row")
		})
	}
}
