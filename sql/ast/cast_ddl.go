package ast

type (
	// CreateCast makes a conversion between types: by Function, by their input and output functions (InOut), or with neither, where the
	// types are stored alike. Context is IMPLICIT, ASSIGNMENT or empty, which is explicit only.
	CreateCast struct {
		Pos
		Source, Target *TypeName
		Function       *Object
		InOut          bool
		Context        string
	}

	// CreateConversion makes a conversion between encodings.
	CreateConversion struct {
		Pos
		Default  bool
		Name     *Name
		For, To  string
		Function *Name
	}

	// CreateTransform says how a type is handed to a procedural language.
	CreateTransform struct {
		Pos
		OrReplace bool
		Type      *TypeName
		Language  Ident
		FromSQL   *Object
		ToSQL     *Object
	}

	// CreateLanguage makes a procedural language.
	CreateLanguage struct {
		Pos
		OrReplace bool
		Trusted   bool
		Name      Ident
		Handler   *Name
		Inline    *Name
		Validator *Name
	}
)

func (*CreateCast) stmt()       {}
func (*CreateConversion) stmt() {}
func (*CreateTransform) stmt()  {}
func (*CreateLanguage) stmt()   {}

func (c *CreateCast) print(p *printer) {
	p.put("CREATE CAST (", c.Source, "AS", c.Target, ")")
	switch {
	case c.Function != nil:
		p.put("WITH", c.Function)
	case c.InOut:
		p.put("WITH INOUT")
	default:
		p.put("WITHOUT FUNCTION")
	}
	if c.Context != "" {
		p.put("AS", c.Context)
	}
}

func (c *CreateConversion) print(p *printer) {
	p.put("CREATE", opt(c.Default, "DEFAULT"), "CONVERSION", c.Name, "FOR")
	p.str(c.For)
	p.put("TO")
	p.str(c.To)
	p.put("FROM", c.Function)
}

func (c *CreateTransform) print(p *printer) {
	p.put("CREATE", opt(c.OrReplace, "OR REPLACE"), "TRANSFORM FOR", c.Type, "LANGUAGE", c.Language, "(")
	p.clause("FROM SQL WITH", c.FromSQL)
	p.put(opt(c.FromSQL != nil && c.ToSQL != nil, ","))
	p.clause("TO SQL WITH", c.ToSQL)
	p.put(")")
}

func (c *CreateLanguage) print(p *printer) {
	p.put("CREATE", opt(c.OrReplace, "OR REPLACE"), opt(c.Trusted, "TRUSTED"), "LANGUAGE", c.Name)
	p.clause("HANDLER", c.Handler)
	p.clause("INLINE", c.Inline)
	p.clause("VALIDATOR", c.Validator)
}
