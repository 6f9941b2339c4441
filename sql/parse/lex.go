package parse

import (
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// maxIdentBytes is PostgreSQL's NAMEDATALEN - 1: longer identifiers are cut there.
const maxIdentBytes = 63

// lexer splits SQL text into tokens by PostgreSQL 15's rules (src/backend/parser/scan.l; section 4.1 of its manual).
type lexer struct {
	text string
	// off is the next byte to read; wide is how many bytes before it continue a character, so that positions count characters.
	off, wide int
	// wideOff is up to where wide has been counted.
	wideOff int
	ascii   bool
	opts    Options
	// signs is where a run of + and - ends that are tokens of their own.
	signs int
	// backquoted tells that an operator with a back-quote has been met, which may be meant as an identifier's quote.
	backquoted bool
	// notices are what is to be told of the text beside its statements: which identifiers before cutOff are too long.
	notices []*pgerr.Error
	cutOff  int
}

func newLexer(text string, o Options) lexer {
	return lexer{text: text, ascii: isASCII(text), opts: o}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// pos converts a byte offset to a position. Offsets must not go back, but for errors, which count anew.
func (l *lexer) pos(off int) ast.Pos {
	if l.ascii {
		return ast.Pos(off + 1)
	}
	if off < l.wideOff {
		return ast.Pos(utf8.RuneCountInString(l.text[:off]) + 1)
	}
	for _, b := range []byte(l.text[l.wideOff:off]) {
		if !utf8.RuneStart(b) {
			l.wide++
		}
	}
	l.wideOff = off
	return ast.Pos(off - l.wide + 1)
}

// errorNear is a lexical error whose text begins at byte start and ends where the lexer stands.
func (l *lexer) errorNear(code pgerr.Code, message string, start int) *pgerr.Error {
	near := l.text[start:l.off]
	if near == "" {
		return pgerr.Newf(code, "%s at end of input", message).At(int(l.pos(start)))
	}
	return pgerr.Newf(code, "%s at or near \"%s\"", message, near).At(int(l.pos(start)))
}

func (l *lexer) syntax(message string, start int) *pgerr.Error {
	return l.errorNear(pgerr.SyntaxError, message, start)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isIdentStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func isIdentPart(c byte) bool { return isIdentStart(c) || isDigit(c) || c == '$' }

func isOperator(c byte) bool { return strings.IndexByte("~!@#^&|`?+-*/%<>=", c) >= 0 }

// peek returns the byte n after the next one, 0 past the end. (A text holds no zero byte: Parse refuses those.)
func (l *lexer) peek(n int) byte {
	if l.off+n < len(l.text) {
		return l.text[l.off+n]
	}
	return 0
}

// next returns the next token. At the end it returns tokEOF, again and again.
func (l *lexer) next() (token, error) {
	if err := l.skipSpace(); err != nil {
		return token{}, err
	}
	t := token{start: l.off, pos: l.pos(l.off)}
	err := l.scan(&t)
	t.end = l.off
	if len(t.text) > maxIdentBytes && (t.kind == tokWord || t.kind == tokQuoted) {
		l.cut(&t)
	}
	return t, err
}

// cut cuts an identifier that is too long, and says so once.
func (l *lexer) cut(t *token) {
	whole := t.text
	t.text = cutIdent(whole)
	if t.start >= l.cutOff {
		l.notices = append(l.notices, pgerr.Newf(pgerr.NameTooLong, "identifier \"%s\" will be truncated to \"%s\"", whole, t.text))
		l.cutOff = t.end
	}
}

// skipSpace passes over white space and comments, which nest.
func (l *lexer) skipSpace() error {
	for l.off < len(l.text) {
		switch c := l.text[l.off]; {
		case isSpace(c):
			l.off++
		case c == '-' && l.peek(1) == '-':
			l.skipLine()
		case c == '/' && l.peek(1) == '*':
			if err := l.skipComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) skipLine() {
	if n := strings.IndexAny(l.text[l.off:], "\n\r"); n >= 0 {
		l.off += n
	} else {
		l.off = len(l.text)
	}
}

func (l *lexer) skipComment() error {
	start, depth := l.off, 0
	for l.off < len(l.text) {
		switch {
		case l.text[l.off] == '/' && l.peek(1) == '*':
			depth++
			l.off += 2
		case l.text[l.off] == '*' && l.peek(1) == '/':
			depth--
			l.off += 2
			if depth == 0 {
				return nil
			}
		default:
			l.off++
		}
	}
	return l.syntax("unterminated /* comment", start)
}

func (l *lexer) scan(t *token) error {
	if l.off == len(l.text) {
		t.kind = tokEOF
		return nil
	}
	c := l.text[l.off]
	switch {
	case isIdentStart(c):
		if done, err := l.prefixedString(t, c); done {
			return err
		}
		l.word(t)
		return nil
	case c == '\'':
		t.kind = tokString
		if l.opts.StandardConformingStrings {
			return l.plainString(t)
		}
		return l.escapeString(t)
	case c == '"':
		t.kind = tokQuoted
		return l.quotedIdent(t, '"')
	case c == '`' && l.opts.Dialect == Flink:
		t.kind = tokQuoted
		return l.quotedIdent(t, '`')
	case c == '$':
		return l.dollar(t)
	case isDigit(c), c == '.' && isDigit(l.peek(1)):
		return l.number(t)
	case isOperator(c):
		return l.operator(t)
	default:
		l.punct(t, c)
		return nil
	}
}

// prefixedString scans E'...', B'...', X'...', the N of N'...', U&'...' and U&"...", if one begins here.
func (l *lexer) prefixedString(t *token, c byte) (bool, error) {
	quote := l.peek(1)
	if quote == '\'' {
		switch c {
		case 'e', 'E':
			l.off++
			t.kind = tokString
			return true, l.escapeString(t)
		case 'b', 'B':
			l.off++
			t.kind = tokBits
			return true, l.bitString(t, "unterminated bit string literal")
		case 'x', 'X':
			l.off++
			t.kind = tokHex
			return true, l.bitString(t, "unterminated hexadecimal string literal")
		case 'n', 'N':
			l.off++ // N'x' is nchar 'x'
			t.kind, t.text, t.keyword = tokWord, "nchar", ast.LookupKeyword("nchar")
			return true, nil
		}
	}
	if (c == 'u' || c == 'U') && quote == '&' {
		switch l.peek(2) {
		case '\'':
			return true, l.unicodeString(t)
		case '"':
			return true, l.unicodeIdent(t)
		}
	}
	return false, nil
}

func (l *lexer) word(t *token) {
	start, upper := l.off, false
	for l.off < len(l.text) && isIdentPart(l.text[l.off]) {
		if c := l.text[l.off]; c >= 'A' && c <= 'Z' {
			upper = true
		}
		l.off++
	}
	t.kind = tokWord
	t.text = l.text[start:l.off]
	if upper {
		t.text = foldWord(t.text)
	}
	t.keyword = ast.LookupKeyword(t.text)
}

// foldWord gives a word in lower case. Keywords, which are often in upper case, come from the table and allocate nothing.
func foldWord(s string) string {
	var buf [ast.MaxKeyword]byte
	if len(s) > len(buf) {
		return lowerASCII(s)
	}
	n := copy(buf[:], s)
	for i, c := range buf[:n] {
		if c >= 'A' && c <= 'Z' {
			buf[i] = c + 'a' - 'A'
		}
	}
	if word, ok := ast.InternKeyword(buf[:n]); ok {
		return word
	}
	return string(buf[:n])
}

// lowerASCII folds as PostgreSQL does for multi-byte encodings: only A to Z.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// cutIdent cuts an identifier at maxIdentBytes, between characters.
func cutIdent(s string) string {
	if len(s) <= maxIdentBytes {
		return s
	}
	n := maxIdentBytes
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// number scans an integer, decimal or real. A letter right after it is an error since PostgreSQL 15.
func (l *lexer) number(t *token) error {
	start := l.off
	l.digits()
	t.kind = tokInteger
	// "1..10" is 1, then "..": PL/pgSQL's loops lex that way.
	if l.peek(0) == '.' && l.peek(1) != '.' {
		t.kind = tokNumeric
		l.off++
		l.digits()
	}
	if c := l.peek(0); c == 'e' || c == 'E' {
		sign := 0
		if s := l.peek(1); s == '+' || s == '-' {
			sign = 1
		}
		if isDigit(l.peek(1 + sign)) {
			t.kind = tokNumeric
			l.off += 1 + sign
			l.digits()
		} else if sign == 1 {
			l.off += 2
			return l.syntax("trailing junk after numeric literal", start)
		}
	}
	if isIdentStart(l.peek(0)) {
		l.identifier()
		return l.syntax("trailing junk after numeric literal", start)
	}
	t.text = l.text[start:l.off]
	if t.kind == tokInteger && !fitsInt4(t.text) {
		t.kind = tokNumeric
	}
	return nil
}

// identifier passes over the characters of an identifier.
func (l *lexer) identifier() {
	for l.off < len(l.text) && isIdentPart(l.text[l.off]) {
		l.off++
	}
}

func (l *lexer) digits() {
	for isDigit(l.peek(0)) {
		l.off++
	}
}

func fitsInt4(digits string) bool {
	n := 0
	for _, c := range []byte(digits) {
		n = n*10 + int(c-'0')
		if n > 1<<31-1 {
			return false
		}
	}
	return true
}

// dollar scans $1, $tag$string$tag$ or a lone $.
func (l *lexer) dollar(t *token) error {
	start := l.off
	if isDigit(l.peek(1)) {
		l.off++
		l.digits()
		if isIdentStart(l.peek(0)) {
			l.identifier()
			return l.syntax("trailing junk after parameter", start)
		}
		t.kind = tokParam
		t.text = l.text[start+1 : l.off]
		return nil
	}
	end := start + 1
	if end < len(l.text) && isIdentStart(l.text[end]) {
		for end < len(l.text) && isIdentPart(l.text[end]) && l.text[end] != '$' {
			end++
		}
	}
	if end == len(l.text) || l.text[end] != '$' {
		l.off++
		t.kind = tokInvalid
		return nil
	}
	tag := l.text[start : end+1]
	n := strings.Index(l.text[end+1:], tag)
	if n < 0 {
		l.off = len(l.text)
		return l.syntax("unterminated dollar-quoted string", start)
	}
	t.kind = tokString
	t.text = l.text[end+1 : end+1+n]
	l.off = end + 1 + n + len(tag)
	return nil
}

// operator scans the longest operator by PostgreSQL's rules: it ends before a comment, and its trailing + and - belong to
// it only if it holds a character that the standard's operators do not have.
func (l *lexer) operator(t *token) error {
	start := l.off
	end := start + 1
	if start >= l.signs {
		end = l.operatorRun(start)
	}
	if last := l.text[end-1]; end-start > 1 && (last == '+' || last == '-') &&
		!strings.ContainsAny(l.text[start:end-1], "~!@#^&|`?%") {
		l.signs = end // or each of them would read the run again
		for end-start > 1 && (l.text[end-1] == '+' || l.text[end-1] == '-') {
			end--
		}
	}
	l.off = end
	t.kind = tokOperator
	t.text = l.text[start:end]
	l.backquoted = l.backquoted || strings.IndexByte(t.text, '`') >= 0
	switch t.text {
	case "=>":
		t.kind = tokPunct
	case "!=":
		t.text = "<>"
	}
	if end-start > maxIdentBytes {
		return l.syntax("operator too long", start)
	}
	return nil
}

// operatorRun returns where the characters of operators end that begin at start.
func (l *lexer) operatorRun(start int) int {
	end := start
	for end < len(l.text) && isOperator(l.text[end]) {
		if rest := l.text[end:]; strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*") {
			break
		}
		if l.text[end] == '`' && l.opts.Dialect == Flink {
			break
		}
		end++
	}
	return end
}

func (l *lexer) punct(t *token, c byte) {
	t.kind = tokPunct
	size := 1
	switch c {
	case ',', '(', ')', '[', ']', ';', '{', '}':
	case '.':
		if l.peek(1) == '.' {
			size = 2
		}
	case ':':
		if n := l.peek(1); n == ':' || n == '=' {
			size = 2
		}
	default:
		t.kind = tokInvalid
	}
	t.text = l.text[l.off : l.off+size]
	l.off += size
}
