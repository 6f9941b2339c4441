// Package jsontext checks JSON as PostgreSQL's types json and jsonb do, and writes jsonb's one text form: a space after every
// colon and comma, keys by length and then by bytes, the last of equal keys, numbers as numeric writes them, strings with as
// few escapes as possible (PostgreSQL 15, 8.14; src/common/jsonapi.c, whose errors these are).
package jsontext

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// tokenKind is a kind of token.
type tokenKind uint8

const (
	endToken tokenKind = iota
	stringToken
	numberToken
	wordToken  // true, false, null
	punctToken // one of {}[],:
)

// lexer cuts a text into tokens. text[start:at] is the current one.
type lexer struct {
	text      []byte
	start, at int
	kind      tokenKind
	// unescape makes the lexer decode strings into str; without it escapes are checked for their form only.
	unescape bool
	str      []byte
}

func invalid(format string, args ...any) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail(format, args...)
}

func (l *lexer) token() string { return string(l.text[l.start:l.at]) }

func (l *lexer) is(c byte) bool { return l.kind == punctToken && l.text[l.start] == c }

// expected is the error for a token that is not what should be here.
func (l *lexer) expected(what string) error {
	if l.kind == endToken {
		return invalid("The input string ended unexpectedly.")
	}
	return invalid(`Expected %s, but found "%s".`, what, l.token())
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isDigit(c byte) bool { return c-'0' <= 9 }

// isWord tells what an invalid token goes on with.
func isWord(c byte) bool { return (c|0x20)-'a' <= 25 || isDigit(c) || c == '_' || c >= 0x80 }

func (l *lexer) next() error {
	for l.at < len(l.text) && isSpace(l.text[l.at]) {
		l.at++
	}
	l.start = l.at
	if l.at == len(l.text) {
		l.kind = endToken
		return nil
	}
	switch c := l.text[l.at]; c {
	case '{', '}', '[', ']', ',', ':':
		l.at++
		l.kind = punctToken
		return nil
	case '"':
		l.kind = stringToken
		return l.string()
	default:
		if c == '-' || isDigit(c) {
			l.kind = numberToken
			return l.number()
		}
	}
	for l.at < len(l.text) && isWord(l.text[l.at]) {
		l.at++
	}
	if l.at == l.start {
		l.at++
	}
	l.kind = wordToken
	switch l.token() {
	case "true", "false", "null":
		return nil
	}
	return l.badToken()
}

func (l *lexer) badToken() error { return invalid(`Token "%s" is invalid.`, l.token()) }

func (l *lexer) digits() bool {
	from := l.at
	for l.at < len(l.text) && isDigit(l.text[l.at]) {
		l.at++
	}
	return l.at > from
}

func (l *lexer) number() error {
	ok := true
	if l.text[l.at] == '-' {
		l.at++
	}
	if l.at < len(l.text) && l.text[l.at] == '0' {
		l.at++
	} else {
		ok = l.digits()
	}
	if l.at < len(l.text) && l.text[l.at] == '.' {
		l.at++
		ok = l.digits() && ok
	}
	if l.at < len(l.text) && l.text[l.at]|0x20 == 'e' {
		l.at++
		if l.at < len(l.text) && (l.text[l.at] == '+' || l.text[l.at] == '-') {
			l.at++
		}
		ok = l.digits() && ok
	}
	for l.at < len(l.text) && isWord(l.text[l.at]) {
		l.at++
		ok = false
	}
	if !ok {
		return l.badToken()
	}
	return nil
}

// string reads a string; str becomes its content if unescape is set.
func (l *lexer) string() error {
	l.str = l.str[:0]
	high := rune(0) // a high surrogate whose low one must follow
	for l.at++; ; {
		from := l.at
		for l.at < len(l.text) && l.text[l.at] != '"' && l.text[l.at] != '\\' && l.text[l.at] >= 0x20 {
			l.at++
		}
		if l.at > from {
			if high != 0 {
				return lowSurrogate()
			}
			if l.unescape {
				l.str = append(l.str, l.text[from:l.at]...)
			}
		}
		if l.at == len(l.text) {
			return l.badToken()
		}
		switch c := l.text[l.at]; c {
		case '"':
			if high != 0 {
				return lowSurrogate()
			}
			l.at++
			return nil
		case '\\':
			if err := l.escape(&high); err != nil {
				return err
			}
		default:
			return invalid("Character with value 0x%02x must be escaped.", c)
		}
	}
}

func lowSurrogate() error { return invalid("Unicode low surrogate must follow a high surrogate.") }

func (l *lexer) escape(high *rune) error {
	l.at++
	if l.at == len(l.text) {
		return l.badToken()
	}
	c := l.text[l.at]
	if c == 'u' {
		return l.unicode(high)
	}
	if *high != 0 {
		return lowSurrogate()
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		_, size := utf8.DecodeRune(l.text[l.at:])
		return invalid(`Escape sequence "\%s" is invalid.`, l.text[l.at:l.at+size])
	}
	l.at++
	if l.unescape {
		l.str = append(l.str, "\"\\/\b\f\n\r\t"[i])
	}
	return nil
}

func (l *lexer) unicode(high *rune) error {
	l.at++
	var r rune
	for range 4 {
		if l.at == len(l.text) {
			return l.badToken()
		}
		digit, err := strconv.ParseUint(string(l.text[l.at]), 16, 8)
		if err != nil {
			return invalid(`"\u" must be followed by four hexadecimal digits.`)
		}
		r = r<<4 | rune(digit)
		l.at++
	}
	if !l.unescape {
		return nil
	}
	switch {
	case utf16.IsSurrogate(r) && r < 0xdc00:
		if *high != 0 {
			return invalid("Unicode high surrogate must not follow a high surrogate.")
		}
		*high = r
		return nil
	case utf16.IsSurrogate(r):
		if *high == 0 {
			return lowSurrogate()
		}
		r = utf16.DecodeRune(*high, r)
		*high = 0
	case *high != 0:
		return lowSurrogate()
	case r == 0:
		return pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail(`\u0000 cannot be converted to text.`)
	}
	l.str = utf8.AppendRune(l.str, r)
	return nil
}

// AppendString writes a JSON string with as few escapes as possible.
func AppendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		default:
			if i := strings.IndexByte("\b\f\n\r\t", c); i >= 0 {
				dst = append(dst, '\\', "bfnrt"[i])
			} else {
				dst = fmt.Appendf(dst, `\u%04x`, c)
			}
		}
	}
	return append(dst, '"')
}
