//go:build goexperiment.simd && amd64

package key

import "simd/archsimd"

var hasAVX2 = archsimd.X86.AVX2()

// hashInts is that of hash_plain.go, four values at a time where the processor has AVX2. Shifts are by vectors: for constants Go 1.26 puts
// an instruction of SSE into the loop, which costs a hundred others in the midst of AVX.
func hashInts(hs []uint64, ints []int64) {
	done := 0
	if hasAVX2 {
		done = len(hs) &^ 3
		start := archsimd.BroadcastUint64x4(hashStart)
		by27, by32, by33 := archsimd.BroadcastUint64x4(27), archsimd.BroadcastUint64x4(32), archsimd.BroadcastUint64x4(33)
		low0, high0 := factor(hashMul)
		low1, high1 := factor(finishMul1)
		low2, high2 := factor(finishMul2)
		for i := 0; i < done; i += 4 {
			h := multiply(archsimd.LoadInt64x4Slice(ints[i:]).AsUint64x4().Xor(start), by32, low0, high0)
			h = h.Xor(h.ShiftRight(by32))
			h = multiply(h.Xor(h.ShiftRight(by27)), by32, low1, high1)
			h = multiply(h.Xor(h.ShiftRight(by33)), by32, low2, high2)
			h.Xor(h.ShiftRight(by27)).StoreSlice(hs[i:])
		}
		archsimd.ClearAVXUpperBits()
	}
	hashIntsPlain(hs[done:], ints[done:])
}

// factor are the lower and the upper half of a factor of multiply.
func factor(n uint64) (low, high archsimd.Uint32x8) {
	return archsimd.BroadcastUint64x4(n).AsUint32x8(), archsimd.BroadcastUint64x4(n >> 32).AsUint32x8()
}

// multiply multiplies modulo 2 to the 64th, which AVX2 does in parts of 32 bits.
func multiply(x, by32 archsimd.Uint64x4, low, high archsimd.Uint32x8) archsimd.Uint64x4 {
	upper := x.ShiftRight(by32).AsUint32x8().MulEvenWiden(low).Add(x.AsUint32x8().MulEvenWiden(high))
	return x.AsUint32x8().MulEvenWiden(low).Add(upper.ShiftLeft(by32))
}
