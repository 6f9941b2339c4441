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

func delimited(row []byte, at []int) bool {
	if !hasAVX2 {
		return delimitedWords(row, at)
	}
	from := unsafe.Pointer(unsafe.SliceData(row))
	found := uint32(0)
	for _, k := range at {
		found |= delimiters(vector(unsafe.Add(from, k))).ToBits()
	}
	archsimd.ClearAVXUpperBits()
	return found != 0
}

// unplains are the bytes that are a quote, a backslash, a control character or beyond ASCII, which are negative.
func unplains(x archsimd.Uint8x32) uint32 {
	quoted := x.Equal(archsimd.BroadcastUint8x32('"')).Or(x.Equal(archsimd.BroadcastUint8x32('\\')))
	return quoted.ToBits() | ^x.AsInt8x32().Greater(archsimd.BroadcastInt8x32(0x1F)).ToBits()
}

func unplain(row []byte, i int) int {
	if !hasAVX2 {
		return unplainWords(row, i)
	}
	from := unsafe.Pointer(unsafe.SliceData(row))
	for limit := min(i+takenText, len(row)-32); i <= limit; i += 32 {
		if found := unplains(vector(unsafe.Add(from, i))); found != 0 {
			archsimd.ClearAVXUpperBits()
			return i + bits.TrailingZeros32(found)
		}
	}
	archsimd.ClearAVXUpperBits()
	return unplainWords(row, i)
}

func notPlain(row []byte, at []int) bool {
	if !hasAVX2 {
		return notPlainWords(row, at)
	}
	from := unsafe.Pointer(unsafe.SliceData(row))
	found := uint32(0)
	for _, k := range at {
		found |= unplains(vector(unsafe.Add(from, k)))
	}
	archsimd.ClearAVXUpperBits()
	return found != 0
}
