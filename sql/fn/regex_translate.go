package fn

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// regexFlags are the options of a regular expression (PostgreSQL 15, table 9.24).
type regexFlags struct {
	global   bool
	fold     bool // i
	literal  bool // q
	expanded bool // x
	// lineDot: . and [^...] do not match a newline; lineAnchors: ^ and $ match at newlines too.
	lineDot, lineAnchors bool
	ere                  bool // e: no escapes, no lazy quantifiers
}

func (f *regexFlags) set(c byte) error {
	switch c {
	case 'g':
		f.global = true
	case 'i':
		f.fold = true
	case 'c':
		f.fold = false
	case 'n', 'm':
		f.lineDot, f.lineAnchors = true, true
	case 'p':
		f.lineDot, f.lineAnchors = true, false
	case 'w':
		f.lineDot, f.lineAnchors = false, true
	case 's':
		f.lineDot, f.lineAnchors = false, false
	case 'x':
		f.expanded = true
	case 't':
		f.expanded = false
	case 'q':
		f.literal = true
	case 'e':
		f.ere = true
	case 'b':
		return pgerr.New(pgerr.FeatureNotSupported, "basic regular expressions are not supported").
			WithHint("Write the pattern as an advanced regular expression, without the option b.")
	default:
		return fmt.Errorf("option %c", c)
	}
	return nil
}

// regexTranslator writes an advanced regular expression of PostgreSQL as one of Go's package regexp.
type regexTranslator struct {
	src   string
	at    int
	flags regexFlags
	dst   strings.Builder
	// groups counts capturing groups, depth the open ones.
	groups, depth int
	// What decides which of several matches is meant.
	greedy, lazy, branches bool
	// context tells that matching looks at what is before the match: ^, \y and so on.
	context bool
	// operand tells that a quantifier may follow; word that the last atom is a word character.
	operand, word bool
}

func badRegex(what string) error {
	return pgerr.Newf(pgerr.InvalidRegularExpression, "invalid regular expression: %s", what)
}

func regexUnsupported(what string) *pgerr.Error {
	return pgerr.Newf(pgerr.FeatureNotSupported, "%s in regular expressions are not supported", what)
}

// prefixes reads ***: and ***= and options in (?...) at the beginning.
func (t *regexTranslator) prefixes() error {
	if rest, ok := strings.CutPrefix(t.src, "***="); ok {
		t.src, t.flags.literal = rest, true
		return nil
	}
	if rest, ok := strings.CutPrefix(t.src, "***:"); ok {
		t.src, t.flags.ere = rest, false
	} else if strings.HasPrefix(t.src, "***") {
		return badRegex("quantifier operand invalid")
	}
	if !strings.HasPrefix(t.src, "(?") || t.flags.ere {
		return nil
	}
	end := strings.IndexByte(t.src, ')')
	if end < 0 || len(t.src) < 3 || t.src[2]|0x20 < 'a' || t.src[2]|0x20 > 'z' {
		return nil
	}
	for _, c := range []byte(t.src[2:end]) {
		if c == 'g' || t.flags.set(c) != nil {
			return badRegex("invalid embedded option")
		}
	}
	t.src = t.src[end+1:]
	return nil
}

func (t *regexTranslator) run() (string, error) {
	if err := t.prefixes(); err != nil {
		return "", err
	}
	flags := ""
	if t.flags.fold {
		flags += "i"
	}
	if !t.flags.lineDot {
		flags += "s"
	}
	if t.flags.lineAnchors {
		flags += "m"
	}
	if flags != "" {
		t.dst.WriteString("(?" + flags + ")")
	}
	if t.flags.literal {
		t.dst.WriteString(regexp.QuoteMeta(t.src))
		return t.dst.String(), nil
	}
	for t.at < len(t.src) {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	if t.depth > 0 {
		return "", badRegex("parentheses () not balanced")
	}
	return t.dst.String(), nil
}

func (t *regexTranslator) step() error {
	c := t.src[t.at]
	if t.flags.expanded && (c == ' ' || c >= '\t' && c <= '\r') {
		t.at++
		return nil
	}
	if t.flags.expanded && c == '#' {
		for t.at < len(t.src) && t.src[t.at] != '\n' {
			t.at++
		}
		return nil
	}
	switch c {
	case '(':
		return t.open()
	case ')':
		if t.depth == 0 {
			return badRegex("parentheses () not balanced")
		}
		t.depth--
		t.emit(")", true, false)
	case '|':
		t.branches = true
		t.emit("|", false, false)
	case '^':
		t.context = true
		t.anchor("^")
	case '$':
		t.anchor("$")
	case '.':
		t.emit(".", true, false)
	case '[':
		return t.bracket()
	case '*', '+', '?':
		return t.quantifier(string(c))
	case '{':
		if t.at+1 < len(t.src) && t.src[t.at+1]-'0' <= 9 {
			return t.braces()
		}
		if t.flags.ere {
			return badRegex("invalid repetition count(s)")
		}
		t.emit(`\{`, true, false)
	case '\\':
		return t.escape()
	default:
		r, size := utf8.DecodeRuneInString(t.src[t.at:])
		t.dst.WriteString(regexp.QuoteMeta(t.src[t.at : t.at+size]))
		t.at += size
		t.operand, t.word = true, isWordRune(r)
	}
	return nil
}

// emit writes what stands for one character of the source.
func (t *regexTranslator) emit(s string, operand, word bool) {
	t.dst.WriteString(s)
	t.at++
	t.operand, t.word = operand, word
}

// anchor writes ^ or $, of which a quantifier makes no sense.
func (t *regexTranslator) anchor(s string) { t.emit(s, false, false) }

func (t *regexTranslator) open() error {
	rest := t.src[t.at:]
	switch {
	case strings.HasPrefix(rest, "(?:"):
		t.dst.WriteString("(?:")
		t.at += 3
	case strings.HasPrefix(rest, "(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return badRegex("parentheses () not balanced")
		}
		t.at += end + 1
		return nil
	case strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!") || strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!"):
		return regexUnsupported("lookahead and lookbehind constraints")
	case strings.HasPrefix(rest, "(?"):
		return badRegex("quantifier operand invalid")
	default:
		t.groups++
		t.dst.WriteByte('(')
		t.at++
	}
	t.depth++
	t.operand, t.word = false, false
	return nil
}

// quantified ends a quantifier, which may be lazy.
func (t *regexTranslator) quantified(counts bool) error {
	if t.at < len(t.src) && t.src[t.at] == '?' && !t.flags.ere {
		t.dst.WriteByte('?')
		t.at++
		t.lazy = t.lazy || counts
	} else {
		t.greedy = t.greedy || counts
	}
	t.operand, t.word = false, false
	return nil
}

func (t *regexTranslator) quantifier(s string) error {
	if !t.operand {
		return badRegex("quantifier operand invalid")
	}
	t.emit(s, false, false)
	return t.quantified(true)
}

// braces reads {m}, {m,} or {m,n}.
func (t *regexTranslator) braces() error {
	if !t.operand {
		return badRegex("quantifier operand invalid")
	}
	end := strings.IndexByte(t.src[t.at:], '}')
	if end < 0 {
		return badRegex("braces {} not balanced")
	}
	body := t.src[t.at+1 : t.at+end]
	low, high, isRange := strings.Cut(body, ",")
	const most = 255 // DUPMAX
	m, err := strconv.Atoi(low)
	n := m
	if err == nil && isRange && high != "" {
		n, err = strconv.Atoi(high)
	}
	if err != nil || m > most || n > most || n < m || strings.ContainsAny(body, "+-") {
		return badRegex("invalid repetition count(s)")
	}
	t.dst.WriteString("{" + body + "}")
	t.at += end + 1
	return t.quantified(isRange && (high == "" || m != n))
}

// simpleEscapes are those that stand for a character.
var simpleEscapes = map[byte]rune{'a': 7, 'b': 8, 'B': '\\', 'e': 27, 'f': 12, 'n': '\n', 'r': '\r', 't': '\t', 'v': 11}

// classEscapes are those that stand for several, as Go writes them.
var classEscapes = map[byte]string{
	'd': `\d`, 'D': `\D`, 's': `[\t-\r ]`, 'S': `[^\t-\r ]`, 'w': `\w`, 'W': `\W`,
}

func (t *regexTranslator) escape() error {
	if t.at+1 == len(t.src) {
		return badRegex(`invalid escape \ sequence`)
	}
	c := t.src[t.at+1]
	if s, ok := classEscapes[c]; ok && !t.flags.ere {
		t.at++
		t.emit(s, true, c == 'w' || c == 'd')
		return nil
	}
	switch {
	case t.flags.ere:
	case c == 'A' || c == 'Z':
		t.context = t.context || c == 'A'
		t.at++
		t.anchor(map[byte]string{'A': `\A`, 'Z': `\z`}[c])
		return nil
	case c == 'y' || c == 'Y':
		t.context = true
		t.at++
		t.anchor(map[byte]string{'y': `\b`, 'Y': `\B`}[c])
		return nil
	case c == 'm' || c == 'M':
		return t.wordEdge(c == 'm')
	case c >= '1' && c <= '9':
		return regexUnsupported("back references")
	}
	r, err := t.escapedRune()
	if err != nil {
		return err
	}
	t.dst.WriteString(regexp.QuoteMeta(string(r)))
	t.operand, t.word = true, isWordRune(r)
	return nil
}

// wordEdge writes \m or \M, the beginning and the end of a word, where a word character beside it makes it the same as \y.
func (t *regexTranslator) wordEdge(start bool) error {
	t.context = true
	ok := t.word
	if start {
		rest := strings.TrimLeft(t.src[t.at+2:], "(")
		r, _ := utf8.DecodeRuneInString(rest)
		ok = rest != "" && isWordRune(r) || strings.HasPrefix(rest, `\w`) || strings.HasPrefix(rest, `\d`)
	}
	if !ok {
		return regexUnsupported(`\m and \M without a word character beside them`)
	}
	t.at++
	t.anchor(`\b`)
	return nil
}

// escapedRune reads an escape that stands for one character.
func (t *regexTranslator) escapedRune() (rune, error) {
	t.at++
	r, size := utf8.DecodeRuneInString(t.src[t.at:])
	t.at += size
	if t.flags.ere || r >= utf8.RuneSelf {
		return r, nil
	}
	hex := func(least, most int) (rune, error) {
		n := 0
		for n < most && t.at+n < len(t.src) && isHex(t.src[t.at+n]) {
			n++
		}
		if n < least {
			return 0, badRegex(`invalid escape \ sequence`)
		}
		v, err := strconv.ParseUint(t.src[t.at:t.at+n], 16, 32)
		if err != nil || v > utf8.MaxRune {
			return 0, badRegex(`invalid escape \ sequence`)
		}
		t.at += n
		return rune(v), nil
	}
	switch c := byte(r); c {
	case 'u':
		return hex(4, 4)
	case 'U':
		return hex(8, 8)
	case 'x':
		return hex(1, 255)
	case 'c':
		if t.at == len(t.src) {
			return 0, badRegex(`invalid escape \ sequence`)
		}
		t.at++
		return rune(t.src[t.at-1] & 0x1f), nil
	case '0':
		v := rune(0)
		for n := 0; n < 2 && t.at < len(t.src) && t.src[t.at]-'0' < 8; n++ {
			v = v*8 + rune(t.src[t.at]-'0')
			t.at++
		}
		return v, nil
	default:
		if v, ok := simpleEscapes[c]; ok {
			return v, nil
		}
		if c-'0' <= 9 || (c|0x20)-'a' <= 25 {
			return 0, badRegex(`invalid escape \ sequence`)
		}
		return r, nil
	}
}

func isHex(c byte) bool { return c-'0' <= 9 || (c|0x20)-'a' <= 5 }

var classNames = map[string]string{
	"alnum": "[:alnum:]", "alpha": "[:alpha:]", "blank": "[:blank:]", "cntrl": "[:cntrl:]", "digit": "[:digit:]", "graph": "[:graph:]",
	"lower": "[:lower:]", "print": "[:print:]", "punct": "[:punct:]", "space": "[:space:]", "upper": "[:upper:]", "xdigit": "[:xdigit:]", "word": "[:word:]",
}

// bracket reads a bracket expression.
func (t *regexTranslator) bracket() error {
	rest := t.src[t.at:]
	if strings.HasPrefix(rest, "[[:<:]]") || strings.HasPrefix(rest, "[[:>:]]") {
		t.context = true
		t.at += 6
		t.anchor(`\b`)
		return nil
	}
	t.at++
	t.dst.WriteByte('[')
	negated := t.at < len(t.src) && t.src[t.at] == '^'
	if negated {
		t.at++
		t.dst.WriteByte('^')
		if t.flags.lineDot {
			t.dst.WriteString(`\n`)
		}
	}
	for first := true; ; first = false {
		if t.at == len(t.src) {
			return badRegex("brackets [] not balanced")
		}
		if t.src[t.at] == ']' && !first {
			t.emit("]", true, false)
			return nil
		}
		class, low, err := t.member()
		if err != nil {
			return err
		}
		if class != "" {
			t.dst.WriteString(class)
			continue
		}
		high := low
		if t.at+1 < len(t.src) && t.src[t.at] == '-' && t.src[t.at+1] != ']' {
			t.at++
			if class, high, err = t.member(); err != nil {
				return err
			}
			if class != "" || high < low {
				return badRegex("invalid character range")
			}
		}
		t.dst.WriteString(classRune(low))
		if high != low {
			t.dst.WriteString("-" + classRune(high))
		}
	}
}

func classRune(r rune) string {
	if r < utf8.RuneSelf && !isWordRune(r) {
		return fmt.Sprintf(`\x%02x`, r)
	}
	return string(r)
}

// member reads one character of a bracket expression, or a class.
func (t *regexTranslator) member() (class string, r rune, err error) {
	rest := t.src[t.at:]
	switch {
	case strings.HasPrefix(rest, "[:"):
		name, _, ok := strings.Cut(rest[2:], ":]")
		class, known := classNames[name]
		if !ok || !known {
			return "", 0, badRegex("invalid character class")
		}
		t.at += len(name) + 4
		return class, 0, nil
	case strings.HasPrefix(rest, "[.") || strings.HasPrefix(rest, "[="):
		end := strings.Index(rest[2:], rest[1:2]+"]")
		if end < 0 {
			return "", 0, badRegex("brackets [] not balanced")
		}
		r, size := utf8.DecodeRuneInString(rest[2 : 2+end])
		if size != end {
			return "", 0, badRegex("invalid collating element")
		}
		t.at += end + 4
		return "", r, nil
	case rest[0] == '\\' && !t.flags.ere:
		if len(rest) == 1 {
			return "", 0, badRegex(`invalid escape \ sequence`)
		}
		switch rest[1] {
		case 'd', 'w', 's':
			t.at += 2
			return map[byte]string{'d': `\d`, 'w': `\w`, 's': `\t-\r `}[rest[1]], 0, nil
		case 'D', 'W', 'S', 'm', 'M', 'y', 'Y', 'A', 'Z':
			return "", 0, badRegex(`invalid escape \ sequence`)
		}
		r, err := t.escapedRune()
		return "", r, err
	}
	r, size := utf8.DecodeRuneInString(rest)
	t.at += size
	return "", r, nil
}
