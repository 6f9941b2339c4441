package ast

type (
	// CreateSubscription has two meanings. PostgreSQL's takes the changes of Publications over a Connection. The streaming one,
	// RisingWave's, keeps the changes of the relation From for cursors to read.
	CreateSubscription struct {
		Pos
		IfNotExists  bool
		Name         *Name
		Connection   string
		Publications []Ident
		From         *Name
		Options      []*Option
	}

	// SetConnection is CONNECTION 'text' of a subscription.
	SetConnection struct {
		Pos
		Connection string
	}

	// SetPublications changes what a subscription takes: Kind is SET, ADD, DROP or (without names) REFRESH.
	SetPublications struct {
		Pos
		Kind         string
		Publications []Ident
		Options      []*Option
	}
)

func (*CreateSubscription) stmt()     {}
func (*SetConnection) alterAction()   {}
func (*SetPublications) alterAction() {}

func (c *CreateSubscription) print(p *printer) {
	p.put("CREATE SUBSCRIPTION", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	if c.From != nil {
		p.put("FROM", c.From)
	} else {
		p.put("CONNECTION")
		p.str(c.Connection)
		p.put("PUBLICATION")
		identList(p, c.Publications)
	}
	p.with(c.Options)
}

func (s *SetConnection) print(p *printer) {
	p.put("CONNECTION")
	p.str(s.Connection)
}

func (s *SetPublications) print(p *printer) {
	p.put(s.Kind, "PUBLICATION")
	identList(p, s.Publications)
	p.with(s.Options)
}
