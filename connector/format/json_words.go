package format

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
)

// Bytes are looked at eight at a time, in a word whose lowest byte is the first of them.

// Eight bytes of 1, and the highest bits of eight bytes.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	// smalls are the bits that make letters small ones; signs and digits have them, too.
	smalls = 0x20 * ones
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

// marks are what delimiting, special and usual compare with. Read from memory they stay in registers; constants are made anew for each word.
var marks = struct{ flip, low, slash, one, behindQuote uint64 }{0x02 * ones, 0x21 * ones, '\\' * ones, ones, ('"' + 1) * ones}

// delimitedWords is delimited, a word at a time.
func delimitedWords(row []byte, at []int) bool {
	from := unsafe.Pointer(unsafe.SliceData(row))
	flip, low := marks.flip, marks.low
	found := uint64(0)
	for _, k := range at {
		x := load(from, k) ^ flip
		found |= (x - low) &^ x
	}
	return found&highs != 0
}

// takenText is how long a wanted string may be whose end is looked for here.
const takenText = 256

// plainText answers the place of the quote that ends a string whose inside begins at row[i] if that is nothing but printable ASCII without
// escapes, so that it stands for itself; otherwise, and if it is long, -1.
func plainText(row []byte, i int) int {
	if i = unplain(row, i); i >= 0 && row[i] == '"' {
		return i
	}
	return -1
}

// unplainWords is unplain, a word at a time.
func unplainWords(row []byte, i int) int {
	for limit := min(i+takenText, len(row)-8); i <= limit; i += 8 {
		if found := special(word(row, i)); found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
	}
	return -1
}

// notPlainWords is notPlain, a word at a time.
func notPlainWords(row []byte, at []int) bool {
	from := unsafe.Pointer(unsafe.SliceData(row))
	flip, low, slash, one := marks.flip, marks.low, marks.slash, marks.one
	found := uint64(0)
	for _, k := range at {
		x := load(from, k)
		found |= ((x ^ flip) - low) | ((x ^ slash) - one) | x
	}
	return found&highs != 0
}

// load loads eight bytes.
func load(from unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(from, i))[:])
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
