package parse

import "github.com/freshetdb/freshet/sql/ast"

// do reads DO: the code and its language, in any order.
func (p *parser) do() ast.Statement {
	d := &ast.Do{Pos: p.pos()}
	p.expect("do")
	for len(d.Args) == 0 || p.tok.kind == tokString || p.at("language") {
		a := &ast.DoArg{Pos: p.pos()}
		if a.Language = p.accept("language"); a.Language {
			a.Text = p.wordOrString().Text
		} else {
			a.Text = p.stringConst()
		}
		d.Args = append(d.Args, a)
	}
	return d
}

// call reads CALL of a procedure by name.
func (p *parser) call() ast.Statement {
	c := &ast.Call{Pos: p.pos()}
	p.expect("call")
	c.Procedure = p.application(p.routineName())
	return c
}

// application reads the arguments of a call that stands by itself: nothing like FILTER or OVER may follow.
func (p *parser) application(name *ast.Name) *ast.FuncCall {
	outer := p.begin()
	defer p.finish(outer)
	f := &ast.FuncCall{Pos: name.Pos, Name: name}
	c := p.low.openWith("SELECT ")
	p.callArguments(f)
	p.closeStatement(c)
	return f
}

// load reads LOAD.
func (p *parser) load() ast.Statement {
	l := &ast.Load{Pos: p.pos()}
	p.expect("load")
	l.File = p.stringConst()
	return l
}

// checkpoint reads CHECKPOINT.
func (p *parser) checkpoint() ast.Statement {
	c := &ast.Checkpoint{Pos: p.pos()}
	p.expect("checkpoint")
	return c
}

// notification reads LISTEN, UNLISTEN and NOTIFY.
func (p *parser) notification() ast.Statement {
	pos := p.pos()
	switch p.expectAny("listen", "unlisten", "notify") {
	case "listen":
		return &ast.Listen{Pos: pos, Channel: p.colID()}
	case "unlisten":
		if p.accept("*") {
			return &ast.Unlisten{Pos: pos}
		}
		return &ast.Unlisten{Pos: pos, Channel: p.colID()}
	}
	n := &ast.Notify{Pos: pos, Channel: p.colID()}
	if p.accept(",") {
		n.Payload = p.stringLiteral()
	}
	return n
}

// lock reads LOCK.
func (p *parser) lock() ast.Statement {
	l := &ast.Lock{Pos: p.pos(), Mode: "ACCESS EXCLUSIVE"}
	p.expect("lock")
	p.accept("table")
	l.Tables = commaList(p, p.relationExpr)
	if p.accept("in") {
		l.Mode = p.lockMode()
		p.expect("mode")
	}
	l.NoWait = p.accept("nowait")
	return l
}

func (p *parser) lockMode() string {
	switch p.expectAny("access", "row", "share", "exclusive") {
	case "access":
		return "ACCESS " + upper(p.expectAny("share", "exclusive"))
	case "row":
		return "ROW " + upper(p.expectAny("share", "exclusive"))
	case "exclusive":
		return "EXCLUSIVE"
	}
	switch p.acceptAny("update", "row") {
	case "update":
		p.expect("exclusive")
		return "SHARE UPDATE EXCLUSIVE"
	case "row":
		p.expect("exclusive")
		return "SHARE ROW EXCLUSIVE"
	}
	return "SHARE"
}

// discard reads DISCARD.
func (p *parser) discard() ast.Statement {
	d := &ast.Discard{Pos: p.pos()}
	p.expect("discard")
	if d.Kind = upper(p.expectAny("all", "plans", "sequences", "temp", "temporary")); d.Kind == "TEMPORARY" {
		d.Kind = "TEMP"
	}
	return d
}

// securityLabel reads SECURITY LABEL.
func (p *parser) securityLabel() ast.Statement {
	s := &ast.SecurityLabel{Pos: p.pos()}
	p.expect("security", "label")
	if p.accept("for") {
		s.Provider = p.wordOrString()
	}
	p.expect("on")
	s.Object = p.object(inLabel)
	p.expect("is")
	s.Label = p.stringOrNull()
	return s
}
