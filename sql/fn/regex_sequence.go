package fn

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// sequence is a regular expression that needs no trying: literals, and runs of characters that go on as far as they can, since what
// stands behind cannot begin with one of them. It is matched many times faster than by package regexp, and finds the same.
type sequence struct {
	// ways are the alternatives, each a list of steps; of those that match at one place the longest counts.
	ways [][]regexStep
	// anchored tells that a match begins where the text does.
	anchored bool
	factor   factor
	// best and tried are the bounds of groups.
	best, tried []int
}

// regexStep is one thing to match.
type regexStep struct {
	kind regexStepKind
	text []byte     // of a literal
	set  *[256]bool // of a run: bytes; all bytes of characters beyond ASCII, or none
	// A run is of at least least characters, 0 or 1, and of at most one if it is single.
	least  int
	single bool
	slot   int // of a bound
}

type regexStepKind uint8

const (
	stepLiteral regexStepKind = iota
	stepRun
	stepBegin // of the text
	stepEnd
	stepBound // of a group
)

// maxWays bounds the alternatives.
const maxWays = 4

// sequenceOf makes a sequence of an expression that the translator has made, nil if it is none.
func sequenceOf(text string, groups int, f factor) *sequence {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	ways := waysOf(re)
	if len(ways) == 0 || slices.ContainsFunc(ways, func(way []regexStep) bool { return !decided(way) }) {
		return nil
	}
	q := &sequence{ways: ways, factor: f, anchored: true, best: make([]int, 2+2*groups), tried: make([]int, 2+2*groups)}
	for _, way := range ways {
		first := slices.IndexFunc(way, func(s regexStep) bool { return s.kind != stepBound })
		q.anchored = q.anchored && first >= 0 && way[first].kind == stepBegin
	}
	if !q.anchored && (len(f.literal) == 0 || f.before < 0) {
		return nil // every place would have to be tried
	}
	return q
}

// waysOf lists the ways in which an expression can match; nil if there are too many, or one is no list of steps.
func waysOf(re *syntax.Regexp) [][]regexStep {
	if re.Flags&syntax.NonGreedy != 0 && re.Op != syntax.OpLiteral && re.Op != syntax.OpCharClass {
		return nil
	}
	one := func(s regexStep) [][]regexStep { return [][]regexStep{{s}} }
	switch re.Op {
	case syntax.OpEmptyMatch:
		return [][]regexStep{nil}
	case syntax.OpBeginText:
		return one(regexStep{kind: stepBegin})
	case syntax.OpEndText:
		return one(regexStep{kind: stepEnd})
	case syntax.OpLiteral:
		if l := literalOf(re); l != nil {
			return one(regexStep{text: l})
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		if set := setOf(re); set != nil && !set[utf8.RuneSelf] {
			return one(regexStep{kind: stepRun, set: set, least: 1, single: true})
		}
	case syntax.OpStar, syntax.OpPlus:
		if set := setOf(re.Sub[0]); set != nil {
			s := regexStep{kind: stepRun, set: set}
			if re.Op == syntax.OpPlus {
				s.least = 1
			}
			return one(s)
		}
	case syntax.OpQuest:
		if set := setOf(re.Sub[0]); set != nil && !set[utf8.RuneSelf] {
			return one(regexStep{kind: stepRun, set: set, single: true})
		}
	case syntax.OpCapture:
		ways := waysOf(re.Sub[0])
		for i, way := range ways {
			ways[i] = append(append([]regexStep{{kind: stepBound, slot: 2 * re.Cap}}, way...), regexStep{kind: stepBound, slot: 2*re.Cap + 1})
		}
		return ways
	case syntax.OpConcat:
		ways := [][]regexStep{nil}
		for _, sub := range re.Sub {
			var longer [][]regexStep
			for _, tail := range waysOf(sub) {
				for _, way := range ways {
					longer = append(longer, append(slices.Clone(way), tail...))
				}
			}
			if ways = longer; len(ways) > maxWays {
				return nil
			}
		}
		return ways
	case syntax.OpAlternate:
		var ways [][]regexStep
		for _, sub := range re.Sub {
			more := waysOf(sub)
			if ways = append(ways, more...); more == nil || len(ways) > maxWays {
				return nil
			}
		}
		return ways
	default:
	}
	return nil
}

// setOf is the set of bytes of one character of an expression; nil if it has some of the characters beyond ASCII and others not.
func setOf(re *syntax.Regexp) *[256]bool {
	ranges := re.Rune
	switch {
	case re.Op == syntax.OpAnyChar:
		ranges = []rune{0, utf8.MaxRune}
	case re.Op == syntax.OpAnyCharNotNL:
		ranges = []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}
	case re.Op == syntax.OpLiteral && len(re.Rune) == 1 && re.Flags&syntax.FoldCase == 0:
		ranges = []rune{re.Rune[0], re.Rune[0]}
	case re.Op != syntax.OpCharClass:
		return nil
	}
	set := &[256]bool{}
	for i := 0; i < len(ranges); i += 2 {
		low, high := ranges[i], ranges[i+1]
		if high >= utf8.RuneSelf {
			if low > utf8.RuneSelf || high != utf8.MaxRune {
				return nil
			}
			high = 0xFF
		}
		for c := low; c <= high; c++ {
			set[c] = true
		}
	}
	return set
}

// decided tells whether no run of a way could give up a character to what stands behind it.
func decided(way []regexStep) bool {
	for i, run := range way {
		if run.kind != stepRun || run.single && run.least == 1 {
			continue
		}
		for _, next := range way[i+1:] {
			switch next.kind {
			case stepBegin:
				return false
			case stepLiteral:
				if run.set[next.text[0]] {
					return false
				}
			case stepRun:
				for c := range next.set {
					if next.set[c] && run.set[c] {
						return false
					}
				}
			case stepEnd, stepBound:
			}
			if next.kind == stepLiteral || next.kind == stepRun && next.least > 0 {
				break
			}
		}
	}
	return true
}

// find answers the bounds of the first match and of its groups, which are borrowed, or nil. sure is false if package regexp has to say
// which groups are meant.
func (q *sequence) find(s []byte) (m []int, sure bool) {
	literal := -1 // the next one from where a match is tried on
	for from := 0; from <= len(s); from++ {
		if !q.anchored && from > literal {
			at := bytes.Index(s[from:], q.factor.literal)
			if at < 0 {
				return nil, true
			}
			literal = from + at
			from = max(from, literal-q.factor.before)
		}
		end, same := -1, false
		for _, way := range q.ways {
			if e := q.match(way, s, from); e > end {
				end, same = e, false
				q.best, q.tried = q.tried, q.best
			} else {
				same = same || e >= 0 && e == end
			}
		}
		if end >= 0 {
			return q.best, !same
		}
		if q.anchored {
			break
		}
	}
	return nil, true
}

// match matches one way from a place on and answers where the match ends, or -1.
func (q *sequence) match(way []regexStep, s []byte, from int) int {
	for i := range q.tried {
		q.tried[i] = -1
	}
	at := from
	for k := range way {
		switch w := &way[k]; w.kind {
		case stepLiteral:
			if !bytes.HasPrefix(s[at:], w.text) {
				return -1
			}
			at += len(w.text)
		case stepRun:
			start := at
			for at < len(s) && w.set[s[at]] && (!w.single || at == start) {
				at++
			}
			if at-start < w.least {
				return -1
			}
		case stepBegin:
			if at > 0 {
				return -1
			}
		case stepEnd:
			if at < len(s) {
				return -1
			}
		case stepBound:
			q.tried[w.slot] = at
		}
	}
	q.tried[0], q.tried[1] = from, at
	return at
}
