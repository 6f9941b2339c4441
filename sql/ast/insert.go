package ast

type (
	// Insert is INSERT. Without a Query it is DEFAULT VALUES.
	Insert struct {
		Pos
		With       *With
		Table      *Name
		Alias      Ident
		Columns    []*ColumnTarget
		Overriding string // USER or SYSTEM, the value of identity columns that counts
		Query      *Query
		OnConflict *OnConflict
		Returning  []*Target
	}

	// ColumnTarget is a column that is written to, or a part of it.
	ColumnTarget struct {
		Pos
		Name  Ident
		Steps []*Step
	}

	// OnConflict says what becomes of a row that is there already. The conflict may be limited to a unique index, by
	// its elements and predicate, or to a Constraint. Without Set it is DO NOTHING.
	OnConflict struct {
		Pos
		Elems      []*IndexElem
		ElemsWhere Expr
		Constraint Ident
		Set        []*Assignment
		Where      Expr
	}

	// Assignment is column = value, or with Multi (a, b, ...) = value, where the value is a row or a query.
	Assignment struct {
		Pos
		Multi   bool
		Columns []*ColumnTarget
		Value   Expr
	}
)

func (*Insert) stmt() {}

func (s *Insert) print(p *printer) {
	p.put(s.With, "INSERT INTO", s.Table)
	if s.Alias != "" {
		p.put("AS", s.Alias)
	}
	p.insertColumns(s.Columns, s.Overriding)
	if s.Query != nil {
		p.put(s.Query)
	} else {
		p.put("DEFAULT VALUES")
	}
	p.put(s.OnConflict)
	p.returning(s.Returning)
}

func (p *printer) insertColumns(columns []*ColumnTarget, overriding string) {
	paren(p, columns)
	if overriding != "" {
		p.put("OVERRIDING", overriding, "VALUE")
	}
}

func (p *printer) returning(targets []*Target) {
	if len(targets) > 0 {
		p.put("RETURNING")
		list(p, targets)
	}
}

func (t *ColumnTarget) print(p *printer) {
	p.ident(t.Name)
	for _, s := range t.Steps {
		s.print(p)
	}
}

func (c *OnConflict) print(p *printer) {
	p.put("ON CONFLICT")
	paren(p, c.Elems)
	p.clause("WHERE", c.ElemsWhere)
	if c.Constraint != "" {
		p.put("ON CONSTRAINT", c.Constraint)
	}
	if len(c.Set) == 0 {
		p.put("DO NOTHING")
		return
	}
	p.put("DO UPDATE SET")
	list(p, c.Set)
	p.clause("WHERE", c.Where)
}

func (a *Assignment) print(p *printer) {
	if a.Multi {
		paren(p, a.Columns)
	} else {
		p.put(a.Columns[0])
	}
	p.put("=", a.Value)
}
