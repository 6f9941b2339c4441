package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// skipSpace answers the first place from i that is not white space. Mostly there is none, and the call is inlined.
func skipSpace(b []byte, i int) int {
	if i < len(b) && b[i] > ' ' {
		return i
	}
	return skipSpaces(b, i)
}

func skipSpaces(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd answers the place behind the closing quote of the string that opens at b[i], or -1; plain tells that it surely has no
// escapes before the last byte: a string may still have some if plain is false only.
func stringEnd(b []byte, i int) (end int, plain bool) {
	from := i + 1
	n := bytes.IndexByte(b[from:], '"')
	if n < 0 {
		return -1, false
	}
	end = from + n
	if bytes.IndexByte(b[from:end], '\\') < 0 {
		return end + 1, true
	}
	return escapedEnd(b, from), false
}

// skipString is stringEnd for strings that no one wants. A quote that no backslash stands before is the closing one.
func skipString(b []byte, i int) int {
	from := i + 1
	n := bytes.IndexByte(b[from:], '"')
	if n < 0 {
		return -1
	}
	end := from + n
	if b[end-1] != '\\' || n == 0 {
		return end + 1
	}
	return escapedEnd(b, from)
}

// escapedEnd goes through the inside of a string escape by escape.
func escapedEnd(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i += 2
		default:
			i++
		}
	}
	return -1
}

// skipValue answers the place behind the value at b[i]. Of what it skips it checks only that strings and brackets end.
func skipValue(b []byte, i int) (int, *fault) {
	if i >= len(b) {
		return 0, jsonFault(b, i, "expected a value")
	}
	switch b[i] {
	case '"':
		end := skipString(b, i)
		if end < 0 {
			return 0, jsonFault(b, i, "the string does not end")
		}
		return end, nil
	case '{', '[':
		return skipNested(b, i)
	default:
		end := scalarEnd(b, i)
		if end == i {
			return 0, jsonFault(b, i, "expected a value")
		}
		return end, nil
	}
}

// scalarEnd answers the place behind a number, true, false or null.
func scalarEnd(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n', ':', '"', '{', '[':
			return i
		}
		i++
	}
	return i
}

// maxDepth bounds how deep values nest; PostgreSQL's stack gives up at some thousands.
const maxDepth = 6400

// skipNested answers the place behind an object or an array.
func skipNested(b []byte, start int) (int, *fault) {
	depth := 0
	for i := start; i < len(b); {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if end < 0 {
				return 0, jsonFault(b, i, "the string does not end")
			}
			i = end
			continue
		case '{', '[':
			if depth++; depth > maxDepth {
				return 0, &fault{err: pgerr.New(pgerr.StatementTooComplex, "JSON nests too deep")}
			}
		case '}', ']':
			if depth--; depth == 0 {
				if (b[i] == '}') != (b[start] == '{') {
					return 0, jsonFault(b, i, "the bracket is not the one that was opened")
				}
				return i + 1, nil
			}
		}
		i++
	}
	return 0, jsonFault(b, len(b), "the bracket opened before is not closed")
}

// plainEnd answers the first place from i that has anything but printable ASCII, or a quote or a backslash; eight bytes at a time.
func plainEnd(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		slash, quote := x^'\\'*ones, x^'"'*ones
		// The lowest byte that is marked is marked rightly: borrows go upwards only.
		if m := (x | (x - 0x20*ones) | (slash-ones)&^slash | (quote-ones)&^quote) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] >= 0x20 && b[i] < 0x80 && b[i] != '\\' && b[i] != '"' {
		i++
	}
	return i
}

// unescape appends what the string between the quotes at b[start] and b[end-1] stands for.
func unescape(dst, b []byte, start, end int) ([]byte, *fault) {
	for i := start + 1; i < end-1; {
		switch c := b[i]; {
		case c == '\\':
			var f *fault
			if dst, i, f = unescapeOne(dst, b[:end-1], i); f != nil {
				return dst, f
			}
		case c < 0x20:
			return dst, jsonFault(b, i, "a control character must be escaped")
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(b[i : end-1])
			if r == utf8.RuneError && n == 1 {
				return dst, &fault{err: errInvalidUTF8()}
			}
			dst = append(dst, b[i:i+n]...)
			i += n
		}
	}
	return dst, nil
}

var simpleEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescapeOne appends what the escape at b[i] stands for, and answers the place behind it.
func unescapeOne(dst, b []byte, i int) ([]byte, int, *fault) {
	if i+1 >= len(b) {
		return dst, 0, jsonFault(b, i, "the escape does not end")
	}
	if c := simpleEscapes[b[i+1]]; c != 0 {
		return append(dst, c), i + 2, nil
	}
	r, ok := hexEscape(b, i)
	if !ok {
		return dst, 0, jsonFault(b, i, "the escape is not one of JSON's")
	}
	next := i + 6
	switch {
	case r == 0:
		return dst, 0, &fault{err: pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail(`\u0000 cannot be converted to text.`)}
	case utf16.IsSurrogate(r):
		low, ok := hexEscape(b, next)
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return dst, 0, jsonFault(b, i, "a Unicode surrogate must be one of a pair, the high one first")
		}
		next += 6
	}
	return utf8.AppendRune(dst, r), next, nil
}

// hexEscape reads \uXXXX.
func hexEscape(b []byte, i int) (rune, bool) {
	if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[i+2 : i+6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
