package ast

type (
	// Constraint is a constraint of a column, table or domain. A column has its default and the like as constraints too, and what
	// is said about a constraint there (DEFERRABLE, ...) stands after it as a ConstraintAttribute of its own, as in PostgreSQL.
	Constraint struct {
		Pos
		Name              Ident
		Def               ConstraintDef
		Deferrable        bool
		InitiallyDeferred bool
		NotValid          bool
		NotEnforced       bool // Flink's: a promise that is not checked
	}

	// ConstraintDef is what a constraint asks for.
	//
	//sumtype:decl
	ConstraintDef interface {
		Node
		constraintDef()
	}

	// NotNull is NOT NULL.
	NotNull struct{ Pos }

	// Nullable is NULL, the default, written out.
	Nullable struct{ Pos }

	// DefaultValue is DEFAULT x.
	DefaultValue struct {
		Pos
		X Expr
	}

	// Check is CHECK (x).
	Check struct {
		Pos
		X         Expr
		NoInherit bool
	}

	// Unique is UNIQUE or PRIMARY KEY. At a column it has no Columns; nor has it where Index names the index that it uses.
	Unique struct {
		Pos
		Primary          bool
		NullsNotDistinct bool
		Columns          []Ident
		Include          []Ident
		Options          []*Option
		Tablespace       Ident
		Index            Ident
	}

	// ForeignKey is FOREIGN KEY (columns) REFERENCES table; at a column it has no Columns. Full is MATCH FULL. OnDelete and
	// OnUpdate are RESTRICT, CASCADE, SET NULL, SET DEFAULT, or empty, which is NO ACTION.
	ForeignKey struct {
		Pos
		Columns    []Ident
		Table      *Name
		References []Ident
		Full       bool
		OnDelete   string
		// DeleteColumns limits SET NULL and SET DEFAULT to some columns.
		DeleteColumns []Ident
		OnUpdate      string
	}

	// Exclude is EXCLUDE: no two rows for which all operators hold.
	Exclude struct {
		Pos
		Using      Ident
		Elements   []*ExcludeElement
		Include    []Ident
		Options    []*Option
		Tablespace Ident
		Where      Expr
	}

	// ExcludeElement is one comparison of an Exclude.
	ExcludeElement struct {
		Pos
		Elem     *IndexElem
		Operator *Operator
	}

	// Generated computes a column from others: GENERATED ALWAYS AS (x) STORED, or without Stored the computed column of the
	// streaming dialects, c [type] AS x, which is kept where the relation is.
	Generated struct {
		Pos
		X      Expr
		Stored bool
	}

	// Identity is GENERATED ALWAYS or BY DEFAULT AS IDENTITY.
	Identity struct {
		Pos
		Always  bool
		Options []*SequenceOption
	}

	// ConstraintAttribute is DEFERRABLE, NOT DEFERRABLE, INITIALLY DEFERRED, INITIALLY IMMEDIATE or Flink's NOT ENFORCED, about the
	// constraint before it in a column.
	ConstraintAttribute struct {
		Pos
		What string
	}
)

func (*NotNull) constraintDef()             {}
func (*Nullable) constraintDef()            {}
func (*DefaultValue) constraintDef()        {}
func (*Check) constraintDef()               {}
func (*Unique) constraintDef()              {}
func (*ForeignKey) constraintDef()          {}
func (*Exclude) constraintDef()             {}
func (*Generated) constraintDef()           {}
func (*Identity) constraintDef()            {}
func (*ConstraintAttribute) constraintDef() {}

func (c *Constraint) print(p *printer) {
	if c.Name != "" {
		p.put("CONSTRAINT", c.Name)
	}
	p.put(c.Def)
	p.constraintAttributes(c.Deferrable, c.InitiallyDeferred)
	p.put(opt(c.NotValid, "NOT VALID"), opt(c.NotEnforced, "NOT ENFORCED"))
}

func (p *printer) constraintAttributes(deferrable, initiallyDeferred bool) {
	p.put(opt(deferrable, "DEFERRABLE"), opt(initiallyDeferred, "INITIALLY DEFERRED"))
}

func (*NotNull) print(p *printer)  { p.put("NOT NULL") }
func (*Nullable) print(p *printer) { p.put("NULL") }

func (d *DefaultValue) print(p *printer) {
	p.put("DEFAULT")
	p.restricted(d.X)
}

func (c *Check) print(p *printer) { p.put("CHECK (", c.X, ")", opt(c.NoInherit, "NO INHERIT")) }

func (u *Unique) print(p *printer) {
	p.put(opt(u.Primary, "PRIMARY KEY"), opt(!u.Primary, "UNIQUE"), opt(u.NullsNotDistinct, "NULLS NOT DISTINCT"), u.Columns)
	p.include(u.Include)
	p.with(u.Options)
	p.indexTablespace(u.Tablespace)
	if u.Index != "" {
		p.put("USING INDEX", u.Index)
	}
}

func (p *printer) include(columns []Ident) {
	p.put(opt(len(columns) > 0, "INCLUDE"), columns)
}

func (p *printer) indexTablespace(name Ident) {
	p.put(opt(name != "", "USING INDEX TABLESPACE"), name)
}

func (f *ForeignKey) print(p *printer) {
	p.put(opt(len(f.Columns) > 0, "FOREIGN KEY"), f.Columns, "REFERENCES", f.Table, f.References, opt(f.Full, "MATCH FULL"))
	if f.OnDelete != "" {
		p.put("ON DELETE", f.OnDelete, f.DeleteColumns)
	}
	if f.OnUpdate != "" {
		p.put("ON UPDATE", f.OnUpdate)
	}
}

func (e *Exclude) print(p *printer) {
	p.put("EXCLUDE")
	p.using(e.Using)
	paren(p, e.Elements)
	p.include(e.Include)
	p.with(e.Options)
	p.indexTablespace(e.Tablespace)
	if e.Where != nil {
		p.put("WHERE (", e.Where, ")")
	}
}

func (e *ExcludeElement) print(p *printer) {
	p.put(e.Elem, "WITH")
	p.operatorName(e.Operator)
}

func (g *Generated) print(p *printer) {
	if g.Stored {
		p.put("GENERATED ALWAYS")
	}
	p.put("AS (", g.X, ")", opt(g.Stored, "STORED"))
}

func (i *Identity) print(p *printer) {
	p.put("GENERATED", opt(i.Always, "ALWAYS"), opt(!i.Always, "BY DEFAULT"), "AS IDENTITY")
	if len(i.Options) > 0 {
		p.put("(")
		p.sequenceOptions(i.Options)
		p.put(")")
	}
}

func (a *ConstraintAttribute) print(p *printer) { p.put(a.What) }
