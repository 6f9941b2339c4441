package parse

import "github.com/freshetdb/freshet/sql/ast"

// fromList reads a FROM list that stands in a statement (UPDATE ... FROM, DELETE ... USING).
func (p *parser) fromList() []ast.TableExpr {
	outer := p.begin()
	defer p.finish(outer)
	b := p.low.openBlock()
	p.low.emit(" FROM ")
	list := p.lowerFrom()
	p.low.closeBlock(b)
	p.group()
	return list
}

// optWhere reads a WHERE clause of a statement, or nothing.
func (p *parser) optWhere() ast.Expr {
	if !p.accept("where") {
		return nil
	}
	return p.expr()
}

// relationExpr reads a relation with its children (t, t *) or without (ONLY t, ONLY (t)).
func (p *parser) relationExpr() *ast.TableRef {
	t := &ast.TableRef{Pos: p.pos()}
	if p.accept("only") {
		t.Only = true
		if p.accept("(") {
			t.Name = p.qualifiedName()
			p.expect(")")
			return t
		}
		t.Name = p.qualifiedName()
		return t
	}
	t.Name = p.qualifiedName()
	p.accept("*")
	return t
}

// lowerFrom reads FROM items separated by commas.
func (p *parser) lowerFrom() []ast.TableExpr {
	var list []ast.TableExpr
	for {
		list = append(list, p.joinedTable())
		if !p.accept(",") {
			return list
		}
		p.low.emit(", ")
	}
}

// joinedTable reads a FROM item with all its joins.
func (p *parser) joinedTable() ast.TableExpr {
	start := len(p.low.items)
	outer := p.openChain()
	t := p.joins(p.tablePrimary(), start, false)
	p.closeChain(outer)
	return t
}

// atJoin tells whether a join begins here.
func (p *parser) atJoin() bool {
	switch {
	case p.atAny("join", "inner", "cross", "natural", "left", "right", "full") != "":
		return true
	case p.at("asof"):
		n := p.peek(1)
		return n.is("join") || n.is("left") || n.is("inner") || n.is("right") || n.is("full")
	}
	return false
}

// joins reads the joins that follow left, whose text begins at item start. While an outer join still waits for its own
// condition (inner is true) they are only read up to that, and put in parentheses.
func (p *parser) joins(left ast.TableExpr, start int, inner bool) ast.TableExpr {
	joined := false
	for p.atJoin() && !p.failed() {
		if !p.enter() {
			return left
		}
		p.link()
		left = p.join(left)
		p.leave()
		joined = true
	}
	if joined && inner {
		p.low.wrap(start)
	}
	return left
}

// join reads one join and its right side.
func (p *parser) join(left ast.TableExpr) ast.TableExpr {
	j := &ast.Join{Pos: p.pos(), Left: left}
	j.Natural = p.accept("natural")
	j.Asof = p.accept("asof")
	switch p.acceptAny("cross", "inner", "left", "right", "full") {
	case "cross":
		if j.Natural {
			p.syntaxError()
		}
		j.Kind = ast.CrossJoin
	case "left":
		j.Kind = ast.LeftJoin
		p.accept("outer")
	case "right":
		j.Kind = ast.RightJoin
		p.accept("outer")
	case "full":
		j.Kind = ast.FullJoin
		p.accept("outer")
	}
	p.expect("join")
	if j.Asof && (j.Kind == ast.RightJoin || j.Kind == ast.FullJoin) {
		p.unsupported(j.Pos, "Every row of the left side takes its match on the right: ASOF JOIN or ASOF LEFT JOIN.",
			"ASOF RIGHT and FULL JOIN are not supported")
	}
	l := p.low
	l.emit(" JOIN ")
	start := len(l.items)
	j.Right = p.tablePrimary()
	if j.Kind != ast.CrossJoin && !j.Natural {
		j.Right = p.joins(j.Right, start, true)
	}
	l.emit(" ON ")
	c := l.open()
	if j.Kind != ast.CrossJoin && !j.Natural {
		p.joinCondition(j)
	}
	if l.bare(c) {
		l.drop(c)
		l.emitLeaf(joinMark)
		return j
	}
	l.closeMark(c, nil, nil)
	l.emit(")")
	return j
}

// joinMark stands where TiDB wants a condition and there is none to group.
var joinMark = &ast.Default{}

func (p *parser) joinCondition(j *ast.Join) {
	if p.at("match_condition", "(") {
		p.advance()
		p.advance()
		p.sub(&j.Match)
		p.expect(")")
	}
	switch p.expectAny("on", "using") {
	case "on":
		p.sub(&j.On)
	case "using":
		j.Using = p.columnNames()
		if p.accept("as") {
			j.UsingAlias = p.colID()
		}
	}
	if j.Asof {
		p.low.asofs = append(p.low.asofs, j)
	}
}

// tablePrimary reads one FROM item and writes t0, (query) AS t0 or a join in parentheses.
func (p *parser) tablePrimary() ast.TableExpr {
	lateral := p.accept("lateral")
	switch {
	case p.at("("):
		return p.parenTable(lateral)
	case p.at("rows", "from"):
		return p.rowsFrom(lateral)
	case p.at("table", "("):
		return p.tableFunction()
	case p.atWindow():
		return p.windowTable()
	case p.at("xmltable", "("):
		p.xml()
		return nil
	case p.atFunction():
		return p.functionTable(lateral)
	case lateral:
		p.funcName()
		p.syntaxError()
	}
	if !isColID(&p.tok) && isTypeFuncName(&p.tok) {
		p.advance() // it could have been a function's name
		p.syntaxError()
	}
	t := p.relationExpr()
	if p.failed() {
		return t
	}
	return p.finishTable(t)
}

// finishTable reads what may follow a relation's name: time travel, alias, sample.
func (p *parser) finishTable(t *ast.TableRef) ast.TableExpr {
	l := p.low
	c := l.openWith("(SELECT ")
	if p.atAsOf() {
		t.AsOf = p.asOf()
	}
	t.Alias = p.optAlias()
	if t.AsOf == nil && p.atAsOf() { // Flink allows both orders
		t.AsOf = p.asOf()
	}
	if p.at("tablesample") {
		t.Sample = p.tableSample()
	}
	p.closeTable(c)
	return t
}

// closeTable ends a FROM item that was begun as (SELECT: with the expressions that it holds, or as a mere name.
func (p *parser) closeTable(c call) {
	l := p.low
	if l.bare(c) {
		l.drop(c)
		l.emit(tableName(l.tables))
		l.tables++
		return
	}
	l.closeMark(c, nil, nil)
	l.emit(")")
	l.emitAlias()
}

func (p *parser) tableSample() *ast.TableSample {
	s := &ast.TableSample{Pos: p.pos()}
	p.expect("tablesample")
	s.Method = p.funcName()
	p.expect("(")
	s.Args = p.subList()
	p.expect(")")
	if p.accept("repeatable") {
		p.expect("(")
		p.sub(&s.Repeat)
		p.expect(")")
	}
	return s
}

// optAlias reads [AS] name [(columns)].
func (p *parser) optAlias() *ast.Alias {
	if p.at("as") {
		if p.atAsOf() {
			return nil
		}
		p.advance()
	} else if !isColID(&p.tok) || p.atEmit() || p.atAsofJoin() || p.at("match_condition", "(") {
		return nil
	}
	a := &ast.Alias{Pos: p.pos(), Name: p.colID()}
	a.Columns = p.optColumnNames()
	return a
}

func (p *parser) atAsofJoin() bool { return p.at("asof") && p.atJoin() }

// parenTable reads what begins with a parenthesis: a query or a join.
func (p *parser) parenTable(lateral bool) ast.TableExpr {
	pos := p.pos()
	table, query, _ := p.parenTableOrQuery(lateral)
	if query == nil {
		return table
	}
	return p.finishSubquery(&ast.SubqueryRef{Pos: pos, Lateral: lateral, Query: query})
}

// finishSubquery reads the alias of a query in FROM that has been written.
func (p *parser) finishSubquery(s *ast.SubqueryRef) ast.TableExpr {
	s.Alias = p.optAlias()
	p.low.emitAlias()
	return s
}

// parenTableOrQuery reads a parenthesised join, which it returns with its alias, or a parenthesised query, whose alias is
// still to come. prefix is as parenQuery's.
func (p *parser) parenTableOrQuery(lateral bool) (table ast.TableExpr, query *ast.Query, prefix int) {
	if p.atSubqueryAfter(0) {
		query, prefix = p.parenQuery()
		return nil, query, prefix
	}
	prefix = p.low.reserve()
	if !p.enter() {
		return &ast.TableRef{}, nil, prefix
	}
	defer p.leave()
	p.advance()
	start := len(p.low.items)
	pos := p.pos()
	var inner ast.TableExpr
	if p.at("(") {
		var q *ast.Query
		var innerPrefix int
		inner, q, innerPrefix = p.parenTableOrQuery(false)
		if q != nil {
			if p.atQueryTail() {
				q = p.extend(q, innerPrefix)
			}
			if p.accept(")") {
				return nil, q, prefix
			}
			inner = p.finishSubquery(&ast.SubqueryRef{Pos: pos, Query: q})
		}
	} else {
		inner = p.tablePrimary()
	}
	inner = p.joins(inner, start, true)
	j, ok := inner.(*ast.Join)
	if !ok || j.Alias != nil || lateral {
		p.syntaxError()
		return inner, nil, prefix
	}
	p.expect(")")
	j.Alias = p.optAlias()
	return j, nil, prefix
}

// atFunction tells whether a function call comes where a FROM item may stand.
func (p *parser) atFunction() bool {
	if p.at("cast") || p.atValueFunction() {
		return true
	}
	if !isColID(&p.tok) && !isTypeFuncName(&p.tok) {
		return false
	}
	n := 1
	for p.peek(n).is(".") && isColLabel(p.peek(n+1)) {
		n += 2
	}
	return p.peek(n).is("(") && (n > 1 || isTypeFuncName(&p.tok) || isCallWord(&p.tok))
}

// functionTable reads a function in FROM.
func (p *parser) functionTable(lateral bool) ast.TableExpr {
	f := &ast.FuncRef{Pos: p.pos(), Lateral: lateral}
	c := p.low.openWith("(SELECT ")
	f.Funcs = []*ast.FuncItem{p.funcItem()}
	return p.finishFunction(f, c)
}

// rowsFrom reads ROWS FROM (f(...), g(...)).
func (p *parser) rowsFrom(lateral bool) ast.TableExpr {
	f := &ast.FuncRef{Pos: p.pos(), Lateral: lateral, RowsFrom: true}
	p.advance()
	p.advance()
	c := p.low.openWith("(SELECT ")
	f.Funcs = parenList(p, func() *ast.FuncItem {
		item := p.funcItem()
		if p.accept("as") {
			item.Columns = p.columnTypes()
		}
		return item
	})
	return p.finishFunction(f, c)
}

// funcItem reads a call without OVER or FILTER (func_expr_windowless).
func (p *parser) funcItem() *ast.FuncItem {
	item := &ast.FuncItem{Pos: p.pos()}
	p.subCallExpr(&item.Call)
	return item
}

// finishFunction reads WITH ORDINALITY and the alias of functions in FROM, which may define columns.
func (p *parser) finishFunction(f *ast.FuncRef, c call) ast.TableExpr {
	if p.at("with", "ordinality") {
		p.advance()
		p.advance()
		f.Ordinality = true
	}
	p.functionAlias(f)
	p.closeTable(c)
	return f
}

func (p *parser) functionAlias(f *ast.FuncRef) {
	if p.at("as", "(") {
		p.advance()
		f.Columns = p.columnTypes()
		return
	}
	if p.at("as") {
		p.advance()
	} else if !isColID(&p.tok) || p.atEmit() || p.atAsofJoin() {
		return
	}
	f.Alias = &ast.Alias{Pos: p.pos(), Name: p.colID()}
	if !p.at("(") {
		return
	}
	if isColID(p.peek(1)) && !p.peek(2).is(",") && !p.peek(2).is(")") {
		f.Columns = p.columnTypes()
		return
	}
	f.Alias.Columns = p.columnNames()
}

// columnTypes reads (name type, ...).
func (p *parser) columnTypes() []*ast.ColumnType { return parenList(p, p.columnType) }

func (p *parser) columnType() *ast.ColumnType {
	c := &ast.ColumnType{Pos: p.pos(), Name: p.colID(), Type: p.typeName()}
	if p.accept("collate") {
		c.Collation = p.anyName()
	}
	return c
}
