package ast

import "slices"

type (
	// CreateTable makes a table. With the option connector it is fed from outside as a source is, and keeps what comes.
	CreateTable struct {
		Pos
		Persistence Persistence
		IfNotExists bool
		Name        *Name
		// OfType is the composite type that gives the columns, PartitionOf the table that does, of which this one holds the rows in Bound.
		OfType      *Name
		PartitionOf *Name
		Elements    []TableElement
		Bound       *PartitionBound
		Inherits    []*Name
		PartitionBy *PartitionBy
		Stream      Stream
		Using       Ident // the access method
		Options     []*Option
		OnCommit    string // PRESERVE ROWS, DELETE ROWS or DROP; empty where not written
		Tablespace  Ident
	}

	// TableElement is an entry of the list of columns of a table or source.
	//
	//sumtype:decl
	TableElement interface {
		Node
		tableElement()
	}

	// ColumnDef is a column. A column of a typed table or partition has no Type, and a computed one need not have.
	ColumnDef struct {
		Pos
		Name        Ident
		Type        *TypeName
		Compression Ident // a method, or default
		// ForeignOptions are those of a column of a foreign table.
		ForeignOptions []*GenericOption
		Collation      *Name
		Constraints    []*Constraint
		// Metadata makes the column one that the connector fills with what it knows about a row; Flink's METADATA.
		Metadata *Metadata
	}

	// Metadata is METADATA [FROM key] [VIRTUAL]: a virtual column is not written to a sink.
	Metadata struct {
		Pos
		From    string
		Virtual bool
	}

	// LikeTable copies the columns of another table, and with them what Including lists: COMMENTS, COMPRESSION, ...,
	// or ALL alone.
	LikeTable struct {
		Pos
		Name      *Name
		Including []string
	}

	// Watermark is WATERMARK FOR column AS expression: rows older than the expression's highest value are late.
	Watermark struct {
		Pos
		Column Ident
		X      Expr
	}

	// AllColumns is * in a list of columns: those that the connector or its schema registry knows.
	AllColumns struct{ Pos }

	// PartitionBound says which rows a partition holds: In lists values, From and To bound a range, Modulus and Remainder are
	// those of a hash. Without any it is DEFAULT, the rows that no other partition takes.
	PartitionBound struct {
		Pos
		In, From, To []Expr
		Hash         bool
		Modulus      int
		Remainder    int
	}

	// PartitionBy says how the rows of a table are spread over its partitions; Strategy is LIST, RANGE or HASH. Flink's
	// PARTITIONED BY (columns) has none.
	PartitionBy struct {
		Pos
		Strategy Ident
		Keys     []*IndexElem
	}

	// CreateForeignTable is a table of a foreign server.
	CreateForeignTable struct {
		Pos
		IfNotExists    bool
		Name           *Name
		PartitionOf    *Name
		Elements       []TableElement
		Bound          *PartitionBound
		Inherits       []*Name
		Server         Ident
		ForeignOptions []*GenericOption
	}

	// CreateTableAs makes a table of a query's rows, or of those that a prepared statement returns.
	CreateTableAs struct {
		Pos
		Persistence Persistence
		IfNotExists bool
		Name        *Name
		Columns     []Ident
		Stream      Stream
		Using       Ident
		Options     []*Option
		OnCommit    string
		Tablespace  Ident
		Query       *Query
		Execute     *Execute
		NoData      bool
	}
)

func (*CreateTable) stmt()        {}
func (*CreateForeignTable) stmt() {}
func (*CreateTableAs) stmt()      {}

func (*ColumnDef) tableElement()  {}
func (*Constraint) tableElement() {}
func (*LikeTable) tableElement()  {}
func (*Watermark) tableElement()  {}
func (*AllColumns) tableElement() {}

func (c *CreateTable) print(p *printer) {
	p.put("CREATE", string(c.Persistence), "TABLE", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	switch {
	case c.OfType != nil:
		p.put("OF", c.OfType)
		paren(p, c.Elements)
	case c.PartitionOf != nil:
		p.put("PARTITION OF", c.PartitionOf)
		paren(p, c.Elements)
		p.put(c.Bound)
	case len(c.Elements) > 0 || !hasConnector(c.Options):
		p.put("(")
		list(p, c.Elements)
		p.put(")")
	}
	p.inherits(c.Inherits)
	p.put(c.PartitionBy)
	p.tableClauses(c.Using, &c.Stream, c.Options, c.OnCommit, c.Tablespace)
}

// tableClauses writes what follows the columns of a table, stored or fed.
func (p *printer) tableClauses(using Ident, s *Stream, options []*Option, onCommit string, tablespace Ident) {
	p.using(using)
	s.before(p)
	p.with(options)
	p.put(opt(onCommit != "", "ON COMMIT"), onCommit)
	p.tablespace(tablespace)
	p.put(s.Format)
}

func (p *printer) using(method Ident) { p.put(opt(method != "", "USING"), method) }

func (p *printer) tablespace(name Ident) { p.put(opt(name != "", "TABLESPACE"), name) }

func hasConnector(options []*Option) bool { return FindOption(options, "connector") != nil }

// FindOption returns the option of a name, nil if there is none.
func FindOption(options []*Option, name ...Ident) *Option {
	for _, o := range options {
		if slices.Equal(o.Name.Parts, name) {
			return o
		}
	}
	return nil
}

func (p *printer) inherits(parents []*Name) {
	if len(parents) > 0 {
		p.put("INHERITS")
		paren(p, parents)
	}
}

func (c *ColumnDef) print(p *printer) {
	p.put(c.Name, c.Type)
	p.compression(c.Compression)
	p.genericOptions(c.ForeignOptions)
	p.clause("COLLATE", c.Collation)
	p.put(c.Metadata)
	for _, x := range c.Constraints {
		p.put(x)
	}
}

func (m *Metadata) print(p *printer) {
	p.put("METADATA")
	if m.From != "" {
		p.put("FROM")
		p.str(m.From)
	}
	p.put(opt(m.Virtual, "VIRTUAL"))
}

func (l *LikeTable) print(p *printer) {
	p.put("LIKE", l.Name)
	for _, what := range l.Including {
		p.put("INCLUDING", what)
	}
}

func (w *Watermark) print(p *printer)  { p.put("WATERMARK FOR", w.Column, "AS", w.X) }
func (a *AllColumns) print(p *printer) { p.put("*") }

func (b *PartitionBound) print(p *printer) {
	switch {
	case b.Hash:
		p.put("FOR VALUES WITH (MODULUS", b.Modulus, ",", "REMAINDER", b.Remainder, ")")
	case len(b.In) > 0:
		p.put("FOR VALUES IN")
		paren(p, b.In)
	case len(b.From) > 0:
		p.put("FOR VALUES FROM")
		paren(p, b.From)
		p.put("TO")
		paren(p, b.To)
	default:
		p.put("DEFAULT")
	}
}

func (b *PartitionBy) print(p *printer) {
	if b.Strategy == "" {
		p.put("PARTITIONED BY")
	} else {
		p.put("PARTITION BY")
		p.optionName(b.Strategy)
	}
	paren(p, b.Keys)
}

func (c *CreateForeignTable) print(p *printer) {
	p.put("CREATE FOREIGN TABLE", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name)
	if c.PartitionOf != nil {
		p.put("PARTITION OF", c.PartitionOf)
		paren(p, c.Elements)
		p.put(c.Bound)
	} else {
		p.put("(")
		list(p, c.Elements)
		p.put(")")
	}
	p.inherits(c.Inherits)
	p.put("SERVER", c.Server)
	p.genericOptions(c.ForeignOptions)
}

func (c *CreateTableAs) print(p *printer) {
	p.put("CREATE", string(c.Persistence), "TABLE", opt(c.IfNotExists, "IF NOT EXISTS"), c.Name, c.Columns)
	p.tableClauses(c.Using, &c.Stream, c.Options, c.OnCommit, c.Tablespace)
	p.put("AS", c.Query, c.Execute, opt(c.NoData, "WITH NO DATA"))
}
