package eval

import (
	"encoding/binary"
	"slices"
	"unsafe"
)

// appendTrue appends the places of true values. Which of them are true cannot be foreseen, so that there is no branch for each: a place is
// written always, and kept or not; only eight that are all false are passed over.
func appendTrue(sel []int32, values []bool) []int32 {
	n := len(sel)
	sel = slices.Grow(sel, len(values))[:n+len(values)]
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)) // 0 or 1
	i := 0
	for ; i+8 <= len(bytes); i += 8 {
		eight := binary.LittleEndian.Uint64(bytes[i:])
		if eight == 0 {
			continue
		}
		for k := range 8 {
			sel[n] = int32(i + k)
			n += int(eight & 1)
			eight >>= 8
		}
	}
	for ; i < len(bytes); i++ {
		sel[n] = int32(i)
		n += int(bytes[i])
	}
	return sel[:n]
}
