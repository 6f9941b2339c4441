package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createFunction reads CREATE FUNCTION and CREATE PROCEDURE.
func (p *parser) createFunction(c createPrefix) ast.Statement {
	f := &ast.CreateFunction{Pos: c.pos, OrReplace: c.orReplace, Temporary: c.persistence == ast.Temporary}
	if f.Temporary {
		p.accept("system") // Flink: without a catalog
	}
	f.Kind = upper(p.expectAny("function", "procedure"))
	f.IfNotExists = p.at("if", "not") && p.ifNotExists()
	f.Name = p.routineName()
	// Flink: CREATE FUNCTION f AS 'class'.
	if !p.at("as") || p.peek(1).kind != tokString {
		f.Signature = p.funcSignature()
		if f.Kind == "FUNCTION" && p.at("returns") && !p.peek(1).is("null") {
			p.funcReturns(f)
		}
	}
	for o := p.createFuncOption(); o != nil; o = p.createFuncOption() {
		f.Options = append(f.Options, o)
	}
	f.Body = p.optFuncBody()
	p.checkTableFunction(f)
	return f
}

// funcSignature reads ( parameter [DEFAULT expr], ... ).
func (p *parser) funcSignature() *ast.Signature {
	s := &ast.Signature{Pos: p.pos()}
	p.expect("(")
	if p.accept(")") {
		return s
	}
	s.Params = commaList(p, func() *ast.FuncParam {
		f := p.funcParam()
		if p.acceptAny("default", "=") != "" {
			f.Default = p.expr()
		}
		return f
	})
	p.expect(")")
	return s
}

func (p *parser) funcReturns(f *ast.CreateFunction) {
	p.expect("returns")
	if !p.accept("table") {
		f.Returns = p.funcType()
		return
	}
	f.ReturnsTable = parenList(p, func() *ast.ColumnType {
		return &ast.ColumnType{Pos: p.pos(), Name: p.typeFuncName(), Type: p.funcType()}
	})
}

func (p *parser) checkTableFunction(f *ast.CreateFunction) {
	if p.failed() || len(f.ReturnsTable) == 0 {
		return
	}
	for _, param := range f.Signature.Params {
		if param.Mode == "OUT" || param.Mode == "INOUT" {
			p.fail(pgerr.New(pgerr.SyntaxError, "OUT and INOUT arguments aren't allowed in TABLE functions"))
		}
	}
}

// createFuncOption reads one clause of CREATE FUNCTION; nil if none comes.
func (p *parser) createFuncOption() *ast.FuncOption {
	o := &ast.FuncOption{Pos: p.pos()}
	switch {
	case p.accept("as"):
		o.Kind = "AS"
		if isColID(&p.tok) && p.peek(1).is("using") { // RisingWave: AS f USING LINK
			o.Texts = []string{string(p.colID())}
			break
		}
		o.Texts = []string{p.stringConst()}
		if p.accept(",") {
			o.Texts = append(o.Texts, p.stringConst())
		}
	case p.accept("language"):
		o.Kind, o.Texts = "LANGUAGE", []string{p.wordOrString().Text}
	case p.accept("transform"):
		o.Kind = "TRANSFORM"
		o.Types = commaList(p, func() *ast.TypeName {
			p.expect("for", "type")
			return p.typeName()
		})
	case p.accept("window"):
		o.Kind = "WINDOW"
	default:
		if s := p.streamingFuncOption(); s != nil {
			return s
		}
		return p.funcOption()
	}
	return o
}

// streamingFuncOption reads the clauses of functions that RisingWave and Flink have; nil if none comes.
func (p *parser) streamingFuncOption() *ast.FuncOption {
	o := &ast.FuncOption{Pos: p.pos()}
	switch {
	case p.accept("runtime"):
		o.Kind, o.Texts = "RUNTIME", []string{p.wordOrString().Text}
	case p.accept("using"):
		what := p.expectAny("link", "base64", "jar")
		o.Kind, o.Texts = "USING "+upper(what), []string{p.stringConst()}
		for p.accept(",") {
			p.accept(what)
			o.Texts = append(o.Texts, p.stringConst())
		}
	case p.at("with"):
		o.Kind, o.Options = "WITH", p.optDefinition()
	default:
		return nil
	}
	return o
}

// funcFlags are the clauses that are words and nothing else, with what they are in the tree.
var funcFlags = []struct {
	words []string
	kind  string
}{
	{[]string{"called", "on", "null", "input"}, "CALLED ON NULL INPUT"},
	{[]string{"returns", "null", "on", "null", "input"}, "STRICT"},
	{[]string{"strict"}, "STRICT"},
	{[]string{"immutable"}, "IMMUTABLE"},
	{[]string{"stable"}, "STABLE"},
	{[]string{"volatile"}, "VOLATILE"},
	{[]string{"leakproof"}, "LEAKPROOF"},
	{[]string{"not", "leakproof"}, "NOT LEAKPROOF"},
}

// funcOption reads one of the clauses that CREATE FUNCTION and ALTER FUNCTION share; nil if none comes.
func (p *parser) funcOption() *ast.FuncOption {
	o := &ast.FuncOption{Pos: p.pos()}
	for _, f := range funcFlags {
		if p.at(f.words[0]) {
			p.expect(f.words...)
			o.Kind = f.kind
			return o
		}
	}
	switch w := p.acceptAny("external", "security", "cost", "rows", "support", "set", "reset", "parallel"); w {
	case "external":
		p.expect("security")
		o.Kind = "SECURITY " + upper(p.expectAny("definer", "invoker"))
	case "security":
		o.Kind = "SECURITY " + upper(p.expectAny("definer", "invoker"))
	case "cost", "rows":
		o.Kind, o.Number = upper(w), p.number()
	case "support":
		o.Kind, o.Name = "SUPPORT", p.anyName()
	case "set":
		o.Kind, o.Setting = "SET", p.setRestMore()
	case "reset":
		o.Kind, o.Setting = "SET", p.resetRest()
	case "parallel":
		o.Kind, o.Texts = "PARALLEL", []string{string(p.colID())}
	default:
		return nil
	}
	return o
}

// optFuncBody reads a body in standard SQL, RETURN expr or BEGIN ATOMIC statement; ... END; nil if none comes.
func (p *parser) optFuncBody() *ast.FuncBody {
	b := &ast.FuncBody{Pos: p.pos()}
	switch {
	case p.accept("return"):
		b.Return = p.expr()
	case p.accept("begin"):
		p.expect("atomic")
		for !p.failed() && !p.at("end") {
			if s := p.bodyStatement(); s != nil {
				b.Statements = append(b.Statements, s)
			}
			p.expect(";")
		}
		p.expect("end")
	default:
		return nil
	}
	return b
}

// bodyStatement reads a statement inside BEGIN ATOMIC, where BEGIN and END are not the transaction's; nil for an empty one.
func (p *parser) bodyStatement() ast.Statement {
	pos := p.pos()
	switch {
	case p.at(";"):
		return nil
	case p.at("begin"):
		p.syntaxError()
		return nil
	case p.accept("return"):
		return &ast.Return{Pos: pos, X: p.expr()}
	}
	return p.statement()
}

// alterFunction reads ALTER FUNCTION, PROCEDURE and ROUTINE.
func (p *parser) alterFunction(pos ast.Pos) ast.Statement {
	a := &ast.Alter{Pos: pos, Object: &ast.Object{Pos: p.pos()}}
	a.Object.Kind = upper(p.expectAny("function", "procedure", "routine"))
	a.Object.Name, a.Object.Signature = p.functionWithTypes()
	common := canRename | canOwn | canDepend
	if p.at("set", "schema") && isColID(p.peek(2)) { // else it is the setting
		common |= canMove
	}
	if act := p.commonAction(common); act != nil {
		a.Actions = []ast.AlterAction{act}
		return a
	}
	opts := &ast.FuncOptions{Pos: p.pos()}
	for o := p.funcOption(); o != nil; o = p.funcOption() {
		opts.Options = append(opts.Options, o)
	}
	if len(opts.Options) == 0 {
		p.syntaxError()
	}
	p.accept("restrict") // noise, as in PostgreSQL
	a.Actions = []ast.AlterAction{opts}
	return a
}
