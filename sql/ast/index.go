package ast

// CreateIndex makes an index on a table or view. The name may be left out.
type CreateIndex struct {
	Pos
	Unique           bool
	Concurrently     bool
	IfNotExists      bool
	Name             Ident
	Table            *TableRef
	Using            Ident
	Elems            []*IndexElem
	Include          []*IndexElem
	DistributedBy    []Expr // how the index is spread; RisingWave's
	NullsNotDistinct bool
	Options          []*Option
	Tablespace       Ident
	Where            Expr
}

func (*CreateIndex) stmt() {}

func (c *CreateIndex) print(p *printer) {
	p.put("CREATE", opt(c.Unique, "UNIQUE"), "INDEX", opt(c.Concurrently, "CONCURRENTLY"),
		opt(c.IfNotExists, "IF NOT EXISTS"), c.Name, "ON", c.Table)
	p.using(c.Using)
	paren(p, c.Elems)
	if len(c.Include) > 0 {
		p.put("INCLUDE")
		paren(p, c.Include)
	}
	if len(c.DistributedBy) > 0 {
		p.put("DISTRIBUTED BY")
		paren(p, c.DistributedBy)
	}
	p.put(opt(c.NullsNotDistinct, "NULLS NOT DISTINCT"))
	p.with(c.Options)
	p.tablespace(c.Tablespace)
	p.clause("WHERE", c.Where)
}
