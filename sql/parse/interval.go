package parse

import "github.com/freshetdb/freshet/sql/ast"

// intervalEnds are the fields that may stand after TO in an interval that begins with another.
var intervalEnds = map[string][]string{
	"year":   {"month"},
	"day":    {"hour", "minute", "second"},
	"hour":   {"minute", "second"},
	"minute": {"second"},
}

// optIntervalFields reads the fields that limit an interval (YEAR, DAY TO SECOND(3), ...), in upper case, and the precision
// of its seconds; nothing if none come.
func (p *parser) optIntervalFields() (string, []ast.Expr) {
	first := p.acceptAny("year", "month", "day", "hour", "minute", "second")
	last, fields := first, upper(first)
	if ends := intervalEnds[first]; ends != nil && p.accept("to") {
		last = p.expectAny(ends...)
		fields += " TO " + upper(last)
	}
	if last != "second" || !p.accept("(") {
		return fields, nil
	}
	precision := p.integerLiteral()
	p.expect(")")
	return fields, []ast.Expr{precision}
}

// integerLiteral reads an integer constant without a sign as a node.
func (p *parser) integerLiteral() *ast.Literal {
	l := &ast.Literal{Pos: p.pos(), Kind: ast.IntegerLiteral, Text: p.tok.text}
	p.integer()
	return l
}
