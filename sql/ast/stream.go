package ast

type (
	// Stream are the clauses of a source, and of a table that is fed from outside.
	Stream struct {
		// AppendOnly is APPEND ONLY: rows are never changed or taken back.
		AppendOnly bool
		// OnConflict says what a row does whose key is there: OVERWRITE, DO NOTHING, DO UPDATE IF NOT NULL, or empty, the default.
		// With a Version column the newer row wins.
		OnConflict string
		Version    Ident
		Include    []*IncludeColumn
		Format     *Format
	}

	// IncludeColumn makes a column of what a connector knows about a row. What is key, partition, offset, timestamp, header
	// or another that the connector has; Field names one header, Type its type.
	IncludeColumn struct {
		Pos
		What  Ident
		Field string
		Type  *TypeName
		Alias Ident
	}

	// Format says how rows are written outside: FORMAT PLAIN ENCODE JSON (options) KEY ENCODE TEXT.
	Format struct {
		Pos
		Format     string // in upper case
		Encode     string
		Options    []*Option
		KeyEncode  string
		KeyOptions []*Option
	}

	// SecretRef is SECRET name as the value of an option; File hands over the name of a file that holds it.
	SecretRef struct {
		Pos
		Name *Name
		File bool
	}

	// CreateSource is a stream from outside that is not stored. Without Elements, the connector knows its columns.
	CreateSource struct {
		Pos
		IfNotExists bool
		Name        *Name
		Elements    []TableElement
		Stream      Stream
		Options     []*Option
	}

	// CreateSink sends changes out: those of the relation From or of a Query. With Into they go to a table.
	CreateSink struct {
		Pos
		IfNotExists bool
		Name        *Name
		Into        *Name
		IntoColumns []Ident
		From        *Name
		Query       *Query
		Options     []*Option
		Format      *Format
	}

	// CreateSecret keeps a value that options of connectors can name. Printing shows the value: only the owner may see the text.
	CreateSecret struct {
		Pos
		IfNotExists bool
		Name        *Name
		Options     []*Option
		Value       Expr
	}

	// SetSecret changes the value of a secret: ALTER SECRET s [WITH (options)] AS value.
	SetSecret struct {
		Pos
		Options []*Option
		Value   Expr
	}

	// CreateConnection keeps options that several sources and sinks share.
	CreateConnection struct {
		Pos
		IfNotExists bool
		Name        *Name
		Options     []*Option
	}
)

func (*CreateSource) stmt()     {}
func (*CreateSink) stmt()       {}
func (*CreateSecret) stmt()     {}
func (*CreateConnection) stmt() {}

func (*SetSecret) alterAction() {}

// before writes what comes before WITH.
func (s *Stream) before(p *printer) {
	p.put(opt(s.AppendOnly, "APPEND ONLY"), opt(s.OnConflict != "", "ON CONFLICT"), s.OnConflict)
	if s.Version != "" {
		p.put("WITH VERSION COLUMN (", s.Version, ")")
	}
	if len(s.Include) > 0 {
		p.put("INCLUDE")
		list(p, s.Include)
	}
}

func (i *IncludeColumn) print(p *printer) {
	p.space("")
	p.label(i.What)
	if i.Field != "" {
		p.str(i.Field)
	}
	p.put(i.Type)
	if i.Alias != "" {
		p.put("AS", i.Alias)
	}
}

func (f *Format) print(p *printer) {
	p.put("FORMAT", f.Format, "ENCODE", f.Encode)
	paren(p, f.Options)
	if f.KeyEncode != "" {
		p.put("KEY ENCODE", f.KeyEncode)
		paren(p, f.KeyOptions)
	}
}

func (s *SecretRef) print(p *printer) { p.put("SECRET", s.Name, opt(s.File, "AS FILE")) }

func (c *CreateSource) print(p *printer) {
	p.put("CREATE SOURCE", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	paren(p, c.Elements)
	c.Stream.before(p)
	p.with(c.Options)
	p.put(c.Stream.Format)
}

func (c *CreateSink) print(p *printer) {
	p.put("CREATE SINK", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	if c.Into != nil {
		p.put("INTO", c.Into, c.IntoColumns)
	}
	p.clause("FROM", c.From)
	p.clause("AS", c.Query)
	p.with(c.Options)
	p.put(c.Format)
}

func (c *CreateSecret) print(p *printer) {
	p.put("CREATE SECRET", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	p.with(c.Options)
	p.put("AS", c.Value)
}

func (s *SetSecret) print(p *printer) {
	p.with(s.Options)
	p.put("AS", s.Value)
}

func (c *CreateConnection) print(p *printer) {
	p.put("CREATE CONNECTION", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	p.with(c.Options)
}
