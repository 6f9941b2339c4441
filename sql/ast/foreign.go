package ast

type (
	// CreateForeignDataWrapper makes a kind of foreign servers.
	CreateForeignDataWrapper struct {
		Pos
		Name    Ident
		Clauses []*WrapperClause
		Options []*GenericOption
	}

	// WrapperClause is HANDLER name or VALIDATOR name (Kind); without a Function it is NO HANDLER or NO VALIDATOR.
	WrapperClause struct {
		Pos
		Kind     string
		Function *Name
	}

	// WrapperClauses is what ALTER FOREIGN DATA WRAPPER changes beside the options.
	WrapperClauses struct {
		Pos
		Clauses []*WrapperClause
		Options *GenericOptions
	}

	// CreateServer names a foreign server.
	CreateServer struct {
		Pos
		IfNotExists bool
		Name        Ident
		Type        *Literal
		Version     *Literal
		Wrapper     Ident
		Options     []*GenericOption
	}

	// ServerVersion is VERSION 'text' or VERSION NULL of ALTER SERVER, perhaps with options.
	ServerVersion struct {
		Pos
		Version *Literal
		Options *GenericOptions
	}

	// CreateUserMapping says as whom a role uses a foreign server.
	CreateUserMapping struct {
		Pos
		IfNotExists bool
		Role        *Role
		Server      Ident
		Options     []*GenericOption
	}

	// ImportForeignSchema makes foreign tables of those that a server has. Limit is LIMIT TO, EXCEPT or empty.
	ImportForeignSchema struct {
		Pos
		Schema  Ident
		Limit   string
		Tables  []*TableRef
		Server  Ident
		Into    Ident
		Options []*GenericOption
	}
)

func (*CreateForeignDataWrapper) stmt() {}
func (*CreateServer) stmt()             {}
func (*CreateUserMapping) stmt()        {}
func (*ImportForeignSchema) stmt()      {}

func (*WrapperClauses) alterAction() {}
func (*ServerVersion) alterAction()  {}

func (c *CreateForeignDataWrapper) print(p *printer) {
	p.put("CREATE FOREIGN DATA WRAPPER", c.Name)
	spaced(p, c.Clauses)
	p.genericOptions(c.Options)
}

func (c *WrapperClause) print(p *printer) {
	p.put(opt(c.Function == nil, "NO"), c.Kind, c.Function)
}

func (c *WrapperClauses) print(p *printer) {
	spaced(p, c.Clauses)
	p.put(c.Options)
}

func (c *CreateServer) print(p *printer) {
	p.put("CREATE SERVER", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	p.clause("TYPE", c.Type)
	p.clause("VERSION", c.Version)
	p.put("FOREIGN DATA WRAPPER", c.Wrapper)
	p.genericOptions(c.Options)
}

func (v *ServerVersion) print(p *printer) { p.put("VERSION", v.Version, v.Options) }

func (c *CreateUserMapping) print(p *printer) {
	p.put("CREATE USER MAPPING", opt(c.IfNotExists, "IF NOT EXISTS"), "FOR", c.Role, "SERVER", c.Server)
	p.genericOptions(c.Options)
}

func (s *ImportForeignSchema) print(p *printer) {
	p.put("IMPORT FOREIGN SCHEMA", s.Schema, s.Limit)
	paren(p, s.Tables)
	p.put("FROM SERVER", s.Server, "INTO", s.Into)
	p.genericOptions(s.Options)
}
