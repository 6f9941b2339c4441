package parse

import "github.com/freshetdb/freshet/sql/ast"

// createCast reads CREATE CAST.
func (p *parser) createCast(c createPrefix) ast.Statement {
	s := &ast.CreateCast{Pos: c.pos}
	p.expect("cast", "(")
	s.Source = p.typeName()
	p.expect("as")
	s.Target = p.typeName()
	p.expect(")")
	switch {
	case p.accept("without"):
		p.expect("function")
	case p.atWith():
		p.advance()
		if s.InOut = p.accept("inout"); !s.InOut {
			p.expect("function")
			s.Function = p.functionObject()
		}
	default:
		p.syntaxError()
	}
	if p.accept("as") {
		s.Context = upper(p.expectAny("implicit", "assignment"))
	}
	return s
}

// atWith tells whether the grammar's WITH comes: before TIME and ORDINALITY, PostgreSQL's lexer makes a token of its own of the
// word.
func (p *parser) atWith() bool {
	return p.at("with") && !p.peek(1).is("time") && !p.peek(1).is("ordinality")
}

// createConversion reads CREATE CONVERSION.
func (p *parser) createConversion(c createPrefix) ast.Statement {
	s := &ast.CreateConversion{Pos: c.pos, Default: p.accept("default")}
	p.expect("conversion")
	s.Name = p.anyName()
	p.expect("for")
	s.For = p.stringConst()
	p.expect("to")
	s.To = p.stringConst()
	p.expect("from")
	s.Function = p.anyName()
	return s
}

// createTransform reads CREATE TRANSFORM, whose two functions may come in either order.
func (p *parser) createTransform(c createPrefix) ast.Statement {
	p.expect("transform", "for")
	t := &ast.CreateTransform{Pos: c.pos, OrReplace: c.orReplace, Type: p.typeName()}
	p.expect("language")
	t.Language = p.colID()
	p.expect("(")
	first := p.transformFunction(t, "from", "to")
	if p.accept(",") {
		if first == "from" {
			p.transformFunction(t, "to")
		} else {
			p.transformFunction(t, "from")
		}
	}
	p.expect(")")
	return t
}

// transformFunction reads FROM|TO SQL WITH FUNCTION f and returns the first word.
func (p *parser) transformFunction(t *ast.CreateTransform, words ...string) string {
	w := p.expectAny(words...)
	p.expect("sql", "with", "function")
	if f := p.functionObject(); w == "from" {
		t.FromSQL = f
	} else {
		t.ToSQL = f
	}
	return w
}

// createLanguage reads CREATE LANGUAGE.
func (p *parser) createLanguage(c createPrefix) ast.Statement {
	l := &ast.CreateLanguage{Pos: c.pos, OrReplace: c.orReplace, Trusted: p.accept("trusted")}
	p.accept("procedural")
	p.expect("language")
	l.Name = p.colID()
	if !p.accept("handler") {
		return l
	}
	l.Handler = p.anyName()
	if p.accept("inline") {
		l.Inline = p.anyName()
	}
	if p.accept("no") {
		p.expect("validator")
	} else if p.accept("validator") {
		l.Validator = p.anyName()
	}
	return l
}
