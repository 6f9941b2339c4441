package parse

import "github.com/freshetdb/freshet/sql/ast"

// grant reads GRANT and REVOKE, of privileges on objects and of membership in roles: which it is shows at the ON.
func (p *parser) grant() ast.Statement {
	g := &ast.Grant{Pos: p.pos(), Revoke: p.expectAny("grant", "revoke") == "revoke"}
	if g.Revoke && p.accept("grant") {
		p.expect("option", "for")
		g.OptionFor = true
	}
	if g.Revoke && !g.OptionFor && p.at("admin", "option") {
		p.expect("admin", "option", "for")
		return p.grantRole(g, commaList(p, p.privilege), true)
	}
	p.privileges(g)
	if !g.OptionFor && len(g.Privileges) > 0 && !p.at("on") {
		return p.grantRole(g, g.Privileges, false)
	}
	return p.grantOn(g)
}

// schemaGrant reads GRANT of privileges on objects, the only one that may stand in CREATE SCHEMA.
func (p *parser) schemaGrant() ast.Statement {
	g := &ast.Grant{Pos: p.pos()}
	p.expect("grant")
	p.privileges(g)
	return p.grantOn(g)
}

// grantOn reads what follows the privileges.
func (p *parser) grantOn(g *ast.Grant) ast.Statement {
	p.expect("on")
	p.grantObjects(g)
	p.grantees(g)
	if !g.Revoke && p.accept("with") {
		p.expect("grant", "option")
		g.WithGrantOption = true
	}
	g.GrantedBy = p.optGrantedBy()
	if g.Revoke {
		g.Cascade = p.optCascade()
	}
	return g
}

// grantRole reads the rest of GRANT roles TO or REVOKE roles FROM.
func (p *parser) grantRole(g *ast.Grant, granted []*ast.Privilege, admin bool) ast.Statement {
	r := &ast.GrantRole{Pos: g.Pos, Revoke: g.Revoke, Granted: granted, Admin: admin}
	if r.Revoke {
		p.expect("from")
	} else {
		p.expect("to")
	}
	r.Roles = p.roles()
	if !r.Revoke && p.accept("with") {
		p.expect("admin", "option")
		r.Admin = true
	}
	r.GrantedBy = p.optGrantedBy()
	if r.Revoke {
		r.Cascade = p.optCascade()
	}
	return r
}

func (p *parser) optGrantedBy() *ast.Role {
	if !p.accept("granted") {
		return nil
	}
	p.expect("by")
	return p.role()
}

// grantees reads TO or FROM and roles; GROUP before one is noise.
func (p *parser) grantees(g *ast.Grant) {
	if g.Revoke {
		p.expect("from")
	} else {
		p.expect("to")
	}
	g.Roles = commaList(p, func() *ast.Role {
		p.accept("group")
		return p.role()
	})
}

// privileges reads ALL [PRIVILEGES] [(columns)] or a list.
func (p *parser) privileges(g *ast.Grant) {
	if p.accept("all") {
		p.accept("privileges")
		g.Columns = p.optColumnNames()
		return
	}
	g.Privileges = commaList(p, p.privilege)
}

func (p *parser) privilege() *ast.Privilege {
	r := &ast.Privilege{Pos: p.pos()}
	switch w := p.acceptAny("select", "references", "create"); {
	case w != "":
		r.Name = ast.Ident(w)
	case p.at("alter", "system"):
		p.expect("alter", "system")
		r.Name = "alter system"
		return r
	default:
		r.Name = p.colID()
	}
	r.Columns = p.optColumnNames()
	return r
}
