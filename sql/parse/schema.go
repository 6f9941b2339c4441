package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createSchema reads CREATE SCHEMA and the statements inside it, which have no semicolons between them.
func (p *parser) createSchema(c createPrefix) ast.Statement {
	s := &ast.CreateSchema{Pos: c.pos}
	p.expect("schema")
	s.IfNotExists = p.ifNotExists()
	if !p.at("authorization") {
		s.Name = p.colID()
	}
	if p.accept("authorization") {
		s.Owner = p.role()
	}
	first := p.pos()
	for p.atAny("create", "grant") != "" {
		s.Elements = append(s.Elements, p.schemaElement())
	}
	if s.IfNotExists && len(s.Elements) > 0 {
		p.errorAt(first, pgerr.FeatureNotSupported, "CREATE SCHEMA IF NOT EXISTS cannot include schema elements")
	}
	return s
}

// schemaElement reads a statement that may stand inside CREATE SCHEMA: GRANT, and CREATE of some kinds.
func (p *parser) schemaElement() ast.Statement {
	if p.at("grant") {
		return p.schemaGrant()
	}
	c := p.createPrefix()
	c.inSchema = true
	if !p.mayFollow(c) || p.atAny("table", "view", "recursive", "sequence", "index", "unique", "trigger", "constraint") == "" {
		p.syntaxError()
		return nil
	}
	return p.createKind(c)
}

// alterSchema reads ALTER SCHEMA.
func (p *parser) alterSchema(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "SCHEMA"}
	p.expect("schema")
	o.Name = p.simpleName()
	if act := p.optSwap(); act != nil {
		return alterOne(pos, o, act)
	}
	return p.alterCommon(pos, o, canRename|canOwn)
}

// optSwap reads SWAP WITH name; nil if it does not come.
func (p *parser) optSwap() ast.AlterAction {
	pos := p.pos()
	if !p.accept("swap", "with") {
		return nil
	}
	return &ast.RelationAction{Pos: pos, Words: "SWAP WITH", Name: p.qualifiedName()}
}
