//go:build goexperiment.simd && amd64

package format

import (
	"math/bits"
	"simd/archsimd"
	"unsafe"
)

// The functions of scan_words.go, 32 bytes at a time where the processor has AVX2. The upper halves of the registers are cleared at the end: with
// something in them instructions of SSE, of which bytes.IndexByte has some, take many times as long.

var hasAVX2 = archsimd.X86.AVX2()

var scanWidth = func() int {
	if hasAVX2 {
		return 32
	}
	return 8
}()

func vector(from unsafe.Pointer) archsimd.Uint8x32 {
	return archsimd.LoadUint8x32((*[32]uint8)(from))
}

// delimiters are the bytes that are a quote or a control character.
func delimiters(x archsimd.Uint8x32) archsimd.Mask8x32 {
	return x.Equal(archsimd.BroadcastUint8x32('"')).Or(x.Min(archsimd.BroadcastUint8x32(0x1F)).Equal(x))
}

func delimiter(row []byte, i int) int {
	if !hasAVX2 {
		return delimiterWords(row, i)
	}
	from := unsafe.Pointer(unsafe.SliceData(row))
	for limit := min(i+shortString, len(row)-32); i <= limit; i += 32 {
		if found := delimiters(vector(unsafe.Add(from, i))).ToBits(); found != 0 {
			archsimd.ClearAVXUpperBits()
			return i + bits.TrailingZeros32(found)
		}
	}
	archsimd.ClearAVXUpperBits()
	return delimiterWords(row, i)
}

func delimited(row []byte, i int, at []int) bool {
	if !hasAVX2 {
		return delimitedWords(row, i, at)
	}
	from := unsafe.Add(unsafe.Pointer(unsafe.SliceData(row)), i)
	found := uint32(0)
	for _, k := range at {
		found |= delimiters(vector(unsafe.Add(from, k))).ToBits()
	}
	archsimd.ClearAVXUpperBits()
	return found != 0
}

func copyPlain(to unsafe.Pointer, row []byte, i int) int {
	if !hasAVX2 || i+32 > len(row) {
		return copyWords(to, row, i)
	}
	from := unsafe.Add(unsafe.Pointer(unsafe.SliceData(row)), i)
	quote, slash, control := archsimd.BroadcastUint8x32('"'), archsimd.BroadcastUint8x32('\\'), archsimd.BroadcastInt8x32(0x1F)
	for n, limit := 0, min(takenAtOnce, len(row)-32-i); n <= limit; n += 32 {
		x := vector(unsafe.Add(from, n))
		x.Store((*[32]uint8)(unsafe.Add(to, n)))
		// What is beyond ASCII is negative.
		found := x.Equal(quote).Or(x.Equal(slash)).ToBits() | ^x.AsInt8x32().Greater(control).ToBits()
		if found != 0 {
			archsimd.ClearAVXUpperBits()
			return n + bits.TrailingZeros32(found)
		}
	}
	archsimd.ClearAVXUpperBits()
	return copyWords(to, row, i)
}
