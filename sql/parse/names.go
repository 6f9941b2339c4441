package parse

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// The kinds of names in PostgreSQL's grammar differ in which keywords they may be (gram.y, ColId and below it).

func isColID(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokWord && t.keyword.Category <= ast.ColName
}

func isTypeFuncName(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokWord &&
		(t.keyword.Category <= ast.Unreserved || t.keyword.Category == ast.TypeFuncName)
}

func isNonReserved(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokWord && t.keyword.Category != ast.Reserved
}

func isColLabel(t *token) bool { return t.kind == tokQuoted || t.kind == tokWord }

// isBareLabel tells whether t may name a column without AS.
func isBareLabel(t *token) bool {
	return t.kind == tokQuoted ||
		t.kind == tokWord && (t.keyword.Category == ast.NotKeyword || t.keyword.BareLabel)
}

// identifier reads a name that ok allows; any other token is a syntax error.
func (p *parser) identifier(ok func(*token) bool) ast.Ident {
	if !ok(&p.tok) {
		p.syntaxError()
		return ""
	}
	id := ast.Ident(p.tok.text)
	p.advance()
	return id
}

// colID reads the name of a column, relation, alias, ...
func (p *parser) colID() ast.Ident { return p.identifier(isColID) }

// colLabel reads a name where every keyword may stand: after AS and after a dot.
func (p *parser) colLabel() ast.Ident { return p.identifier(isColLabel) }

// typeFuncName reads the name of a type or function without a schema.
func (p *parser) typeFuncName() ast.Ident { return p.identifier(isTypeFuncName) }

// nonReserved reads any word that is not reserved: languages, roles, options.
func (p *parser) nonReserved() ast.Ident { return p.identifier(isNonReserved) }

// anyName reads a possibly qualified name of an object: ColId [. ColLabel]...
func (p *parser) anyName() *ast.Name {
	n := &ast.Name{Pos: p.pos(), Parts: []ast.Ident{p.colID()}}
	for p.accept(".") {
		n.Parts = append(n.Parts, p.colLabel())
	}
	return n
}

// dottedName reads a name where PostgreSQL's grammar takes all that may follow a column: stars and subscripts are refused when
// they have been read, at the token after them.
func (p *parser) dottedName() *ast.Name {
	n := nameOf(p.pos(), p.colID())
	for p.at(".") && !p.peek(1).is("*") {
		p.advance()
		n.Parts = append(n.Parts, p.colLabel())
	}
	if !p.at(".") && !p.at("[") {
		return n
	}
	outer := p.begin()
	defer p.finish(outer)
	for p.at(".") || p.at("[") {
		p.step()
	}
	p.syntaxError()
	return n
}

// qualifiedName reads a relation's name: at most database.schema.name.
func (p *parser) qualifiedName() *ast.Name {
	n := p.dottedName()
	if len(n.Parts) > 3 {
		p.fail(tooManyNames(n))
	}
	return n
}

func tooManyNames(n *ast.Name) *pgerr.Error {
	parts := make([]string, len(n.Parts))
	for i, part := range n.Parts {
		parts[i] = string(part)
	}
	return pgerr.Newf(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(parts, ".")).At(int(n.Pos))
}

// nameOf makes a one-part name of an identifier.
func nameOf(pos ast.Pos, parts ...ast.Ident) *ast.Name { return &ast.Name{Pos: pos, Parts: parts} }

func (p *parser) anyNames() []*ast.Name { return commaList(p, p.anyName) }

func (p *parser) qualifiedNames() []*ast.Name { return commaList(p, p.qualifiedName) }

// funcName reads a function's name: type_function_name, or ColId followed by more parts.
func (p *parser) funcName() *ast.Name {
	if next := p.peek(1); isColID(&p.tok) && (next.is(".") || next.is("[")) {
		return p.dottedName()
	}
	return nameOf(p.pos(), p.typeFuncName())
}

// columnNames reads ( name, ... ).
func (p *parser) columnNames() []ast.Ident { return parenList(p, p.colID) }

// optColumnNames reads ( name, ... ), or nothing if no parenthesis comes.
func (p *parser) optColumnNames() []ast.Ident {
	if !p.at("(") {
		return nil
	}
	return p.columnNames()
}

// stringConst reads a string constant.
func (p *parser) stringConst() string {
	if p.tok.kind != tokString {
		p.syntaxError()
		return ""
	}
	s := p.tok.text
	p.advance()
	return s
}

// stringLiteral reads a string constant as a node.
func (p *parser) stringLiteral() *ast.Literal {
	pos := p.pos()
	return &ast.Literal{Pos: pos, Kind: ast.StringLiteral, Text: p.stringConst()}
}

// integer reads an integer constant without a sign.
func (p *parser) integer() int {
	if p.tok.kind != tokInteger {
		p.syntaxError()
		return 0
	}
	n, _ := strconv.Atoi(p.tok.text) // it fits: the lexer has looked
	p.advance()
	return n
}

// signedInteger reads an integer constant with an optional sign.
func (p *parser) signedInteger() int {
	if p.accept("-") {
		return -p.integer()
	}
	p.accept("+")
	return p.integer()
}

// number reads a constant number with an optional sign.
func (p *parser) number() ast.Expr {
	pos := p.pos()
	sign := p.acceptAny("-", "+")
	lit := &ast.Literal{Pos: p.pos(), Kind: ast.IntegerLiteral, Text: p.tok.text}
	switch p.tok.kind {
	case tokInteger:
	case tokNumeric:
		lit.Kind = ast.NumericLiteral
	default:
		p.syntaxError()
		return lit
	}
	p.advance()
	if sign == "-" {
		return &ast.Unary{Pos: pos, Op: ast.Operator{Name: "-"}, X: lit}
	}
	return lit
}

// ifExists reads IF EXISTS, ifNotExists reads IF NOT EXISTS.
func (p *parser) ifExists() bool { return p.accept("if", "exists") }

func (p *parser) ifNotExists() bool {
	if !p.at("if", "not") {
		return false
	}
	p.expect("if", "not", "exists")
	return true
}
