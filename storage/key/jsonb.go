package key

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonb in the order of PostgreSQL's B-tree operators (compareJsonbContainers): object > array > boolean > number > string >
// null; containers by their number of elements first, objects then by key, value, key, value as they are stored. By an old
// accident that PostgreSQL keeps, an empty array that is the whole value sorts below everything.
const (
	jsonEmptyTop = 0x01
	jsonNull     = 0x02
	jsonString   = 0x03
	jsonNumber   = 0x04
	jsonFalse    = 0x05
	jsonTrue     = 0x06
	jsonArray    = 0x07
	jsonObject   = 0x08
)

// jsonDepthMax bounds the recursion. PostgreSQL's own bound, its stack, lies near it.
const jsonDepthMax = 10_000

// appendJSONB appends a jsonb, given as its canonical text.
func appendJSONB(dst, text []byte) ([]byte, bool) {
	from := len(dst)
	w := jsonWriter{dst: dst, text: text}
	if !w.value(0) || w.peek() != 0 {
		return w.dst[:from], false
	}
	if w.dst[from] == jsonArray && binary.BigEndian.Uint32(w.dst[from+1:]) == 0 {
		w.dst = append(w.dst[:from], jsonEmptyTop)
	}
	return w.dst, true
}

// jsonWriter reads text and appends its key to dst. Its methods return false where the text is not JSON.
type jsonWriter struct {
	dst, text []byte
}

// peek skips white space and returns the next byte, or 0 at the end.
func (w *jsonWriter) peek() byte {
	for len(w.text) > 0 {
		switch c := w.text[0]; c {
		case ' ', '\t', '\n', '\r':
			w.text = w.text[1:]
		default:
			return c
		}
	}
	return 0
}

func (w *jsonWriter) take(c byte) bool {
	if w.peek() != c {
		return false
	}
	w.text = w.text[1:]
	return true
}

func (w *jsonWriter) word(s string, tag byte) bool {
	if len(w.text) < len(s) || string(w.text[:len(s)]) != s {
		return false
	}
	w.text = w.text[len(s):]
	w.dst = append(w.dst, tag)
	return true
}

func (w *jsonWriter) value(depth int) bool {
	if depth > jsonDepthMax {
		return false
	}
	switch w.peek() {
	case 'n':
		return w.word("null", jsonNull)
	case 'f':
		return w.word("false", jsonFalse)
	case 't':
		return w.word("true", jsonTrue)
	case '"':
		w.dst = append(w.dst, jsonString)
		return w.string()
	case '[':
		return w.container('[', ']', jsonArray, depth)
	case '{':
		return w.container('{', '}', jsonObject, depth)
	default:
		return w.number()
	}
}

func (w *jsonWriter) number() bool {
	n := 0
	for n < len(w.text) {
		c := w.text[n]
		if ('0' > c || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		n++
	}
	var ok bool
	w.dst, ok = appendNumberText(append(w.dst, jsonNumber), w.text[:n])
	w.text = w.text[n:]
	return ok
}

// container writes the number of elements, or of pairs, before them.
func (w *jsonWriter) container(open, closing, tag byte, depth int) bool {
	w.take(open)
	w.dst = append(w.dst, tag, 0, 0, 0, 0)
	at, count := len(w.dst)-4, uint32(0)
	for !w.take(closing) {
		if count > 0 && !w.take(',') {
			return false
		}
		if tag == jsonObject && (w.peek() != '"' || !w.string() || !w.take(':')) {
			return false
		}
		if !w.value(depth + 1) {
			return false
		}
		count++
	}
	binary.BigEndian.PutUint32(w.dst[at:], count)
	return true
}

// string appends the bytes of a string, escaped for keys.
func (w *jsonWriter) string() bool {
	from := len(w.dst)
	for i := 1; i < len(w.text); {
		switch c := w.text[i]; c {
		case '"':
			w.text = w.text[i+1:]
			w.dst = escapeTail(w.dst, from)
			return true
		case '\\':
			n := w.escaped(w.text[i+1:])
			if n == 0 {
				return false
			}
			i += 1 + n
		default:
			w.dst = append(w.dst, c)
			i++
		}
	}
	return false
}

// escaped appends what the escape after a backslash stands for, and returns its length, or 0.
func (w *jsonWriter) escaped(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	c := text[0]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case '"', '\\', '/':
	case 'u':
		r, ok := hex4(text[1:])
		if !ok {
			return 0
		}
		if utf16.IsSurrogate(r) && len(text) >= 11 && text[5] == '\\' && text[6] == 'u' {
			if low, ok := hex4(text[7:]); ok {
				w.dst = utf8.AppendRune(w.dst, utf16.DecodeRune(r, low))
				return 11
			}
		}
		w.dst = utf8.AppendRune(w.dst, r)
		return 5
	default:
		return 0
	}
	w.dst = append(w.dst, c)
	return 1
}

func hex4(text []byte) (r rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, c := range text[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
