package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// arrayParser reads the text form of arrays: array_in of PostgreSQL 15, in two passes: the braces give the dimensions, then the
// elements are read.
type arrayParser struct {
	text           []byte // all of it, for errors
	rest           []byte
	lengths, lower []int32
}

func parseArray(dst, text []byte, oid OID, elem *Codec, mod int32, s *Settings) (Value, error) {
	p := arrayParser{text: text, rest: text}
	empty, err := p.shape()
	if err != nil {
		return Value{}, err
	}
	if empty {
		return Value{Bytes: AppendArrayHeader(dst, oid, false, nil, nil)}, nil
	}
	at := len(dst)
	dst = AppendArrayHeader(dst, oid, false, p.lengths, p.lower)
	var scratch, value []byte
	for i := 0; i < len(p.rest); {
		if c := p.rest[i]; c == '{' || c == '}' || c == ',' || isSpace(c) {
			i++
			continue
		}
		var quoted bool
		scratch, i, quoted = p.element(scratch[:0], i)
		v := NullValue
		if !quoted && strings.EqualFold(string(scratch), "null") {
			dst[at+7] = 1
		} else {
			if v, err = elem.parse(value[:0], scratch, mod, s); err != nil {
				return Value{}, err
			}
			value = v.Bytes
		}
		dst = elem.AppendItem(dst, v)
	}
	return Value{Bytes: dst}, nil
}

func (p *arrayParser) malformed(format string, args ...any) error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, `malformed array literal: "%s"`, p.text).WithDetail(format, args...)
}

func (p *arrayParser) skipSpace() {
	for len(p.rest) > 0 && isSpace(p.rest[0]) {
		p.rest = p.rest[1:]
	}
}

func (p *arrayParser) at(c byte) bool { return len(p.rest) > 0 && p.rest[0] == c }

// shape finds dimensions and bounds, written or by the braces, and leaves rest at the first brace.
func (p *arrayParser) shape() (empty bool, err error) {
	if err := p.bounds(); err != nil {
		return false, err
	}
	if len(p.lengths) == 0 {
		if !p.at('{') {
			return false, p.malformed(`Array value must start with "{" or dimension information.`)
		}
		p.lengths, err = p.count()
		for range p.lengths {
			p.lower = append(p.lower, 1)
		}
		return len(p.lengths) == 0, err
	}
	if !p.at('=') {
		return false, p.malformed(`Missing "=" after array dimensions.`)
	}
	p.rest = p.rest[1:]
	p.skipSpace()
	if !p.at('{') {
		return false, p.malformed(`Array contents must start with "{".`)
	}
	found, err := p.count()
	if err != nil {
		return false, err
	}
	if len(found) != len(p.lengths) {
		return false, p.malformed("Specified array dimensions do not match array contents.")
	}
	for i := range found {
		if found[i] != p.lengths[i] {
			return false, p.malformed("Specified array dimensions do not match array contents.")
		}
		if int64(p.lower[i])+int64(p.lengths[i]) > math.MaxInt32 {
			return false, pgerr.Newf(pgerr.ProgramLimitExceeded, "array lower bound is too large: %d", p.lower[i])
		}
	}
	return false, nil
}

// bounds reads [n] and [m:n].
func (p *arrayParser) bounds() error {
	for {
		p.skipSpace()
		if !p.at('[') {
			return nil
		}
		p.rest = p.rest[1:]
		if len(p.lengths) == MaxDimensions {
			return tooManyDimensions(MaxDimensions + 1)
		}
		lower := int32(1)
		upper, ok := p.bound()
		if !ok {
			return p.malformed(`"[" must introduce explicitly-specified array dimensions.`)
		}
		if p.at(':') {
			p.rest = p.rest[1:]
			lower = upper
			if upper, ok = p.bound(); !ok {
				return p.malformed("Missing array dimension value.")
			}
		}
		if !p.at(']') {
			return p.malformed(`Missing "]" after array dimensions.`)
		}
		p.rest = p.rest[1:]
		if upper < lower {
			return pgerr.New(pgerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		length := int64(upper) - int64(lower) + 1
		if length > math.MaxInt32 {
			return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)")
		}
		p.lengths, p.lower = append(p.lengths, int32(length)), append(p.lower, lower)
	}
}

// bound reads digits and signs as C's atoi understands them.
func (p *arrayParser) bound() (int32, bool) {
	i := 0
	for i < len(p.rest) && (p.rest[i]-'0' <= 9 || p.rest[i] == '-' || p.rest[i] == '+') {
		i++
	}
	if i == 0 {
		return 0, false
	}
	word := string(p.rest[:i])
	p.rest = p.rest[i:]
	end := 1
	for end < len(word) && word[end]-'0' <= 9 {
		end++
	}
	n, err := strconv.ParseInt(word[:end], 10, 64)
	if err != nil && n == 0 {
		return 0, true
	}
	return int32(n), true
}

// arrayState is what came last while the braces are counted.
type arrayState uint8

const (
	noLevel arrayState = iota
	levelStarted
	elementStarted
	quotedStarted
	quotedCompleted
	elementDelimited
	levelCompleted
	levelDelimited
)

func (s arrayState) in(set ...arrayState) bool {
	for _, one := range set {
		if s == one {
			return true
		}
	}
	return false
}

// arrayCounter follows the braces of an array: ArrayCount of PostgreSQL 15.
type arrayCounter struct {
	p     *arrayParser
	state arrayState
	level int
	dims  int
	empty bool
	// By level: elements of the level so far, of the level's list that is open, and of the last list that was closed.
	total                     [MaxDimensions]int32
	elements, elementsOfOther [MaxDimensions]int32
}

func (p *arrayParser) count() ([]int32, error) {
	p = &arrayParser{text: p.rest, rest: p.rest} // its errors name only what follows the bounds
	c := arrayCounter{p: p, dims: 1, empty: true}
	for i := range c.elements {
		c.elements[i] = 1
	}
	i := 0
	for done := false; !done; i++ {
		if c.state.in(elementStarted, quotedStarted) {
			c.empty = false
		}
		if i == len(p.rest) {
			return nil, p.malformed("Unexpected end of input.")
		}
		ch := p.rest[i]
		var err error
		switch {
		case ch == '\\':
			if !c.state.in(levelStarted, elementStarted, quotedStarted, elementDelimited) {
				return nil, c.unexpected(ch)
			}
			if c.state != quotedStarted {
				c.state = elementStarted
			}
			if i++; i == len(p.rest) {
				return nil, p.malformed("Unexpected end of input.")
			}
		case ch == '"':
			err = c.quote()
		case c.state == quotedStarted:
		case ch == '{':
			err = c.open()
		case ch == '}':
			done, err = c.close()
		case ch == ',':
			err = c.delimiter()
		case !isSpace(ch):
			if !c.state.in(levelStarted, elementStarted, elementDelimited) {
				err = p.malformed("Unexpected array element.")
			}
			c.state = elementStarted
		}
		if err != nil {
			return nil, err
		}
	}
	for _, ch := range p.rest[i:] {
		if !isSpace(ch) {
			return nil, p.malformed("Junk after closing right brace.")
		}
	}
	if c.empty {
		return nil, nil
	}
	return c.total[:c.dims:c.dims], nil
}

func (c *arrayCounter) unexpected(ch byte) error {
	return c.p.malformed(`Unexpected "%c" character.`, ch)
}

func (c *arrayCounter) quote() error {
	switch c.state {
	case quotedStarted:
		c.state = quotedCompleted
	case levelStarted, elementDelimited:
		c.state = quotedStarted
	default:
		return c.p.malformed("Unexpected array element.")
	}
	return nil
}

func (c *arrayCounter) open() error {
	if !c.state.in(noLevel, levelStarted, levelDelimited) {
		return c.unexpected('{')
	}
	c.state = levelStarted
	if c.level == MaxDimensions {
		return tooManyDimensions(c.level + 1)
	}
	c.total[c.level] = 0
	c.level++
	c.dims = max(c.dims, c.level)
	return nil
}

func (c *arrayCounter) close() (done bool, err error) {
	if !c.state.in(elementStarted, quotedCompleted, levelCompleted) && (c.level != 1 || c.state != levelStarted) {
		return false, c.unexpected('}')
	}
	c.state = levelCompleted
	c.level--
	if last := c.elementsOfOther[c.level]; last != 0 && last != c.elements[c.level] {
		return false, c.p.malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	c.elementsOfOther[c.level] = c.elements[c.level]
	c.elements[c.level] = 1
	if c.level == 0 {
		c.total[c.dims-1]++
		return true, nil
	}
	c.total[c.level-1]++
	return false, nil
}

func (c *arrayCounter) delimiter() error {
	switch c.state {
	case elementStarted, quotedCompleted:
		c.state = elementDelimited
	case levelCompleted:
		c.state = levelDelimited
	default:
		return c.unexpected(',')
	}
	c.total[c.dims-1]++
	c.elements[c.level-1]++
	return nil
}

// element reads the element that begins at i, and returns its text and where it ends. Spaces at the end of an unquoted
// element do not count, escaped ones do.
func (p *arrayParser) element(dst []byte, i int) (text []byte, end int, quoted bool) {
	inQuotes := false
	keep := 0 // how much of dst is no space that may go
	for ; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\':
			i++
			dst = append(dst, p.rest[i])
			keep = len(dst)
			quoted = true
		case c == '"':
			inQuotes = !inQuotes
			keep = len(dst)
			quoted = true
		case !inQuotes && (c == ',' || c == '}'):
			return dst[:keep], i, quoted
		default:
			dst = append(dst, c)
			if inQuotes || !isSpace(c) {
				keep = len(dst)
			}
		}
	}
	return dst[:keep], i, quoted
}
