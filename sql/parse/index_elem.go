package parse

import "github.com/freshetdb/freshet/sql/ast"

// indexElem reads an element of an index: a column, a function call or (expression), and how it is sorted.
func (p *parser) indexElem() *ast.IndexElem {
	e := p.indexKey(true)
	e.Desc = p.acceptAny("asc", "desc") == "desc"
	if p.atNulls() {
		p.expect("nulls")
		e.Nulls = ast.NullsFirst
		if p.expectAny("first", "last") == "last" {
			e.Nulls = ast.NullsLast
		}
	}
	return e
}

// indexKey reads what is indexed, with its collation and operator class. Only that of an index has options.
func (p *parser) indexKey(options bool) *ast.IndexElem {
	e := &ast.IndexElem{Pos: p.pos(), X: p.indexedExpr()}
	if p.accept("collate") {
		e.Collation = p.anyName()
	}
	if isColID(&p.tok) && !p.atNulls() {
		e.Opclass = p.anyName()
		if options && p.at("(") {
			e.OpclassOptions = p.options()
		}
	}
	return e
}

// indexedExpr reads a column, a function call or (expression).
func (p *parser) indexedExpr() ast.Expr {
	if p.accept("(") {
		x := p.expr()
		p.expect(")")
		return x
	}
	if next := p.peek(1); isColID(&p.tok) && !p.atNulls() && !next.is("(") && !next.is(".") {
		return &ast.ColumnRef{Pos: p.pos(), Parts: []ast.Ident{p.colID()}}
	}
	return p.funcExpr()
}

// atNulls tells whether NULLS FIRST or NULLS LAST comes.
func (p *parser) atNulls() bool { return p.at("nulls", "first") || p.at("nulls", "last") }
