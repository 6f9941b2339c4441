package ast

// CreateStatistics makes extended statistics on columns and expressions (On) of tables. Without Kinds, all kinds.
type CreateStatistics struct {
	Pos
	IfNotExists bool
	Name        *Name
	Kinds       []Ident
	On          []Expr
	From        []TableExpr
}

func (*CreateStatistics) stmt() {}

func (c *CreateStatistics) print(p *printer) {
	p.put("CREATE STATISTICS", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name, c.Kinds, "ON")
	for i, x := range c.On {
		p.put(opt(i > 0, ","))
		p.indexed(x)
	}
	p.put("FROM")
	list(p, c.From)
}
