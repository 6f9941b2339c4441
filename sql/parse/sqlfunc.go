package parse

import "github.com/freshetdb/freshet/sql/ast"

// The functions of this file have arguments that SQL separates by keywords. They become calls of functions in pg_catalog, as
// in PostgreSQL.

// sqlCall reads name( ... ) with the arguments that read reads. Nothing may follow: no FILTER, no OVER.
func (p *parser) sqlCall(function ast.Ident, read func(*ast.FuncCall)) (ast.Expr, bool) {
	f := &ast.FuncCall{Pos: p.pos(), Name: nameOf(p.pos(), "pg_catalog", function)}
	if !p.enter() {
		return nil, false
	}
	defer p.leave()
	c := p.low.open()
	p.advance()
	p.expect("(")
	read(f)
	p.expect(")")
	return p.low.close(c, f), false
}

// subArg reads an expression as an argument of f.
func (p *parser) subArg(f *ast.FuncCall) {
	a := &ast.Arg{Pos: p.pos()}
	p.sub(&a.Value)
	f.Args = append(f.Args, a)
}

// EXTRACT(field FROM x) is extract('field', x).
func (p *parser) extract() (ast.Expr, bool) {
	return p.sqlCall("extract", func(f *ast.FuncCall) {
		field := &ast.Literal{Pos: p.pos(), Kind: ast.StringLiteral, Text: p.tok.text}
		switch p.tok.kind {
		case tokWord, tokQuoted, tokString:
			if p.tok.kind == tokWord && !isExtractField(&p.tok) {
				p.syntaxError()
				return
			}
			p.advance()
		default:
			p.syntaxError()
			return
		}
		p.expect("from")
		f.Args = append(f.Args, &ast.Arg{Pos: field.Pos, Value: field})
		p.subArg(f)
	})
}

// isExtractField tells whether t may name a field: any identifier that is no keyword, and some that are.
func isExtractField(t *token) bool {
	switch t.text {
	case "year", "month", "day", "hour", "minute", "second":
		return true
	}
	return t.keyword.Category == ast.NotKeyword
}

// OVERLAY(x PLACING y FROM a [FOR b]) is overlay(x, y, a, b).
func (p *parser) overlay() (ast.Expr, bool) {
	return p.sqlCall("overlay", func(f *ast.FuncCall) {
		if p.at(")") {
			f.Name = nameOf(f.Pos, "overlay")
			return
		}
		if p.plainArguments(f, "placing") {
			return
		}
		p.expect("placing")
		p.subArg(f)
		p.expect("from")
		p.subArg(f)
		if p.accept("for") {
			p.subArg(f)
		}
	})
}

// plainArguments reads the first argument, and if a comma or the end follows instead of word, all of an ordinary list.
func (p *parser) plainArguments(f *ast.FuncCall, words ...string) bool {
	f.Args = append(f.Args, p.argument())
	if p.atAny(words...) != "" {
		return false
	}
	for p.accept(",") {
		f.Args = append(f.Args, p.argument())
	}
	f.Name = nameOf(f.Pos, f.Name.Parts[1])
	return true
}

// POSITION(a IN b) is position(b, a).
func (p *parser) position() (ast.Expr, bool) {
	return p.sqlCall("position", func(f *ast.FuncCall) {
		needle := &ast.Arg{Pos: p.pos()}
		p.subAt(&needle.Value, precOr, true)
		p.expect("in")
		haystack := &ast.Arg{Pos: p.pos()}
		p.subAt(&haystack.Value, precOr, true)
		f.Args = []*ast.Arg{haystack, needle}
	})
}

// SUBSTRING(x FROM a FOR b) is substring(x, a, b); SUBSTRING(x SIMILAR a ESCAPE b) likewise.
func (p *parser) substring() (ast.Expr, bool) {
	return p.sqlCall("substring", func(f *ast.FuncCall) {
		if p.at(")") {
			f.Name = nameOf(f.Pos, "substring")
			return
		}
		if p.substringText(f) {
			return
		}
		switch p.acceptAny("from", "for", "similar") {
		case "from":
			p.subArg(f)
			if p.accept("for") {
				p.subArg(f)
			}
		case "for":
			p.substringFor(f)
		case "similar":
			p.subArg(f)
			p.expect("escape")
			p.subArg(f)
		}
	})
}

// substringText reads the first argument, which SIMILAR would make a predicate.
func (p *parser) substringText(f *ast.FuncCall) bool {
	a := &ast.Arg{Pos: p.pos()}
	if isTypeFuncName(&p.tok) && (p.peek(1).is("=>") || p.peek(1).is(":=")) {
		return p.plainArguments(f)
	}
	p.noSimilar = true
	p.sub(&a.Value)
	p.noSimilar = false
	f.Args = append(f.Args, a)
	if p.atAny("from", "for", "similar") != "" {
		return false
	}
	for p.accept(",") {
		f.Args = append(f.Args, p.argument())
	}
	f.Name = nameOf(f.Pos, "substring")
	return true
}

// substringFor reads SUBSTRING(x FOR b [FROM a]): without a start it is 1, and the length is cast to integer.
func (p *parser) substringFor(f *ast.FuncCall) {
	pos := p.pos()
	length := &ast.Arg{Pos: pos}
	p.sub(&length.Value)
	if p.accept("from") {
		p.subArg(f)
		f.Args = append(f.Args, length)
		return
	}
	one := &ast.Literal{Pos: pos, Kind: ast.IntegerLiteral, Text: "1"}
	cast := &ast.Cast{Pos: pos, Type: &ast.TypeName{Pos: pos, Name: nameOf(pos, "pg_catalog", "int4")}}
	p.low.redirect(len(p.low.pending)-1, &length.Value, &cast.X)
	length.Value = cast
	f.Args = append(f.Args, &ast.Arg{Pos: pos, Value: one}, length)
}

// TRIM([BOTH|LEADING|TRAILING] [x] FROM y) is btrim, ltrim or rtrim(y, x).
func (p *parser) trim() (ast.Expr, bool) {
	return p.sqlCall("btrim", func(f *ast.FuncCall) {
		switch p.acceptAny("both", "leading", "trailing") {
		case "leading":
			f.Name.Parts[1] = "ltrim"
		case "trailing":
			f.Name.Parts[1] = "rtrim"
		}
		var what *ast.Arg
		if !p.at("from") {
			what = &ast.Arg{Pos: p.pos()}
			p.sub(&what.Value)
		}
		if !p.accept("from") {
			f.Args = []*ast.Arg{what}
			for p.accept(",") {
				p.subArg(f)
			}
			return
		}
		p.subArg(f)
		for p.accept(",") {
			p.subArg(f)
		}
		if what != nil {
			f.Args = append(f.Args, what)
		}
	})
}

// NORMALIZE(x [, form]) is normalize(x, 'form').
func (p *parser) normalize() (ast.Expr, bool) {
	return p.sqlCall("normalize", func(f *ast.FuncCall) {
		p.subArg(f)
		if p.accept(",") {
			form := &ast.Literal{Pos: p.pos(), Kind: ast.StringLiteral}
			form.Text = upper(p.expectAny("nfc", "nfd", "nfkc", "nfkd"))
			f.Args = append(f.Args, &ast.Arg{Pos: form.Pos, Value: form})
		}
	})
}

// TREAT(x AS t) is t(x).
func (p *parser) treat() (ast.Expr, bool) {
	return p.sqlCall("treat", func(f *ast.FuncCall) {
		p.subArg(f)
		p.expect("as")
		t := p.typeName()
		f.Name = nameOf(f.Pos, "pg_catalog", t.Name.Last())
	})
}

// COLLATION FOR (x) is pg_collation_for(x).
func (p *parser) collationFor() (ast.Expr, bool) {
	p.advance()
	return p.sqlCall("pg_collation_for", p.subArg)
}
