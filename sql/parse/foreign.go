package parse

import "github.com/freshetdb/freshet/sql/ast"

// createForeignDataWrapper reads CREATE FOREIGN DATA WRAPPER.
func (p *parser) createForeignDataWrapper(c createPrefix) ast.Statement {
	p.expect("foreign", "data", "wrapper")
	return &ast.CreateForeignDataWrapper{Pos: c.pos, Name: p.colID(), Clauses: p.wrapperClauses(), Options: p.optGenericOptions()}
}

// wrapperClauses reads [NO] HANDLER and [NO] VALIDATOR, in any order.
func (p *parser) wrapperClauses() []*ast.WrapperClause {
	var clauses []*ast.WrapperClause
	for p.atAny("handler", "validator", "no") != "" {
		c := &ast.WrapperClause{Pos: p.pos()}
		no := p.accept("no")
		c.Kind = upper(p.expectAny("handler", "validator"))
		if !no {
			c.Function = p.anyName()
		}
		clauses = append(clauses, c)
	}
	return clauses
}

// alterForeignDataWrapper reads ALTER FOREIGN DATA WRAPPER.
func (p *parser) alterForeignDataWrapper(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "FOREIGN DATA WRAPPER"}
	p.expect("foreign", "data", "wrapper")
	o.Name = p.simpleName()
	w := &ast.WrapperClauses{Pos: p.pos(), Clauses: p.wrapperClauses()}
	if p.at("options") {
		w.Options = p.alterGenericOptions()
	}
	if len(w.Clauses) > 0 || w.Options != nil {
		return alterOne(pos, o, w)
	}
	return p.alterCommon(pos, o, canRename|canOwn)
}

// createServer reads CREATE SERVER.
func (p *parser) createServer(c createPrefix) ast.Statement {
	p.expect("server")
	s := &ast.CreateServer{Pos: c.pos, IfNotExists: p.ifNotExists(), Name: p.colID()}
	if p.accept("type") {
		s.Type = p.stringLiteral()
	}
	if p.accept("version") {
		if s.Version = p.stringOrNull(); s.Version.Kind == ast.NullLiteral {
			s.Version = nil
		}
	}
	p.expect("foreign", "data", "wrapper")
	s.Wrapper = p.colID()
	s.Options = p.optGenericOptions()
	return s
}

// stringOrNull reads a string or NULL.
func (p *parser) stringOrNull() *ast.Literal {
	if pos := p.pos(); p.accept("null") {
		return &ast.Literal{Pos: pos, Kind: ast.NullLiteral}
	}
	return p.stringLiteral()
}

// alterServer reads ALTER SERVER.
func (p *parser) alterServer(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "SERVER"}
	p.expect("server")
	o.Name = p.simpleName()
	if act := p.pos(); p.accept("version") {
		v := &ast.ServerVersion{Pos: act, Version: p.stringOrNull()}
		if p.at("options") {
			v.Options = p.alterGenericOptions()
		}
		return alterOne(pos, o, v)
	}
	if p.at("options") {
		return alterOne(pos, o, p.alterGenericOptions())
	}
	return p.alterCommon(pos, o, canRename|canOwn)
}

// createUserMapping reads CREATE USER MAPPING.
func (p *parser) createUserMapping(c createPrefix) ast.Statement {
	p.expect("user", "mapping")
	m := &ast.CreateUserMapping{Pos: c.pos, IfNotExists: p.accept("if")}
	if m.IfNotExists {
		p.expect("not", "exists")
	}
	p.expect("for")
	m.Role = p.authIdent()
	p.expect("server")
	m.Server = p.colID()
	m.Options = p.optGenericOptions()
	return m
}

// alterUserMapping reads ALTER USER MAPPING.
func (p *parser) alterUserMapping(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "USER MAPPING"}
	p.expect("user", "mapping", "for")
	o.Role = p.authIdent()
	p.expect("server")
	o.Name = p.simpleName()
	return alterOne(pos, o, p.alterGenericOptions())
}

// importForeignSchema reads IMPORT FOREIGN SCHEMA.
func (p *parser) importForeignSchema() ast.Statement {
	s := &ast.ImportForeignSchema{Pos: p.pos()}
	p.expect("import", "foreign", "schema")
	s.Schema = p.colID()
	switch p.acceptAny("limit", "except") {
	case "limit":
		p.expect("to")
		s.Limit, s.Tables = "LIMIT TO", parenList(p, p.relationExpr)
	case "except":
		s.Limit, s.Tables = "EXCEPT", parenList(p, p.relationExpr)
	}
	p.expect("from", "server")
	s.Server = p.colID()
	p.expect("into")
	s.Into = p.colID()
	s.Options = p.optGenericOptions()
	return s
}
