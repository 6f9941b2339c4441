package fn

import (
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

func noGlobal(function, instead string) error {
	e := pgerr.Newf(pgerr.InvalidParameterValue, `%s does not support the "global" option`, function)
	if instead != "" {
		e.Hint = "Use the " + instead + " function instead."
	}
	return e
}

// groupsOf are the texts of the groups of a match; of the match itself if there is no group.
func (p *pattern) groupsOf(s []byte, m []int) []types.Value {
	if p.groups == 0 {
		return []types.Value{types.BytesValue(s[m[0]:m[1]])}
	}
	var values []types.Value
	for g := 1; g <= p.groups; g++ {
		if m[2*g] < 0 {
			values = append(values, types.NullValue)
			continue
		}
		values = append(values, types.BytesValue(s[m[2*g]:m[2*g+1]]))
	}
	return values
}

func regexpMatch(c *Call, i int) error {
	p, err := c.regex(1, 2, i)
	if err != nil {
		return err
	}
	if p.flags.global {
		return noGlobal("regexp_match()", "regexp_matches")
	}
	s := c.bytes(0, i)
	m, err := p.first(s)
	switch {
	case err != nil:
		return err
	case m == nil:
		c.putNull()
	default:
		c.putList(types.OIDText, p.groupsOf(s, m))
	}
	return nil
}

func regexpReplace(c *Call, i int) error {
	flags := c.bytes(min(3, len(c.Args)-1), i)
	if len(c.Args) == 4 && len(flags) > 0 && flags[0]-'0' <= 9 {
		return pgerr.Newf(pgerr.InvalidParameterValue, `invalid regular expression option: "%s"`, flags[:1]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	p, err := c.regex(1, 3, i)
	if err != nil {
		return err
	}
	nth := 1
	if p.flags.global {
		nth = 0
	}
	dst, err := p.replaceMatches(c.Out.Data, c.bytes(0, i), c.bytes(2, i), 0, nth)
	if err == nil {
		c.putAppended(dst)
	}
	return err
}

// startOf is the byte at which argument k says to start, in characters from 1.
func (c *Call) startOf(k, i int) (int, error) {
	if k >= len(c.Args) {
		return 0, nil
	}
	n := c.int(k, i)
	if n < 1 {
		return 0, badArgument("start", n)
	}
	s := c.bytes(0, i)
	if n > int64(utf8.RuneCount(s))+1 {
		return len(s) + 1, nil
	}
	return skipChars(s, n-1), nil
}

func badArgument(name string, n int64) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, `invalid value for parameter "%s": %d`, name, n)
}

func regexpReplaceFrom(c *Call, i int) error {
	start, err := c.startOf(3, i)
	if err != nil {
		return err
	}
	nth := int64(1)
	if len(c.Args) > 4 {
		if nth = c.int(4, i); nth < 0 {
			return badArgument("n", nth)
		}
	}
	p, err := c.regex(1, 5, i)
	if err != nil {
		return err
	}
	if len(c.Args) == 4 && p.flags.global {
		nth = 0
	}
	dst, err := p.replaceMatches(c.Out.Data, c.bytes(0, i), c.bytes(2, i), start, int(nth))
	if err == nil {
		c.putAppended(dst)
	}
	return err
}

func regexpCount(c *Call, i int) error {
	start, err := c.startOf(2, i)
	if err != nil {
		return err
	}
	p, err := c.regex(1, 3, i)
	if err != nil {
		return err
	}
	if p.flags.global {
		return noGlobal("regexp_count()", "")
	}
	n := int64(0)
	err = p.each(c.bytes(0, i), start, func([]int) bool {
		n++
		return true
	})
	if err == nil {
		c.putInt(n)
	}
	return err
}

func regexpLike(c *Call, i int) error {
	p, err := c.regex(1, 2, i)
	if err != nil {
		return err
	}
	if p.flags.global {
		return noGlobal("regexp_like()", "")
	}
	c.putBool(p.matches(c.bytes(0, i)))
	return nil
}

// nthMatch finds match n from 1 of the arguments start and n at their places. check looks at the arguments behind them.
func (c *Call) nthMatch(i, startArg, nArg, flagsArg int, name string, check func() error) (*pattern, []int, error) {
	start, err := c.startOf(startArg, i)
	if err != nil {
		return nil, nil, err
	}
	n := int64(1)
	if nArg < len(c.Args) {
		if n = c.int(nArg, i); n < 1 {
			return nil, nil, badArgument("n", n)
		}
	}
	if err := check(); err != nil {
		return nil, nil, err
	}
	p, err := c.regex(1, flagsArg, i)
	if err != nil {
		return nil, nil, err
	}
	if p.flags.global {
		return nil, nil, noGlobal(name, "")
	}
	var found []int
	err = p.each(c.bytes(0, i), start, func(m []int) bool {
		if n--; n == 0 {
			found = append(found, m...)
		}
		return n > 0
	})
	return p, found, err
}

// subexpr is the group that argument k asks for; 0 is the match.
func (c *Call) subexpr(k, i int) (int64, error) {
	if k >= len(c.Args) {
		return 0, nil
	}
	n := c.int(k, i)
	if n < 0 {
		return 0, badArgument("subexpr", n)
	}
	return n, nil
}

func regexpInstr(c *Call, i int) error {
	var end, group int64
	p, m, err := c.nthMatch(i, 2, 3, 5, "regexp_instr()", func() (err error) {
		if len(c.Args) > 4 {
			if end = c.int(4, i); end != 0 && end != 1 {
				return badArgument("endoption", end)
			}
		}
		group, err = c.subexpr(6, i)
		return err
	})
	if err != nil {
		return err
	}
	if m == nil || group > int64(p.groups) || m[2*group] < 0 {
		c.putInt(0)
		return nil
	}
	c.putInt(int64(utf8.RuneCount(c.bytes(0, i)[:m[2*group+end]]) + 1))
	return nil
}

func regexpSubstr(c *Call, i int) error {
	var group int64
	p, m, err := c.nthMatch(i, 2, 3, 4, "regexp_substr()", func() (err error) {
		group, err = c.subexpr(5, i)
		return err
	})
	if err != nil {
		return err
	}
	if m == nil || group > int64(p.groups) || m[2*group] < 0 {
		c.putNull()
		return nil
	}
	c.putBytes(c.bytes(0, i)[m[2*group]:m[2*group+1]])
	return nil
}

// substringRegex is substring(s FROM pattern): the first group, or the match.
func substringRegex(c *Call, i int) error {
	p, err := c.regex(1, 0, i)
	if err != nil {
		return err
	}
	s := c.bytes(0, i)
	m, err := p.first(s)
	if err != nil {
		return err
	}
	g := 0
	if p.groups > 0 {
		g = 2
	}
	if m == nil || m[g] < 0 {
		c.putNull()
		return nil
	}
	c.putBytes(s[m[g]:m[g+1]])
	return nil
}

// split cuts s at the matches; empty ones at its ends and behind another do not count.
func (p *pattern) split(s []byte) ([]types.Value, error) {
	var parts []types.Value
	done := 0
	err := p.each(s, 0, func(m []int) bool {
		if m[0] == m[1] && (m[0] == len(s) || m[0] == done) {
			return true
		}
		parts = append(parts, types.BytesValue(s[done:m[0]]))
		done = m[1]
		return true
	})
	return append(parts, types.BytesValue(s[done:])), err
}

func regexpSplit(c *Call, i int) error {
	p, err := c.regex(1, 2, i)
	if err != nil {
		return err
	}
	if p.flags.global {
		return noGlobal("regexp_split_to_array()", "")
	}
	parts, err := p.split(c.bytes(0, i))
	if err == nil {
		c.putList(types.OIDText, parts)
	}
	return err
}

func regexOperators() []*Operator {
	var all []*Operator
	for _, t := range []string{"text", "bpchar", "name"} {
		all = append(all,
			op("~", t, "text", "bool", regexMatch(false, false), "whether a text matches a regular expression", "'thomas'::"+t+" ~ 't.*ma' → t"),
			op("~*", t, "text", "bool", regexMatch(true, false), "the same, whatever the case", "'thomas'::"+t+" ~* 'T.*ma' → t"),
			op("!~", t, "text", "bool", regexMatch(false, true), "whether a text does not match a regular expression", "'thomas'::"+t+" !~ 't.*max' → t"),
			op("!~*", t, "text", "bool", regexMatch(true, true), "the same, whatever the case", "'thomas'::"+t+" !~* 'T.*ma' → f"))
	}
	return all
}

func regexFunctions() []*Function {
	return []*Function{
		def("regexp_match(text, text) text[]", perRow(regexpMatch), "the groups of the first match of a regular expression, or the match; null if there is none", "regexp_match('foobarbequebaz', '(bar)(beque)') → {bar,beque}"),
		def("regexp_match(text, text, text) text[]", perRow(regexpMatch), "the same, with options", "regexp_match('foobarbequebaz', 'BARBEQUE', 'i') → {barbeque}"),
		def("regexp_replace(text, text, text) text", perRow(regexpReplace), `the first match of a regular expression replaced; \1 and so on are its groups, \& is the match`, "regexp_replace('Thomas', '.[mN]a.', 'M') → ThM"),
		def("regexp_replace(text, text, text, text) text", perRow(regexpReplace), "the same, with options; g replaces all matches", "regexp_replace('foobarbaz', 'b(..)', 'X\\1Y', 'g') → fooXarYXazY"),
		def("regexp_replace(text, text, text, int4) text", perRow(regexpReplaceFrom), "the same, from a character on", "regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 4) → A PXstgreSQL function"),
		def("regexp_replace(text, text, text, int4, int4) text", perRow(regexpReplaceFrom), "the same, for the n-th match, or all with 0", "regexp_replace('A PostgreSQL function', 'o|e', 'X', 1, 2) → A PostgrXSQL function"),
		def("regexp_replace(text, text, text, int4, int4, text) text", perRow(regexpReplaceFrom), "the same, with options", "regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 3, 'i') → A PostgrXSQL function"),
		def("regexp_split_to_array(text, text) text[]", perRow(regexpSplit), "the text cut at the matches of a regular expression", `regexp_split_to_array('hello world', '\s+') → {hello,world}`),
		def("regexp_split_to_array(text, text, text) text[]", perRow(regexpSplit), "the same, with options", "regexp_split_to_array('aXbxc', 'x', 'i') → {a,b,c}"),
		def("regexp_count(text, text) int4", perRow(regexpCount), "how often a regular expression matches", "regexp_count('123456789012', '\\d\\d\\d') → 4"),
		def("regexp_count(text, text, int4) int4", perRow(regexpCount), "the same, from a character on", "regexp_count('123456789012', '\\d\\d\\d', 2) → 3"),
		def("regexp_count(text, text, int4, text) int4", perRow(regexpCount), "the same, with options", "regexp_count('ABCabc', 'a', 1, 'i') → 2"),
		def("regexp_like(text, text) bool", perRow(regexpLike), "whether a regular expression matches", "regexp_like('Hello World', 'world$') → f"),
		def("regexp_like(text, text, text) bool", perRow(regexpLike), "the same, with options", "regexp_like('Hello World', 'world$', 'i') → t"),
		def("regexp_instr(text, text) int4", perRow(regexpInstr), "where a regular expression matches, counted from 1; 0 where it does not", "regexp_instr('ABCDEF', 'c(.)(..)') → 0"),
		def("regexp_instr(text, text, int4) int4", perRow(regexpInstr), "the same, from a character on", "regexp_instr('abcabc', 'a', 2) → 4"),
		def("regexp_instr(text, text, int4, int4) int4", perRow(regexpInstr), "the same, for the n-th match", "regexp_instr('abcabc', 'b', 1, 2) → 5"),
		def("regexp_instr(text, text, int4, int4, int4) int4", perRow(regexpInstr), "the same; 1 as the last argument asks for the place behind the match", "regexp_instr('abcabc', 'b', 1, 2, 1) → 6"),
		def("regexp_instr(text, text, int4, int4, int4, text) int4", perRow(regexpInstr), "the same, with options", "regexp_instr('ABCDEF', 'c(.)(..)', 1, 1, 0, 'i') → 3"),
		def("regexp_instr(text, text, int4, int4, int4, text, int4) int4", perRow(regexpInstr), "the same, of a group", "regexp_instr('ABCDEF', 'c(.)(..)', 1, 1, 0, 'i', 2) → 5"),
		def("regexp_substr(text, text) text", perRow(regexpSubstr), "the text that a regular expression matches", "regexp_substr('ABCDEF', 'C.') → CD"),
		def("regexp_substr(text, text, int4) text", perRow(regexpSubstr), "the same, from a character on", "regexp_substr('abcabd', 'ab.', 2) → abd"),
		def("regexp_substr(text, text, int4, int4) text", perRow(regexpSubstr), "the same, for the n-th match", "regexp_substr('abcabd', 'ab.', 1, 2) → abd"),
		def("regexp_substr(text, text, int4, int4, text) text", perRow(regexpSubstr), "the same, with options", "regexp_substr('ABCDEF', 'c(.)(..)', 1, 1, 'i') → CDEF"),
		def("regexp_substr(text, text, int4, int4, text, int4) text", perRow(regexpSubstr), "the same, of a group", "regexp_substr('ABCDEF', 'c(.)(..)', 1, 1, 'i', 2) → EF"),
		def("substring(text, text) text", perRow(substringRegex), "the first group of the first match of a regular expression, or the match; null if there is none", "substring('Thomas', '...$') → mas", "substring('foobar', 'o(.)b') → o"),
		def("substring(text, text, text) text", perRow(substringSimilar), "the part of a SQL regular expression that stands between two escaped double quotes", `substring('Thomas', '%#"o_a#"_', '#') → oma`),
		def("similar_to_escape(text) text", perRow(similarEscape), "a SQL regular expression as one of PostgreSQL's own", "similar_to_escape('a%') → ^(?:a.*)$"),
		def("similar_to_escape(text, text) text", perRow(similarEscape), "the same, with an escape character", "similar_to_escape('a#%', '#') → ^(?:a\\%)$"),
	}
}
