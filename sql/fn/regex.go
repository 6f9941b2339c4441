package fn

import (
	"bytes"
	"errors"
	"regexp"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// pattern is a compiled regular expression.
type pattern struct {
	*regexp.Regexp
	flags  regexFlags
	groups int
	// ambiguous is the error where lazy and greedy quantifiers are mixed, whose preference Go does not share; it does not matter
	// for whether there is a match at all.
	ambiguous error
	// context tells that matching looks at what is before the match. Then behind matches at the beginning of a text whose first character
	// is what comes before the match.
	context bool
	behind  *regexp.Regexp
	factor  factor
	// sequence matches the same faster, nil if it cannot.
	sequence *sequence
}

// compileRegex compiles an advanced regular expression.
func compileRegex(source string, flags regexFlags) (*pattern, error) {
	t := regexTranslator{src: source, flags: flags}
	text, err := t.run()
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, badRegex("regular expression is too complex or malformed: " + err.Error())
	}
	p := &pattern{Regexp: re, flags: t.flags, groups: t.groups, context: t.context, factor: factorOf(text)}
	p.flags.global = flags.global
	if p.context {
		if p.behind, err = regexp.Compile(`\A(?s:.)(?:` + text + ")"); err != nil {
			return nil, badRegex("regular expression is too complex or malformed: " + err.Error())
		}
	}
	switch {
	case !t.lazy:
		re.Longest()
		if p.context {
			p.behind.Longest()
		}
		p.sequence = sequenceOf(text, p.groups, p.factor)
	case t.greedy || t.branches:
		p.ambiguous = regexUnsupported("greedy and non-greedy quantifiers together").WithHint("Write all quantifiers in one way.")
	}
	return p, nil
}

// patterns are the regular expressions of a call site, by source and flags.
type patterns struct {
	compiled map[string]compiledPattern
	key      []byte
}

type compiledPattern struct {
	*pattern
	err error
}

// maxPatterns is how many a call site keeps; a column of patterns that all differ is compiled row by row.
const maxPatterns = 64

func (p *patterns) get(source, flags []byte, base regexFlags) (*pattern, error) {
	p.key = append(append(append(p.key[:0], flags...), 0), source...)
	if found, ok := p.compiled[string(p.key)]; ok {
		return found.pattern, found.err
	}
	if p.compiled == nil || len(p.compiled) >= maxPatterns {
		p.compiled = map[string]compiledPattern{}
	}
	c := compiledPattern{}
	for at, f := range flags {
		if err := base.set(f); err != nil {
			c.err = err
			var e *pgerr.Error
			if !errors.As(err, &e) {
				_, size := utf8.DecodeRune(flags[at:])
				c.err = pgerr.Newf(pgerr.InvalidParameterValue, `invalid regular expression option: "%s"`, flags[at:at+size])
			}
			break
		}
	}
	if c.err == nil {
		c.pattern, c.err = compileRegex(string(source), base)
	}
	p.compiled[string(p.key)] = c
	return c.pattern, c.err
}

// regex is the compiled pattern of argument k of row i, with the flags of argument flags if there are so many.
func (c *Call) regex(k, flags, i int) (*pattern, error) {
	var options []byte
	if flags > 0 && flags < len(c.Args) {
		options = c.bytes(flags, i)
	}
	return scratch[patterns](c).get(c.bytes(k, i), options, regexFlags{})
}

// regexMatch is ~ and its relatives.
func regexMatch(fold, not bool) Kernel {
	return func(c *Call) {
		p := scratch[patterns](c)
		var re *pattern
		var err error
		for i := range c.Rows {
			if c.isNull(0, i) || c.isNull(1, i) {
				c.putBool(false)
				continue
			}
			if re == nil && err == nil || !c.Args[1].Const {
				re, err = p.get(c.bytes(1, i), nil, regexFlags{fold: fold})
			}
			if err != nil {
				c.putBool(false)
				c.fail(i, err)
				continue
			}
			c.putBool(re.matches(c.bytes(0, i)) != not)
		}
	}
}

// each calls f for every match as PostgreSQL finds them from byte start on: also an empty one behind the one before. f returns false to stop.
func (p *pattern) each(s []byte, start int, f func(match []int) bool) error {
	if p.ambiguous != nil {
		return p.ambiguous
	}
	for at := start; at <= len(s); {
		m := p.next(s, at)
		if m == nil || !f(m) {
			return nil
		}
		at = m[1]
		if m[0] == m[1] {
			_, size := utf8.DecodeRune(s[at:])
			at += max(size, 1)
		}
	}
	return nil
}

// next is the first match that begins at byte at or behind it, nil if there is none.
func (p *pattern) next(s []byte, at int) []int {
	if !p.context || at == 0 {
		return matchAt(p.FindSubmatchIndex(s[at:]), at)
	}
	for at <= len(s) {
		_, size := utf8.DecodeLastRune(s[:at])
		from := at - size
		m := p.FindSubmatchIndex(s[from:])
		if m == nil || m[0] > 0 {
			return matchAt(m, from)
		}
		// One that begins before the place says nothing about it.
		if m = p.behind.FindSubmatchIndex(s[from:]); m != nil {
			m[0] = size
			return matchAt(m, from)
		}
		_, size = utf8.DecodeRune(s[at:])
		at += max(size, 1)
	}
	return nil
}

// matchAt adds to the bounds of a match in a part of a text where the part begins.
func matchAt(m []int, from int) []int {
	for k := range m {
		if m[k] >= 0 {
			m[k] += from
		}
	}
	return m
}

// first is the first match, nil if there is none. It is borrowed until the next call.
func (p *pattern) first(s []byte) ([]int, error) {
	if p.ambiguous != nil {
		return nil, p.ambiguous
	}
	if p.sequence != nil {
		if m, sure := p.sequence.find(s); sure {
			return m, nil
		}
	}
	from := p.factor.start(s)
	if from < 0 {
		return nil, nil
	}
	return matchAt(p.FindSubmatchIndex(s[from:]), from), nil
}

// matches tells whether there is a match.
func (p *pattern) matches(s []byte) bool {
	if p.sequence != nil {
		m, _ := p.sequence.find(s)
		return m != nil
	}
	from := p.factor.start(s)
	return from >= 0 && p.Match(s[from:])
}

// appendReplacement writes a replacement text: \1 and so on are groups, \& is the match.
func appendReplacement(dst, s, replacement []byte, m []int) []byte {
	for len(replacement) > 0 {
		at := bytes.IndexByte(replacement, '\\')
		if at < 0 || at+1 == len(replacement) {
			return append(dst, replacement...)
		}
		dst = append(dst, replacement[:at]...)
		c := replacement[at+1]
		replacement = replacement[at+2:]
		switch {
		case c == '&':
			dst = append(dst, s[m[0]:m[1]]...)
		case c >= '1' && c <= '9':
			if g := 2 * int(c-'0'); g < len(m) && m[g] >= 0 {
				dst = append(dst, s[m[g]:m[g+1]]...)
			}
		case c == '\\':
			dst = append(dst, '\\')
		default:
			dst = append(dst, '\\', c)
		}
	}
	return dst
}

// replaceMatches replaces match number nth (from 1), or all if it is 0.
func (p *pattern) replaceMatches(dst, s, replacement []byte, start, nth int) ([]byte, error) {
	done, count, from := 0, 0, len(dst)
	var long error
	err := p.each(s, start, func(m []int) bool {
		count++
		if nth > 0 && count < nth {
			return true
		}
		dst = append(dst, s[done:m[0]]...)
		if has := len(dst) - from; has+len(replacement) >= maxText {
			long = notEnlarged(has, len(replacement))
			return false
		}
		dst = appendReplacement(dst, s, replacement, m)
		done = m[1]
		return nth == 0
	})
	if long != nil {
		return dst, long
	}
	return append(dst, s[done:]...), err
}
