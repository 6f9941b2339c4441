package parse

import "github.com/freshetdb/freshet/sql/ast"

// definition reads ( name [= value], ... ), the options of objects that are described by nothing else.
func (p *parser) definition() []*ast.Option { return parenList(p, p.definitionItem) }

func (p *parser) definitionItem() *ast.Option {
	o := p.optionName()
	if p.accept("=") {
		o.Value = p.defArg()
	}
	return o
}

func (p *parser) optionName() *ast.Option {
	pos := p.pos()
	return &ast.Option{Pos: pos, Name: nameOf(pos, p.colLabel())}
}

// optDefinition reads WITH ( name [= value], ... ), or nothing.
func (p *parser) optDefinition() []*ast.Option {
	if !p.accept("with") {
		return nil
	}
	return p.definition()
}

// requiredOptions reads ( name = value, ... ).
func (p *parser) requiredOptions() []*ast.Option {
	return parenList(p, func() *ast.Option {
		o := p.optionName()
		p.expect("=")
		o.Value = p.defArg()
		return o
	})
}

// defArg reads the value of an option: a constant, an operator, a word or a type.
func (p *parser) defArg() ast.Node {
	pos := p.pos()
	switch {
	case p.tok.kind == tokString:
		return p.stringLiteral()
	case p.atNumber() && (p.tok.kind != tokOperator || isNumber(p.peek(1))):
		return p.number()
	case p.tok.kind == tokOperator, p.at("operator", "("):
		return &ast.OperatorName{Pos: pos, Operator: p.operator()}
	case p.at("none"), p.tok.kind == tokWord && p.tok.keyword.Category == ast.Reserved:
		w := &ast.Word{Pos: pos, Text: upper(p.tok.text)}
		p.advance()
		return w
	}
	t := p.funcType()
	if isPlainWord(t) {
		return &ast.ColumnRef{Pos: pos, Parts: t.Name.Parts}
	}
	return t
}

func isNumber(t *token) bool { return t.kind == tokInteger || t.kind == tokNumeric }

// isPlainWord tells whether a type is one word and nothing else.
func isPlainWord(t *ast.TypeName) bool {
	return t.Name != nil && len(t.Name.Parts) == 1 && len(t.Mods) == 0 && len(t.Dims) == 0 && !t.SetOf && !t.PercentType &&
		t.Fields == "" && len(t.Struct) == 0 && len(t.Elems) == 0
}

// createAggregate reads CREATE AGGREGATE, also in the old style, where the options hold the argument's type.
func (p *parser) createAggregate(c createPrefix) ast.Statement {
	p.expect("aggregate")
	d := &ast.Define{Pos: c.pos, Kind: "AGGREGATE", OrReplace: c.orReplace, Name: p.routineName()}
	if p.at("(") && isIdentifier(p.peek(1)) && p.peek(2).is("=") {
		d.Options = parenList(p, p.oldAggregateItem)
		return d
	}
	d.Signature = p.aggregateSignature()
	d.Options = p.definition()
	return d
}

// oldAggregateItem reads name = value; the name is no keyword, or the parameters of the new style could not be told apart.
func (p *parser) oldAggregateItem() *ast.Option {
	pos := p.pos()
	o := &ast.Option{Pos: pos, Name: nameOf(pos, p.identifier(isIdentifier))}
	p.expect("=")
	o.Value = p.defArg()
	return o
}

// isIdentifier tells whether t is a name that is no keyword at all.
func isIdentifier(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokWord && t.keyword.Category == ast.NotKeyword
}

// createCollation reads CREATE COLLATION.
func (p *parser) createCollation(c createPrefix) ast.Statement {
	p.expect("collation")
	d := &ast.Define{Pos: c.pos, Kind: "COLLATION", IfNotExists: p.ifNotExists(), Name: p.anyName()}
	if p.accept("from") {
		d.From = p.anyName()
	} else {
		d.Options = p.definition()
	}
	return d
}

// createTextSearch reads CREATE TEXT SEARCH of its four kinds of objects.
func (p *parser) createTextSearch(c createPrefix) ast.Statement {
	kind := p.textSearchKind()
	return &ast.Define{Pos: c.pos, Kind: kind, Name: p.anyName(), Options: p.definition()}
}

func (p *parser) textSearchKind() string {
	p.expect("text", "search")
	return "TEXT SEARCH " + upper(p.expectAny("parser", "dictionary", "template", "configuration"))
}
