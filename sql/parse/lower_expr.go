package parse

import "github.com/freshetdb/freshet/sql/ast"

// precedence is how tightly an operator binds in PostgreSQL 15 (gram.y; table 4.2 of its manual).
type precedence uint8

const (
	precNone precedence = iota
	precOr
	precAnd
	precNot
	precIs
	precCompare
	precPredicate // BETWEEN IN LIKE ILIKE SIMILAR
	precOp        // every other operator
	precAdd
	precMul
	precPower
	precAt
	precCollate
	precSign
	precCast
	precSubscript
)

// nonassoc tells whether two operators of the precedence may not follow each other without parentheses.
func (p precedence) nonassoc() bool {
	return p == precIs || p == precCompare || p == precPredicate
}

// tidbLevel is how tightly a piece of lowered text binds in TiDB's grammar, for which it is put in parentheses where
// PostgreSQL's grammar has grouped it otherwise.
type tidbLevel uint8

const (
	tidbOr tidbLevel = iota + 1
	tidbAnd
	tidbCompare
	tidbIn
	tidbBitOr
	tidbAdd
	tidbMul
	tidbPower
	tidbConcat
	tidbSimple
)

// carrier is the TiDB operator that stands for all of a precedence, with the level of what it makes and of its left side.
type carrier struct {
	text        string
	level, left tidbLevel
}

var carriers = [...]carrier{
	precOr:        {" OR ", tidbOr, tidbOr},
	precAnd:       {" AND ", tidbAnd, tidbAnd},
	precIs:        {" = ", tidbCompare, tidbCompare},
	precCompare:   {" = ", tidbCompare, tidbCompare},
	precPredicate: {" IN (", tidbIn, tidbBitOr},
	precOp:        {" | ", tidbBitOr, tidbBitOr},
	precAdd:       {" + ", tidbAdd, tidbAdd},
	precMul:       {" * ", tidbMul, tidbMul},
	precPower:     {" ^ ", tidbPower, tidbPower},
	precAt:        {" || ", tidbConcat, tidbConcat},
	precCollate:   {" || ", tidbConcat, tidbConcat},
	precSubscript: {" || ", tidbConcat, tidbConcat},
	precCast:      {" || ", tidbConcat, tidbConcat},
}

// expr reads one expression (a_expr) that stands in a statement.
func (p *parser) expr() ast.Expr { return p.wholeExpr(false) }

// restrictedExpr reads one expression of the kind without AND, OR, NOT, IS NULL, IN, LIKE and BETWEEN (b_expr).
func (p *parser) restrictedExpr() ast.Expr { return p.wholeExpr(true) }

func (p *parser) wholeExpr(restricted bool) ast.Expr {
	outer := p.begin()
	defer p.finish(outer)
	var e ast.Expr
	c := p.low.openWith("SELECT ")
	p.subAt(&e, precOr, restricted)
	p.closeStatement(c)
	return e
}

// closeStatement ends the text of something that is no query and has it grouped, if anything is in it.
func (p *parser) closeStatement(c call) {
	if p.failed() || p.low.bare(c) {
		return
	}
	p.low.closeMark(c, nil, nil)
	p.group()
}

// exprList reads expressions separated by commas that stand in a statement.
func (p *parser) exprList() []ast.Expr {
	outer := p.begin()
	defer p.finish(outer)
	c := p.low.openWith("SELECT ")
	list := p.subList()
	p.closeStatement(c)
	return list
}

// lowerExpr reads an expression of operators that bind at least as tightly as min. If it is a leaf it is returned and
// nothing is written; otherwise it has been written, and level is how its text binds.
func (p *parser) lowerExpr(min precedence, restricted bool) (ast.Expr, tidbLevel) {
	l := p.low
	start := len(l.items)
	outer := p.openChain()
	leaf, canSubscript := p.operand(restricted)
	level := tidbSimple
	last := precNone // of the infix operator just read, if another of its kind may not follow
	for p.err == nil {
		prec := p.operatorAt(restricted, canSubscript)
		if prec == precNone || prec < min {
			break
		}
		if prec == last && prec.nonassoc() {
			p.syntaxError()
			break
		}
		canSubscript = false
		if prec > precAnd { // TiDB's chains of AND and OR become one node
			p.link()
		}
		if leaf != nil && prec >= precAt && p.postfix(&leaf) {
			continue
		}
		if leaf != nil {
			l.emitLeaf(leaf)
			leaf = nil
		}
		if carrier := carriers[prec]; level < carrier.left {
			l.wrap(start)
		}
		last = p.infix(prec, restricted)
		level = carriers[prec].level
	}
	p.closeChain(outer)
	return leaf, level
}

// operatorAt returns the precedence of the operator that the current token begins, precNone if it begins none.
func (p *parser) operatorAt(restricted, canSubscript bool) precedence {
	switch p.tok.kind {
	case tokOperator:
		return operatorPrecedence(p.tok.text)
	case tokPunct:
		switch {
		case p.tok.text == "::":
			return precCast
		case canSubscript && p.tok.text == "[":
			return precSubscript
		}
	case tokWord:
		return p.wordOperator(restricted)
	default:
	}
	return precNone
}

func operatorPrecedence(op string) precedence {
	switch op {
	case "=", "<", ">", "<=", ">=", "<>":
		return precCompare
	case "+", "-":
		return precAdd
	case "*", "/", "%":
		return precMul
	case "^":
		return precPower
	}
	return precOp
}

func (p *parser) wordOperator(restricted bool) precedence {
	switch p.tok.text {
	case "is":
		return precIs
	case "operator":
		return precOp
	}
	if restricted {
		return precNone
	}
	switch p.tok.text {
	case "or":
		return precOr
	case "and":
		return precAnd
	case "isnull", "notnull":
		return precIs
	case "similar":
		if p.noSimilar && !p.peek(1).is("to") {
			return precNone
		}
		return precPredicate
	case "between", "in", "like", "ilike":
		return precPredicate
	case "not":
		switch n := p.peek(1); {
		case n.is("between"), n.is("in"), n.is("like"), n.is("ilike"), n.is("similar"):
			return precPredicate
		}
	case "at":
		if p.peek(1).is("time") {
			return precAt
		}
	case "collate":
		return precCollate
	}
	return precNone
}

// infix reads an operator of the given precedence and its right side, after the left one has been written. It returns the
// precedence if another operator of it may not follow, precNone if it may.
func (p *parser) infix(prec precedence, restricted bool) precedence {
	switch prec {
	case precOr, precAnd:
		p.native(prec, restricted)
	case precIs:
		return p.isTest(restricted)
	case precPredicate:
		return p.predicate()
	case precAt:
		p.atTimeZone()
	case precCollate, precSubscript, precCast:
		p.postfixOnText()
	default:
		return p.operatorInfix(prec, restricted)
	}
	return precNone
}

// native reads an operator that TiDB has too.
func (p *parser) native(prec precedence, restricted bool) {
	carrier := carriers[prec]
	text, name := carrier.text, p.tok.text
	switch prec {
	case precOr:
		name = "OR"
	case precAnd:
		name = "AND"
	default:
		text = " " + name + " "
	}
	p.low.emitOp(text, name, p.pos())
	p.advance()
	p.rightSide(prec+1, restricted)
}

// rightSide reads and writes the right operand of a native operator.
func (p *parser) rightSide(min precedence, restricted bool) {
	if leaf, _ := p.lowerExpr(min, restricted); leaf != nil {
		p.low.emitLeaf(leaf)
	}
}

// operatorInfix reads an infix operator proper, perhaps with ANY or ALL after it.
func (p *parser) operatorInfix(prec precedence, restricted bool) precedence {
	isName := p.tok.kind == tokWord // OPERATOR(...)
	if next := p.peek(1); !isName && !restricted && (next.is("any") || next.is("some") || next.is("all")) {
		pos := p.pos()
		op := p.operator()
		p.quantified(prec, pos, op)
		return precNone
	}
	if !isName && prec != precOp {
		p.native(prec, restricted)
		return prec
	}
	pos := p.pos()
	op := p.operator()
	if !restricted && p.atAny("any", "some", "all") != "" {
		p.quantified(precOp, pos, op)
		return precNone
	}
	e := &ast.Binary{Pos: pos, Op: op}
	c := p.openRight(precOp)
	p.subAt(&e.Right, precOp+1, restricted)
	p.low.closeRight(c, e, &e.Left)
	return precNone
}

// openRight writes the operator that carries a precedence and opens the call to its right.
func (p *parser) openRight(prec precedence) call {
	p.low.emit(carriers[prec].text)
	return p.low.open()
}

// operator reads an operator, plain or as OPERATOR(schema.op).
func (p *parser) operator() ast.Operator {
	if !p.at("operator") {
		return ast.Operator{Name: p.operatorName()}
	}
	p.advance()
	p.expect("(")
	op := *p.anyOperator()
	p.expect(")")
	return op
}

func (p *parser) operatorName() string {
	if p.tok.kind != tokOperator {
		p.syntaxError()
		return ""
	}
	name := p.tok.text
	p.advance()
	return name
}

// quantified reads ANY|SOME|ALL (query or array) after an operator, which gives the precedence.
func (p *parser) quantified(prec precedence, pos ast.Pos, op ast.Operator) {
	e := &ast.Quantified{Pos: pos, Op: op}
	e.All = p.expectAny("any", "some", "all") == "all"
	c := p.openRight(prec)
	e.Query = p.queryOrList(&e.Array, nil)
	p.closeRight(c, e, &e.X, e.Query != nil)
	if prec == precPredicate {
		p.low.emit(")")
	}
}

// closeRight is that of lowering, but keeps the call where a query is in it.
func (p *parser) closeRight(c call, node ast.Expr, left *ast.Expr, keep bool) {
	if !keep {
		p.low.closeRight(c, node, left)
		return
	}
	p.low.closeMark(c, node, left)
	p.low.emit(")")
}

// atTimeZone reads AT TIME ZONE zone.
func (p *parser) atTimeZone() {
	e := &ast.AtTimeZone{Pos: p.pos()}
	p.expect("at", "time", "zone")
	c := p.openRight(precAt)
	p.subAt(&e.Zone, precAt+1, false)
	p.low.closeRight(c, e, &e.X)
}

// postfix applies a cast or collation to a leaf; false for the operators that are none.
func (p *parser) postfix(leaf *ast.Expr) bool {
	switch {
	case p.at("::"):
		*leaf = p.cast(*leaf)
	case p.at("collate"):
		*leaf = p.collate(*leaf)
	default:
		return false
	}
	return true
}

func (p *parser) cast(x ast.Expr) *ast.Cast {
	e := &ast.Cast{Pos: p.pos(), X: x}
	p.advance()
	e.Type = p.typeName()
	return e
}

func (p *parser) collate(x ast.Expr) *ast.Collate {
	e := &ast.Collate{Pos: p.pos(), X: x}
	p.advance()
	e.Collation = p.anyName()
	return e
}

// postfixOnText reads a cast, collation or subscripts after an operand that has been written.
func (p *parser) postfixOnText() {
	switch {
	case p.at("::"):
		c := p.openRight(precCast)
		e := p.cast(nil)
		p.low.closeRight(c, e, &e.X)
	case p.at("collate"):
		c := p.openRight(precCollate)
		e := p.collate(nil)
		p.low.closeRight(c, e, &e.X)
	default:
		c := p.openRight(precSubscript)
		e := &ast.Indirection{Pos: p.pos()}
		e.Steps = p.steps()
		p.low.closeRight(c, e, &e.X)
	}
}
