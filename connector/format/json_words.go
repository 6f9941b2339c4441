package format

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
)

// Bytes are looked at eight at a time, in a word whose lowest byte is the first of them.

// Eight bytes of 1, and the highest bits of eight bytes.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// word loads eight bytes, which must be within the capacity of b.
func word(b []byte, i int) uint64 {
	if invariants.Enabled {
		_ = b[i : i+8 : i+8]
	}
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))[:])
}

// delimiting marks the highest bits of those bytes that are a quote or a control character: with their second bit turned around these are those below 0x21.
// Of this mark and the next one the lowest is right, and there is none without such a byte: borrows go upwards only.
func delimiting(x uint64) uint64 {
	return ((x ^ 0x02*ones) - 0x21*ones) &^ x & highs
}

// special marks those bytes that are a quote, a backslash, a control character or not ASCII.
func special(x uint64) uint64 {
	return (((x ^ 0x02*ones) - 0x21*ones) | ((x ^ '\\'*ones) - ones) | x) & highs
}

// shortString is where searching for a quote here takes longer than bytes.IndexByte with its call.
const shortString = 64

// closingQuote answers the place of the quote that ends a string whose inside begins at row[i], or -1: it is too far away to be looked for here,
// there may be an escape before it, or there is none before the end of the line.
func closingQuote(row []byte, i int) int {
	if i = delimiter(row, i); i >= 0 && row[i] == '"' && row[i-1] != '\\' {
		return i
	}
	return -1
}

// delimiterWords is delimiter, a word at a time.
func delimiterWords(row []byte, i int) int {
	for limit := min(i+shortString, len(row)-8); i <= limit; i += 8 {
		if found := delimiting(word(row, i)); found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
	}
	return -1
}

// delimitedWords is delimited, a word at a time.
func delimitedWords(row []byte, i int, at []int) bool {
	found := uint64(0)
	for _, k := range at {
		found |= delimiting(word(row, i+k))
	}
	return found != 0
}

// takenAtOnce is how long a string may be that is copied while its end is looked for, and copyRoom how much may be written for it.
const (
	takenAtOnce = 256
	copyRoom    = takenAtOnce + 32
)

// appendPlain appends the string whose inside begins at row[i] if that is nothing but printable ASCII without escapes, so that it stands for
// itself, and answers the place of its closing quote; otherwise, and if it is long, -1.
func appendPlain(v *batch.Vec, row []byte, i int) int {
	data := slices.Grow(v.Data, copyRoom)
	n := copyPlain(unsafe.Add(unsafe.Pointer(unsafe.SliceData(data)), len(data)), row, i)
	if n < 0 || row[i+n] != '"' {
		return -1
	}
	v.Data = data[:len(data)+n]
	v.FinishBytes()
	return i + n
}

// copyWords is copyPlain, a word at a time.
func copyWords(to unsafe.Pointer, row []byte, i int) int {
	from := unsafe.Add(unsafe.Pointer(unsafe.SliceData(row)), i)
	for n, limit := 0, min(takenAtOnce, len(row)-8-i); n <= limit; n += 8 {
		x := load(from, n)
		store(to, n, x)
		if found := special(x); found != 0 {
			return n + bits.TrailingZeros64(found)>>3
		}
	}
	return -1
}

// load and store move eight bytes.
func load(from unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(from, i))[:])
}

func store(to unsafe.Pointer, i int, x uint64) {
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(to, i))[:], x)
}

// noDigits marks those of eight bytes that are more than 9: no digits, where '0' has been taken off.
func noDigits(x uint64) uint64 {
	return ((x&^highs + (0x80-10)*ones) | x) & highs
}

// eightValue is the number that eight bytes of 0 to 9 are, the first of which is the lowest: pairs are joined, then fours, then all.
func eightValue(x uint64) int64 {
	x = x*10 + x>>8
	const low = 0x000000FF000000FF
	return int64(((x&low)*(100+1_000_000<<32) + (x>>16&low)*(1+10_000<<32)) >> 32)
}

var tens = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}
