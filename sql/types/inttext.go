package types

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// AppendIntText appends the text form of an integer.
func AppendIntText(dst []byte, n int64) []byte {
	from, length := len(dst), IntTextBytes(n)
	dst = slices.Grow(dst, length)[:from+length]
	PutIntText(dst[from:], n)
	return dst
}

// PutIntText writes the text form of n, which text is as long as. Each digit is written to its place, which is half the work of
// strconv.AppendInt and a copy.
func PutIntText(text []byte, n int64) {
	u := uint64(n)
	if n < 0 {
		u = -u
		text[0] = '-'
	}
	i := len(text)
	for u >= 100 {
		i -= 2
		binary.LittleEndian.PutUint16(text[i:], digitPairs[u%100])
		u /= 100
	}
	if u >= 10 {
		binary.LittleEndian.PutUint16(text[i-2:], digitPairs[u])
	} else {
		text[i-1] = byte('0' + u)
	}
}

// IntTextBytes is the number of characters of n.
func IntTextBytes(n int64) int {
	if n < 0 {
		return 1 + decimalDigits(-uint64(n))
	}
	return decimalDigits(uint64(n))
}

// decimalDigits is the number of digits of u: log10(2) times its bits, which may be one too many. It has no branch, which
// numbers of any length would mislead.
func decimalDigits(u uint64) int {
	n := (bits.Len64(u|1) * 1233) >> 12
	digits := n + 1
	if u < powersOfTen[n&31] {
		digits = n
	}
	return digits
}

// powersOfTen begins with 0 and not 1, because 0 has a digit too.
var powersOfTen = [32]uint64{
	0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// digitPairs has the two digits of each number below 100, the first in the low byte.
var digitPairs = func() (pairs [100]uint16) {
	for i := range pairs {
		pairs[i] = '0' + uint16(i/10) | ('0'+uint16(i%10))<<8
	}
	return pairs
}()
