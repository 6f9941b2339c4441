package parse

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// optionPlaces says which clauses were read, and where the first expression of each is.
type optionPlaces struct {
	orderBy, limit, offset, emit ast.Pos
	// limited is set for any LIMIT, FETCH or OFFSET, counted for one with a number of rows, ties for WITH TIES.
	limited, counted, ties bool
}

// queryOptions reads what may follow the body of a query: ORDER BY, LIMIT and its relatives, FOR UPDATE, EMIT.
func (p *parser) queryOptions(q *ast.Query) {
	had := *q
	var at optionPlaces
	p.low.clauseOnce(" ORDER BY ")
	if p.accept("order") {
		p.expect("by")
		at.orderBy = p.pos()
		q.OrderBy = p.lowerSortItems()
	}
	if p.at("for") {
		p.locking(q)
		p.limits(q, &at)
	} else if p.limits(q, &at); p.at("for") {
		p.locking(q)
	}
	if p.atEmit() {
		at.emit = p.pos()
		p.emitClause(q)
	}
	if !p.failed() {
		p.checkOptions(q, &had, at)
	}
}

// checkOptions fails where a query had, being in parentheses, a clause that was read again after it. What is wrong, and in
// which order it is looked for, is PostgreSQL's; where it gives no position there is none.
func (p *parser) checkOptions(q, had *ast.Query, at optionPlaces) {
	bad := func(pos ast.Pos, message string) { p.errorAt(pos, pgerr.SyntaxError, "%s", message) }
	switch {
	case at.orderBy > 0 && len(had.OrderBy) > 0:
		bad(at.orderBy, "multiple ORDER BY clauses not allowed")
	case at.offset > 0 && had.Offset != nil:
		bad(at.offset, "multiple OFFSET clauses not allowed")
	case at.counted && had.Limit != nil:
		bad(at.limit, "multiple LIMIT clauses not allowed")
	case at.limited && had.WithTies:
		bad(0, "multiple limit options not allowed")
	case at.ties && len(q.OrderBy) == 0:
		bad(0, "WITH TIES cannot be specified without ORDER BY clause")
	case q.WithTies && slices.ContainsFunc(q.Locking, func(l *ast.Locking) bool { return l.Wait == ast.LockSkipLocked }):
		bad(0, "SKIP LOCKED and WITH TIES options cannot be used together")
	case at.emit > 0 && had.Emit != nil:
		bad(at.emit, "multiple EMIT clauses not allowed")
	}
}

// clauseOnce is clause unless the clause has been begun already: HAVING, WINDOW and ORDER BY share it.
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
		s.UsingAt = p.pos()
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
		l.Strength = ast.ForUpdate
	case "no":
		p.expect("key", "update")
		l.Strength = ast.ForNoKeyUpdate
	case "share":
		l.Strength = ast.ForShare
	case "key":
		p.expect("share")
		l.Strength = ast.ForKeyShare
	}
	if p.accept("of") {
		l.Of = p.qualifiedNames()
	}
	switch p.acceptAny("nowait", "skip") {
	case "nowait":
		l.Wait = ast.LockNoWait
	case "skip":
		p.expect("locked")
		l.Wait = ast.LockSkipLocked
	}
	return l
}

// limits reads LIMIT or FETCH, and OFFSET, in either order.
func (p *parser) limits(q *ast.Query, at *optionPlaces) {
	limit, offset := false, false
	for !p.failed() {
		switch {
		case !limit && p.at("limit"):
			limit, at.counted = true, true
			p.limit(q, at)
		case !limit && p.at("fetch"):
			limit, at.counted = true, true
			p.fetchFirst(q, at)
		case !offset && p.at("offset"):
			offset = true
			p.advance()
			at.offset = p.pos()
			p.offset(q)
		default:
			return
		}
		at.limited = true
	}
}

func (p *parser) limit(q *ast.Query, at *optionPlaces) {
	pos := p.pos()
	p.expect("limit")
	at.limit = p.pos()
	if p.accept("all") {
		q.Limit = &ast.Literal{Pos: at.limit, Kind: ast.NullLiteral}
	} else {
		p.sub(&q.Limit)
	}
	if p.accept(",") {
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
func (p *parser) fetchFirst(q *ast.Query, at *optionPlaces) {
	p.expect("fetch")
	p.expectAny("first", "next")
	next := p.peek(1)
	if pos := p.pos(); p.atAny("row", "rows") != "" && (next.is("only") || next.is("with")) {
		q.Limit = &ast.Literal{Pos: pos, Kind: ast.IntegerLiteral, Text: "1"}
	} else {
		at.limit = pos
		p.subAt(&q.Limit, precSubscript, false)
	}
	p.expectAny("row", "rows")
	if p.accept("with") {
		p.expect("ties")
		q.WithTies, at.ties = true, true
		return
	}
	p.expect("only")
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
