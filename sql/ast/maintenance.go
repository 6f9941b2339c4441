package ast

type (
	// Truncate empties tables.
	Truncate struct {
		Pos
		Tables          []*TableRef
		RestartIdentity bool
		Cascade         bool
	}

	// Reindex builds indexes again: that or those of a Kind INDEX, TABLE, SCHEMA, DATABASE or SYSTEM. CONCURRENTLY is an option.
	Reindex struct {
		Pos
		Options []*Option
		Kind    string
		Name    *Name
	}

	// Cluster sorts a table by an index; without Table, all tables that have been before.
	Cluster struct {
		Pos
		Options []*Option
		Table   *Name
		Index   Ident
	}
)

func (*Truncate) stmt() {}
func (*Reindex) stmt()  {}
func (*Cluster) stmt()  {}

func (t *Truncate) print(p *printer) {
	p.put("TRUNCATE")
	list(p, t.Tables)
	p.put(opt(t.RestartIdentity, "RESTART IDENTITY"), opt(t.Cascade, "CASCADE"))
}

func (r *Reindex) print(p *printer) {
	p.put("REINDEX")
	p.utilityOptions(r.Options)
	p.put(r.Kind, r.Name)
}

func (c *Cluster) print(p *printer) {
	p.put("CLUSTER")
	if c.Table == nil {
		p.put(opt(len(c.Options) > 0, "VERBOSE"))
		return
	}
	p.utilityOptions(c.Options)
	p.put(c.Table)
	if c.Index != "" {
		p.put("USING", c.Index)
	}
}
