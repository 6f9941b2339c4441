package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// funcParam reads a parameter of a function without its default: its mode and name, in either order, and its type.
func (p *parser) funcParam() *ast.FuncParam {
	f := &ast.FuncParam{Pos: p.pos()}
	f.Mode = p.optParamMode()
	if p.atParamName() {
		f.Name = p.typeFuncName()
		if f.Mode == "" {
			f.Mode = p.optParamMode()
		}
	}
	f.Type = p.funcType()
	return f
}

func (p *parser) optParamMode() string {
	switch p.acceptAny("in", "out", "inout", "variadic") {
	case "in":
		if p.accept("out") {
			return "INOUT"
		}
		return "IN"
	case "out":
		return "OUT"
	case "inout":
		return "INOUT"
	case "variadic":
		return "VARIADIC"
	}
	return ""
}

// atParamName tells whether a parameter's name comes, not its type: then a type or mode must follow.
func (p *parser) atParamName() bool {
	if !isTypeFuncName(&p.tok) || p.at("double", "precision") {
		return false
	}
	next := p.peek(1)
	switch next.kind {
	case tokQuoted:
		return true
	case tokWord:
		return !next.is("array") && (isColID(next) || isTypeFuncName(next) || next.is("in") || next.is("variadic"))
	default:
		return false
	}
}

// funcType reads the type of a parameter or result: a type, or name%TYPE for that of a column.
func (p *parser) funcType() *ast.TypeName {
	first, dot := &p.tok, p.peek(1)
	if first.is("setof") {
		first, dot = dot, p.peek(2)
	}
	mayBeColumn := isTypeFuncName(first) && dot.is(".")
	t := p.typeName()
	if mayBeColumn && len(t.Mods) == 0 && len(t.Dims) == 0 && p.accept("%") {
		p.expect("type")
		t.PercentType = true
	}
	return t
}

// optSignature reads ( parameter, ... ) where it may be left out, as DROP FUNCTION may; nil without.
func (p *parser) optSignature() *ast.Signature {
	if !p.at("(") {
		return nil
	}
	s := &ast.Signature{Pos: p.pos()}
	p.expect("(")
	if p.accept(")") {
		return s
	}
	s.Params = commaList(p, p.funcParam)
	p.expect(")")
	return s
}

// aggregateSignature reads the parameters of an aggregate: (*), (a, ...), or ([a, ...] ORDER BY b, ...).
func (p *parser) aggregateSignature() *ast.Signature {
	s := &ast.Signature{Pos: p.pos()}
	p.expect("(")
	if p.accept("*") {
		s.Star = true
		p.expect(")")
		return s
	}
	if !p.at("order") {
		s.Params = commaList(p, p.aggregateParam)
	}
	if p.accept("order") {
		p.expect("by")
		s.Ordered = true
		s.OrderBy = commaList(p, p.aggregateParam)
	}
	p.expect(")")
	p.checkVariadicOrder(s)
	return s
}

func (p *parser) aggregateParam() *ast.FuncParam {
	f := p.funcParam()
	if f.Mode == "OUT" || f.Mode == "INOUT" {
		p.errorAt(f.Pos, pgerr.FeatureNotSupported, "aggregates cannot have output arguments")
	}
	return f
}

// checkVariadicOrder wants a VARIADIC direct argument of an ordered-set aggregate to be its only ordered one as well.
func (p *parser) checkVariadicOrder(s *ast.Signature) {
	if p.failed() || !s.Ordered || len(s.Params) == 0 || s.Params[len(s.Params)-1].Mode != "VARIADIC" {
		return
	}
	last, first := s.Params[len(s.Params)-1], s.OrderBy[0]
	if len(s.OrderBy) != 1 || first.Mode != "VARIADIC" || !ast.Equal(last.Type, first.Type) {
		p.errorAt(first.Type.Pos, pgerr.FeatureNotSupported,
			"an ordered-set aggregate with a VARIADIC direct argument must have one VARIADIC aggregated argument of the same data type")
	}
}

// operatorSignature reads the operands of an operator: (left, right), where NONE stands for the missing one.
func (p *parser) operatorSignature() []*ast.TypeName {
	p.expect("(")
	if p.accept("none") {
		p.expect(",")
		right := p.typeName()
		p.expect(")")
		return []*ast.TypeName{nil, right}
	}
	left := p.typeName()
	if pos := p.pos(); p.accept(")") {
		p.fail(pgerr.New(pgerr.SyntaxError, "missing argument").At(int(pos)).
			WithHint("Use NONE to denote the missing argument of a unary operator."))
	}
	p.expect(",")
	if p.accept("none") {
		p.expect(")")
		return []*ast.TypeName{left, nil}
	}
	right := p.typeName()
	p.expect(")")
	return []*ast.TypeName{left, right}
}

// anyOperator reads an operator as the object of a statement: [schema.]operator.
func (p *parser) anyOperator() *ast.Operator {
	o := &ast.Operator{}
	for isColID(&p.tok) {
		o.Schema = append(o.Schema, p.colID())
		p.expect(".")
	}
	if p.tok.kind != tokOperator {
		p.syntaxError()
		return o
	}
	o.Name = p.tok.text
	p.advance()
	return o
}

// routineName reads the name of a function, procedure or aggregate that is made or meant. As in PostgreSQL's grammar, what
// could only be a column is refused at the token after it.
func (p *parser) routineName() *ast.Name {
	single := isTypeFuncName(&p.tok)
	name := p.routineParts()
	if !single && len(name.Parts) == 1 {
		p.syntaxError()
	}
	return name
}

func (p *parser) routineParts() *ast.Name {
	if !isColID(&p.tok) {
		return nameOf(p.pos(), p.typeFuncName())
	}
	name, other := nameOf(p.pos(), p.colID()), false
	for p.atAny(".", "[") != "" {
		switch {
		case p.at("["):
			other = true
			p.bracket()
		case p.peek(1).is("*"):
			other = true
			p.expect(".", "*")
		default:
			p.advance()
			name.Parts = append(name.Parts, p.colLabel())
		}
	}
	if other {
		p.syntaxError()
	}
	return name
}

// bracket reads [x] or [x:y] where the grammar takes it but nothing means it.
func (p *parser) bracket() {
	p.expect("[")
	if !p.at(":") {
		p.expr()
		if p.at("]") {
			p.advance()
			return
		}
	}
	p.expect(":")
	if !p.at("]") {
		p.expr()
	}
	p.expect("]")
}

// functionWithTypes reads a function that a statement is about. Without parameters its name may be any word that names a
// column or a function, with them only one that names a function.
func (p *parser) functionWithTypes() (*ast.Name, *ast.Signature) {
	single := isTypeFuncName(&p.tok)
	name := p.routineParts()
	if !single && len(name.Parts) == 1 && p.at("(") {
		p.syntaxError()
	}
	return name, p.optSignature()
}
