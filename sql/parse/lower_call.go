package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// callOrTyped reads what follows a name and begins with a parenthesis: the arguments of a call, or the modifiers of a type
// that a string constant follows, as in bit(3) '101'.
func (p *parser) callOrTyped(name *ast.Name) (ast.Expr, bool) {
	if !p.enter() {
		return nil, false
	}
	defer p.leave()
	f := &ast.FuncCall{Pos: name.Pos, Name: name}
	windowless := p.windowless
	p.windowless = false
	c := p.low.open()
	p.callArguments(f)
	if p.tok.kind == tokString && p.isTypeCall(f) {
		return p.typedCall(c, f), false
	}
	if !windowless {
		p.callTail(f)
	}
	return p.low.close(c, f), false
}

// isTypeCall tells whether what was read as a call can be a type with modifiers.
func (p *parser) isTypeCall(f *ast.FuncCall) bool {
	return !f.Star && !f.Distinct && len(f.Args) > 0
}

// typedCall makes a constant of what was read as a call and the string that follows.
func (p *parser) typedCall(c call, f *ast.FuncCall) ast.Expr {
	x := p.stringLiteral()
	t := &ast.TypeName{Pos: f.Pos, Name: f.Name, Mods: make([]ast.Expr, len(f.Args))}
	next := c.base
	for i, a := range f.Args {
		switch {
		case a.Name != "":
			p.errorAt(a.Pos, pgerr.SyntaxError, "type modifier cannot have parameter name")
		case f.Variadic:
			p.syntaxErrorAt(&p.tok)
		}
		next = p.low.redirect(next, &a.Value, &t.Mods[i])
	}
	if len(f.OrderBy) > 0 {
		p.errorAt(f.Pos, pgerr.SyntaxError, "type modifier cannot have ORDER BY")
	}
	return p.low.close(c, &ast.Cast{Pos: f.Pos, X: x, Type: t})
}

// callArguments reads ( ... ) of a call.
func (p *parser) callArguments(f *ast.FuncCall) {
	p.expect("(")
	switch {
	case p.accept(")"):
		return
	case p.accept("*"):
		f.Star = true
		p.expect(")")
		return
	case p.accept("all"):
	case p.accept("distinct"):
		f.Distinct = true
	case p.at("variadic"):
		p.variadicArg(f)
		p.argumentsOrder(f)
		return
	}
	for {
		f.Args = append(f.Args, p.argument())
		if !p.accept(",") {
			break
		}
		// VARIADIC may not follow ALL or DISTINCT, but arguments.
		if p.at("variadic") && !f.Distinct {
			p.variadicArg(f)
			break
		}
	}
	p.argumentsOrder(f)
}

func (p *parser) variadicArg(f *ast.FuncCall) {
	p.expect("variadic")
	f.Variadic = true
	f.Args = append(f.Args, p.argument())
}

func (p *parser) argumentsOrder(f *ast.FuncCall) {
	if p.accept("order") {
		p.expect("by")
		f.OrderBy = p.lowerSortItems()
	}
	p.expect(")")
}

// argument reads an argument: an expression, or name => expression (also with :=). Flink's DESCRIPTOR(c) and TABLE t
// belong to windows in FROM; see windowTable.
func (p *parser) argument() *ast.Arg {
	a := &ast.Arg{Pos: p.pos()}
	if isTypeFuncName(&p.tok) {
		if next := p.peek(1); next.is("=>") || next.is(":=") {
			a.Name = p.typeFuncName()
			p.advance()
		}
	}
	p.sub(&a.Value)
	return a
}

// callTail reads what may follow the arguments of a call.
func (p *parser) callTail(f *ast.FuncCall) {
	if p.at("within") {
		p.withinGroup(f)
	}
	p.filterClause(&f.Filter)
	switch {
	case p.at("ignore", "nulls"):
		p.expect("ignore", "nulls")
		f.Nulls = ast.IgnoreNulls
	case p.at("respect", "nulls"):
		p.expect("respect", "nulls")
		f.Nulls = ast.RespectNulls
	}
	f.Over = p.overClause()
}

// withinGroup reads WITHIN GROUP (ORDER BY ...), which not every call may have.
func (p *parser) withinGroup(f *ast.FuncCall) {
	pos := p.pos()
	p.expect("within", "group", "(", "order", "by")
	items := p.lowerSortItems()
	p.expect(")")
	switch {
	case p.failed():
	case len(f.OrderBy) > 0:
		p.errorAt(pos, pgerr.SyntaxError, "cannot use multiple ORDER BY clauses with WITHIN GROUP")
	case f.Distinct:
		p.errorAt(pos, pgerr.SyntaxError, "cannot use DISTINCT with WITHIN GROUP")
	case f.Variadic:
		p.errorAt(pos, pgerr.SyntaxError, "cannot use VARIADIC with WITHIN GROUP")
	}
	f.OrderBy, f.WithinGroup = items, true
}

// filterClause reads FILTER (WHERE x).
func (p *parser) filterClause(filter *ast.Expr) {
	if !p.at("filter") {
		return
	}
	p.expect("filter", "(", "where")
	p.sub(filter)
	p.expect(")")
}

// overClause reads OVER w or OVER (...).
func (p *parser) overClause() *ast.Window {
	if !p.accept("over") {
		return nil
	}
	if !p.at("(") {
		return &ast.Window{Pos: p.pos(), Name: p.colID(), Ref: true}
	}
	return p.windowSpec()
}

// windowDefinition reads name AS (specification) of a WINDOW clause.
func (p *parser) windowDefinition() *ast.Window {
	name := p.colID()
	p.expect("as")
	w := p.windowSpec()
	w.Name = name
	return w
}

func (p *parser) windowSpec() *ast.Window {
	w := &ast.Window{Pos: p.pos()}
	p.expect("(")
	if isColID(&p.tok) && p.atAny("partition", "range", "rows", "groups") == "" {
		w.Base = p.colID()
	}
	if p.accept("partition") {
		p.expect("by")
		w.PartitionBy = p.subList()
	}
	if p.accept("order") {
		p.expect("by")
		w.OrderBy = p.lowerSortItems()
	}
	if p.atAny("range", "rows", "groups") != "" {
		w.Frame = p.frame()
	}
	p.expect(")")
	return w
}

func (p *parser) frame() *ast.Frame {
	f := &ast.Frame{Pos: p.pos(), Unit: ast.FrameUnit(upper(p.tok.text))}
	p.advance()
	startPos := p.pos()
	if p.accept("between") {
		startPos = p.pos()
		f.Start = p.frameBound()
		p.expect("and")
		endPos := p.pos()
		f.End = p.frameBound()
		p.checkFrame(f, startPos, endPos)
	} else {
		f.Start = p.frameBound()
		p.checkFrame(f, startPos, startPos)
	}
	if p.accept("exclude") {
		f.Exclude = p.exclusion()
	}
	return f
}

func (p *parser) exclusion() ast.FrameExclusion {
	switch w := p.expectAny("current", "group", "ties", "no"); w {
	case "current":
		p.expect("row")
		return ast.ExcludeCurrentRow
	case "no":
		p.expect("others")
		return ast.ExcludeNoOthers
	default:
		return ast.FrameExclusion(upper(w))
	}
}

func (p *parser) frameBound() *ast.FrameBound {
	b := &ast.FrameBound{Pos: p.pos()}
	switch {
	case p.at("unbounded") && (p.peek(1).is("preceding") || p.peek(1).is("following")):
		p.advance()
		b.Kind = ast.BoundKind("UNBOUNDED " + upper(p.expectAny("preceding", "following")))
	case p.at("current", "row"):
		p.advance()
		p.advance()
		b.Kind = ast.CurrentRow
	default:
		p.sub(&b.Offset)
		b.Kind = ast.BoundKind(upper(p.expectAny("preceding", "following")))
	}
	return b
}

// frameRank orders the kinds of frame bounds.
var frameRank = map[ast.BoundKind]int{
	ast.UnboundedPreceding: 0, ast.Preceding: 1, ast.CurrentRow: 2, ast.Following: 3, ast.UnboundedFollowing: 4,
}

// checkFrame refuses frames that begin after they end, in PostgreSQL's words; these errors are 42P20.
func (p *parser) checkFrame(f *ast.Frame, startPos, endPos ast.Pos) {
	if p.failed() {
		return
	}
	bad := func(pos ast.Pos, message string) { p.errorAt(pos, pgerr.WindowingError, "%s", message) }
	start := f.Start.Kind
	if start == ast.UnboundedFollowing {
		bad(startPos, "frame start cannot be UNBOUNDED FOLLOWING")
		return
	}
	if f.End == nil {
		if start == ast.Following {
			bad(startPos, "frame starting from following row cannot end with current row")
		}
		return
	}
	end := f.End.Kind
	switch {
	case end == ast.UnboundedPreceding:
		bad(endPos, "frame end cannot be UNBOUNDED PRECEDING")
	case frameRank[start] <= frameRank[end]:
	case start == ast.CurrentRow:
		bad(endPos, "frame starting from current row cannot have preceding rows")
	default:
		bad(endPos, "frame starting from following row cannot have preceding rows")
	}
}

// subCallExpr reads a call without FILTER and OVER (func_expr_windowless) into dst, inside an open call.
func (p *parser) subCallExpr(dst *ast.Expr) {
	if !p.atFunction() {
		p.funcName()
		p.syntaxError()
		return
	}
	p.windowless = true
	p.subAt(dst, precSubscript, false)
}

// funcExpr reads a call without FILTER and OVER that stands in a statement (an index element).
func (p *parser) funcExpr() ast.Expr {
	outer := p.begin()
	defer p.finish(outer)
	var e ast.Expr
	c := p.low.openWith("SELECT ")
	p.subCallExpr(&e)
	p.closeStatement(c)
	return e
}

// atValueFunction tells whether a call comes that has no parentheses after its first word.
func (p *parser) atValueFunction() bool {
	if p.tok.kind != tokWord {
		return false
	}
	switch p.tok.text {
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_role",
		"current_user", "session_user", "user", "current_catalog", "current_schema":
		return true
	case "collation":
		return p.peek(1).is("for")
	}
	return false
}

// isCallWord tells whether t is a keyword that can be no function's name but begins a call of its own syntax.
func isCallWord(t *token) bool {
	switch t.text {
	case "coalesce", "extract", "greatest", "least", "normalize", "nullif", "overlay", "position", "substring", "treat", "trim",
		"xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi", "xmlroot", "xmlserialize":
		return t.kind == tokWord
	}
	return false
}
