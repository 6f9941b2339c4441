package ast

type (
	// CreateExtension installs an extension.
	CreateExtension struct {
		Pos
		IfNotExists bool
		Name        Ident
		Options     []*ExtensionOption
	}

	// ExtensionOption is SCHEMA name, VERSION text or CASCADE; of ALTER EXTENSION UPDATE: TO text (Kind).
	ExtensionOption struct {
		Pos
		Kind    string
		Schema  Ident
		Version string
	}

	// UpdateExtension is UPDATE [TO version].
	UpdateExtension struct {
		Pos
		Options []*ExtensionOption
	}

	// ExtensionMember adds an object to an extension or drops it from there.
	ExtensionMember struct {
		Pos
		Drop   bool
		Object *Object
	}
)

func (*CreateExtension) stmt() {}

func (*UpdateExtension) alterAction() {}
func (*ExtensionMember) alterAction() {}

func (c *CreateExtension) print(p *printer) {
	p.put("CREATE EXTENSION", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	spaced(p, c.Options)
}

func (o *ExtensionOption) print(p *printer) {
	p.put(o.Kind, o.Schema)
	if o.Kind == "VERSION" || o.Kind == "TO" {
		p.word(o.Version)
	}
}

func (u *UpdateExtension) print(p *printer) {
	p.put("UPDATE")
	spaced(p, u.Options)
}

func (m *ExtensionMember) print(p *printer) {
	p.put(opt(!m.Drop, "ADD"), opt(m.Drop, "DROP"), m.Object)
}
