package parse

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// quotedIdent scans an identifier in quotes, where a doubled quote stands for one.
func (l *lexer) quotedIdent(t *token, quote byte) error {
	start := t.start
	body, ok := l.quoted(quote)
	if !ok {
		return l.syntax("unterminated quoted identifier", start)
	}
	if body == "" {
		return l.syntax("zero-length delimited identifier", start)
	}
	t.text = body
	return nil
}

// quoted scans from a quote to the next single one and returns what is between, doubled quotes made single.
func (l *lexer) quoted(quote byte) (string, bool) {
	l.off++
	start, doubled := l.off, false
	for {
		n := strings.IndexByte(l.text[l.off:], quote)
		if n < 0 {
			l.off = len(l.text)
			return "", false
		}
		l.off += n + 1
		if l.peek(0) != quote {
			break
		}
		doubled = true
		l.off++
	}
	body := l.text[start : l.off-1]
	if doubled {
		q := string(quote)
		body = strings.ReplaceAll(body, q+q, q)
	}
	return body, true
}

// continues passes over white space with a newline in it, if another quote of the same constant follows: SQL joins
// 'foo' and 'bar' on two lines into 'foobar'. The lexer then stands on that quote.
func (l *lexer) continues() bool {
	i, newline := l.off, false
	for i < len(l.text) {
		switch c := l.text[i]; {
		case c == '\n' || c == '\r':
			newline = true
			i++
		case isSpace(c):
			i++
		case strings.HasPrefix(l.text[i:], "--"):
			n := strings.IndexAny(l.text[i:], "\n\r")
			if n < 0 {
				return false
			}
			i += n
		case newline && c == '\'':
			l.off = i
			return true
		default:
			return false
		}
	}
	return false
}

// plainString scans a string constant without escapes.
func (l *lexer) plainString(t *token) error {
	start := t.start
	body, ok := l.quoted('\'')
	if ok && l.continues() {
		parts := []string{body}
		for more := true; ok && more; more = l.continues() {
			body, ok = l.quoted('\'')
			parts = append(parts, body)
		}
		body = strings.Join(parts, "")
	}
	if !ok {
		return l.syntax("unterminated quoted string", start)
	}
	t.text = body
	return nil
}

// bitString scans B'...' or X'...'; the grammar takes any characters, their type checks them. A doubled quote is none of them.
func (l *lexer) bitString(t *token, unterminated string) error {
	var parts []string
	for more := true; more; more = l.continues() {
		body, _, ok := strings.Cut(l.text[l.off+1:], "'")
		if !ok {
			l.off = len(l.text)
			return l.syntax(unterminated, t.start)
		}
		parts = append(parts, body)
		l.off += len(body) + 2
	}
	t.text = strings.Join(parts, "")
	return nil
}

// unicodeString scans U&'...' with its UESCAPE, if there is one.
func (l *lexer) unicodeString(t *token) error {
	if !l.opts.StandardConformingStrings {
		e := pgerr.New(pgerr.FeatureNotSupported, "unsafe use of string constant with Unicode escapes")
		return e.At(int(l.pos(t.start))).
			WithDetail("String constants with Unicode escapes cannot be used when standard_conforming_strings is off.")
	}
	l.off += 2
	body := l.off + 1
	if err := l.plainString(t); err != nil {
		return err
	}
	t.kind = tokString
	escape, err := l.unicodeEscape()
	if err != nil {
		return err
	}
	t.text, err = l.decodeUnicode(t.text, escape, body)
	return err
}

func (l *lexer) unicodeIdent(t *token) error {
	l.off += 2
	body := l.off + 1
	if err := l.quotedIdent(t, '"'); err != nil {
		return err
	}
	t.kind = tokQuoted
	escape, err := l.unicodeEscape()
	if err != nil {
		return err
	}
	t.text, err = l.decodeUnicode(t.text, escape, body)
	return err
}

// unicodeEscape reads UESCAPE 'c' after a U& constant; without it the escape is a backslash. It looks no further than at the
// word: what comes may be another such constant, and after it another.
func (l *lexer) unicodeEscape() (byte, error) {
	ahead := *l
	var word token
	if err := ahead.skipSpace(); err != nil {
		return '\\', nil //nolint:nilerr // the error is met again by whoever reads on
	}
	if ahead.word(&word); word.text != "uescape" {
		return '\\', nil
	}
	*l = ahead
	if err := l.skipSpace(); err != nil {
		return 0, err
	}
	arg := token{start: l.off}
	if err := l.scanSimple(&arg); err != nil {
		return 0, err
	}
	if arg.kind != tokString {
		return 0, l.syntax("UESCAPE must be followed by a simple string literal", arg.start)
	}
	if len(arg.text) != 1 || !validUnicodeEscape(arg.text[0]) {
		return 0, l.syntax("invalid Unicode escape character", arg.start)
	}
	return arg.text[0], nil
}

// scanSimple is scan, but a U& constant is only passed over.
func (l *lexer) scanSimple(t *token) error {
	if c := l.peek(0); (c == 'u' || c == 'U') && l.peek(1) == '&' {
		switch l.peek(2) {
		case '\'':
			l.off += 2
			return l.plainString(t)
		case '"':
			l.off += 2
			return l.quotedIdent(t, '"')
		}
	}
	return l.scan(t)
}

func validUnicodeEscape(c byte) bool {
	return !isHex(c) && c != '+' && c != '\'' && c != '"' && !isSpace(c)
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// decodeUnicode replaces \XXXX and \+XXXXXX in the content of a U& constant that begins at byte start of the text.
func (l *lexer) decodeUnicode(s string, escape byte, start int) (string, error) {
	if strings.IndexByte(s, escape) < 0 {
		return s, nil
	}
	var b strings.Builder
	var pair surrogates
	fail := func(i int, message string) error {
		return pgerr.New(pgerr.SyntaxError, message).At(int(l.pos(min(start+i, len(l.text)))))
	}
	for i := 0; i < len(s); {
		if s[i] != escape || strings.HasPrefix(s[i:], string([]byte{escape, escape})) {
			if pair.pending() {
				return "", fail(i, "invalid Unicode surrogate pair")
			}
			if s[i] == escape {
				i++
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		skip, digits := 1, 4
		if strings.HasPrefix(s[i+1:], "+") {
			skip, digits = 2, 6
		}
		c, ok := hexValue(s[i+skip:], digits)
		if !ok {
			e := pgerr.New(pgerr.SyntaxError, "invalid Unicode escape").At(int(l.pos(min(start+i, len(l.text)))))
			return "", e.WithHint("Unicode escapes must be \\XXXX or \\+XXXXXX.")
		}
		if message := pair.add(c, &b); message != "" {
			return "", fail(i, message)
		}
		i += skip + digits
	}
	if pair.pending() {
		return "", fail(len(s), "invalid Unicode surrogate pair")
	}
	return b.String(), nil
}

func hexValue(s string, digits int) (rune, bool) {
	if len(s) < digits {
		return 0, false
	}
	v := rune(0)
	for _, c := range []byte(s[:digits]) {
		switch {
		case isDigit(c):
			v = v<<4 | rune(c-'0')
		case isHex(c):
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// surrogates joins UTF-16 surrogate pairs that come as two escapes. Its value is the first half, 0 for none.
type surrogates rune

func (s surrogates) pending() bool { return s != 0 }

// add takes one escaped code point and returns what is wrong with it, or nothing.
func (s *surrogates) add(c rune, b *strings.Builder) string {
	high, low := c >= 0xD800 && c <= 0xDBFF, c >= 0xDC00 && c <= 0xDFFF
	switch {
	case s.pending() != low:
		return "invalid Unicode surrogate pair"
	case high:
		*s = surrogates(c)
	case low:
		b.WriteRune((rune(*s)-0xD800)<<10 + (c - 0xDC00) + 0x10000)
		*s = 0
	case c == 0 || c > utf8.MaxRune:
		return "invalid Unicode escape value"
	default:
		b.WriteRune(c)
	}
	return ""
}

// escapeString scans a string constant with backslash escapes (E'...').
func (l *lexer) escapeString(t *token) error {
	var b strings.Builder
	var pair surrogates
	for {
		l.off++ // the opening quote
		if err := l.escapedBody(t.start, &b, &pair); err != nil {
			return err
		}
		if !l.continues() {
			break
		}
	}
	t.text = b.String()
	if !utf8.ValidString(t.text) || strings.IndexByte(t.text, 0) >= 0 {
		return invalidUTF8(t.text)
	}
	return nil
}

// escapedBody reads up to and with the closing quote.
func (l *lexer) escapedBody(start int, b *strings.Builder, pair *surrogates) error {
	for l.off < len(l.text) {
		c := l.text[l.off]
		if pair.pending() && (c != '\\' || l.peek(1) != 'u' && l.peek(1) != 'U') {
			l.off++
			return l.syntax("invalid Unicode surrogate pair", l.off-1)
		}
		switch {
		case c == '\'' && l.peek(1) == '\'':
			b.WriteByte('\'')
			l.off += 2
		case c == '\'':
			l.off++
			return nil
		case c == '\\':
			if err := l.escape(b, pair); err != nil {
				return err
			}
		default:
			b.WriteByte(c)
			l.off++
		}
	}
	return l.syntax("unterminated quoted string", start)
}

// escape reads one backslash escape.
func (l *lexer) escape(b *strings.Builder, pair *surrogates) error {
	start := l.off
	c := l.peek(1)
	switch {
	case c == 'u' || c == 'U':
		digits := 4
		if c == 'U' {
			digits = 8
		}
		v, ok := hexValue(l.text[l.off+2:], digits)
		if !ok {
			e := pgerr.New(pgerr.InvalidEscapeSequence, "invalid Unicode escape").At(int(l.pos(start)))
			return e.WithHint("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.")
		}
		l.off += 2 + digits
		if message := pair.add(v, b); message != "" {
			return l.syntax(message, start)
		}
	case c >= '0' && c <= '7':
		v := 0
		l.off++
		for n := 0; n < 3 && l.peek(0) >= '0' && l.peek(0) <= '7'; n++ {
			v = v<<3 | int(l.peek(0)-'0')
			l.off++
		}
		b.WriteByte(byte(v))
	case c == 'x' && isHex(l.peek(2)):
		digits := 1
		if isHex(l.peek(3)) {
			digits = 2
		}
		v, _ := hexValue(l.text[l.off+2:], digits)
		b.WriteByte(byte(v))
		l.off += 2 + digits
	case l.off+1 < len(l.text):
		if i := strings.IndexByte("bfnrt", c); i >= 0 {
			c = "\b\f\n\r\t"[i]
		}
		b.WriteByte(c)
		l.off += 2
	default:
		l.off++
	}
	return nil
}

// invalidUTF8 is PostgreSQL's error about bytes that are no text.
func invalidUTF8(s string) *pgerr.Error {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			bad := s[i:min(i+max(1, sequenceLength(s[i])), len(s))]
			hex := make([]string, len(bad))
			for j := range len(bad) {
				hex[j] = fmt.Sprintf("0x%02x", bad[j])
			}
			return pgerr.Newf(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", strings.Join(hex, " "))
		}
		i += size
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
}

// sequenceLength is how many bytes a UTF-8 sequence has by its first one.
func sequenceLength(c byte) int {
	switch {
	case c >= 0xF8:
		return 1
	case c >= 0xF0:
		return 4
	case c >= 0xE0:
		return 3
	case c >= 0xC0:
		return 2
	default:
		return 1
	}
}
