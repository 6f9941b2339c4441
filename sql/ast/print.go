package ast

import (
	"fmt"
	"strconv"
	"strings"
)

// Print gives the canonical SQL of a node: keywords in upper case, identifiers quoted where they must be, parentheses only
// where PostgreSQL's precedence asks for them. Parsing it gives an equal tree.
func Print(n Node) string {
	var p printer
	n.print(&p)
	return p.b.String()
}

// printer collects SQL text. Words are separated by one space where put is used.
type printer struct {
	b strings.Builder
	// glued is true where the next word needs no space before it: at the start and after "(" and "[".
	glued bool
}

// opt is s where cond holds, else nothing; put leaves out empty strings.
func opt(cond bool, s string) string {
	if cond {
		return s
	}
	return ""
}

// put writes words separated by spaces. A string is written as it is (keywords and punctuation; empty: nothing), an Ident
// quoted where it must be, []Ident in parentheses; a Node prints itself (nil: nothing).
func (p *printer) put(words ...any) {
	for _, w := range words {
		switch w := w.(type) {
		case nil:
		case string:
			if w != "" {
				p.space(w)
				p.raw(w)
			}
		case Ident:
			if w != "" {
				p.space("")
				p.ident(w)
			}
		case []Ident:
			p.columns(w)
		case int:
			p.space("")
			p.raw(strconv.Itoa(w))
		case Node:
			if !isNil(w) {
				p.space("")
				p.glued = true // the space is there already
				w.print(p)
			}
		default:
			panic(fmt.Sprintf("ast: cannot print a %T", w))
		}
	}
}

// clause writes a word and the node that it introduces, or nothing without one.
func (p *printer) clause(word string, n Node) {
	if n != nil && !isNil(n) {
		p.put(word, n)
	}
}

// space separates what comes from what is there: nothing after an opening bracket, nothing before closing ones and commas.
func (p *printer) space(next string) {
	if p.b.Len() == 0 || p.glued {
		p.glued = false
		return
	}
	switch next {
	case ")", "]", ",", ";", "}":
		return
	}
	p.b.WriteByte(' ')
}

// raw writes s without a space before it.
func (p *printer) raw(s string) {
	p.b.WriteString(s)
	if s != "" {
		switch s[len(s)-1] {
		case '(', '[', '{':
			p.glued = true
		default:
			p.glued = false
		}
	}
}

// ident writes an identifier, quoted unless it is a plain word that is no keyword (as PostgreSQL's quote_identifier).
func (p *printer) ident(id Ident) { p.raw(QuoteIdent(string(id))) }

// dotted writes a.b.c.
func (p *printer) dotted(parts []Ident) {
	for i, part := range parts {
		if i > 0 {
			p.raw(".")
		}
		p.ident(part)
	}
}

// qualifier writes a.b. before a name that is no identifier.
func (p *printer) qualifier(parts []Ident) {
	for _, part := range parts {
		p.ident(part)
		p.raw(".")
	}
}

// columns writes (a, b, c), or nothing for an empty list.
func (p *printer) columns(ids []Ident) {
	if len(ids) == 0 {
		return
	}
	p.put("(")
	identList(p, ids)
	p.put(")")
}

func identList(p *printer, ids []Ident) {
	for i, id := range ids {
		if i > 0 {
			p.put(",")
		}
		p.put(id)
	}
}

// list writes nodes separated by commas.
func list[N Node](p *printer, nodes []N) {
	for i, n := range nodes {
		if i > 0 {
			p.put(",")
		}
		p.put(n)
	}
}

// paren writes nodes in parentheses, or nothing for an empty list.
func paren[N Node](p *printer, nodes []N) {
	if len(nodes) > 0 {
		p.put("(")
		list(p, nodes)
		p.put(")")
	}
}

// str writes a string constant.
func (p *printer) str(s string) {
	p.space("")
	p.raw(QuoteString(s))
}

// QuoteIdent gives an identifier as SQL, in double quotes where it is not a plain word or is a keyword.
func QuoteIdent(s string) string {
	if plainIdent(s) {
		if c := keywords[s].Category; c == NotKeyword || c == Unreserved {
			return s
		}
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func plainIdent(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '$') {
			continue
		}
		return false
	}
	return s != ""
}

// QuoteString gives a string constant as SQL that means the same whatever standard_conforming_strings says.
func QuoteString(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.ContainsRune(s, '\\') {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}
