package ast

type (
	// Update is UPDATE.
	Update struct {
		Pos
		With      *With
		Table     *TableRef
		Set       []*Assignment
		From      []TableExpr
		Where     Expr // perhaps a CurrentOf
		Returning []*Target
	}

	// Delete is DELETE.
	Delete struct {
		Pos
		With      *With
		Table     *TableRef
		Using     []TableExpr
		Where     Expr // perhaps a CurrentOf
		Returning []*Target
	}
)

func (*Update) stmt() {}
func (*Delete) stmt() {}

func (s *Update) print(p *printer) {
	p.put(s.With, "UPDATE", s.Table, "SET")
	list(p, s.Set)
	if len(s.From) > 0 {
		p.put("FROM")
		list(p, s.From)
	}
	p.clause("WHERE", s.Where)
	p.returning(s.Returning)
}

func (s *Delete) print(p *printer) {
	p.put(s.With, "DELETE FROM", s.Table)
	if len(s.Using) > 0 {
		p.put("USING")
		list(p, s.Using)
	}
	p.clause("WHERE", s.Where)
	p.returning(s.Returning)
}
