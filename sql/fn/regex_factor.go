package fn

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// factor is a literal that every match of a regular expression contains. Looking for it first is far faster than to try the expression at
// every byte of a text: a text without it has no match, and no match begins much before its first occurrence.
type factor struct {
	literal []byte
	// before is the most bytes of a match that can come before the literal, -1 if there is no limit.
	before int
}

// factorOf finds the longest literal of an expression that the translator has made, if there is one.
func factorOf(text string) factor {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return factor{}
	}
	best, before := factor{}, 0
	for _, sub := range parts(re) {
		if l := literalOf(sub); len(l) > len(best.literal) {
			best = factor{l, before}
		}
		before = addWidth(before, widthOf(sub))
	}
	return best
}

// parts are the expressions that match one behind the other.
func parts(re *syntax.Regexp) []*syntax.Regexp {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpConcat {
		return []*syntax.Regexp{re}
	}
	var all []*syntax.Regexp
	for _, sub := range re.Sub {
		all = append(all, parts(sub)...)
	}
	return all
}

// literalOf is the only text that an expression matches, nil if it is none.
func literalOf(re *syntax.Regexp) []byte {
	if re.Op != syntax.OpLiteral || re.Flags&syntax.FoldCase != 0 || slices.Contains(re.Rune, utf8.RuneError) {
		return nil
	}
	return []byte(string(re.Rune))
}

// widthOf is the most bytes that an expression can match, -1 if there is no limit.
func widthOf(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return len(string(re.Rune))
		}
		return utf8.UTFMax * len(re.Rune)
	case syntax.OpCharClass:
		if n := len(re.Rune); n > 0 {
			return utf8.RuneLen(re.Rune[n-1])
		}
		return 0
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return utf8.UTFMax
	case syntax.OpCapture, syntax.OpQuest:
		return widthOf(re.Sub[0])
	case syntax.OpRepeat:
		width := widthOf(re.Sub[0])
		if re.Max < 0 || width < 0 {
			return -1
		}
		return re.Max * width
	case syntax.OpConcat:
		width := 0
		for _, sub := range re.Sub {
			width = addWidth(width, widthOf(sub))
		}
		return width
	case syntax.OpAlternate:
		width := 0
		for _, sub := range re.Sub {
			w := widthOf(sub)
			if w < 0 {
				return -1
			}
			width = max(width, w)
		}
		return width
	case syntax.OpNoMatch, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return 0
	case syntax.OpStar, syntax.OpPlus:
	}
	return -1
}

func addWidth(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// start is where to look for the first match from, -1 if there is none. It is at least a character before the first place where a match can
// begin, so that what is looked at before a match is the same as in the whole text.
func (f *factor) start(s []byte) int {
	if len(f.literal) == 0 {
		return 0
	}
	at := bytes.Index(s, f.literal)
	if at < 0 || f.before < 0 {
		return min(at, 0)
	}
	at -= f.before + 1
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return max(at, 0)
}
