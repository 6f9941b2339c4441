package parse

import "github.com/freshetdb/freshet/sql/ast"

// createDomain reads CREATE DOMAIN.
func (p *parser) createDomain(c createPrefix) ast.Statement {
	p.expect("domain")
	d := &ast.CreateDomain{Pos: c.pos, Name: p.anyName()}
	p.accept("as")
	d.Type = p.typeName()
	d.Constraints, d.Collation = p.columnQualifiers()
	return d
}

// alterDomain reads ALTER DOMAIN.
func (p *parser) alterDomain(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "DOMAIN"}
	p.expect("domain")
	o.Name = p.anyName()
	act := p.pos()
	switch {
	case p.accept("add"):
		return alterOne(pos, o, &ast.AddConstraint{Pos: act, Constraint: p.tableConstraint()})
	case p.accept("validate"):
		p.expect("constraint")
		return alterOne(pos, o, &ast.NamedAction{Pos: act, Words: "VALIDATE CONSTRAINT", Name: p.colID()})
	case p.accept("drop"):
		return alterOne(pos, o, p.domainDrop(act))
	case p.at("set") && !p.peek(1).is("schema"):
		p.advance()
		return alterOne(pos, o, p.domainSet(act))
	case p.at("rename", "constraint"):
		p.advance()
		p.advance()
		r := &ast.RenameColumn{Pos: act, Kind: "CONSTRAINT", From: p.colID()}
		p.expect("to")
		r.To = p.colID()
		return alterOne(pos, o, r)
	}
	return p.alterCommon(pos, o, canRename|canOwn|canMove)
}

// domainDrop reads what comes after DROP.
func (p *parser) domainDrop(pos ast.Pos) ast.AlterAction {
	switch p.expectAny("default", "not", "constraint") {
	case "default":
		return &ast.SetDefault{Pos: pos}
	case "not":
		p.expect("null")
		return &ast.SetNotNull{Pos: pos, Drop: true}
	default:
		return &ast.DropConstraint{Pos: pos, IfExists: p.ifExists(), Name: p.colID(), Cascade: p.optCascade()}
	}
}

// domainSet reads what comes after SET.
func (p *parser) domainSet(pos ast.Pos) ast.AlterAction {
	if p.expectAny("default", "not") == "default" {
		return &ast.SetDefault{Pos: pos, X: p.expr()}
	}
	p.expect("null")
	return &ast.SetNotNull{Pos: pos}
}
