package ast

type (
	// Prepare is PREPARE name AS statement.
	Prepare struct {
		Pos
		Name      Ident
		Types     []*TypeName
		Statement Statement
	}

	// Execute runs a prepared statement.
	Execute struct {
		Pos
		Name Ident
		Args []Expr
	}

	// Deallocate forgets a prepared statement; no Name is ALL.
	Deallocate struct {
		Pos
		Name Ident
	}
)

func (*Prepare) stmt()    {}
func (*Execute) stmt()    {}
func (*Deallocate) stmt() {}

func (s *Prepare) print(p *printer) {
	p.put("PREPARE", s.Name)
	paren(p, s.Types)
	p.put("AS", s.Statement)
}

func (s *Execute) print(p *printer) {
	p.put("EXECUTE", s.Name)
	paren(p, s.Args)
}

func (s *Deallocate) print(p *printer) { p.put("DEALLOCATE", opt(s.Name == "", "ALL"), s.Name) }
