package parse

import (
	"strings"

	"github.com/freshetdb/freshet/sql/ast"
)

// optOptions reads WITH ( name [= value], ... ), or nothing. The names are those of PostgreSQL's storage parameters and of
// connectors' options: with dots, or in single quotes.
func (p *parser) optOptions() []*ast.Option {
	if !p.accept("with") {
		return nil
	}
	return p.options()
}

// options reads ( name [= value], ... ).
func (p *parser) options() []*ast.Option { return parenList(p, p.option) }

func (p *parser) option() *ast.Option {
	o := &ast.Option{Pos: p.pos()}
	if p.tok.kind == tokString {
		o.Name = nameOf(o.Pos, splitOptionName(p.tok.text)...)
		p.advance()
	} else {
		o.Name = nameOf(o.Pos, p.colLabel())
		for p.accept(".") {
			o.Name.Parts = append(o.Name.Parts, p.colLabel())
		}
	}
	if p.accept("=") {
		o.Value = p.optionValue()
	}
	return o
}

// splitOptionName splits a name at its dots, unless a part could not be an identifier.
func splitOptionName(name string) []ast.Ident {
	var parts []ast.Ident
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || len(part) > maxIdentBytes {
			return []ast.Ident{ast.Ident(name)}
		}
		parts = append(parts, ast.Ident(part))
	}
	return parts
}

// optionValue reads what PostgreSQL takes as a value, an interval, or a reference to a secret.
func (p *parser) optionValue() ast.Node {
	next := p.peek(1)
	switch {
	case p.at("interval") && (next.kind == tokString || next.is("(")), p.tok.kind == tokString && next.is("::"):
		return p.expr()
	case p.at("secret") && isColID(next):
		return p.secretRef()
	}
	return p.defArg()
}

func (p *parser) secretRef() *ast.SecretRef {
	s := &ast.SecretRef{Pos: p.pos()}
	p.expect("secret")
	s.Name = p.qualifiedName()
	if p.accept("as") {
		p.expect("file")
		s.File = true
	}
	return s
}
