package parse

import "github.com/freshetdb/freshet/sql/ast"

// update reads UPDATE; with is the WITH clause before it.
func (p *parser) update(with *ast.With) ast.Statement {
	s := &ast.Update{Pos: p.startOf(with), With: with}
	p.expect("update")
	s.Table = p.writtenRelation()
	p.expect("set")
	s.Set = commaList(p, p.assignment)
	if p.accept("from") {
		s.From = p.fromList()
	}
	s.Where = p.optWhereCurrent()
	s.Returning = p.optReturning()
	return s
}

// delete reads DELETE; with is the WITH clause before it.
func (p *parser) delete(with *ast.With) ast.Statement {
	s := &ast.Delete{Pos: p.startOf(with), With: with}
	p.expect("delete", "from")
	s.Table = p.writtenRelation()
	if p.accept("using") {
		s.Using = p.fromList()
	}
	s.Where = p.optWhereCurrent()
	s.Returning = p.optReturning()
	return s
}

// writtenRelation reads the relation of UPDATE, DELETE and MERGE, with its alias. SET is no alias without AS.
func (p *parser) writtenRelation() *ast.TableRef {
	t := p.relationExpr()
	if pos := p.pos(); p.accept("as") || isColID(&p.tok) && !p.at("set") {
		t.Alias = &ast.Alias{Pos: pos, Name: p.colID()}
	}
	return t
}

// optWhereCurrent reads WHERE condition or WHERE CURRENT OF cursor.
func (p *parser) optWhereCurrent() ast.Expr {
	if !p.at("where", "current", "of") {
		return p.optWhere()
	}
	p.expect("where")
	c := &ast.CurrentOf{Pos: p.pos()}
	p.expect("current", "of")
	c.Cursor = p.colID()
	return c
}
