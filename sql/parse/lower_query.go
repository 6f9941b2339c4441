package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// query reads a query that stands in a statement (SelectStmt), in parentheses or not.
func (p *parser) query() *ast.Query {
	outer := p.begin()
	defer p.finish(outer)
	q := p.lowerQuery()
	p.group()
	return q
}

// atQuery tells whether the current token can begin a query.
func (p *parser) atQuery() bool {
	return p.atAny("select", "values", "table", "with", "(") != ""
}

// lowerQuery reads a query and writes it as one SELECT.
func (p *parser) lowerQuery() *ast.Query {
	q := &ast.Query{Pos: p.pos()}
	lead := p.low.lead
	p.low.lead = ""
	if p.at("with") {
		q.With = p.lowerWith()
	}
	q = p.lowerQueryBody(q)
	p.low.lead = lead
	return q
}

// block is a SELECT of the text that is being written; its clauses are added one after the other.
type block struct{ call }

func (l *lowering) openBlock() block { return block{l.openWith("SELECT ")} }

func (l *lowering) closeBlock(b block) { l.closeMark(b.call, nil, nil) }

// clause has the next expression of the block begin a clause.
func (l *lowering) clause(text string) { l.lead = text }

// lowerQueryBody reads what follows WITH: set operations over blocks, then ORDER BY, LIMIT and so on.
func (p *parser) lowerQueryBody(q *ast.Query) *ast.Query {
	l := p.low
	prefix := l.reserve()
	if p.at("(") {
		first, _ := p.parenQueries()
		return p.queryTail(q, first, prefix, "SELECT ", " FROM ")
	}
	b := l.openBlock()
	q.Body = p.simpleSelect()
	if p.atSetOp() {
		l.closeBlock(b)
		l.emit(")")
		return p.queryTail(q, &ast.Query{Body: q.Body}, prefix, "SELECT ", " FROM (")
	}
	p.queryOptions(q)
	l.closeBlock(b)
	return q
}

// atSetOp tells whether UNION, INTERSECT or EXCEPT comes.
func (p *parser) atSetOp() bool { return p.atAny("union", "intersect", "except") != "" }

// atQueryTail tells whether something comes that may follow a parenthesised query.
func (p *parser) atQueryTail() bool {
	return p.atSetOp() || p.atAny("order", "limit", "offset", "fetch", "for") != "" || p.atEmit()
}

// extend reads what follows (query), whose text has two free items at prefix, and writes all of it in parentheses.
func (p *parser) extend(q *ast.Query, prefix int) *ast.Query {
	lead := p.low.lead
	p.low.lead = ""
	q = p.queryTail(&ast.Query{Pos: q.Pos}, q, prefix, "(SELECT ", " FROM ")
	p.low.emit(")")
	p.low.lead = lead
	return q
}

// setOperand is an operand of a chain of set operations with the operator before it.
type setOperand struct {
	op   *ast.SetOp // nil for the first
	body ast.QueryBody
}

// queryTail reads what follows the first operand of q, of which only a WITH has been read yet. The text becomes
// SELECT ? FROM (first) AS t0, (second) AS t1 ORDER BY ...
func (p *parser) queryTail(q, first *ast.Query, prefix int, selectText, fromText string) *ast.Query {
	l := p.low
	b := block{call{item: prefix, base: len(l.pending)}}
	l.items[prefix].text, l.items[prefix+1].text = selectText, fromText
	l.emitAlias()
	if p.atSetOp() {
		operands := []setOperand{{body: operandOf(first)}}
		for p.atSetOp() && !p.failed() {
			p.link()
			operands = append(operands, p.setOperand())
		}
		q.Body = foldSetOps(operands)
		p.queryOptions(q)
	} else {
		q = p.wholeQuery(q, first)
	}
	l.closeBlock(b)
	return q
}

// wholeQuery makes a parenthesised query the whole of q, its clauses and those after it together: then the parentheses
// mean nothing.
func (p *parser) wholeQuery(q, first *ast.Query) *ast.Query {
	first.Pos = q.Pos
	p.queryOptions(first)
	if q.With == nil {
		return first
	}
	if first.With != nil {
		p.errorAt(q.With.Pos, pgerr.SyntaxError, "multiple WITH clauses not allowed")
	}
	first.With = q.With
	return first
}

// emitAlias names the FROM item that has been written and returns its number.
func (l *lowering) emitAlias() {
	l.emit(" AS ")
	l.emit(tableName(l.tables))
	l.tables++
}

// isPlain tells whether a query has nothing but a body.
func isPlain(q *ast.Query) bool {
	return q.With == nil && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil && len(q.Locking) == 0 && q.Emit == nil
}

// operandOf gives a query as an operand of a set operation; parentheses around a mere body mean nothing.
func operandOf(q *ast.Query) ast.QueryBody {
	if isPlain(q) {
		return q.Body
	}
	return q
}

// setOperand reads a set operator and the operand after it.
func (p *parser) setOperand() setOperand {
	op := &ast.SetOp{Pos: p.pos(), Kind: ast.SetOpKind(upper(p.expectAny("union", "intersect", "except")))}
	op.All = p.acceptAny("all", "distinct") == "all"
	if p.accept("corresponding") {
		op.Corresponding = true
		if p.accept("by") {
			op.By = p.columnNames()
		}
	}
	l := p.low
	l.emit(", ")
	var body ast.QueryBody
	if p.at("(") {
		inner, _ := p.parenQueries()
		body = operandOf(inner)
	} else {
		l.emit("(")
		b := l.openBlock()
		body = p.simpleSelect()
		l.closeBlock(b)
		l.emit(")")
	}
	l.emitAlias()
	return setOperand{op, body}
}

// foldSetOps groups a chain of set operations: INTERSECT first, then from left to right.
func foldSetOps(operands []setOperand) ast.QueryBody {
	var terms []setOperand
	for _, o := range operands {
		if o.op != nil && o.op.Kind == ast.Intersect {
			last := &terms[len(terms)-1]
			o.op.Left, o.op.Right = last.body, o.body
			last.body = o.op
			continue
		}
		terms = append(terms, o)
	}
	result := terms[0].body
	for _, t := range terms[1:] {
		t.op.Left, t.op.Right = result, t.body
		result = t.op
	}
	return result
}

// simpleSelect reads SELECT ..., VALUES ... or TABLE t into the open block.
func (p *parser) simpleSelect() ast.QueryBody {
	switch {
	case p.at("values"):
		return p.values()
	case p.at("table"):
		return p.tableQuery()
	}
	s := &ast.Select{Pos: p.pos()}
	p.expect("select")
	p.selectList(s)
	if p.accept("into") {
		s.Into = p.into()
	}
	if p.accept("from") {
		p.low.emit(" FROM ")
		s.From = p.lowerFrom()
	}
	if p.accept("where") {
		p.low.clause(" WHERE ")
		p.sub(&s.Where)
	}
	if p.at("group") {
		p.groupBy(s)
	}
	p.low.clause(" ORDER BY ") // TiDB takes no HAVING without FROM
	if p.accept("having") {
		p.sub(&s.Having)
	}
	if p.accept("window") {
		s.Windows = commaList(p, p.windowDefinition)
	}
	return s
}

// selectList reads DISTINCT and the targets.
func (p *parser) selectList(s *ast.Select) {
	if p.accept("distinct") {
		s.Distinct = true
		if p.accept("on") {
			s.Distinct = false
			p.expect("(")
			s.DistinctOn = p.subList()
			p.expect(")")
		}
		s.Targets = p.lowerTargets()
		return
	}
	if p.accept("all") || !p.atEmptyTargets() {
		if !p.atEmptyTargets() {
			s.Targets = p.lowerTargets()
		}
	}
}

// atEmptyTargets tells whether a target list, which PostgreSQL lets be empty, ends before it begins.
func (p *parser) atEmptyTargets() bool {
	switch p.tok.kind {
	case tokEOF:
		return true
	case tokPunct:
		return p.tok.text == ")" || p.tok.text == ";"
	case tokWord:
		switch p.tok.text {
		case "into", "from", "where", "group", "having", "window", "union", "intersect", "except", "order", "limit",
			"offset", "fetch", "for", "on", "returning", "with":
			return true
		}
	default:
	}
	return false
}

func (p *parser) lowerTargets() []*ast.Target { return commaList(p, p.target) }

// target reads an element of a target list.
func (p *parser) target() *ast.Target {
	t := &ast.Target{Pos: p.pos()}
	if p.at("*") {
		s := &ast.Star{Pos: p.pos()}
		p.advance()
		t.X = p.starExcept(s)
		return t
	}
	p.sub(&t.X)
	if p.accept("as") {
		t.Alias = p.colLabel()
	} else if isBareLabel(&p.tok) && !p.atEmit() {
		t.Alias = p.colLabel()
	}
	return t
}

// targets reads a target list that stands in a statement (RETURNING).
func (p *parser) targets() []*ast.Target {
	outer := p.begin()
	defer p.finish(outer)
	c := p.low.openWith("SELECT ")
	list := p.lowerTargets()
	p.closeStatement(c)
	return list
}

// tableQuery reads TABLE t, which is SELECT * FROM t.
func (p *parser) tableQuery() ast.QueryBody {
	pos := p.pos()
	p.advance()
	s := &ast.Select{Pos: pos, Targets: []*ast.Target{{Pos: pos, X: &ast.Star{Pos: pos}}}}
	s.From = []ast.TableExpr{p.relationExpr()}
	p.low.clause(" ORDER BY ")
	return s
}

// values reads VALUES lists. Constants in them, of which there may be millions, never reach the text.
func (p *parser) values() ast.QueryBody {
	v := &ast.Values{Pos: p.pos()}
	p.advance()
	for {
		p.expect("(")
		v.Rows = append(v.Rows, p.subList())
		p.expect(")")
		if !p.accept(",") {
			p.low.clause(" ORDER BY ")
			return v
		}
	}
}

func (p *parser) into() *ast.Into {
	i := &ast.Into{Pos: p.pos()}
	if next := p.peek(1); next.is("table") || isColID(next) { // else the word is the table's name
		switch p.optPersistence() {
		case ast.Temporary:
			i.Temporary = true
		case ast.Unlogged:
			i.Unlogged = true
		case ast.Permanent:
		}
	}
	p.accept("table")
	i.Name = p.qualifiedName()
	return i
}

// groupBy reads GROUP BY.
func (p *parser) groupBy(s *ast.Select) {
	p.expect("group", "by")
	s.GroupByDistinct = p.acceptAny("all", "distinct") == "distinct"
	p.low.clause(" GROUP BY ")
	s.GroupBy = p.subListOf(p.groupingElement)
	p.low.grouped = append(p.low.grouped, s)
}

// groupingElement reads an element of GROUP BY or GROUPING SETS.
func (p *parser) groupingElement() ast.Expr {
	var kind ast.GroupingKind
	switch {
	case p.at("(", ")"):
		e := &ast.GroupingSets{Pos: p.pos()}
		p.expect("(", ")")
		return e
	case p.at("grouping", "sets"):
		kind = ast.GroupingList
	case p.at("rollup", "("), p.at("cube", "("):
		kind = ast.GroupingKind(upper(p.tok.text))
	default:
		return p.subElement()
	}
	e := &ast.GroupingSets{Pos: p.pos(), Kind: kind}
	if kind == ast.GroupingList {
		p.advance()
	}
	p.advance()
	return p.subCall(e, func() {
		p.expect("(")
		e.Sets = p.subListOf(p.groupingElement)
		p.expect(")")
	})
}

// subCall reads a node whose inner expressions are read by inner, as an element of a list: it returns the node as a leaf, or
// writes it and returns nil.
func (p *parser) subCall(node ast.Expr, inner func()) ast.Expr {
	l := p.low
	n, lead := len(l.items), l.lead
	l.emit(lead)
	c := l.open()
	inner()
	if l.close(c, node) != nil {
		l.items, l.lead = l.items[:n], lead
		return node
	}
	l.lead = ","
	return nil
}
