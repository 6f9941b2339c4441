package ast

import "strings"

type (
	// Grant is GRANT or REVOKE of privileges on objects.
	Grant struct {
		Pos
		Revoke bool
		// OptionFor takes only the right to grant away.
		OptionFor bool
		// Privileges are those listed; none is ALL, perhaps on some Columns.
		Privileges []*Privilege
		Columns    []Ident
		// Kind is what SQL calls the objects: TABLE, FOREIGN SERVER, ALL TABLES IN SCHEMA (then Objects are schemas), ...; or in
		// AlterDefaultPrivileges TABLES, FUNCTIONS, SEQUENCES, TYPES or SCHEMAS.
		Kind            string
		Objects         []*Object
		Roles           []*Role
		WithGrantOption bool
		GrantedBy       *Role
		Cascade         bool
	}

	// Privilege is a privilege as it is written, in lower case, or a role to be granted.
	Privilege struct {
		Pos
		Name    Ident
		Columns []Ident
	}

	// GrantRole is GRANT or REVOKE of membership in roles.
	GrantRole struct {
		Pos
		Revoke bool
		// Admin is WITH ADMIN OPTION, of REVOKE: ADMIN OPTION FOR.
		Admin     bool
		Granted   []*Privilege
		Roles     []*Role
		GrantedBy *Role
		Cascade   bool
	}

	// AlterDefaultPrivileges says what privileges new objects will have.
	AlterDefaultPrivileges struct {
		Pos
		Scopes []*DefaultScope
		Grant  *Grant
	}

	// DefaultScope limits AlterDefaultPrivileges to objects in Schemas, or to those that Roles make.
	DefaultScope struct {
		Pos
		Schemas []Ident
		Roles   []*Role
	}
)

func (*Grant) stmt()                  {}
func (*GrantRole) stmt()              {}
func (*AlterDefaultPrivileges) stmt() {}

func (g *Grant) print(p *printer) {
	p.put(opt(!g.Revoke, "GRANT"), opt(g.Revoke, "REVOKE"), opt(g.OptionFor, "GRANT OPTION FOR"))
	list(p, g.Privileges)
	if len(g.Privileges) == 0 {
		p.put("ALL PRIVILEGES", g.Columns)
	}
	p.put("ON", g.Kind)
	for i, o := range g.Objects {
		p.put(opt(i > 0, ","))
		o.body(p)
	}
	p.grantees(g.Revoke, g.Roles)
	p.put(opt(g.WithGrantOption, "WITH GRANT OPTION"))
	p.grantedBy(g.GrantedBy)
	p.put(opt(g.Cascade, "CASCADE"))
}

func (p *printer) grantees(revoke bool, roles []*Role) {
	p.put(opt(!revoke, "TO"), opt(revoke, "FROM"))
	list(p, roles)
}

func (p *printer) grantedBy(r *Role) {
	p.clause("GRANTED BY", r)
}

func (r *Privilege) print(p *printer) {
	switch r.Name {
	case "select", "references", "create", "insert", "update", "delete", "truncate", "trigger", "usage", "execute", "connect",
		"temporary", "temp", "set", "alter system":
		p.put(strings.ToUpper(string(r.Name)), r.Columns)
	default:
		p.put(r.Name, r.Columns)
	}
}

func (g *GrantRole) print(p *printer) {
	p.put(opt(!g.Revoke, "GRANT"), opt(g.Revoke, "REVOKE"), opt(g.Revoke && g.Admin, "ADMIN OPTION FOR"))
	list(p, g.Granted)
	p.grantees(g.Revoke, g.Roles)
	p.put(opt(!g.Revoke && g.Admin, "WITH ADMIN OPTION"))
	p.grantedBy(g.GrantedBy)
	p.put(opt(g.Cascade, "CASCADE"))
}

func (a *AlterDefaultPrivileges) print(p *printer) {
	p.put("ALTER DEFAULT PRIVILEGES")
	spaced(p, a.Scopes)
	p.put(a.Grant)
}

func (s *DefaultScope) print(p *printer) {
	if len(s.Schemas) > 0 {
		p.put("IN SCHEMA")
		identList(p, s.Schemas)
		return
	}
	p.put("FOR ROLE")
	list(p, s.Roles)
}
