package fn

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// likeShape is how a LIKE pattern is matched.
type likeShape uint8

const (
	likeGeneral  likeShape = iota
	likeExact              // abc
	likePrefix             // abc%
	likeSuffix             // %abc
	likeContains           // %abc%
)

// likePattern is a LIKE pattern that was looked at. It belongs to a call site and is made again when the pattern changes.
type likePattern struct {
	source []byte
	ready  bool
	fold   bool
	shape  likeShape
	word   []byte // what is looked for, of the simple shapes
	text   []byte // the pattern, in lower case where case does not count
	err    error
	buf    []byte
}

func (p *likePattern) set(pattern []byte, fold bool) {
	if p.ready && bytes.Equal(p.source, pattern) {
		return
	}
	p.source, p.ready, p.fold, p.err = append(p.source[:0], pattern...), true, fold, nil
	p.text = append(p.text[:0], pattern...)
	if fold {
		p.text = lower(p.text[:0], pattern)
	}
	p.analyse()
}

// analyse finds the simple shapes.
func (p *likePattern) analyse() {
	p.shape, p.word = likeGeneral, p.word[:0]
	body := p.text
	atStart := len(body) > 0 && body[0] == '%'
	if atStart {
		body = body[1:]
	}
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '_':
			return
		case '%':
			if i != len(body)-1 {
				return
			}
			p.shape = likePrefix
			if atStart {
				p.shape = likeContains
			}
			return
		case '\\':
			if i++; i == len(body) {
				return // the end of the pattern is an escape: an error if the match comes there
			}
		}
		p.word = append(p.word, body[i])
	}
	p.shape = likeExact
	if atStart {
		p.shape = likeSuffix
	}
}

func (p *likePattern) match(s []byte) (bool, error) {
	if p.fold {
		p.buf = lower(p.buf[:0], s)
		s = p.buf
	}
	switch p.shape {
	case likeExact:
		return bytes.Equal(s, p.word), nil
	case likePrefix:
		return bytes.HasPrefix(s, p.word), nil
	case likeSuffix:
		return bytes.HasSuffix(s, p.word), nil
	case likeContains:
		return bytes.Contains(s, p.word), nil
	default:
		return matchLike(s, p.text)
	}
}

func escapeAtEnd() error {
	return pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// matchLike goes back to the last % only: what an earlier one would have to take, the last one can take too.
func matchLike(s, pattern []byte) (bool, error) {
	i, k := 0, 0
	backS, backPattern := -1, -1
	for i < len(s) {
		if k < len(pattern) {
			switch c := pattern[k]; c {
			case '%':
				k++
				backS, backPattern = i, k
				continue
			case '_':
				_, size := utf8.DecodeRune(s[i:])
				i += size
				k++
				continue
			default:
				width := 1
				if c == '\\' {
					if k+1 == len(pattern) {
						return false, escapeAtEnd()
					}
					c, width = pattern[k+1], 2
				}
				if c == s[i] {
					i++
					k += width
					continue
				}
			}
		}
		if backPattern < 0 {
			return false, nil
		}
		_, size := utf8.DecodeRune(s[backS:])
		backS += size
		i, k = backS, backPattern
	}
	for k < len(pattern) && pattern[k] == '%' {
		k++
	}
	if k == len(pattern)-1 && pattern[k] == '\\' {
		return false, nil
	}
	return k == len(pattern), nil
}

func like(fold, not bool) Kernel {
	return func(c *Call) {
		p := scratch[likePattern](c)
		out := grow(&c.Out.Bools, c.Rows)
		known := false // p is the constant pattern
		for i := range out {
			out[i] = false
			if c.isNull(0, i) || c.isNull(1, i) {
				continue
			}
			if !known {
				p.set(c.bytes(1, i), fold)
				known = c.Args[1].Const
			}
			ok, err := p.match(c.bytes(0, i))
			if err != nil {
				c.fail(i, err)
				continue
			}
			out[i] = ok != not
		}
	}
}

// likeBytes is LIKE of bytea, where every byte is a character.
func likeBytes(not bool) Kernel {
	return perRow(func(c *Call, i int) error {
		ok, err := matchLikeBytes(c.bytes(0, i), c.bytes(1, i))
		if err == nil {
			c.putBool(ok != not)
		}
		return err
	})
}

func matchLikeBytes(s, pattern []byte) (bool, error) {
	i, k, backS, backPattern := 0, 0, -1, -1
	for i < len(s) {
		if k < len(pattern) {
			c, width := pattern[k], 1
			if c == '%' {
				k++
				backS, backPattern = i, k
				continue
			}
			wild := c == '_'
			if c == '\\' {
				if k+1 == len(pattern) {
					return false, escapeAtEnd()
				}
				c, width = pattern[k+1], 2
			}
			if wild || c == s[i] {
				i++
				k += width
				continue
			}
		}
		if backPattern < 0 {
			return false, nil
		}
		backS++
		i, k = backS, backPattern
	}
	for k < len(pattern) && pattern[k] == '%' {
		k++
	}
	return k == len(pattern), nil
}

// likeEscape turns a pattern with another escape character into one with a backslash.
func likeEscape(c *Call, i int) error {
	pattern, escape := c.bytes(0, i), c.bytes(1, i)
	if utf8.RuneCount(escape) > 1 {
		return pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").WithHint("Escape string must be empty or one character.")
	}
	dst := c.Out.Data
	for len(pattern) > 0 {
		_, size := utf8.DecodeRune(pattern)
		char := pattern[:size]
		pattern = pattern[size:]
		switch {
		case len(escape) > 0 && escape[0] != '\\' && bytes.Equal(char, escape):
			dst = append(dst, '\\')
			if len(pattern) > 0 {
				_, size := utf8.DecodeRune(pattern)
				dst = append(dst, pattern[:size]...)
				pattern = pattern[size:]
			}
		case char[0] == '\\' && (len(escape) == 0 || escape[0] != '\\'):
			dst = append(dst, '\\', '\\')
		case char[0] == '\\' && len(pattern) > 0:
			_, size := utf8.DecodeRune(pattern)
			dst = append(append(dst, '\\'), pattern[:size]...)
			pattern = pattern[size:]
		default:
			dst = append(dst, char...)
		}
	}
	c.putAppended(dst)
	return nil
}

func likeOperators() []*Operator {
	var all []*Operator
	for _, t := range []string{"text", "bpchar", "name"} {
		all = append(all,
			op("~~", t, "text", "bool", like(false, false), "LIKE: % stands for any characters, _ for one", "'abc'::"+t+" ~~ 'a%' → t"),
			op("!~~", t, "text", "bool", like(false, true), "NOT LIKE", "'abc'::"+t+" !~~ 'a%' → f"),
			op("~~*", t, "text", "bool", like(true, false), "ILIKE: LIKE whatever the case", "'ABC'::"+t+" ~~* 'a%' → t"),
			op("!~~*", t, "text", "bool", like(true, true), "NOT ILIKE", "'ABC'::"+t+" !~~* 'a%' → f"))
	}
	return append(all,
		op("~~", "bytea", "bytea", "bool", likeBytes(false), "LIKE of bytes", `'\x6162'::bytea ~~ 'a%'::bytea → t`),
		op("!~~", "bytea", "bytea", "bool", likeBytes(true), "NOT LIKE of bytes", `'\x6162'::bytea !~~ 'a%'::bytea → f`))
}

func likeFunctions() []*Function {
	return []*Function{
		def("like_escape(text, text) text", perRow(likeEscape), "a LIKE pattern with another escape character, as one with a backslash", `like_escape('a#%', '#') → a\%`),
		def("like(text, text) bool", like(false, false), "whether a text matches a LIKE pattern", `"like"('abc', 'a%') → t`),
		def("notlike(text, text) bool", like(false, true), "whether a text does not match a LIKE pattern", `notlike('abc', 'a%') → f`),
	}
}

// isWordRune is for what regular expressions and initcap call a word.
func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
