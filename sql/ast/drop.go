package ast

type (
	// Drop is DROP of one or more objects of a kind.
	Drop struct {
		Pos
		Concurrently bool // of an INDEX
		IfExists     bool
		Objects      []*Object
		Cascade      bool
		// Force is DROP DATABASE ... WITH (FORCE): end the sessions in it.
		Force bool
	}

	// DropOwned drops what roles own in the database.
	DropOwned struct {
		Pos
		Roles   []*Role
		Cascade bool
	}
)

func (*Drop) stmt()      {}
func (*DropOwned) stmt() {}

func (d *Drop) print(p *printer) {
	p.put("DROP", d.Objects[0].Kind, opt(d.Concurrently, "CONCURRENTLY"), opt(d.IfExists, "IF EXISTS"))
	for i, o := range d.Objects {
		p.put(opt(i > 0, ","))
		o.body(p)
	}
	p.put(opt(d.Cascade, "CASCADE"), opt(d.Force, "WITH (FORCE)"))
}

func (d *DropOwned) print(p *printer) {
	p.put("DROP OWNED BY")
	list(p, d.Roles)
	p.put(opt(d.Cascade, "CASCADE"))
}
