package parse

import "github.com/freshetdb/freshet/sql/ast"

// jsonKinds are SQL/JSON's constructors (PostgreSQL 16, 9.16.1), and whether there is an ordinary function of the name.
var jsonKinds = map[string]bool{
	"json_object": true, "json_array": false, "json_objectagg": false, "json_arrayagg": false,
}

// jsonConstructor reads one of jsonKinds, or the call of an ordinary function of the name.
func (p *parser) jsonConstructor() (ast.Expr, bool) {
	if !p.enter() {
		return nil, false
	}
	defer p.leave()
	e := &ast.JSONFunc{Pos: p.pos(), Kind: upper(p.tok.text)}
	name := nameOf(p.pos(), ast.Ident(p.tok.text))
	c := p.low.open()
	p.advance()
	p.expect("(")
	switch e.Kind {
	case "JSON_OBJECT", "JSON_OBJECTAGG":
		if f := p.jsonPairs(e, name); f != nil {
			p.callTail(f)
			return p.low.close(c, f), false
		}
	case "JSON_ARRAY", "JSON_ARRAYAGG":
		p.jsonElements(e)
	}
	p.jsonOptions(e)
	p.expect(")")
	if e.Kind == "JSON_OBJECTAGG" || e.Kind == "JSON_ARRAYAGG" {
		p.filterClause(&e.Filter)
		e.Over = p.overClause()
	}
	if e.Query == nil {
		return p.low.close(c, e), false
	}
	p.low.closeMark(c, e, nil)
	p.low.emit(")")
	return nil, false
}

// jsonPairs reads key : value or key VALUE value, ... If the first of them is no such pair it is an argument of the ordinary
// function, which is read instead and returned.
func (p *parser) jsonPairs(e *ast.JSONFunc, name *ast.Name) *ast.FuncCall {
	if p.at(")") || p.atJSONOption() {
		return nil
	}
	base := len(p.low.scratch)
	for {
		p.accept("key")
		first := len(p.low.scratch) == base
		pos := p.pos()
		key := p.subElement()
		p.low.scratch = append(p.low.scratch, key)
		if first && jsonKinds[name.String()] && !p.at(":") && !p.at("value") {
			return p.plainJSONCall(name, pos, base)
		}
		p.expectAny(":", "value")
		v := &ast.JSONValue{Pos: p.pos()}
		value := p.subElement()
		v.Format = p.jsonFormat()
		e.Values = append(e.Values, v)
		p.low.scratch = append(p.low.scratch, value)
		if !p.accept(",") {
			break
		}
	}
	e.Keys = make([]ast.Expr, len(e.Values))
	p.takePairs(base, func(i int) (key, value *ast.Expr) { return &e.Keys[i], &e.Values[i].X })
	return nil
}

func (p *parser) plainJSONCall(name *ast.Name, pos ast.Pos, base int) *ast.FuncCall {
	f := &ast.FuncCall{Pos: name.Pos, Name: name}
	a := &ast.Arg{Pos: pos, Value: p.low.scratch[base]}
	p.low.scratch = p.low.scratch[:base]
	if a.Value == nil {
		p.low.await(&a.Value)
	}
	f.Args = append(f.Args, a)
	for p.accept(",") {
		f.Args = append(f.Args, p.argument())
	}
	p.argumentsOrder(f)
	return f
}

// jsonElements reads the values of an array, or the query that gives them.
func (p *parser) jsonElements(e *ast.JSONFunc) {
	switch {
	case p.at(")"), p.atJSONOption():
		return
	case p.atAny("select", "with", "values") != "":
		p.low.emit(",(")
		e.Query = p.lowerQuery()
		p.low.emit(")")
		return
	}
	e.Values = commaList(p, func() *ast.JSONValue {
		v := &ast.JSONValue{Pos: p.pos()}
		p.sub(&v.X)
		v.Format = p.jsonFormat()
		return v
	})
	if e.Kind == "JSON_ARRAYAGG" && p.accept("order") {
		p.expect("by")
		e.OrderBy = p.lowerSortItems()
	}
}

// jsonFormat reads FORMAT JSON [ENCODING name].
func (p *parser) jsonFormat() string {
	if !p.accept("format", "json") {
		return ""
	}
	if p.accept("encoding") {
		return "FORMAT JSON ENCODING " + upper(string(p.colID()))
	}
	return "FORMAT JSON"
}

func (p *parser) atJSONOption() bool {
	switch {
	case p.at("returning"), p.at("absent", "on"), p.at("null", "on"):
		return true
	case p.at("with"), p.at("without"):
		return p.peek(1).is("unique")
	}
	return false
}

func (p *parser) jsonOptions(e *ast.JSONFunc) {
	if p.at("absent", "on") || p.at("null", "on") {
		e.OnNull = upper(p.tok.text)
		p.advance()
		p.expect("on", "null")
	}
	if p.at("with", "unique") || p.at("without", "unique") {
		e.UniqueKeys = upper(p.tok.text)
		p.advance()
		p.advance()
		p.accept("keys")
	}
	if p.accept("returning") {
		e.Returning = p.typeName()
		e.Format = p.jsonFormat()
	}
}
