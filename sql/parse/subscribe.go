package parse

import "github.com/freshetdb/freshet/sql/ast"

// subscribe reads SUBSCRIBE [TO] relation | (query), then its clauses in any order, each at most once.
func (p *parser) subscribe() ast.Statement {
	s := &ast.Subscribe{Pos: p.pos()}
	p.expect("subscribe")
	p.accept("to")
	if p.accept("(") {
		s.Query = p.query()
		p.expect(")")
	} else {
		s.Name = p.qualifiedName()
	}
	for p.subscribeClause(s) {
	}
	return s
}

func (p *parser) subscribeClause(s *ast.Subscribe) bool {
	switch {
	case s.Options == nil && p.at("with"):
		s.Options = p.optOptions()
	case s.AsOf == nil && p.accept("as"):
		p.expect("of")
		s.AsOf = p.expr()
	case s.UpTo == nil && p.accept("up"):
		p.expect("to")
		s.UpTo = p.expr()
	case s.Envelope == "" && p.accept("envelope"):
		s.Envelope = upper(p.expectAny("upsert", "debezium"))
		if s.Envelope == "UPSERT" || p.at("(") {
			p.expect("(", "key")
			s.Key = p.columnNames()
			p.expect(")")
		}
	default:
		return false
	}
	return !p.failed()
}
