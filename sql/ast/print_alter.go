package ast

func (a *AddColumn) print(p *printer) {
	p.put("ADD COLUMN", opt(a.IfNotExists, "IF NOT EXISTS"), a.Column)
}

func (a *DropColumn) print(p *printer) {
	p.put("DROP COLUMN", opt(a.IfExists, "IF EXISTS"), a.Column, opt(a.Cascade, "CASCADE"))
}

func (a *AlterColumn) print(p *printer) {
	p.put("ALTER COLUMN", a.Column)
	if a.Column == "" {
		p.put(a.Number)
	}
	p.put(a.Change)
}

func (c *SetDefault) print(p *printer) {
	if c.X == nil {
		p.put("DROP DEFAULT")
		return
	}
	p.put("SET DEFAULT", c.X)
}

func (c *SetNotNull) print(p *printer) {
	p.put(opt(c.Drop, "DROP"), opt(!c.Drop, "SET"), "NOT NULL")
}

func (c *SetType) print(p *printer) {
	p.put("TYPE", c.Type)
	p.clause("COLLATE", c.Collation)
	p.clause("USING", c.Using)
}

func (c *DropExpression) print(p *printer) {
	p.put("DROP", opt(c.Identity, "IDENTITY"), opt(!c.Identity, "EXPRESSION"), opt(c.IfExists, "IF EXISTS"))
}

func (c *AddIdentity) print(p *printer) { p.put("ADD", c.Identity) }

func (c *AlterIdentity) print(p *printer) {
	for _, o := range c.Options {
		if o.Kind != "RESTART" && o.Kind != "RESTART WITH" {
			p.put("SET")
		}
		p.put(o)
	}
}

func (c *SetStatistics) print(p *printer) { p.put("SET STATISTICS", c.Target) }

func (c *SetStorage) print(p *printer) {
	p.put("SET")
	if !c.Compression {
		p.put("STORAGE", c.Method)
		return
	}
	p.compression(c.Method)
}

// compression writes COMPRESSION method, where default is a word.
func (p *printer) compression(method Ident) {
	switch method {
	case "":
	case "default":
		p.put("COMPRESSION DEFAULT")
	default:
		p.put("COMPRESSION", method)
	}
}

func (a *AddConstraint) print(p *printer) { p.put("ADD", a.Constraint) }

func (a *AlterConstraint) print(p *printer) {
	p.put("ALTER CONSTRAINT", a.Name)
	p.constraintAttributes(a.Deferrable, a.InitiallyDeferred)
}

func (a *DropConstraint) print(p *printer) {
	p.put("DROP CONSTRAINT", opt(a.IfExists, "IF EXISTS"), a.Name, opt(a.Cascade, "CASCADE"))
}

func (a *NamedAction) print(p *printer)    { p.put(a.Words, a.Name) }
func (a *RelationAction) print(p *printer) { p.put(a.Words, a.Name) }

func (a *SetOptions) print(p *printer) {
	p.put(a.Kind)
	paren(p, a.Options)
}

func (a *SetParameter) print(p *printer) {
	p.put("SET")
	p.optionName(a.Name)
	p.put("=", a.Value, opt(a.Deferred, "DEFERRED"))
}

func (a *SetFormat) print(p *printer) { p.put(a.Format) }

func (a *AttachPartition) print(p *printer) { p.put("ATTACH PARTITION", a.Name, a.Bound) }
func (a *DetachPartition) print(p *printer) { p.put("DETACH PARTITION", a.Name, a.How) }

func (a *RenameColumn) print(p *printer) {
	p.put("RENAME", a.Kind, a.From, "TO", a.To, opt(a.Cascade, "CASCADE"))
}

func (m *MoveAll) print(p *printer) {
	p.put("ALTER", m.Kind, "ALL IN TABLESPACE", m.From)
	if len(m.OwnedBy) > 0 {
		p.put("OWNED BY")
		list(p, m.OwnedBy)
	}
	p.put("SET TABLESPACE", m.To, opt(m.NoWait, "NOWAIT"))
}
