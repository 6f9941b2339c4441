package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// Windows over event time. All spellings become one ast.WindowRef:
//
//	TUMBLE(t, ts, INTERVAL '1 minute')                                  RisingWave, Freshet
//	TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))         Flink
//	TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => ...)     Flink, named
//	... FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)                 Flink's older form; see groupwindow.go

// windowShape says how a kind of window is written.
type windowShape struct {
	kind ast.WindowKind
	// intervals are the arguments after the time column, in their order.
	intervals []string
	// required is how many of them must be there.
	required int
}

var windowShapes = map[string]windowShape{
	"tumble":   {ast.Tumble, []string{"size", "offset"}, 1},
	"hop":      {ast.Hop, []string{"slide", "size", "offset"}, 2},
	"session":  {ast.Session, []string{"gap"}, 1},
	"cumulate": {ast.Cumulate, []string{"step", "size", "offset"}, 2},
}

// usage is how a window of the shape is called, for hints.
func (s windowShape) usage() string {
	text := s.kind.String() + "(relation, time column"
	for i, name := range s.intervals {
		if i < s.required {
			text += ", " + name
		} else {
			text += " [, " + name + "]"
		}
	}
	return text + ")"
}

// atWindow tells whether a window stands where a FROM item may.
func (p *parser) atWindow() bool {
	if p.tok.kind != tokWord || !p.peek(1).is("(") {
		return false
	}
	_, ok := windowShapes[p.tok.text]
	return ok
}

// tableFunction reads TABLE(f(...)), Flink's way to call a function in FROM.
func (p *parser) tableFunction() ast.TableExpr {
	p.expect("table", "(")
	if p.atWindow() {
		w, c := p.windowCall()
		p.expect(")")
		return p.finishWindow(w, c)
	}
	f := &ast.FuncRef{Pos: p.pos()}
	c := p.low.openWith("(SELECT ")
	f.Funcs = []*ast.FuncItem{p.funcItem()}
	p.expect(")")
	return p.finishFunction(f, c)
}

// windowTable reads a window in FROM.
func (p *parser) windowTable() ast.TableExpr {
	w, c := p.windowCall()
	return p.finishWindow(w, c)
}

func (p *parser) finishWindow(w *ast.WindowRef, c call) ast.TableExpr {
	w.Alias = p.optAlias()
	l := p.low
	l.closeMark(c, nil, nil)
	l.emit(")")
	l.emitAlias()
	return w
}

// windowCall reads a window with its arguments and writes (SELECT ? FROM input ORDER BY arguments.
func (p *parser) windowCall() (*ast.WindowRef, call) {
	shape := windowShapes[p.tok.text]
	w := &ast.WindowRef{Pos: p.pos(), Kind: shape.kind}
	c := p.low.openWith("(SELECT ")
	if !p.enter() {
		return w, c
	}
	defer p.leave()
	p.inWindow++
	defer func() { p.inWindow-- }()
	p.advance()
	p.expect("(")
	p.acceptNamed("data")
	p.low.emit(" FROM ")
	w.Input = p.windowInput()
	p.low.clause(" ORDER BY ")
	if p.accept("partition") {
		p.expect("by")
		p.windowPartition(w)
	}
	p.windowArguments(w, shape)
	p.expect(")")
	return w, c
}

// acceptNamed moves past name => if that comes.
func (p *parser) acceptNamed(name string) bool {
	if !p.tok.is(name) || !p.peek(1).is("=>") {
		return false
	}
	p.advance()
	p.advance()
	return true
}

// windowInput reads the relation that a window is over: a name, TABLE name, a query, another window.
func (p *parser) windowInput() ast.TableExpr {
	if p.accept("table") {
		return p.finishWindowInput(p.relationExpr())
	}
	if p.at("(") {
		return p.parenTable(false)
	}
	if p.atWindow() {
		return p.windowTable()
	}
	return p.finishWindowInput(p.relationExpr())
}

func (p *parser) finishWindowInput(t *ast.TableRef) ast.TableExpr {
	if !p.at("partition") {
		t.Alias = p.optAlias()
	}
	p.low.emit(tableName(p.low.tables))
	p.low.tables++
	return t
}

// windowPartition reads the expressions after PARTITION BY, with parentheses around them or not. A comma ends them: the
// next argument follows it.
func (p *parser) windowPartition(w *ast.WindowRef) {
	if p.accept("(") {
		w.PartitionBy = p.subList()
		p.expect(")")
		return
	}
	w.PartitionBy = make([]ast.Expr, 1)
	p.sub(&w.PartitionBy[0])
}

// windowArguments reads the time column and the intervals, by place or by name.
func (p *parser) windowArguments(w *ast.WindowRef, shape windowShape) {
	timePos := p.pos()
	if p.at(")") {
		p.windowMisuse(shape, timePos)
		return
	}
	p.expect(",")
	timePos = p.pos()
	p.acceptNamed("timecol")
	p.timeColumn(w)
	for i := 0; p.accept(","); i++ {
		name := ""
		if i < len(shape.intervals) {
			name = shape.intervals[i]
		}
		pos := p.pos()
		if p.tok.kind == tokWord && p.peek(1).is("=>") {
			name = p.tok.text
			p.advance()
			p.advance()
		}
		if !p.windowInterval(w, shape, name, pos) {
			return
		}
	}
	if p.failed() || !p.at(")") {
		return
	}
	_, column := w.TimeColumn.(*ast.ColumnRef)
	complete := w.Size != nil && (w.Step != nil || shape.required < 2)
	if !column && !isCall(w.TimeColumn) || !complete {
		p.windowMisuse(shape, timePos)
	}
}

// isCall tells whether e is a call or is yet to be grouped: PROCTIME() may stand for a time column.
func isCall(e ast.Expr) bool {
	_, ok := e.(*ast.FuncCall)
	return ok
}

// timeColumn reads the time column, perhaps as DESCRIPTOR(column).
func (p *parser) timeColumn(w *ast.WindowRef) {
	if p.at("descriptor", "(") {
		p.advance()
		p.advance()
		p.sub(&w.TimeColumn)
		p.expect(")")
		return
	}
	p.sub(&w.TimeColumn)
}

// windowInterval reads the interval argument of that name.
func (p *parser) windowInterval(w *ast.WindowRef, shape windowShape, name string, pos ast.Pos) bool {
	valid := false
	for _, n := range shape.intervals {
		valid = valid || n == name
	}
	if !valid {
		p.windowMisuse(shape, pos)
		return false
	}
	slot := map[string]*ast.Expr{
		"size": &w.Size, "gap": &w.Size, "slide": &w.Step, "step": &w.Step, "offset": &w.Offset,
	}[name]
	if *slot != nil {
		p.windowMisuse(shape, pos)
		return false
	}
	p.sub(slot)
	return true
}

// windowMisuse fails because the arguments of a window are not what they should be.
func (p *parser) windowMisuse(shape windowShape, pos ast.Pos) {
	if p.failed() {
		return
	}
	e := pgerr.Newf(pgerr.SyntaxError, "wrong arguments of %s", shape.kind).At(int(pos))
	p.fail(e.WithHint("Write %s, the time column as a column's name and the rest as intervals.", shape.usage()))
}

// atAsOf tells whether a relation is read as of some time or epoch.
func (p *parser) atAsOf() bool {
	if p.at("for", "system_time") {
		return true
	}
	if !p.at("as", "of") {
		return false
	}
	switch n := p.peek(2); n.kind {
	case tokInteger, tokNumeric, tokString, tokParam:
		return true
	case tokWord:
		return n.text == "system" || n.text == "now" && p.peek(3).is("(")
	default:
		return false
	}
}

// asOf reads FOR SYSTEM_TIME AS OF x, AS OF SYSTEM TIME x or AS OF epoch.
func (p *parser) asOf() *ast.AsOf {
	a := &ast.AsOf{Pos: p.pos()}
	if p.accept("for") {
		p.expect("system_time", "as", "of")
		p.sub(&a.X)
		return a
	}
	p.expect("as", "of")
	a.Epoch = p.tok.kind == tokInteger || p.tok.kind == tokNumeric || p.tok.kind == tokParam
	if p.accept("system") {
		p.expect("time")
	}
	p.sub(&a.X)
	return a
}

// checkAsofs refuses ASOF joins without an inequality, which is what orders the two sides.
func (p *parser) checkAsofs() {
	for _, j := range p.low.asofs {
		if j.Match == nil && !hasInequality(j.On) {
			e := pgerr.New(pgerr.SyntaxError, "ASOF JOIN needs an inequality in its condition").At(int(j.Pos))
			p.fail(e.WithHint("Compare the times of both sides, as in: a ASOF JOIN b ON a.k = b.k AND b.ts <= a.ts"))
			return
		}
	}
}

func hasInequality(on ast.Expr) bool {
	switch on := on.(type) {
	case *ast.Logic:
		for _, arg := range on.Args {
			if hasInequality(arg) {
				return true
			}
		}
	case *ast.Binary:
		switch on.Op.Name {
		case "<", ">", "<=", ">=":
			return true
		}
	default:
	}
	return false
}
