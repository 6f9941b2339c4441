package types

import (
	"encoding/hex"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// parseBytea reads the hex form, \x6162, and the escape form, a\142\\ (PostgreSQL 15, 8.4).
func parseBytea(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	if len(text) >= 2 && text[0] == '\\' && text[1] == 'x' {
		return parseHex(dst, text[2:])
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c != '\\':
			dst = append(dst, c)
		case i+3 < len(text) && text[i+1] >= '0' && text[i+1] <= '3' && isOctal(text[i+2]) && isOctal(text[i+3]):
			dst = append(dst, (text[i+1]-'0')<<6|(text[i+2]-'0')<<3|(text[i+3]-'0'))
			i += 3
		case i+1 < len(text) && text[i+1] == '\\':
			dst = append(dst, '\\')
			i++
		default:
			return Value{}, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return Value{Bytes: dst}, nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

func parseHex(dst, text []byte) (Value, error) {
	for i := 0; i < len(text); {
		if isSpace(text[i]) && text[i] != '\v' && text[i] != '\f' {
			i++
			continue
		}
		high, ok := hexDigit(text[i])
		if !ok {
			return Value{}, badHexDigit(text[i:])
		}
		if i+1 == len(text) {
			return Value{}, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		low, ok := hexDigit(text[i+1])
		if !ok {
			return Value{}, badHexDigit(text[i+1:])
		}
		dst = append(dst, high<<4|low)
		i += 2
	}
	return Value{Bytes: dst}, nil
}

func badHexDigit(at []byte) error {
	_, size := utf8.DecodeRune(at)
	return pgerr.Newf(pgerr.InvalidParameterValue, `invalid hexadecimal digit: "%s"`, at[:size])
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func appendBytea(dst []byte, v Value, s *Settings) []byte {
	if !s.ByteaEscape {
		return hex.AppendEncode(append(dst, '\\', 'x'), v.Bytes)
	}
	for _, c := range v.Bytes {
		switch {
		case c == '\\':
			dst = append(dst, '\\', '\\')
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
