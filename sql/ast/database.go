package ast

type (
	// CreateDatabase makes a database. Its options have a name, connection_limit among them, and a number, a string or DEFAULT.
	CreateDatabase struct {
		Pos
		IfNotExists bool
		Name        Ident
		Options     []*Option
	}

	// DatabaseOptions changes options: ALTER DATABASE d options.
	DatabaseOptions struct {
		Pos
		Options []*Option
	}

	// CreateTablespace makes a tablespace.
	CreateTablespace struct {
		Pos
		Name     Ident
		Owner    *Role
		Location string
		Options  []*Option
	}
)

func (*CreateDatabase) stmt()         {}
func (*CreateTablespace) stmt()       {}
func (*DatabaseOptions) alterAction() {}

func (c *CreateDatabase) print(p *printer) {
	p.put("CREATE DATABASE", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	for _, o := range c.Options {
		p.put(o)
	}
}

func (a *DatabaseOptions) print(p *printer) {
	for _, o := range a.Options {
		p.put(o)
	}
}

func (c *CreateTablespace) print(p *printer) {
	p.put("CREATE TABLESPACE", c.Name)
	if c.Owner != nil {
		p.put("OWNER", c.Owner)
	}
	p.put("LOCATION")
	p.str(c.Location)
	p.with(c.Options)
}
