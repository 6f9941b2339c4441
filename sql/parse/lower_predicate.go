package parse

import "github.com/freshetdb/freshet/sql/ast"

// The operators that are words: tests (IS ...) and predicates (BETWEEN, IN, LIKE and their kin), each with its right side.

// isTest reads IS ..., ISNULL or NOTNULL.
func (p *parser) isTest(restricted bool) precedence {
	pos := p.pos()
	word := p.tok.text
	p.advance()
	switch word {
	case "isnull":
		p.isWhat(&ast.Is{Pos: pos, What: "NULL"})
		return precNone
	case "notnull":
		p.isWhat(&ast.Is{Pos: pos, Not: true, What: "NULL"})
		return precNone
	}
	not := p.accept("not")
	if p.at("distinct") {
		p.expect("distinct", "from")
		e := &ast.DistinctFrom{Pos: pos, Not: not}
		c := p.openRight(precIs)
		p.subAt(&e.Right, precIs+1, restricted)
		p.low.closeRight(c, e, &e.Left)
		return precIs
	}
	if restricted && !p.at("document") {
		p.syntaxError() // a b_expr has no other tests
	}
	p.isWhat(&ast.Is{Pos: pos, Not: not, What: p.testName()})
	return precNone
}

func (p *parser) isWhat(e *ast.Is) {
	c := p.openRight(precIs)
	p.low.closeRight(c, e, &e.X)
}

// testName reads what comes after IS [NOT].
func (p *parser) testName() string {
	switch w := p.expectAny("null", "true", "false", "unknown", "document", "normalized", "nfc", "nfd", "nfkc", "nfkd", "json"); w {
	case "nfc", "nfd", "nfkc", "nfkd":
		p.expect("normalized")
		return upper(w) + " NORMALIZED"
	case "json":
		return p.jsonTest()
	default:
		return upper(w)
	}
}

// jsonTest reads what may follow IS JSON.
func (p *parser) jsonTest() string {
	what := "JSON"
	switch w := p.acceptAny("value", "array", "object", "scalar"); w {
	case "", "value":
	default:
		what += " " + upper(w)
	}
	switch {
	case p.at("with", "unique"):
		p.expect("with", "unique")
		p.accept("keys")
		what += " WITH UNIQUE KEYS"
	case p.at("without", "unique"):
		p.expect("without", "unique")
		p.accept("keys")
	}
	return what
}

// predicate reads [NOT] BETWEEN, IN, LIKE, ILIKE or SIMILAR TO with their right sides.
func (p *parser) predicate() precedence {
	pos := p.pos()
	not := p.accept("not")
	word := p.expectAny("between", "in", "like", "ilike", "similar")
	switch word {
	case "between":
		p.between(pos, not)
		return precPredicate
	case "in":
		p.in(pos, not)
		return precNone
	case "similar":
		p.expect("to")
		p.like(pos, not, ast.SimilarPattern)
		return precPredicate
	}
	if p.atAny("any", "some", "all") != "" {
		op := "~~"
		if word == "ilike" {
			op = "~~*"
		}
		if not {
			op = "!" + op
		}
		p.quantified(precPredicate, pos, ast.Operator{Name: op})
		return precNone
	}
	p.like(pos, not, ast.LikeKind(upper(word)))
	return precPredicate
}

func (p *parser) between(pos ast.Pos, not bool) {
	e := &ast.Between{Pos: pos, Not: not}
	e.Symmetric = p.acceptAny("symmetric", "asymmetric") == "symmetric"
	c := p.openRight(precPredicate)
	p.subAt(&e.Low, precOr, true)
	p.expect("and")
	p.subAt(&e.High, precPredicate+1, false)
	p.low.closeRight(c, e, &e.X)
	p.low.emit(")")
}

func (p *parser) like(pos ast.Pos, not bool, kind ast.LikeKind) {
	e := &ast.Like{Pos: pos, Not: not, Kind: kind}
	c := p.openRight(precPredicate)
	p.subAt(&e.Pattern, precPredicate+1, false)
	if p.accept("escape") {
		p.subAt(&e.Escape, precPredicate+1, false)
	}
	p.low.closeRight(c, e, &e.X)
	p.low.emit(")")
}

func (p *parser) in(pos ast.Pos, not bool) {
	e := &ast.In{Pos: pos, Not: not}
	c := p.openRight(precPredicate)
	e.Query = p.queryOrList(nil, &e.List)
	p.closeRight(c, e, &e.X, e.Query != nil)
	p.low.emit(")")
}
