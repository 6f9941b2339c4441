package jsontext

import (
	"bytes"

	"github.com/freshetdb/freshet/sql/types/numeric"
)

// Compare orders two jsonb texts as jsonb's operators do: null, strings, numbers, booleans, arrays, objects; arrays and objects
// with fewer elements come first, and an empty array before all else (compareJsonbContainers of jsonb_util.c).
func Compare(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	x, y := reader{lexer{text: a, unescape: true}}, reader{lexer{text: b, unescape: true}}
	x.step()
	y.step()
	return compareTop(&x, &y)
}

// reader walks over a jsonb text, which is well formed.
type reader struct{ lexer }

func (r *reader) step() {
	if r.next() != nil { // no jsonb has such a text
		r.kind = endToken
	}
}

// rank orders values of different kinds.
func (r *reader) rank() int {
	switch r.kind {
	case stringToken:
		return 1
	case numberToken:
		return 2
	case wordToken:
		if r.text[r.start] == 'n' {
			return 0
		}
		return 3
	case punctToken:
		if r.text[r.start] == '[' {
			return 4
		}
		return 5
	default:
		return -1
	}
}

// compareTop treats a scalar as an array of one element, which is what it is in PostgreSQL: that an array with none comes
// before it is only so here, not further down.
func compareTop(x, y *reader) int {
	const array = 4
	a, b := x.rank(), y.rank()
	switch {
	case a < array && b == array && x.count() > y.count(), b < array && a == array && y.count() > x.count():
		return sign(b - a)
	default:
		return compareValues(x, y)
	}
}

// count is the number of elements or members of the container that begins here; 1 for a scalar. The reader stays.
func (r *reader) count() int {
	if r.kind != punctToken {
		return 1
	}
	look := reader{lexer{text: r.text, start: r.start, at: r.at, kind: r.kind}}
	n, depth := 0, 0
	for look.kind != endToken {
		switch {
		case look.is('['), look.is('{'):
			if depth == 1 && n == 0 {
				n = 1
			}
			depth++
		case look.is(']'), look.is('}'):
			if depth--; depth == 0 {
				return n
			}
		case look.is(','):
			if depth == 1 {
				n++
			}
		case depth == 1 && n == 0:
			n = 1
		}
		look.step()
	}
	return n
}

// compareValues compares from the readers' places; if the values are equal both readers are behind them.
func compareValues(x, y *reader) int {
	a, b := x.rank(), y.rank()
	if a != b {
		return sign(a - b)
	}
	order := 0
	switch a {
	case 1:
		order = bytes.Compare(x.str, y.str)
	case 2:
		order = compareNumbers(x, y)
	case 3:
		order = bytes.Compare(x.text[x.start:x.start+1], y.text[y.start:y.start+1])
	case 4, 5:
		return compareContainers(x, y)
	}
	x.step()
	y.step()
	return order
}

func sign(n int) int { return min(max(n, -1), 1) }

func compareNumbers(x, y *reader) int {
	m, err1 := numeric.Parse(x.token(), -1)
	n, err2 := numeric.Parse(y.token(), -1)
	if err1 != nil || err2 != nil {
		return bytes.Compare(x.text[x.start:x.at], y.text[y.start:y.at])
	}
	return sign(numeric.Compare(m, n))
}

func compareContainers(x, y *reader) int {
	n := x.count()
	if m := y.count(); n != m {
		return sign(n - m)
	}
	object := x.is('{')
	x.step()
	y.step()
	for range n {
		if object {
			if order := bytes.Compare(x.str, y.str); order != 0 {
				return order
			}
			for range 2 { // the key and the colon
				x.step()
				y.step()
			}
		}
		if order := compareValues(x, y); order != 0 {
			return order
		}
		if x.is(',') {
			x.step()
			y.step()
		}
	}
	x.step()
	y.step()
	return 0
}

// AppendNormal appends the jsonb text that stands for all that are equal to the given one: its numbers have no zeros at the
// end of their fraction.
func AppendNormal(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		end := i + 1
		switch {
		case c == '"':
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(text))
		case c == '-' || isDigit(c):
			for end < len(text) && (isDigit(text[end]) || text[end] == '.') {
				end++
			}
			if n, err := numeric.Parse(string(text[i:end]), -1); err == nil {
				dst = n.Normal().AppendText(dst)
				i = end
				continue
			}
		}
		dst = append(dst, text[i:end]...)
		i = end
	}
	return dst
}
