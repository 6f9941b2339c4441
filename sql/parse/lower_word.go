package parse

import "github.com/freshetdb/freshet/sql/ast"

// wordPrimary reads a primary that begins with a word: by its own syntax where the grammar knows the word, or as a name.
func (p *parser) wordPrimary(restricted bool) (ast.Expr, bool) {
	if p.at("row", "(") {
		return p.explicitRow(restricted)
	}
	if read := p.keywordPrimary(); read != nil {
		return read(p)
	}
	if e, ok := p.typeConstant(); ok {
		return e, false
	}
	return p.namePrimary()
}

// primaryReader reads a primary; see operand.
type primaryReader func(*parser) (ast.Expr, bool)

// keywordPrimary returns the reader of a primary that begins with a keyword of its own syntax, nil if the word at hand
// begins none.
func (p *parser) keywordPrimary() primaryReader {
	if p.tok.keyword.Category == ast.NotKeyword {
		return p.streamPrimary()
	}
	switch p.tok.text {
	case "null", "true", "false", "default":
		return (*parser).wordConstant
	case "case":
		return (*parser).caseExpr
	case "cast":
		return (*parser).castExpr
	case "array":
		return (*parser).array
	case "unique":
		return (*parser).uniquePredicate
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_role",
		"current_user", "session_user", "user", "current_catalog", "current_schema":
		return p.valueFuncReader()
	}
	next := p.peek(1)
	if p.at("collation") && next.is("for") {
		return (*parser).collationFor
	}
	if !next.is("(") {
		return nil
	}
	switch p.tok.text {
	case "exists":
		return (*parser).exists
	case "coalesce", "greatest", "least", "nullif", "grouping":
		return (*parser).special
	case "extract":
		return (*parser).extract
	case "overlay":
		return (*parser).overlay
	case "position":
		return (*parser).position
	case "substring":
		return (*parser).substring
	case "trim":
		return (*parser).trim
	case "normalize":
		return (*parser).normalize
	case "treat":
		return (*parser).treat
	case "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi", "xmlroot", "xmlserialize":
		return (*parser).xml
	}
	return nil
}

// streamPrimary is keywordPrimary for words that PostgreSQL 15 does not know.
func (p *parser) streamPrimary() primaryReader {
	next := p.peek(1)
	switch {
	case p.at("map") && next.is("{"):
		return (*parser).mapExpr
	case p.at("try_cast") && next.is("("):
		return (*parser).castExpr
	case next.is("("):
		if _, ok := jsonKinds[p.tok.text]; ok {
			return (*parser).jsonConstructor
		}
	}
	return nil
}

func (p *parser) wordConstant() (ast.Expr, bool) {
	pos, word := p.pos(), p.tok.text
	p.advance()
	switch word {
	case "null":
		return &ast.Literal{Pos: pos, Kind: ast.NullLiteral}, false
	case "default":
		return &ast.Default{Pos: pos}, false
	default:
		return &ast.Literal{Pos: pos, Kind: ast.BoolLiteral, Text: word}, false
	}
}

// valueFuncReader returns the reader of a function without parentheses; CURRENT_SCHEMA is also a function with them.
func (p *parser) valueFuncReader() primaryReader {
	if p.at("current_schema", "(") {
		return nil
	}
	return (*parser).valueFunc
}

func (p *parser) valueFunc() (ast.Expr, bool) {
	e := &ast.ValueFunc{Pos: p.pos(), Kind: upper(p.tok.text), Precision: -1}
	switch e.Kind {
	case "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		if p.peek(1).is("(") {
			p.advance()
			p.advance()
			e.Precision = p.integer()
			p.expect(")")
			return e, false
		}
	}
	p.advance()
	return e, false
}

// begun reads a node whose inner expressions belong to one call: read fills the node. It returns the node if it is a leaf.
func (p *parser) begun(node ast.Expr, read func()) ast.Expr {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	c := p.low.open()
	read()
	return p.low.close(c, node)
}

func (p *parser) caseExpr() (ast.Expr, bool) {
	e := &ast.Case{Pos: p.pos()}
	return p.begun(e, func() {
		p.advance()
		if !p.at("when") {
			p.sub(&e.Operand)
		}
		if !p.at("when") {
			p.syntaxError()
		}
		for p.at("when") {
			w := &ast.When{Pos: p.pos()}
			p.advance()
			p.sub(&w.Cond)
			p.expect("then")
			p.sub(&w.Result)
			e.Whens = append(e.Whens, w)
		}
		if p.accept("else") {
			p.sub(&e.Else)
		}
		p.expect("end")
	}), false
}

// castExpr reads CAST(x AS t) and TRY_CAST(x AS t).
func (p *parser) castExpr() (ast.Expr, bool) {
	e := &ast.Cast{Pos: p.pos(), Try: p.at("try_cast")}
	return p.begun(e, func() {
		p.advance()
		p.expect("(")
		p.sub(&e.X)
		p.expect("as")
		e.Type = p.typeName()
		p.expect(")")
	}), false
}

// array reads ARRAY[...] and ARRAY(query).
func (p *parser) array() (ast.Expr, bool) {
	pos := p.pos()
	p.advance()
	if p.at("(") {
		return p.keptSubquery(pos, ast.ArraySubquery), false
	}
	if !p.at("[") {
		p.syntaxError()
		return nil, false
	}
	return p.arrayBrackets(pos), false
}

func (p *parser) arrayBrackets(pos ast.Pos) ast.Expr {
	e := &ast.Array{Pos: pos}
	return p.begun(e, func() {
		p.expect("[")
		switch {
		case p.at("]"):
		case p.at("["):
			e.Elems = p.subListOf(p.innerArray)
		default:
			e.Elems = p.subList()
		}
		p.expect("]")
	})
}

// innerArray reads [...] inside ARRAY[...], where all elements are such or none is.
func (p *parser) innerArray() ast.Expr {
	l := p.low
	n, lead := len(l.items), l.lead
	l.emit(lead)
	l.lead = ""
	if leaf := p.arrayBrackets(p.pos()); leaf != nil {
		l.items, l.lead = l.items[:n], lead
		return leaf
	}
	l.lead = ","
	return nil
}

// keptSubquery reads (query) as a subquery of the given kind.
func (p *parser) keptSubquery(pos ast.Pos, kind ast.SubqueryKind) ast.Expr {
	e := &ast.Subquery{Pos: pos, Kind: kind}
	l := p.low
	c := l.open()
	e.Query = p.selectWithParens()
	l.closeMark(c, e, nil)
	l.emit(")")
	return nil
}

func (p *parser) exists() (ast.Expr, bool) {
	pos := p.pos()
	p.advance()
	return p.keptSubquery(pos, ast.ExistsSubquery), false
}

// uniquePredicate reads UNIQUE (query), which PostgreSQL reads and refuses.
func (p *parser) uniquePredicate() (ast.Expr, bool) {
	pos := p.pos()
	p.advance()
	p.accept("nulls", "distinct")
	p.accept("nulls", "not", "distinct")
	p.keptSubquery(pos, ast.ExistsSubquery)
	if !p.failed() {
		p.unsupported(pos, "Compare count(*) with count(DISTINCT ...) over the query.", "UNIQUE predicate is not yet implemented")
	}
	return nil, false
}

// explicitRow reads ROW(...).
func (p *parser) explicitRow(restricted bool) (ast.Expr, bool) {
	e := &ast.Row{Pos: p.pos(), Explicit: true}
	if !p.enter() {
		return nil, false
	}
	defer p.leave()
	c := p.low.open()
	p.advance()
	p.expect("(")
	if !p.at(")") {
		e.Fields = p.subList()
	}
	p.expect(")")
	if p.at("overlaps") && !restricted {
		return p.overlaps(c, e), false
	}
	return p.low.close(c, e), false
}

// special reads COALESCE and the like, calls that the grammar knows.
func (p *parser) special() (ast.Expr, bool) {
	e := &ast.Special{Pos: p.pos(), Kind: upper(p.tok.text)}
	return p.begun(e, func() {
		p.advance()
		p.expect("(")
		if e.Kind == "NULLIF" {
			e.Args = make([]ast.Expr, 2)
			p.sub(&e.Args[0])
			p.expect(",")
			p.sub(&e.Args[1])
		} else {
			e.Args = p.subList()
		}
		p.expect(")")
	}), false
}

// mapExpr reads MAP {key: value, ...}.
func (p *parser) mapExpr() (ast.Expr, bool) {
	e := &ast.Map{Pos: p.pos()}
	return p.begun(e, func() {
		p.advance()
		p.expect("{")
		if p.accept("}") {
			return
		}
		base := len(p.low.scratch)
		for {
			key := p.subElement()
			p.low.scratch = append(p.low.scratch, key)
			p.expect(":")
			value := p.subElement()
			p.low.scratch = append(p.low.scratch, value)
			if !p.accept(",") {
				break
			}
		}
		p.expect("}")
		n := (len(p.low.scratch) - base) / 2
		e.Keys, e.Values = make([]ast.Expr, n), make([]ast.Expr, n)
		p.takePairs(base, func(i int) (key, value *ast.Expr) { return &e.Keys[i], &e.Values[i] })
	}), false
}

// takePairs puts the scratch elements from base on, which are keys and values in turn, where pair says.
func (p *parser) takePairs(base int, pair func(i int) (key, value *ast.Expr)) {
	elems := p.low.scratch[base:]
	for i := range len(elems) / 2 {
		key, value := pair(i)
		p.take(elems[2*i], key)
		p.take(elems[2*i+1], value)
	}
	p.low.scratch = p.low.scratch[:base]
}

// take puts an element of a list that has been read into dst, or makes dst the slot of one that has been written.
func (p *parser) take(e ast.Expr, dst *ast.Expr) {
	if *dst = e; e == nil {
		p.low.await(dst)
	}
}

// xml reads the functions of SQL/XML no further than their name.
func (p *parser) xml() (ast.Expr, bool) {
	p.unsupported(p.pos(), "Freshet has no XML; use jsonb.", "%s is not supported", upper(p.tok.text))
	return nil, false
}
