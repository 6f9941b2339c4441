//go:build !(goexperiment.simd && amd64)

package key

// hashInts sets each hash to that of a row of one integer.
func hashInts(hs []uint64, ints []int64) { hashIntsPlain(hs, ints) }
