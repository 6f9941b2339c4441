package key

import (
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// The first byte of numeric.AppendKey for numbers whose digits follow, and how many bytes stand before the digits.
const (
	numericNegative = 0x20
	numericPositive = 0x40
	numericHead     = 1 + 4
)

// appendNumberText appends the key of the number that a JSON text writes.
func appendNumberText(dst, text []byte) ([]byte, bool) {
	n, err := numeric.Parse(string(text), -1)
	if err != nil {
		return dst, false
	}
	return appendNumber(dst, n), true
}

// appendNumberWire appends the key of a numeric in PostgreSQL's binary wire format.
func appendNumberWire(dst, b []byte) ([]byte, bool) {
	n, err := numeric.DecodeBinary(b, -1)
	if err != nil {
		return dst, false
	}
	return appendNumber(dst, n), true
}

func appendNumber(dst []byte, n numeric.Num) []byte {
	var stack [64]byte
	return numeric.AppendKey(dst, n.Append(stack[:0]))
}

// cutNumeric splits off the key of a number whose bytes are combined with mask.
func cutNumeric(src []byte, mask byte) (number, rest []byte, ok bool) {
	if len(src) == 0 {
		return nil, nil, false
	}
	end := mask
	switch src[0] ^ mask {
	case numericPositive:
	case numericNegative:
		end = ^mask
	default:
		return src[:1], src[1:], true
	}
	for at := numericHead; at < len(src); at++ {
		if src[at] == end {
			return src[:at+1], src[at+1:], true
		}
	}
	return nil, nil, false
}

// appendNumericOf appends the encoded numeric whose key, combined with mask, is k.
func appendNumericOf(dst, k []byte, mask byte) ([]byte, bool) {
	var stack [64]byte
	plain := stack[:0]
	for _, c := range k {
		plain = append(plain, c^mask)
	}
	dst, rest, ok := numeric.DecodeKey(dst, plain)
	return dst, ok && len(rest) == 0
}
