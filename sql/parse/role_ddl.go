package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createRole reads CREATE ROLE, USER and GROUP.
func (p *parser) createRole(c createPrefix) ast.Statement {
	r := &ast.CreateRole{Pos: c.pos, Kind: upper(p.expectAny("role", "user", "group"))}
	r.Name = p.roleName()
	p.accept("with")
	for o := p.createRoleOption(); o != nil; o = p.createRoleOption() {
		r.Options = append(r.Options, o)
	}
	return r
}

// roleName reads the name of a new role: none of the words for roles that are always there.
func (p *parser) roleName() ast.Ident {
	r := p.role()
	p.checkRoleName(r)
	return r.Name
}

func (p *parser) checkRoleName(r *ast.Role) {
	switch {
	case p.failed():
	case r.Current != "":
		p.errorAt(r.Pos, pgerr.ReservedName, "%s cannot be used as a role name here", r.Current)
	case r.Name == "public":
		p.errorAt(r.Pos, pgerr.ReservedName, "role name \"public\" is reserved")
	}
}

// createRoleOption reads an option of CREATE ROLE; nil if none comes.
func (p *parser) createRoleOption() *ast.RoleOption {
	o := &ast.RoleOption{Pos: p.pos()}
	switch p.acceptAny("sysid", "admin", "role", "in") {
	case "sysid":
		o.Kind, o.Number = "SYSID", p.integer()
	case "admin":
		o.Kind, o.Roles = "ADMIN", p.roles()
	case "role":
		o.Kind, o.Roles = "USER", p.roles()
	case "in":
		p.expectAny("role", "group")
		o.Kind, o.Roles = "IN ROLE", p.roles()
	default:
		return p.roleOption()
	}
	return o
}

// roleOption reads an option that ALTER ROLE takes as well; nil if none comes.
func (p *parser) roleOption() *ast.RoleOption {
	o := &ast.RoleOption{Pos: p.pos()}
	if isIdentifier(&p.tok) {
		p.roleFlag(o)
		return o
	}
	switch p.acceptAny("password", "encrypted", "unencrypted", "inherit", "connection", "valid", "user") {
	case "password":
		o.Kind = "PASSWORD"
		if pos := p.pos(); p.accept("null") {
			o.Text = &ast.Literal{Pos: pos, Kind: ast.NullLiteral}
		} else {
			o.Text = p.stringLiteral()
		}
	case "encrypted":
		p.expect("password")
		o.Kind, o.Text = "PASSWORD", p.stringLiteral()
	case "unencrypted":
		p.expect("password")
		p.stringConst()
		p.unsupported(o.Pos, "Remove UNENCRYPTED to store the password in encrypted form instead.",
			"UNENCRYPTED PASSWORD is no longer supported")
	case "inherit":
		o.Kind = "INHERIT"
	case "connection":
		p.expect("limit")
		o.Kind, o.Number = "CONNECTION LIMIT", p.signedInteger()
	case "valid":
		p.expect("until")
		o.Kind, o.Text = "VALID UNTIL", p.stringLiteral()
	case "user":
		o.Kind, o.Roles = "USER", p.roles()
	default:
		return nil
	}
	return o
}

// roleFlag reads an option of one word. In PostgreSQL's grammar they are no keywords, so they may even be quoted.
func (p *parser) roleFlag(o *ast.RoleOption) {
	switch word := p.tok.text; word {
	case "superuser", "nosuperuser", "createrole", "nocreaterole", "replication", "noreplication",
		"createdb", "nocreatedb", "login", "nologin", "bypassrls", "nobypassrls", "noinherit":
		o.Kind = upper(word)
		p.advance()
	default:
		p.errorAt(o.Pos, pgerr.SyntaxError, "unrecognized role option \"%s\"", word)
	}
}

// alterRole reads ALTER ROLE, USER and GROUP.
func (p *parser) alterRole(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "ROLE"}
	group := p.expectAny("role", "user", "group") == "group"
	if all := p.pos(); !group && p.accept("all") {
		o.Role = &ast.Role{Pos: all, Current: "ALL"}
		return alterOne(pos, o, p.changeSetting())
	}
	o.Role = p.role()
	if p.at("rename") {
		p.checkRoleName(o.Role)
		act := &ast.RenameTo{Pos: p.pos()}
		p.expect("rename", "to")
		act.Name = p.roleName()
		return alterOne(pos, o, act)
	}
	if group {
		o.Kind = "GROUP"
		return alterOne(pos, o, p.groupMembers())
	}
	if p.atAny("in", "set", "reset") != "" {
		return alterOne(pos, o, p.changeSetting())
	}
	return p.alterRoleOptions(&ast.Alter{Pos: pos, Object: o})
}

func (p *parser) groupMembers() *ast.GroupMembers {
	g := &ast.GroupMembers{Pos: p.pos(), Drop: p.expectAny("add", "drop") == "drop"}
	p.expect("user")
	g.Roles = p.roles()
	return g
}

func (p *parser) alterRoleOptions(a *ast.Alter) ast.Statement {
	p.accept("with")
	opts := &ast.RoleOptions{Pos: p.pos()}
	for o := p.roleOption(); o != nil; o = p.roleOption() {
		opts.Options = append(opts.Options, o)
	}
	if len(opts.Options) > 0 {
		a.Actions = []ast.AlterAction{opts}
	}
	return a
}

// changeSetting reads [IN DATABASE name] SET ... or RESET ....
func (p *parser) changeSetting() *ast.ChangeSetting {
	c := &ast.ChangeSetting{Pos: p.pos()}
	if p.accept("in") {
		p.expect("database")
		c.Database = p.colID()
	}
	if p.expectAny("set", "reset") == "set" {
		c.Setting = p.setRest()
	} else {
		c.Setting = p.resetRest()
	}
	return c
}

// alterSystem reads ALTER SYSTEM SET and RESET.
func (p *parser) alterSystem(pos ast.Pos) ast.Statement {
	p.expect("system")
	if p.expectAny("set", "reset") == "set" {
		return &ast.AlterSystem{Pos: pos, Setting: p.genericSet()}
	}
	return &ast.AlterSystem{Pos: pos, Setting: p.genericReset()}
}

// reassignOwned reads REASSIGN OWNED.
func (p *parser) reassignOwned() ast.Statement {
	r := &ast.ReassignOwned{Pos: p.pos()}
	p.expect("reassign", "owned", "by")
	r.From = p.roles()
	p.expect("to")
	r.To = p.role()
	return r
}
