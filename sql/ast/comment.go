package ast

// Comment is COMMENT ON object IS text; Drop is IS NULL.
type Comment struct {
	Pos
	Object *Object
	Text   string
	Drop   bool
}

func (*Comment) stmt() {}

func (c *Comment) print(p *printer) {
	p.put("COMMENT ON", c.Object, "IS")
	if c.Drop {
		p.put("NULL")
		return
	}
	p.str(c.Text)
}
