package parse

import "github.com/freshetdb/freshet/sql/ast"

// A parenthesis may begin an expression or a query, and `((SELECT 1) ...` does not tell which before what comes after the
// inner one. So it is read as an expression, and when UNION, ORDER BY or the like follows a lone query in parentheses, the text
// already written is made the first operand of a larger query: reserved items before every query in parentheses
// leave room for that.

// loneQuery is the scalar subquery that was written last.
type loneQuery struct {
	// start and end are the items that it takes, parentheses around it included; callItem is that of its f(.
	start, callItem, end int
	node                 *ast.Subquery
}

// isLoneQuery tells whether the text from item start on is one query in parentheses and nothing else.
func (l *lowering) isLoneQuery(start int) bool {
	return l.lone.node != nil && l.lone.start == start && l.lone.end == len(l.items)
}

// atSubqueryAfter tells whether the token n after the current one is a parenthesis that opens a query for sure.
func (p *parser) atSubqueryAfter(n int) bool {
	switch t := p.peek(n + 1); {
	case t.kind != tokWord:
		return false
	default:
		return t.text == "select" || t.text == "values" || t.text == "with" || t.text == "table"
	}
}

// scalarSubquery reads (query) as an operand.
func (p *parser) scalarSubquery() ast.Expr {
	l := p.low
	e := &ast.Subquery{Pos: p.pos()}
	c := l.open()
	e.Query = p.subquery()
	l.closeMark(c, e, nil)
	l.emit(")")
	l.lone = loneQuery{start: c.item, callItem: c.item, end: len(l.items), node: e}
	if p.at(".") {
		p.postfixOnText()
	}
	return nil
}

// subquery reads (query) as an argument of the open call.
func (p *parser) subquery() *ast.Query {
	p.low.emit(",")
	q, _ := p.parenQuery()
	return q
}

// selectWithParens reads (query) as an argument of the open call where nothing else may stand: after EXISTS, ARRAY, ...
func (p *parser) selectWithParens() *ast.Query {
	p.low.emit(",")
	q, _ := p.parenQueries()
	return q
}

// parenQuery reads ( query ) and writes it, after two items that are left free for extend.
func (p *parser) parenQuery() (q *ast.Query, prefix int) {
	prefix = p.low.reserve()
	if !p.enter() {
		return &ast.Query{}, prefix
	}
	defer p.leave()
	p.expect("(")
	p.low.emit("(")
	q = p.lowerQuery()
	p.expect(")")
	p.low.emit(")")
	return q, prefix
}

// parenQueries is parenQuery for queries that may stand in several parentheses.
func (p *parser) parenQueries() (q *ast.Query, prefix int) {
	if !p.at("(", "(") {
		return p.parenQuery()
	}
	prefix = p.low.reserve()
	if !p.enter() {
		return &ast.Query{}, prefix
	}
	defer p.leave()
	p.advance()
	q, inner := p.parenQueries()
	if p.atQueryTail() {
		q = p.extend(q, inner)
	}
	p.expect(")")
	return q, prefix
}

// reserve leaves two items free.
func (l *lowering) reserve() int {
	l.emit("")
	l.emit("")
	return len(l.items) - 2
}

// parenQueryPrimary goes on after `((query)`, which was begun as the call c: more of a query, or its own closing
// parenthesis.
func (p *parser) parenQueryPrimary(c call, pos ast.Pos) (ast.Expr, bool) {
	l := p.low
	if p.accept(")") {
		l.items[c.item].text, l.items[c.item+1].text = "", ""
		l.lead = c.lead
		l.lone.start, l.lone.end = c.item, len(l.items)
		if p.at(".") {
			p.postfixOnText()
		}
		return nil, true
	}
	if !p.atQueryTail() {
		p.syntaxError()
		return nil, false
	}
	e := &ast.Subquery{Pos: pos}
	e.Query = p.extendLone()
	p.expect(")")
	l.closeMark(c, e, nil)
	l.emit(")")
	l.lone = loneQuery{start: c.item, callItem: c.item, end: len(l.items), node: e}
	return nil, true
}

// extendLone makes the lone query an argument of the open call, without a call of its own, and reads what may follow it.
func (p *parser) extendLone() *ast.Query {
	l := p.low
	call := l.lone.callItem
	l.items[call] = item{mark: noMark}
	l.items[call+1] = item{mark: noMark}
	l.items = l.items[:len(l.items)-1]
	q := l.lone.node.Query
	if p.atQueryTail() {
		q = p.extend(q, call+2)
	}
	return q
}

// queryOrList reads (query) or (a, b, ...) as arguments of the open call. Where it is no query the elements go to list, or
// the only one that may be there to single.
func (p *parser) queryOrList(single *ast.Expr, list *[]ast.Expr) *ast.Query {
	if p.at("(") && p.atSubqueryAfter(0) {
		return p.subquery()
	}
	if !p.enter() {
		return nil
	}
	defer p.leave()
	p.expect("(")
	l := p.low
	n, base := len(l.items), len(l.scratch)
	first := p.subElement()
	if l.isLoneQuery(n+1) && (p.at(")") || p.atQueryTail()) {
		q := p.extendLone()
		p.expect(")")
		return q
	}
	l.scratch = append(l.scratch, first)
	for single == nil && p.accept(",") {
		e := p.subElement()
		l.scratch = append(l.scratch, e)
	}
	p.expect(")")
	if single == nil {
		*list = p.takeList(base)
		return nil
	}
	l.scratch = l.scratch[:base]
	if *single = first; first == nil {
		l.await(single)
	}
	return nil
}
