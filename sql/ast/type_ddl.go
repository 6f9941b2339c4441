package ast

type (
	// CreateType makes a type. Kind is COMPOSITE (Attributes), ENUM (Labels), RANGE (Options) or empty, for a type of which nothing is known
	// yet. A base type is a Define.
	CreateType struct {
		Pos
		Name       *Name
		Kind       string
		Attributes []*ColumnType
		Labels     []string
		Options    []*Option
	}

	// AddAttribute is ADD ATTRIBUTE of a composite type.
	AddAttribute struct {
		Pos
		Attribute *ColumnType
		Cascade   bool
	}

	// DropAttribute is DROP ATTRIBUTE.
	DropAttribute struct {
		Pos
		IfExists bool
		Name     Ident
		Cascade  bool
	}

	// AlterAttribute is ALTER ATTRIBUTE: another type.
	AlterAttribute struct {
		Pos
		Attribute *ColumnType
		Cascade   bool
	}

	// AddValue is ADD VALUE of an enum. Place is BEFORE or AFTER Neighbor, or empty: the end.
	AddValue struct {
		Pos
		IfNotExists bool
		Value       string
		Place       string
		Neighbor    string
	}

	// RenameValue is RENAME VALUE of an enum.
	RenameValue struct {
		Pos
		From, To string
	}
)

func (*CreateType) stmt() {}

func (*AddAttribute) alterAction()   {}
func (*DropAttribute) alterAction()  {}
func (*AlterAttribute) alterAction() {}
func (*AddValue) alterAction()       {}
func (*RenameValue) alterAction()    {}

func (c *CreateType) print(p *printer) {
	p.put("CREATE TYPE", c.Name)
	switch c.Kind {
	case "COMPOSITE":
		p.put("AS (")
		list(p, c.Attributes)
		p.put(")")
	case "ENUM":
		p.put("AS ENUM (")
		p.strs(c.Labels)
		p.put(")")
	case "RANGE":
		p.put("AS RANGE")
		paren(p, c.Options)
	}
}

func (a *AddAttribute) print(p *printer) {
	p.put("ADD ATTRIBUTE", a.Attribute, opt(a.Cascade, "CASCADE"))
}

func (a *DropAttribute) print(p *printer) {
	p.put("DROP ATTRIBUTE", opt(a.IfExists, "IF EXISTS"), a.Name, opt(a.Cascade, "CASCADE"))
}

func (a *AlterAttribute) print(p *printer) {
	p.put("ALTER ATTRIBUTE", a.Attribute.Name, "TYPE", a.Attribute.Type)
	p.clause("COLLATE", a.Attribute.Collation)
	p.put(opt(a.Cascade, "CASCADE"))
}

func (a *AddValue) print(p *printer) {
	p.put("ADD VALUE", opt(a.IfNotExists, "IF NOT EXISTS"))
	p.str(a.Value)
	if a.Place != "" {
		p.put(a.Place)
		p.str(a.Neighbor)
	}
}

func (r *RenameValue) print(p *printer) {
	p.put("RENAME VALUE")
	p.str(r.From)
	p.put("TO")
	p.str(r.To)
}
