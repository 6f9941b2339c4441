package parse

import (
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// operand reads what stands between infix operators: prefix operators with their operand, or a primary. It returns a leaf,
// or nil where it has written f(...) or parentheses; canSubscript tells whether [ may follow.
func (p *parser) operand(restricted bool) (leaf ast.Expr, canSubscript bool) {
	switch p.tok.kind {
	case tokOperator:
		return p.prefixOperator(restricted), false
	case tokWord:
		if p.at("not") && !restricted {
			return p.not(), false
		}
		if p.at("operator", "(") {
			return p.prefixOperator(restricted), false
		}
		return p.wordPrimary(restricted)
	case tokPunct:
		if p.at("(") {
			return p.parenPrimary(restricted)
		}
	case tokQuoted:
		return p.namePrimary()
	default:
		return p.constant()
	}
	p.syntaxError()
	return nil, false
}

func (p *parser) prefixOperator(restricted bool) ast.Expr {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	e := &ast.Unary{Pos: p.pos()}
	min := precOp + 1
	if p.at("+") || p.at("-") {
		min = precSign + 1
	} else if prec := operatorPrecedence(p.tok.text); p.tok.kind == tokOperator && prec != precOp {
		p.syntaxError() // an operator with a precedence of its own is never a prefix
		return nil
	}
	e.Op = p.operator()
	c := p.low.open()
	p.subAt(&e.X, min, restricted)
	return p.low.close(c, e)
}

func (p *parser) not() ast.Expr {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	e := &ast.Not{Pos: p.pos()}
	p.advance()
	c := p.low.open()
	p.subAt(&e.X, precNot, false)
	return p.low.close(c, e)
}

// constant reads a literal or parameter.
func (p *parser) constant() (ast.Expr, bool) {
	pos, text := p.pos(), p.tok.text
	lit := func(kind ast.LiteralKind) (ast.Expr, bool) {
		p.advance()
		return &ast.Literal{Pos: pos, Kind: kind, Text: text}, false
	}
	switch p.tok.kind {
	case tokString:
		return lit(ast.StringLiteral)
	case tokInteger:
		return lit(ast.IntegerLiteral)
	case tokNumeric:
		return lit(ast.NumericLiteral)
	case tokBits:
		return lit(ast.BitLiteral)
	case tokHex:
		return lit(ast.HexLiteral)
	case tokParam:
		p.advance()
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			p.errorAt(pos, pgerr.SyntaxError, "parameter number out of range at or near \"$%s\"", text)
		}
		x := &ast.Param{Pos: pos, Number: int(n)}
		if p.at(".") {
			return p.indirection(x), true
		}
		return x, true
	default:
		p.syntaxError()
		return nil, false
	}
}

// indirection reads .field and [...] after x, which is a leaf. The result is one too, unless a subscript has operators.
func (p *parser) indirection(x ast.Expr) ast.Expr {
	e := &ast.Indirection{Pos: x.At(), X: x}
	c := p.low.open()
	e.Steps = p.steps()
	return p.low.close(c, e)
}

// steps reads one or more of .field, .*, [i] and [i:j]; their expressions belong to the open call.
func (p *parser) steps() []*ast.Step {
	var steps []*ast.Step
	for p.at(".") || p.at("[") {
		if n := len(steps); n > 0 && steps[n-1].Star {
			p.failImproperStar()
		}
		steps = append(steps, p.step())
	}
	return steps
}

// failImproperStar fails as PostgreSQL does where something follows a.*: at the token after all of it.
func (p *parser) failImproperStar() {
	for p.at(".") || p.at("[") {
		p.step()
	}
	p.failAt(&p.tok, "improper use of \"*\"")
}

func (p *parser) step() *ast.Step {
	s := &ast.Step{Pos: p.pos()}
	if p.accept(".") {
		if p.accept("*") {
			s.Star = true
			return s
		}
		s.Field = p.colLabel()
		return s
	}
	if !p.enter() {
		return s
	}
	defer p.leave()
	p.expect("[")
	if !p.at(":") {
		p.sub(&s.Low)
	}
	if p.accept(":") {
		s.Slice = true
		if !p.at("]") {
			p.sub(&s.High)
		}
	}
	p.expect("]")
	return s
}

// namePrimary reads what begins with a name: a column, a function call, or a constant with its type before it.
func (p *parser) namePrimary() (ast.Expr, bool) {
	t, pos := &p.tok, p.pos()
	next := p.peek(1)
	switch {
	case next.is("(") && isTypeFuncName(t):
		return p.callOrTyped(nameOf(pos, p.typeFuncName()))
	case next.kind == tokString && isTypeFuncName(t):
		return p.typedConstant(nameOf(pos, p.typeFuncName())), false
	case !isColID(t):
		if isTypeFuncName(t) {
			p.advance()
		}
		p.syntaxError()
		return nil, false
	case next.is("."):
		return p.qualifiedPrimary()
	}
	col := &ast.ColumnRef{Pos: pos, Parts: []ast.Ident{p.colID()}}
	if p.at("[") {
		return p.indirection(col), false
	}
	return col, false
}

// qualifiedPrimary reads what begins with a dotted name.
func (p *parser) qualifiedPrimary() (ast.Expr, bool) {
	pos := p.pos()
	parts := append(make([]ast.Ident, 0, 2), p.colID())
	for p.at(".") {
		if p.peek(1).is("*") {
			p.expect(".", "*")
			if p.at(".") || p.at("[") {
				p.failImproperStar()
			}
			return p.starExcept(&ast.Star{Pos: pos, Qualifier: parts}), false
		}
		p.advance()
		parts = append(parts, p.colLabel())
	}
	switch {
	case p.at("("):
		return p.callOrTyped(&ast.Name{Pos: pos, Parts: parts})
	case p.tok.kind == tokString:
		return p.typedConstant(&ast.Name{Pos: pos, Parts: parts}), false
	}
	if len(parts) > 4 {
		p.fail(tooManyNames(&ast.Name{Pos: pos, Parts: parts}))
	}
	col := &ast.ColumnRef{Pos: pos, Parts: parts}
	if p.at("[") {
		return p.indirection(col), false
	}
	return col, false
}

// starExcept reads EXCEPT (columns) after a star in a target list.
func (p *parser) starExcept(s *ast.Star) *ast.Star {
	if p.at("except", "(") && !p.atSubqueryAfter(1) && !p.peek(2).is("(") {
		p.advance()
		s.Except = p.columnNames()
	}
	return s
}

// typedConstant reads the string after a type's name: int4 '1'.
func (p *parser) typedConstant(name *ast.Name) ast.Expr {
	x := p.stringLiteral()
	return &ast.Cast{Pos: name.Pos, X: x, Type: &ast.TypeName{Pos: name.Pos, Name: name}}
}

// parenPrimary reads what begins with a parenthesis: an expression, a row or a query.
func (p *parser) parenPrimary(restricted bool) (ast.Expr, bool) {
	if p.atSubqueryAfter(0) {
		return p.scalarSubquery(), true
	}
	if !p.enter() {
		return nil, false
	}
	defer p.leave()
	l := p.low
	e := &ast.Row{Pos: p.pos()}
	c := l.open()
	p.advance()
	n := len(l.items)
	first := p.subElement()
	switch {
	case p.at(","):
		return p.implicitRow(c, e, first, restricted)
	case l.isLoneQuery(n + 1):
		return p.parenQueryPrimary(c, e.Pos)
	}
	p.expect(")")
	if first != nil {
		l.drop(c)
		return p.afterParen(first)
	}
	if p.failed() {
		return nil, false
	}
	// What was begun as a call are mere parentheses.
	l.items[c.item].text, l.items[n].text = "(", ""
	l.emit(")")
	l.lead = c.lead
	return p.afterParen(nil)
}

// afterParen reads the .field and [...] that may follow parentheses. What is in them has been written if x is nil.
func (p *parser) afterParen(x ast.Expr) (ast.Expr, bool) {
	if !p.at(".") && !p.at("[") {
		return x, false
	}
	if x != nil {
		return p.indirection(x), false
	}
	p.postfixOnText()
	return nil, false
}

func (p *parser) implicitRow(c call, e *ast.Row, first ast.Expr, restricted bool) (ast.Expr, bool) {
	base := len(p.low.scratch)
	p.low.scratch = append(p.low.scratch, first)
	for p.accept(",") {
		elem := p.subElement()
		p.low.scratch = append(p.low.scratch, elem)
	}
	p.expect(")")
	e.Fields = p.takeList(base)
	if p.at("overlaps") && !restricted {
		return p.overlaps(c, e), false
	}
	return p.low.close(c, e), false
}

// overlaps reads the rest of (a, b) OVERLAPS (c, d): a call of the function of that name, as in PostgreSQL.
func (p *parser) overlaps(c call, left *ast.Row) ast.Expr {
	f := &ast.FuncCall{Pos: p.pos(), Name: nameOf(p.pos(), "pg_catalog", "overlaps")}
	p.advance()
	right := &ast.Row{Pos: p.pos()}
	explicit := p.accept("row")
	p.expect("(")
	if !p.at(")") || !explicit {
		right.Fields = p.subList()
	}
	p.expect(")")
	next := c.base
	for _, side := range []struct {
		row  *ast.Row
		name string
	}{{left, "left"}, {right, "right"}} {
		if len(side.row.Fields) != 2 {
			p.errorAt(side.row.Pos, pgerr.SyntaxError, "wrong number of parameters on %s side of OVERLAPS expression", side.name)
			return nil
		}
		for i := range side.row.Fields {
			a := &ast.Arg{Pos: side.row.Fields[i].At()}
			next = p.low.redirect(next, &side.row.Fields[i], &a.Value)
			f.Args = append(f.Args, a)
		}
	}
	return p.low.close(c, f)
}
