package parse

import "github.com/freshetdb/freshet/sql/ast"

// createStatistics reads CREATE STATISTICS.
func (p *parser) createStatistics(c createPrefix) ast.Statement {
	s := &ast.CreateStatistics{Pos: c.pos}
	p.expect("statistics")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.anyName()
	s.Kinds = p.optColumnNames()
	p.expect("on")
	s.On = commaList(p, p.indexedExpr)
	p.expect("from")
	s.From = p.fromList()
	return s
}

// alterStatistics reads ALTER STATISTICS.
func (p *parser) alterStatistics(pos ast.Pos) ast.Statement {
	a := &ast.Alter{Pos: pos, Object: &ast.Object{Pos: p.pos(), Kind: "STATISTICS"}}
	p.expect("statistics")
	a.IfExists = p.ifExists()
	a.Object.Name = p.anyName()
	if act := p.pos(); a.IfExists || p.at("set", "statistics") {
		p.expect("set", "statistics")
		a.Actions = []ast.AlterAction{&ast.SetStatistics{Pos: act, Target: p.signedInteger()}}
		return a
	}
	return p.alterCommon(pos, a.Object, canRename|canOwn|canMove)
}
