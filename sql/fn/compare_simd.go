//go:build goexperiment.simd && amd64

package fn

import (
	"simd/archsimd"
	"unsafe"
)

// The functions of compare_plain.go, eight values at a time where the processor has AVX2.

var hasAVX2 = archsimd.X86.AVX2()

// allTrue are eight booleans that are true, in memory.
const allTrue = 0x0101010101010101

// boolsOf are eight booleans in memory for each set of bits, the lowest first.
var boolsOf = func() (table [256]uint64) {
	for set := range table {
		for bit := range 8 {
			table[set] |= uint64(set>>bit&1) << (8 * bit)
		}
	}
	return table
}()

func compareIntsConst(c comparison, out []bool, a []int64, b int64) {
	n := vectorRows(out)
	to, from := unsafe.Pointer(unsafe.SliceData(out)), unsafe.Pointer(unsafe.SliceData(a[:len(out)]))
	switch {
	case n == 0:
	case c.less == c.more:
		intsEqual(to, from, n, b, invert(c.less)) // <>
	case c.less == c.same:
		intsGreater(to, from, n, b, invert(c.less)) // <=
	default:
		intsLess(to, from, n, b, invert(c.same)) // >=
	}
	compareConst(c, out[n:], a[n:], b)
}

func compareFloatsConst(c comparison, out []bool, a []float64, b float64) {
	n := vectorRows(out)
	to, from := unsafe.Pointer(unsafe.SliceData(out)), unsafe.Pointer(unsafe.SliceData(a[:len(out)]))
	switch {
	case n == 0:
	case c.less == c.more:
		floatsEqual(to, from, n, b, invert(c.less)) // <>
	case c.less == c.same:
		floatsLessEqual(to, from, n, b, invert(c.more)) // >, which NaN is
	default:
		floatsLess(to, from, n, b, invert(c.more)) // >=, which NaN is
	}
	compareConst(c, out[n:], a[n:], b)
}

// vectorRows is how many rows vectors are for.
func vectorRows(out []bool) int {
	if hasAVX2 {
		return len(out) &^ 7
	}
	return 0
}

func invert(c bool) uint64 {
	if c {
		return allTrue
	}
	return 0
}

// What follows sets n booleans, a multiple of eight, and turns them around if invert is allTrue.

func intsEqual(to, from unsafe.Pointer, n int, b int64, invert uint64) {
	y := archsimd.BroadcastInt64x4(b)
	for i := 0; i < n; i += 8 {
		low, high := loadInts(unsafe.Add(from, 8*i))
		*(*uint64)(unsafe.Add(to, i)) = boolsOf[low.Equal(y).ToBits()|high.Equal(y).ToBits()<<4] ^ invert
	}
	archsimd.ClearAVXUpperBits()
}

func intsGreater(to, from unsafe.Pointer, n int, b int64, invert uint64) {
	y := archsimd.BroadcastInt64x4(b)
	for i := 0; i < n; i += 8 {
		low, high := loadInts(unsafe.Add(from, 8*i))
		*(*uint64)(unsafe.Add(to, i)) = boolsOf[low.Greater(y).ToBits()|high.Greater(y).ToBits()<<4] ^ invert
	}
	archsimd.ClearAVXUpperBits()
}

func intsLess(to, from unsafe.Pointer, n int, b int64, invert uint64) {
	y := archsimd.BroadcastInt64x4(b)
	for i := 0; i < n; i += 8 {
		low, high := loadInts(unsafe.Add(from, 8*i))
		*(*uint64)(unsafe.Add(to, i)) = boolsOf[y.Greater(low).ToBits()|y.Greater(high).ToBits()<<4] ^ invert
	}
	archsimd.ClearAVXUpperBits()
}

func floatsEqual(to, from unsafe.Pointer, n int, b float64, invert uint64) {
	y := archsimd.BroadcastFloat64x4(b)
	for i := 0; i < n; i += 8 {
		low, high := loadFloats(unsafe.Add(from, 8*i))
		*(*uint64)(unsafe.Add(to, i)) = boolsOf[low.Equal(y).ToBits()|high.Equal(y).ToBits()<<4] ^ invert
	}
	archsimd.ClearAVXUpperBits()
}

func floatsLess(to, from unsafe.Pointer, n int, b float64, invert uint64) {
	y := archsimd.BroadcastFloat64x4(b)
	for i := 0; i < n; i += 8 {
		low, high := loadFloats(unsafe.Add(from, 8*i))
		*(*uint64)(unsafe.Add(to, i)) = boolsOf[low.Less(y).ToBits()|high.Less(y).ToBits()<<4] ^ invert
	}
	archsimd.ClearAVXUpperBits()
}

func floatsLessEqual(to, from unsafe.Pointer, n int, b float64, invert uint64) {
	y := archsimd.BroadcastFloat64x4(b)
	for i := 0; i < n; i += 8 {
		low, high := loadFloats(unsafe.Add(from, 8*i))
		*(*uint64)(unsafe.Add(to, i)) = boolsOf[low.LessEqual(y).ToBits()|high.LessEqual(y).ToBits()<<4] ^ invert
	}
	archsimd.ClearAVXUpperBits()
}

func loadInts(at unsafe.Pointer) (low, high archsimd.Int64x4) {
	return archsimd.LoadInt64x4((*[4]int64)(at)), archsimd.LoadInt64x4((*[4]int64)(unsafe.Add(at, 32)))
}

func loadFloats(at unsafe.Pointer) (low, high archsimd.Float64x4) {
	return archsimd.LoadFloat64x4((*[4]float64)(at)), archsimd.LoadFloat64x4((*[4]float64)(unsafe.Add(at, 32)))
}
