package ast

type (
	// CreateView makes a view. CheckOption is CASCADED or LOCAL, or empty.
	CreateView struct {
		Pos
		OrReplace   bool
		Persistence Persistence
		Recursive   bool
		IfNotExists bool
		Name        *Name
		Columns     []Ident
		Options     []*Option
		Query       *Query
		CheckOption string
	}

	// CreateMaterializedView makes a view that is kept fresh.
	CreateMaterializedView struct {
		Pos
		OrReplace   bool
		Persistence Persistence
		IfNotExists bool
		Name        *Name
		Columns     []Ident
		Using       Ident
		Options     []*Option
		Tablespace  Ident
		Query       *Query
		NoData      bool
	}

	// RefreshMaterializedView is REFRESH MATERIALIZED VIEW.
	RefreshMaterializedView struct {
		Pos
		Concurrently bool
		Name         *Name
		NoData       bool
	}
)

func (*CreateView) stmt()              {}
func (*CreateMaterializedView) stmt()  {}
func (*RefreshMaterializedView) stmt() {}

func (c *CreateView) print(p *printer) {
	p.put("CREATE", opt(c.OrReplace, "OR REPLACE"), string(c.Persistence), opt(c.Recursive, "RECURSIVE"), "VIEW",
		opt(c.IfNotExists, "IF NOT EXISTS"), c.Name, c.Columns)
	p.with(c.Options)
	p.put("AS", c.Query)
	if c.CheckOption != "" {
		p.put("WITH", c.CheckOption, "CHECK OPTION")
	}
}

func (c *CreateMaterializedView) print(p *printer) {
	p.put("CREATE", opt(c.OrReplace, "OR REPLACE"), string(c.Persistence), "MATERIALIZED VIEW",
		opt(c.IfNotExists, "IF NOT EXISTS"), c.Name, c.Columns)
	p.using(c.Using)
	p.with(c.Options)
	p.tablespace(c.Tablespace)
	p.put("AS", c.Query, opt(c.NoData, "WITH NO DATA"))
}

func (r *RefreshMaterializedView) print(p *printer) {
	p.put("REFRESH MATERIALIZED VIEW", opt(r.Concurrently, "CONCURRENTLY"), r.Name, opt(r.NoData, "WITH NO DATA"))
}
