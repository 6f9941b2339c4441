package parse

import "github.com/freshetdb/freshet/sql/ast"

// declareCursor reads DECLARE.
func (p *parser) declareCursor() ast.Statement {
	d := &ast.DeclareCursor{Pos: p.pos()}
	p.expect("declare")
	d.Name = p.colID()
	if p.accept("subscription", "cursor") {
		return p.declareSubscriptionCursor(d)
	}
	for p.cursorOption(d) {
	}
	p.expect("cursor")
	if p.accept("with") {
		p.expect("hold")
		d.Hold = true
	} else if p.accept("without") {
		p.expect("hold")
	}
	p.expect("for")
	if p.at("subscribe") {
		d.Statement = p.subscribe()
	} else {
		d.Statement = p.query()
	}
	return d
}

// cursorOption reads one word of what may stand before CURSOR, in any order and repeated.
func (p *parser) cursorOption(d *ast.DeclareCursor) bool {
	switch p.acceptAny("binary", "insensitive", "asensitive", "scroll", "no") {
	case "binary":
		d.Binary = true
	case "insensitive":
		d.Insensitive = true
	case "asensitive":
		d.Asensitive = true
	case "scroll":
		d.Scroll = true
	case "no":
		p.expect("scroll")
		d.NoScroll = true
	default:
		return false
	}
	return true
}

// declareSubscriptionCursor reads what comes after CURSOR: FOR subscription [SINCE point | FULL].
func (p *parser) declareSubscriptionCursor(d *ast.DeclareCursor) ast.Statement {
	s := &ast.DeclareSubscriptionCursor{Pos: d.Pos, Name: d.Name}
	p.expect("for")
	s.Subscription = p.qualifiedName()
	if p.accept("since") {
		s.Since = p.expr()
	} else {
		s.Full = p.accept("full")
	}
	return s
}

// fetch reads FETCH and MOVE.
func (p *parser) fetch() ast.Statement {
	f := &ast.Fetch{Pos: p.pos(), Move: p.at("move"), Direction: "FORWARD", Count: 1}
	p.advance()
	p.fetchDirection(f)
	p.acceptAny("from", "in")
	f.Cursor = p.colID()
	f.Options = p.optOptions()
	return f
}

// fetchDirection reads which rows are wanted. All of its words but ALL are names of cursors too, if nothing follows.
func (p *parser) fetchDirection(f *ast.Fetch) {
	next := p.peek(1)
	counted := next.kind == tokInteger || next.is("-") || next.is("+")
	named := next.is("from") || next.is("in") || isColID(next)
	switch {
	case p.atNumber():
		f.Count = p.signedInteger()
	case p.at("all"):
		p.fetchCount(f)
	case named && p.atAny("next", "prior", "first", "last") != "":
		p.fetchOne(f)
	case counted && p.atAny("absolute", "relative") != "",
		(counted || named || next.is("all")) && p.atAny("forward", "backward") != "":
		f.Direction = upper(p.tok.text)
		p.advance()
		p.fetchCount(f)
	}
}

func (p *parser) fetchOne(f *ast.Fetch) {
	switch p.acceptAny("next", "prior", "first", "last") {
	case "prior":
		f.Direction = "BACKWARD"
	case "first":
		f.Direction = "ABSOLUTE"
	case "last":
		f.Direction, f.Count = "ABSOLUTE", -1
	}
}

// fetchCount reads a number or ALL, if one comes.
func (p *parser) fetchCount(f *ast.Fetch) {
	switch {
	case p.accept("all"):
		f.All, f.Count = true, 0
	case p.atNumber():
		f.Count = p.signedInteger()
	}
}

// closeCursor reads CLOSE.
func (p *parser) closeCursor() ast.Statement {
	c := &ast.CloseCursor{Pos: p.pos()}
	p.expect("close")
	if !p.accept("all") {
		c.Name = p.colID()
	}
	return c
}
