package parse

import (
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// typeName reads a type (Typename): [SETOF] type [array dimensions].
func (p *parser) typeName() *ast.TypeName {
	setOf := p.accept("setof")
	t := p.simpleType()
	t.SetOf = setOf
	if p.accept("array") {
		size := -1
		if p.accept("[") {
			size = p.integer()
			p.expect("]")
		}
		t.Dims = []int{size}
		return t
	}
	for p.at("[") && !p.failed() {
		p.advance()
		size := -1
		if !p.at("]") {
			size = p.integer()
		}
		p.expect("]")
		t.Dims = append(t.Dims, size)
	}
	return t
}

// simpleType reads a type without array dimensions (SimpleTypename).
func (p *parser) simpleType() *ast.TypeName {
	t := &ast.TypeName{Pos: p.pos()}
	if p.keywordType(t) {
		return t
	}
	if p.streamType(t) {
		return t
	}
	t.Name = nameOf(p.pos(), p.typeFuncName())
	for p.accept(".") {
		t.Name.Parts = append(t.Name.Parts, p.colLabel())
	}
	if p.at("(") {
		t.Mods = p.typeModifiers()
	}
	return t
}

// typeModifiers reads ( expression, ... ).
func (p *parser) typeModifiers() []ast.Expr {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	p.expect("(")
	mods := p.exprList()
	p.expect(")")
	return mods
}

// system names a type of pg_catalog, which is what the keywords of the grammar mean.
func system(t *ast.TypeName, name ast.Ident) { t.Name = nameOf(t.Pos, "pg_catalog", name) }

// keywordType reads a type that SQL spells with keywords of its own.
func (p *parser) keywordType(t *ast.TypeName) bool {
	if p.tok.kind != tokWord || p.tok.keyword.Category != ast.ColName && p.tok.text != "double" {
		return false
	}
	switch p.tok.text {
	case "int", "integer":
		system(t, "int4")
	case "smallint":
		system(t, "int2")
	case "bigint":
		system(t, "int8")
	case "real":
		system(t, "float4")
	case "boolean":
		system(t, "bool")
	case "float":
		p.floatType(t)
		return true
	case "double":
		if !p.peek(1).is("precision") {
			return false
		}
		p.advance()
		system(t, "float8")
	case "decimal", "dec", "numeric":
		system(t, "numeric")
		p.advance()
		if p.at("(") {
			t.Mods = p.typeModifiers()
		}
		return true
	case "bit":
		p.bitType(t)
		return true
	case "character", "char", "varchar", "national", "nchar":
		p.characterType(t)
		return true
	case "timestamp", "time":
		p.timeType(t)
		return true
	case "interval":
		p.intervalType(t)
		return true
	default:
		return false
	}
	p.advance()
	return true
}

func (p *parser) floatType(t *ast.TypeName) {
	system(t, "float8")
	p.advance()
	if !p.accept("(") {
		return
	}
	pos, bits := p.pos(), p.integer()
	p.expect(")")
	switch {
	case bits < 1:
		p.errorAt(pos, pgerr.InvalidParameterValue, "precision for type float must be at least 1 bit")
	case bits <= 24:
		system(t, "float4")
	case bits > 53:
		p.errorAt(pos, pgerr.InvalidParameterValue, "precision for type float must be less than 54 bits")
	}
}

// literalMod makes a type modifier of a number.
func literalMod(pos ast.Pos, n int) []ast.Expr {
	return []ast.Expr{&ast.Literal{Pos: pos, Kind: ast.IntegerLiteral, Text: strconv.Itoa(n)}}
}

func (p *parser) bitType(t *ast.TypeName) {
	system(t, "bit")
	p.advance()
	varying := p.accept("varying")
	if varying {
		system(t, "varbit")
	}
	switch {
	case p.at("("):
		t.Mods = p.typeModifiers()
	case !varying:
		t.Mods = literalMod(t.Pos, 1) // bit is bit(1)
	}
}

func (p *parser) characterType(t *ast.TypeName) {
	word := p.tok.text
	p.advance()
	if word == "national" {
		p.expectAny("character", "char")
	}
	varying := word == "varchar" || p.accept("varying")
	system(t, "bpchar")
	if varying {
		system(t, "varchar")
	}
	switch {
	case p.at("("):
		t.Mods = p.precision()
	case !varying:
		t.Mods = literalMod(t.Pos, 1) // character is character(1)
	}
}

// precision reads ( integer ).
func (p *parser) precision() []ast.Expr {
	p.expect("(")
	n := p.integerLiteral()
	p.expect(")")
	return []ast.Expr{n}
}

func (p *parser) timeType(t *ast.TypeName) {
	name := ast.Ident(p.tok.text)
	p.advance()
	if p.at("(") {
		t.Mods = p.precision()
	}
	switch {
	case p.at("with", "time"):
		p.expect("with", "time", "zone")
		name += "tz"
	case p.at("without", "time"):
		p.expect("without", "time", "zone")
	case p.at("with", "local"): // Flink: TIMESTAMP(3) WITH LOCAL TIME ZONE
		p.expect("with", "local", "time", "zone")
		name += "tz"
	}
	system(t, name)
}

func (p *parser) intervalType(t *ast.TypeName) {
	system(t, "interval")
	p.advance()
	if p.at("(") {
		t.Mods = p.precision()
		return
	}
	t.Fields, t.Mods = p.optIntervalFields()
}

// streamType reads the composite types of streaming systems: struct<a int, ...>, row<...>, map(k, v), map<k, v> and
// array<t>.
func (p *parser) streamType(t *ast.TypeName) bool {
	next := p.peek(1)
	switch {
	case (p.at("struct") || p.at("row")) && next.is("<"):
		t.Name = nameOf(p.pos(), "struct")
		p.advance()
		p.angled(func() { t.Struct = commaList(p, p.structField) })
	case p.at("map") && next.is("<"):
		t.Name = nameOf(p.pos(), "map")
		p.advance()
		p.angled(func() { t.Elems = commaList(p, p.typeName) })
	case p.at("map") && next.is("("):
		t.Name = nameOf(p.pos(), "map")
		p.advance()
		t.Elems = parenList(p, p.typeName)
	case p.at("array") && next.is("<"):
		p.advance()
		p.angled(func() {
			pos, elem := t.Pos, p.typeName()
			*t = *elem
			t.Pos, t.Dims = pos, append([]int{-1}, elem.Dims...)
		})
	default:
		return false
	}
	return true
}

// angled reads < ... >. Where two of them end together the lexer has read >> as one operator; it is taken apart.
func (p *parser) angled(read func()) {
	if !p.enter() {
		return
	}
	defer p.leave()
	p.expect("<")
	read()
	if p.tok.kind == tokOperator && len(p.tok.text) > 1 && p.tok.text[0] == '>' {
		p.tok.text = p.tok.text[1:]
		p.tok.start++
		p.tok.pos++
		return
	}
	p.expect(">")
}

func (p *parser) structField() *ast.ColumnType {
	return &ast.ColumnType{Pos: p.pos(), Name: p.colID(), Type: p.typeName()}
}

// typeConstant reads a string constant with a keyword type before it: interval '1 day', timestamp '...', int '1'. It tells
// whether it has; a keyword type's name can also be a column's.
func (p *parser) typeConstant() (ast.Expr, bool) {
	if !p.atTypeConstant() {
		return nil, false
	}
	t := &ast.TypeName{Pos: p.pos()}
	if p.at("interval") {
		return p.intervalConstant(t), true
	}
	p.keywordType(t)
	if p.tok.kind == tokString && len(t.Mods) == 1 && t.Mods[0].At() == t.Pos {
		t.Mods = nil // the length 1 of a bare bit or character is not for constants: all of the string is kept
	}
	x := p.stringLiteral()
	return &ast.Cast{Pos: t.Pos, X: x, Type: t}, true
}

// atTypeConstant tells whether a keyword type comes that a constant must follow. Types whose keyword can be a column are
// only that if a constant, a modifier or another keyword of theirs follows.
func (p *parser) atTypeConstant() bool {
	next := p.peek(1)
	switch p.tok.text {
	case "double":
		return next.is("precision")
	case "national":
		return next.is("character") || next.is("char")
	case "int", "integer", "smallint", "bigint", "real", "boolean":
		return next.kind == tokString
	case "float", "decimal", "dec", "numeric", "bit", "character", "char", "varchar", "nchar", "timestamp", "time", "interval":
	default:
		return false
	}
	if next.kind == tokString || next.is("(") {
		return true
	}
	switch p.tok.text {
	case "bit", "character", "char", "nchar":
		return next.is("varying")
	case "timestamp", "time":
		return (next.is("with") || next.is("without")) && p.peek(2).is("time")
	}
	return false
}

// intervalConstant reads INTERVAL 'x' [fields] and INTERVAL(p) 'x'.
func (p *parser) intervalConstant(t *ast.TypeName) ast.Expr {
	system(t, "interval")
	p.advance()
	if p.at("(") {
		t.Mods = p.precision()
		x := p.stringLiteral()
		return &ast.Cast{Pos: t.Pos, X: x, Type: t}
	}
	x := p.stringLiteral()
	if p.tok.kind == tokWord && (p.lex.opts.Dialect == Flink || p.inWindow > 0) {
		p.singularUnit()
	}
	t.Fields, t.Mods = p.optIntervalFields()
	return &ast.Cast{Pos: t.Pos, X: x, Type: t}
}

// singularUnit makes MINUTES MINUTE, as Flink writes it; PostgreSQL would take the plural for a name.
func (p *parser) singularUnit() {
	switch p.tok.text {
	case "years", "months", "days", "hours", "minutes", "seconds":
		p.tok.text = p.tok.text[:len(p.tok.text)-1]
	}
}
