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
	p.databaseOptions(c.Options)
}

func (a *DatabaseOptions) print(p *printer) { p.databaseOptions(a.Options) }

// databaseOptions writes name = value ...; of the keywords only some may be names without quotes.
func (p *printer) databaseOptions(options []*Option) {
	for _, o := range options {
		name := string(o.Name.Last())
		switch name {
		case "encoding", "location", "owner", "tablespace", "template":
			p.put(name)
		default:
			p.put(opt(LookupKeyword(name).Category == NotKeyword, QuoteIdent(name)))
			p.put(opt(LookupKeyword(name).Category != NotKeyword, `"`+name+`"`))
		}
		p.put("=", o.Value)
	}
}

func (c *CreateTablespace) print(p *printer) {
	p.put("CREATE TABLESPACE", c.Name)
	p.clause("OWNER", c.Owner)
	p.put("LOCATION")
	p.str(c.Location)
	p.with(c.Options)
}
