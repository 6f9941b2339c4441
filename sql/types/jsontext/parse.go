package jsontext

import (
	"bytes"
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// maxDepth bounds nesting; PostgreSQL's default stack allows about as much.
const maxDepth = 6000

// Check returns PostgreSQL's error for a text that type json does not take.
func Check(text []byte) error {
	p := parser{lexer: lexer{text: text}}
	_, err := p.run(nil)
	return err
}

// AppendJSONB appends the text form that jsonb gives to a JSON text.
func AppendJSONB(dst, text []byte) ([]byte, error) {
	p := parser{lexer: lexer{text: text, unescape: true}}
	return p.run(dst)
}

// parser writes jsonb's form if the lexer unescapes, else nothing.
type parser struct {
	lexer
	depth int
	// The members of all objects that are open, and their decoded keys, one object's after the other's.
	members []member
	keys    []byte
	scratch []byte
}

// member is a member of an object that is being written: its decoded key in keys, and its value in the output.
type member struct {
	keyFrom, keyTo     int
	valueFrom, valueTo int
}

func (p *parser) run(dst []byte) ([]byte, error) {
	if err := p.next(); err != nil {
		return dst, err
	}
	dst, err := p.value(dst)
	if err == nil && p.kind != endToken {
		err = p.expected("end of input")
	}
	return dst, err
}

func (p *parser) value(dst []byte) ([]byte, error) {
	switch {
	case p.is('{'), p.is('['):
		if p.depth++; p.depth > maxDepth {
			return dst, pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded")
		}
		var err error
		if p.is('{') {
			dst, err = p.object(dst)
		} else {
			dst, err = p.array(dst)
		}
		p.depth--
		return dst, err
	case p.kind == endToken, p.kind == punctToken:
		return dst, p.expected("JSON value")
	}
	if p.unescape {
		var err error
		if dst, err = p.scalar(dst); err != nil {
			return dst, err
		}
	}
	return dst, p.next()
}

func (p *parser) scalar(dst []byte) ([]byte, error) {
	switch p.kind {
	case stringToken:
		return AppendString(dst, p.str), nil
	case numberToken:
		n, err := numeric.Parse(p.token(), -1)
		if err != nil {
			return dst, err
		}
		return n.AppendText(dst), nil
	default:
		return append(dst, p.text[p.start:p.at]...), nil
	}
}

func (p *parser) write(dst []byte, s string) []byte {
	if p.unescape {
		return append(dst, s...)
	}
	return dst
}

func (p *parser) array(dst []byte) ([]byte, error) {
	dst = p.write(dst, "[")
	if err := p.next(); err != nil {
		return dst, err
	}
	if !p.is(']') {
		for {
			var err error
			if dst, err = p.value(dst); err != nil {
				return dst, err
			}
			if !p.is(',') {
				break
			}
			dst = p.write(dst, ", ")
			if err := p.next(); err != nil {
				return dst, err
			}
		}
		if !p.is(']') {
			return dst, p.expected(`"," or "]"`)
		}
	}
	return p.write(dst, "]"), p.next()
}

func (p *parser) object(dst []byte) ([]byte, error) {
	if err := p.next(); err != nil {
		return dst, err
	}
	firstMember, firstKey, start := len(p.members), len(p.keys), len(dst)
	if !p.is('}') {
		if p.kind != stringToken {
			return dst, p.expected(`string or "}"`)
		}
		for {
			var err error
			if dst, err = p.member(dst); err != nil {
				return dst, err
			}
			if !p.is(',') {
				break
			}
			if err := p.next(); err != nil {
				return dst, err
			}
		}
		if !p.is('}') {
			return dst, p.expected(`"," or "}"`)
		}
	}
	if p.unescape {
		dst = p.sorted(dst, start, p.members[firstMember:])
	}
	p.members, p.keys = p.members[:firstMember], p.keys[:firstKey]
	return dst, p.next()
}

func (p *parser) member(dst []byte) ([]byte, error) {
	if p.kind != stringToken {
		return dst, p.expected("string")
	}
	m := member{keyFrom: len(p.keys)}
	p.keys = append(p.keys, p.str...)
	m.keyTo = len(p.keys)
	if err := p.next(); err != nil {
		return dst, err
	}
	if !p.is(':') {
		return dst, p.expected(`":"`)
	}
	if err := p.next(); err != nil {
		return dst, err
	}
	m.valueFrom = len(dst)
	dst, err := p.value(dst)
	m.valueTo = len(dst)
	p.members = append(p.members, m)
	return dst, err
}

// sorted writes an object whose values are in dst from start on.
func (p *parser) sorted(dst []byte, start int, members []member) []byte {
	key := func(m member) []byte { return p.keys[m.keyFrom:m.keyTo] }
	slices.SortStableFunc(members, func(a, b member) int { return compareKeys(key(a), key(b)) })
	out := append(p.scratch[:0], '{')
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(key(m), key(members[i+1])) {
			continue // a later one wins
		}
		if len(out) > 1 {
			out = append(out, ", "...)
		}
		out = append(AppendString(out, key(m)), ": "...)
		out = append(out, dst[m.valueFrom:m.valueTo]...)
	}
	out = append(out, '}')
	p.scratch = out
	return append(dst[:start], out...)
}

// compareKeys orders an object's keys: by length, then by bytes.
func compareKeys(a, b []byte) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}
