package ast

// Subscribe follows the changes of a relation (Name) or of a query. Options are SNAPSHOT and PROGRESS; AsOf and UpTo are
// epochs or times. Envelope is empty, UPSERT or DEBEZIUM, with the key by which changes are put together.
type Subscribe struct {
	Pos
	Name       *Name
	Query      *Query
	Options    []*Option
	AsOf, UpTo Expr
	Envelope   string
	Key        []Ident
}

func (*Subscribe) stmt() {}

func (s *Subscribe) print(p *printer) {
	p.put("SUBSCRIBE", s.Name)
	if s.Query != nil {
		p.put("(", s.Query, ")")
	}
	p.with(s.Options)
	p.clause("AS OF", s.AsOf)
	p.clause("UP TO", s.UpTo)
	if s.Envelope != "" {
		p.put("ENVELOPE", s.Envelope)
	}
	if len(s.Key) > 0 {
		p.put("(KEY", s.Key, ")")
	}
}
