package ast

// CreateSchema makes a schema, and in it what Elements make. One of Name and Owner may be missing: the schema has the name
// of its owner, and who makes it owns it.
type CreateSchema struct {
	Pos
	IfNotExists bool
	Name        Ident
	Owner       *Role
	Elements    []Statement
}

func (*CreateSchema) stmt() {}

func (c *CreateSchema) print(p *printer) {
	p.put("CREATE SCHEMA", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	p.clause("AUTHORIZATION", c.Owner)
	for _, e := range c.Elements {
		p.put(e)
	}
}
