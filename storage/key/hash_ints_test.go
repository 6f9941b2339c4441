package key

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestHashInts: a column of integers has the hashes of its values, in every build.
func TestHashInts(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for size := range 70 {
		ints, hs := make([]int64, size), make([]uint64, size)
		for i := range ints {
			ints[i] = []int64{0, 1, -1, math.MaxInt64, math.MinInt64, int64(draw.Uint64()), int64(draw.Uint32())}[draw.IntN(7)]
		}
		hashInts(hs, ints)
		for i, x := range ints {
			if hs[i] != HashInt(x) {
				t.Fatalf("value %d of %d, %d: %x instead of %x", i, size, x, hs[i], HashInt(x))
			}
		}
	}
}

// BenchmarkHashInts hashes 2048 integers, as this build does, and one by one.
func BenchmarkHashInts(b *testing.B) {
	ints, hs := make([]int64, 2048), make([]uint64, 2048)
	for i := range ints {
		ints[i] = int64(i)
	}
	for name, hash := range map[string]func([]uint64, []int64){"build": hashInts, "plain": hashIntsPlain} {
		b.Run("kernel="+name, func(b *testing.B) {
			for b.Loop() {
				hash(hs, ints)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/row")
		})
	}
}
