package ast

// Copy is COPY. It copies a table (with Name) or what a statement gives, from or to the client, a file or a program. The old
// syntax of its options gives the options of the new one.
type Copy struct {
	Pos
	Name      *Name
	Columns   []Ident
	Statement Statement
	From      bool
	Program   bool
	File      *Literal // nil is STDIN or STDOUT
	Options   []*Option
	Where     Expr
}

func (*Copy) stmt() {}

func (c *Copy) print(p *printer) {
	p.put("COPY", c.Name, c.Columns)
	if c.Statement != nil {
		p.put("(", c.Statement, ")")
	}
	p.put(opt(c.From, "FROM"), opt(!c.From, "TO"), opt(c.Program, "PROGRAM"))
	switch {
	case c.File != nil:
		p.put(c.File)
	case c.From:
		p.put("STDIN")
	default:
		p.put("STDOUT")
	}
	p.put(opt(len(c.Options) > 0, "WITH"))
	p.utilityOptions(c.Options)
	p.clause("WHERE", c.Where)
}
