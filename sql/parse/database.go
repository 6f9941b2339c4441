package parse

import "github.com/freshetdb/freshet/sql/ast"

// createDatabase reads CREATE DATABASE.
func (p *parser) createDatabase(c createPrefix) ast.Statement {
	d := &ast.CreateDatabase{Pos: c.pos}
	p.expect("database")
	d.IfNotExists = p.ifNotExists()
	d.Name = p.colID()
	p.accept("with")
	d.Options = p.databaseOptions()
	return d
}

// databaseOptions reads name [=] value ..., perhaps none.
func (p *parser) databaseOptions() []*ast.Option {
	var options []*ast.Option
	for isIdentifier(&p.tok) || p.atAny("connection", "encoding", "location", "owner", "tablespace", "template") != "" {
		o := &ast.Option{Pos: p.pos(), Name: nameOf(p.pos(), ast.Ident(p.tok.text))}
		if p.accept("connection") {
			p.expect("limit")
			o.Name.Parts[0] = "connection_limit"
		} else {
			p.advance()
		}
		p.accept("=")
		if pos := p.pos(); p.accept("default") {
			o.Value = &ast.Default{Pos: pos}
		} else {
			o.Value = p.settingValue()
		}
		options = append(options, o)
	}
	return options
}

// alterDatabase reads ALTER DATABASE.
func (p *parser) alterDatabase(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "DATABASE"}
	p.expect("database")
	o.Name = p.simpleName()
	act := p.pos()
	with := p.accept("with") // noise before options, of which there may be none
	switch {
	case p.atEnd():
		return &ast.Alter{Pos: pos, Object: o}
	case with:
		return alterOne(pos, o, &ast.DatabaseOptions{Pos: act, Options: p.databaseOptions()})
	default:
		return alterOne(pos, o, p.databaseAction())
	}
}

func (p *parser) databaseAction() ast.AlterAction {
	pos := p.pos()
	switch {
	case p.at("rename"), p.at("owner", "to"):
		return p.commonAction(canRename | canOwn)
	case p.at("set", "tablespace") && isColID(p.peek(2)): // else it is a setting
		p.expect("set", "tablespace")
		return &ast.NamedAction{Pos: pos, Words: "SET TABLESPACE", Name: p.colID()}
	case p.accept("refresh"):
		p.expect("collation", "version")
		return &ast.NamedAction{Pos: pos, Words: "REFRESH COLLATION VERSION"}
	case p.at("set"), p.at("reset"):
		return p.changeSetting()
	}
	return &ast.DatabaseOptions{Pos: pos, Options: p.databaseOptions()}
}

// createTablespace reads CREATE TABLESPACE.
func (p *parser) createTablespace(c createPrefix) ast.Statement {
	t := &ast.CreateTablespace{Pos: c.pos}
	p.expect("tablespace")
	t.Name = p.colID()
	if p.accept("owner") {
		t.Owner = p.role()
	}
	p.expect("location")
	t.Location = p.stringConst()
	t.Options = p.optOptions()
	return t
}

// alterTablespace reads ALTER TABLESPACE.
func (p *parser) alterTablespace(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "TABLESPACE"}
	p.expect("tablespace")
	o.Name = p.simpleName()
	if act := p.pos(); p.atAny("set", "reset") != "" {
		kind := upper(p.expectAny("set", "reset"))
		return alterOne(pos, o, &ast.SetOptions{Pos: act, Kind: kind, Options: p.options()})
	}
	return p.alterCommon(pos, o, canRename|canOwn)
}
