package parse

import "github.com/freshetdb/freshet/sql/ast"

// explain reads EXPLAIN.
func (p *parser) explain() ast.Statement {
	e := &ast.Explain{Pos: p.pos()}
	p.expect("explain")
	switch {
	case p.accept("plan", "for"): // Flink's word for the same
	case p.at("(") && !p.atParenQuery():
		e.Options = p.utilityOptions()
	default:
		if p.atAnalyze() {
			e.Options = p.flag(nil, "analyze")
		}
		if p.at("verbose") {
			e.Options = p.flag(e.Options, "verbose")
		}
	}
	if e.Kind = p.explainedKind(); e.Kind != "" {
		e.Name = p.qualifiedName()
	} else {
		e.Statement = p.explainable()
	}
	return e
}

// explainedKind reads what kind of running object is to be explained; "" if a statement comes.
func (p *parser) explainedKind() string {
	switch {
	case p.accept("materialized", "view"):
		return "MATERIALIZED VIEW"
	case p.accept("sink"):
		return "SINK"
	case p.accept("window"):
		return "WINDOW"
	}
	return ""
}

// explainable reads a statement that EXPLAIN can show.
func (p *parser) explainable() ast.Statement {
	switch p.atAny("create", "declare", "execute", "refresh", "subscribe") {
	case "":
		return p.preparable()
	case "create":
		return p.explainableCreate()
	default:
		return p.statement()
	}
}

// explainableCreate reads CREATE of what a query fills: a table, a materialized view, a sink.
func (p *parser) explainableCreate() ast.Statement {
	n := 1
	if p.peek(n).is("or") {
		n += 2
	}
	for isPersistence(p.peek(n)) {
		n++
	}
	if kind := p.peek(n); kind.is("table") || kind.is("materialized") || kind.is("sink") {
		s := p.create()
		if _, ok := s.(*ast.CreateTable); ok { // with columns, not a query
			p.syntaxError()
		}
		return s
	}
	for range n {
		p.advance()
	}
	p.syntaxError()
	return nil
}

func isPersistence(t *token) bool {
	return t.is("temporary") || t.is("temp") || t.is("local") || t.is("global") || t.is("unlogged")
}

// preparable reads a query or a statement that writes, what PREPARE, COPY and a WITH entry take.
func (p *parser) preparable() ast.Statement {
	switch p.atAny("with", "insert", "update", "delete", "merge") {
	case "with":
		return p.withStatement()
	case "insert":
		return p.insert(nil)
	case "update":
		return p.update(nil)
	case "delete":
		return p.delete(nil)
	case "merge":
		return p.merge(nil)
	default:
		return p.query()
	}
}
