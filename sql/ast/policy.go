package ast

type (
	// CreatePolicy limits which rows of a table roles see and write.
	CreatePolicy struct {
		Pos
		Name        Ident
		On          *Name
		Restrictive bool
		Command     string  // SELECT, INSERT, UPDATE or DELETE; empty is ALL
		Roles       []*Role // none is PUBLIC
		Using       Expr
		Check       Expr
	}

	// PolicyChange is what ALTER POLICY changes.
	PolicyChange struct {
		Pos
		Roles []*Role
		Using Expr
		Check Expr
	}
)

func (*CreatePolicy) stmt() {}

func (*PolicyChange) alterAction() {}

func (c *CreatePolicy) print(p *printer) {
	p.put("CREATE POLICY", c.Name, "ON", c.On, opt(c.Restrictive, "AS RESTRICTIVE"))
	if c.Command != "" {
		p.put("FOR", c.Command)
	}
	p.policy(c.Roles, c.Using, c.Check)
}

func (c *PolicyChange) print(p *printer) { p.policy(c.Roles, c.Using, c.Check) }

func (p *printer) policy(roles []*Role, using, check Expr) {
	p.put(opt(len(roles) > 0, "TO"))
	list(p, roles)
	if using != nil {
		p.put("USING (", using, ")")
	}
	if check != nil {
		p.put("WITH CHECK (", check, ")")
	}
}
