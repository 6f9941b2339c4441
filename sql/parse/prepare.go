package parse

import "github.com/freshetdb/freshet/sql/ast"

// prepare reads PREPARE name [(types)] AS statement.
func (p *parser) prepare() ast.Statement {
	s := &ast.Prepare{Pos: p.pos()}
	p.expect("prepare")
	s.Name = p.colID()
	if p.at("(") {
		s.Types = parenList(p, p.typeName)
	}
	p.expect("as")
	s.Statement = p.preparable()
	return s
}

// execute reads EXECUTE name [(arguments)].
func (p *parser) execute() ast.Statement {
	s := &ast.Execute{Pos: p.pos()}
	if p.at("execute", "statement", "set") {
		return p.statementSet()
	}
	p.expect("execute")
	s.Name = p.colID()
	if p.accept("(") {
		s.Args = p.exprList()
		p.expect(")")
	}
	return s
}

// deallocate reads DEALLOCATE [PREPARE] name | ALL.
func (p *parser) deallocate() ast.Statement {
	s := &ast.Deallocate{Pos: p.pos()}
	p.expect("deallocate")
	if next := p.peek(1); p.at("prepare") && (isColID(next) || next.is("all")) {
		p.advance()
	}
	if !p.accept("all") {
		s.Name = p.colID()
	}
	return s
}
