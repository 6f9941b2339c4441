package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// queryOptions reads what may follow the body of a query: ORDER BY, LIMIT and its relatives, FOR UPDATE, EMIT. It fails
// where the query, having been in parentheses, has such a clause already.
func (p *parser) queryOptions(q *ast.Query) {
	p.low.clauseOnce(" ORDER BY ")
	if p.at("order") {
		had := len(q.OrderBy) > 0
		p.expect("order", "by")
		first := p.pos()
		items := p.lowerSortItems()
		if had {
			p.errorAt(first, pgerr.SyntaxError, "multiple ORDER BY clauses not allowed")
		}
		q.OrderBy = items
	}
	if p.at("for") {
		p.locking(q)
		p.limits(q)
	} else if p.limits(q); p.at("for") {
		p.locking(q)
	}
	if q.WithTies {
		p.checkTies(q)
	}
	if p.atEmit() {
		p.emitClause(q)
	}
}

// clauseOnce is clause unless the clause has been begun already: WINDOW and ORDER BY share it.
func (l *lowering) clauseOnce(text string) {
	if l.lead != "," {
		l.lead = text
	}
}

// lowerSortItems reads the list after ORDER BY.
func (p *parser) lowerSortItems() []*ast.SortItem { return commaList(p, p.sortItem) }

func (p *parser) sortItem() *ast.SortItem {
	s := &ast.SortItem{Pos: p.pos()}
	p.sub(&s.X)
	if p.accept("using") {
		op := p.operator()
		s.Using = &op
	} else {
		s.Desc = p.acceptAny("asc", "desc") == "desc"
	}
	s.Nulls = p.nullsOrder()
	return s
}

func (p *parser) nullsOrder() ast.NullsOrder {
	switch {
	case p.accept("nulls", "first"):
		return ast.NullsFirst
	case p.accept("nulls", "last"):
		return ast.NullsLast
	default:
		return ast.NullsDefault
	}
}

// locking reads one or more of FOR UPDATE, FOR SHARE, ..., or FOR READ ONLY, which means nothing.
func (p *parser) locking(q *ast.Query) {
	if p.at("for", "read") {
		p.expect("for", "read", "only")
		return
	}
	for p.at("for") && !p.failed() {
		q.Locking = append(q.Locking, p.lockingItem())
	}
}

func (p *parser) lockingItem() *ast.Locking {
	l := &ast.Locking{Pos: p.pos()}
	p.expect("for")
	switch p.expectAny("update", "no", "share", "key") {
	case "update":
		l.Strength = "UPDATE"
	case "no":
		p.expect("key", "update")
		l.Strength = "NO KEY UPDATE"
	case "share":
		l.Strength = "SHARE"
	case "key":
		p.expect("share")
		l.Strength = "KEY SHARE"
	}
	if p.accept("of") {
		l.Of = p.qualifiedNames()
	}
	switch p.acceptAny("nowait", "skip") {
	case "nowait":
		l.Wait = "NOWAIT"
	case "skip":
		p.expect("locked")
		l.Wait = "SKIP LOCKED"
	}
	return l
}

// limits reads LIMIT or FETCH, and OFFSET, in either order.
func (p *parser) limits(q *ast.Query) {
	hadLimit, hadOffset := q.Limit != nil, q.Offset != nil
	limit, offset := false, false
	for !p.failed() {
		pos := p.pos()
		switch {
		case !limit && p.at("limit"):
			limit = true
			p.advance()
			p.limit(q, pos)
		case !limit && p.at("fetch"):
			limit = true
			p.advance()
			p.fetchFirst(q)
		case !offset && p.at("offset"):
			offset = true
			p.advance()
			p.offset(q)
		default:
			return
		}
		if hadLimit && limit {
			p.errorAt(pos, pgerr.SyntaxError, "multiple LIMIT clauses not allowed")
		}
		if hadOffset && offset {
			p.errorAt(pos, pgerr.SyntaxError, "multiple OFFSET clauses not allowed")
		}
	}
}

func (p *parser) limit(q *ast.Query, pos ast.Pos) {
	if p.at("all") {
		q.Limit = &ast.Literal{Pos: p.pos(), Kind: ast.NullLiteral}
		p.advance()
	} else {
		p.sub(&q.Limit)
	}
	if p.at(",") {
		p.advance()
		p.sub(&q.Offset)
		if !p.failed() {
			e := pgerr.New(pgerr.SyntaxError, "LIMIT #,# syntax is not supported").At(int(pos))
			p.fail(e.WithHint("Use separate LIMIT and OFFSET clauses."))
		}
	}
}

// offset reads what follows OFFSET: an expression, or a simple one and ROW or ROWS.
func (p *parser) offset(q *ast.Query) {
	p.sub(&q.Offset)
	p.acceptAny("row", "rows")
}

// fetchFirst reads FETCH FIRST [n] ROWS ONLY | WITH TIES.
func (p *parser) fetchFirst(q *ast.Query) {
	p.expectAny("first", "next")
	pos := p.pos()
	if p.atAny("row", "rows") != "" {
		q.Limit = &ast.Literal{Pos: pos, Kind: ast.IntegerLiteral, Text: "1"}
	} else {
		p.subAt(&q.Limit, precCast+1, false)
	}
	p.expectAny("row", "rows")
	if p.accept("with") {
		p.expect("ties")
		q.WithTies = true
		return
	}
	p.expect("only")
}

// checkTies refuses what WITH TIES cannot be with; PostgreSQL gives no position either.
func (p *parser) checkTies(q *ast.Query) {
	if len(q.OrderBy) == 0 {
		p.errorAt(0, pgerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
	}
	for _, l := range q.Locking {
		if l.Wait == "SKIP LOCKED" {
			p.errorAt(0, pgerr.SyntaxError, "SKIP LOCKED and WITH TIES options cannot be used together")
		}
	}
}

// atEmit tells whether an EMIT clause comes; emit may be a name too.
func (p *parser) atEmit() bool {
	if !p.at("emit") {
		return false
	}
	switch n := p.peek(1); {
	case n.is("changes"), n.is("final"):
		return true
	case n.is("on"):
		return p.peek(2).is("update") || p.peek(2).is("window") && p.peek(3).is("close")
	case n.is("after"):
		return p.peek(2).is("window")
	case n.is("every"), n.is("periodic"), n.is("with"):
		return true
	}
	return false
}

// emitClause reads EMIT in all its spellings.
func (p *parser) emitClause(q *ast.Query) {
	e := &ast.Emit{Pos: p.pos()}
	p.expect("emit")
	switch p.acceptAny("on", "changes", "final", "after", "every", "periodic") {
	case "on":
		if p.expectAny("update", "window") == "window" {
			p.expect("close")
			e.OnWindowClose = true
		}
	case "final":
		e.OnWindowClose = true
	case "after":
		p.expect("window", "close")
		e.OnWindowClose = true
	case "every", "periodic":
		p.sub(&e.Every)
	}
	if p.accept("with", "delay") {
		p.sub(&e.Delay)
	}
	if p.at("with", "(") {
		p.advance()
		e.Options = p.requiredOptions()
	}
	if !e.OnWindowClose && e.Every == nil && e.Delay == nil && len(e.Options) == 0 {
		return // EMIT ON UPDATE is what happens anyway
	}
	q.Emit = e
}
