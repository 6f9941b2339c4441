package ast

type (
	// CreatePublication names tables whose changes others may read.
	CreatePublication struct {
		Pos
		Name      Ident
		AllTables bool
		Objects   []*PublicationObject
		Options   []*Option
	}

	// PublicationObject is a Table, or all tables of a schema: Schema, or CurrentSchema.
	PublicationObject struct {
		Pos
		Table         *TableRef
		Columns       []Ident
		Where         Expr
		Schema        Ident
		CurrentSchema bool
	}

	// PublicationChange is ADD, SET or DROP (Kind) of objects.
	PublicationChange struct {
		Pos
		Kind    string
		Objects []*PublicationObject
	}
)

func (*CreatePublication) stmt() {}

func (*PublicationChange) alterAction() {}

func (c *CreatePublication) print(p *printer) {
	p.put("CREATE PUBLICATION", c.Name, opt(c.AllTables, "FOR ALL TABLES"), opt(len(c.Objects) > 0, "FOR"))
	list(p, c.Objects)
	p.with(c.Options)
}

func (o *PublicationObject) print(p *printer) {
	if o.Table == nil {
		p.put("TABLES IN SCHEMA", opt(o.CurrentSchema, "CURRENT_SCHEMA"), o.Schema)
		return
	}
	p.put("TABLE", o.Table, o.Columns)
	if o.Where != nil {
		p.put("WHERE (", o.Where, ")")
	}
}

func (c *PublicationChange) print(p *printer) {
	p.put(c.Kind)
	list(p, c.Objects)
}
