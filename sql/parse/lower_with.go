package parse

import "github.com/freshetdb/freshet/sql/ast"

// withStatement reads a statement that begins with WITH.
func (p *parser) withStatement() ast.Statement {
	outer := p.begin()
	with := p.lowerWith()
	if write := p.writeAfterWith(); write != nil {
		p.low.emitEmptyQuery()
		p.group()
		p.finish(outer)
		return write(with)
	}
	defer p.finish(outer)
	q := p.lowerQueryBody(&ast.Query{Pos: with.Pos, With: with})
	p.group()
	return q
}

// writeAfterWith returns the method that reads the statement that follows WITH, nil for a query.
func (p *parser) writeAfterWith() func(*ast.With) ast.Statement {
	switch p.atAny("insert", "update", "delete", "merge") {
	case "insert":
		return p.insert
	case "update":
		return p.update
	case "delete":
		return p.delete
	case "merge":
		return p.merge
	default:
		return nil
	}
}

// lowerWith reads WITH [RECURSIVE] ... and writes WITH t0 AS (query), ...
func (p *parser) lowerWith() *ast.With {
	w := &ast.With{Pos: p.pos()}
	p.expect("with")
	if next := p.peek(1); !next.is("as") && !next.is("(") { // a CTE may have that name
		w.Recursive = p.accept("recursive")
	}
	p.low.emit("WITH ")
	for {
		w.CTEs = append(w.CTEs, p.cte())
		if !p.accept(",") {
			p.low.emit(" ")
			return w
		}
		p.low.emit(", ")
	}
}

func (p *parser) cte() *ast.CTE {
	l := p.low
	c := &ast.CTE{Pos: p.pos(), Name: p.colID()}
	c.Columns = p.optColumnNames()
	p.expect("as")
	switch {
	case p.accept("materialized"):
		c.Materialized = ast.MaterializedAlways
	case p.at("not"):
		p.expect("not", "materialized")
		c.Materialized = ast.MaterializedNever
	}
	l.emit(tableName(l.tables))
	l.tables++
	l.emit(" AS (")
	if !p.enter() {
		return c
	}
	defer p.leave()
	p.expect("(")
	p.cteBody(c)
	p.expect(")")
	if p.at("search") {
		c.Search = p.search()
	}
	if p.at("cycle") {
		c.Cycle = p.cycle()
	}
	l.emit(")")
	return c
}

// cteBody reads the query or statement of a CTE. A statement is no part of the text: it is grouped by itself.
func (p *parser) cteBody(c *ast.CTE) {
	var with *ast.With
	lead := p.low.lead
	p.low.lead = ""
	q := &ast.Query{Pos: p.pos()}
	if p.at("with") {
		with = p.lowerWith()
		q.With = with
	}
	if write := p.writeAfterWith(); write != nil {
		c.Body = write(with)
		p.low.emitEmptyQuery()
	} else {
		c.Body = p.lowerQueryBody(q)
	}
	p.low.lead = lead
}

// emitEmptyQuery writes a query that stands for something that is no part of the text.
func (l *lowering) emitEmptyQuery() { l.closeBlock(l.openBlock()) }

func (p *parser) search() *ast.Search {
	s := &ast.Search{Pos: p.pos()}
	p.expect("search")
	s.Breadth = p.expectAny("depth", "breadth") == "breadth"
	p.expect("first", "by")
	s.By = commaList(p, p.colID)
	p.expect("set")
	s.Set = p.colID()
	return s
}

func (p *parser) cycle() *ast.Cycle {
	c := &ast.Cycle{Pos: p.pos()}
	p.expect("cycle")
	c.Columns = commaList(p, p.colID)
	p.expect("set")
	c.Mark = p.colID()
	if p.accept("to") {
		c.To = p.constantExpr()
		p.expect("default")
		c.Deflt = p.constantExpr()
	}
	p.expect("using")
	c.Using = p.colID()
	return c
}

// constantExpr reads a constant (AexprConst), perhaps with its type before it.
func (p *parser) constantExpr() ast.Expr {
	outer := p.begin()
	defer p.finish(outer)
	start := p.tok
	var e ast.Expr
	c := p.low.openWith("SELECT ")
	p.subAt(&e, precSubscript, true)
	p.closeStatement(c)
	switch x := e.(type) {
	case *ast.Literal:
		return x
	case *ast.Cast:
		if _, ok := x.X.(*ast.Literal); ok && !start.is("cast") && !start.is("(") {
			return x
		}
	default:
	}
	p.syntaxErrorAt(&start)
	return &ast.Literal{}
}
