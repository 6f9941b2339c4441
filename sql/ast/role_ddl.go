package ast

type (
	// CreateRole is CREATE ROLE, USER or GROUP (Kind): they differ in whether the role may log in.
	CreateRole struct {
		Pos
		Kind    string
		Name    Ident
		Options []*RoleOption
	}

	// RoleOption is an option of a role. Kind is SUPERUSER, CREATEDB, CREATEROLE, INHERIT, LOGIN, REPLICATION or BYPASSRLS, or one of
	// them with NO before it (NOLOGIN); PASSWORD or VALID UNTIL (Text); CONNECTION LIMIT or SYSID (Number); USER, ADMIN or IN ROLE (Roles).
	RoleOption struct {
		Pos
		Kind   string
		Text   *Literal // a string, or NULL for no password
		Number int
		Roles  []*Role
	}

	// RoleOptions is what ALTER ROLE changes.
	RoleOptions struct {
		Pos
		Options []*RoleOption
	}

	// ChangeSetting is SET or RESET of a setting for an object; for a role perhaps in one database only.
	ChangeSetting struct {
		Pos
		Database Ident
		Setting  Statement // a Set or Reset
	}

	// GroupMembers is ADD USER or DROP USER of ALTER GROUP.
	GroupMembers struct {
		Pos
		Drop  bool
		Roles []*Role
	}

	// ReassignOwned gives what roles own to another one.
	ReassignOwned struct {
		Pos
		From []*Role
		To   *Role
	}
)

func (*CreateRole) stmt()    {}
func (*ReassignOwned) stmt() {}

func (*RoleOptions) alterAction()   {}
func (*ChangeSetting) alterAction() {}
func (*GroupMembers) alterAction()  {}

func (c *CreateRole) print(p *printer) {
	p.put("CREATE", c.Kind, c.Name)
	spaced(p, c.Options)
}

func (o *RoleOption) print(p *printer) {
	p.put(o.Kind, o.Text)
	if o.Kind == "CONNECTION LIMIT" || o.Kind == "SYSID" {
		p.put(o.Number)
	}
	list(p, o.Roles)
}

func (o *RoleOptions) print(p *printer) { spaced(p, o.Options) }

func (c *ChangeSetting) print(p *printer) {
	if c.Database != "" {
		p.put("IN DATABASE", c.Database)
	}
	p.put(c.Setting)
}

func (g *GroupMembers) print(p *printer) {
	p.put(opt(!g.Drop, "ADD"), opt(g.Drop, "DROP"), "USER")
	list(p, g.Roles)
}

func (r *ReassignOwned) print(p *printer) {
	p.put("REASSIGN OWNED BY")
	list(p, r.From)
	p.put("TO", r.To)
}
