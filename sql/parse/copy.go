package parse

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// copyStatement reads COPY.
func (p *parser) copyStatement() ast.Statement {
	c := &ast.Copy{Pos: p.pos()}
	p.expect("copy")
	if p.at("(") {
		p.copyQuery(c)
	} else {
		p.copyTable(c)
	}
	return c
}

func (p *parser) copyTable(c *ast.Copy) {
	if pos := p.pos(); p.accept("binary") {
		c.Options = append(c.Options, copyOption(pos, "format", stringAt(pos, "binary")))
	}
	c.Name, c.Columns = p.qualifiedName(), p.optColumnNames()
	c.From = p.expectAny("from", "to") == "from"
	p.copyFile(c)
	using := ast.Pos(0) // where PostgreSQL places an error with the file
	if p.at("using") || p.at("delimiters") {
		pos := p.pos()
		if p.accept("using") {
			using, pos = pos, p.pos()
		}
		p.expect("delimiters")
		c.Options = append(c.Options, copyOption(pos, "delimiter", p.stringLiteral()))
	}
	p.copyOptions(c)
	where := p.pos()
	c.Where = p.optWhere()
	p.checkCopyProgram(c, using)
	if !c.From && c.Where != nil {
		p.errorAt(where, pgerr.SyntaxError, "WHERE clause not allowed with COPY TO")
	}
}

func (p *parser) copyQuery(c *ast.Copy) {
	p.expect("(")
	if p.at("subscribe") {
		c.Statement = p.subscribe()
	} else {
		c.Statement = p.preparable()
	}
	p.expect(")")
	to := p.pos()
	p.expect("to")
	p.copyFile(c)
	p.copyOptions(c)
	p.checkCopyProgram(c, to)
}

// copyFile reads [PROGRAM] file. STDIN and STDOUT are the same; which is meant follows from the direction.
func (p *parser) copyFile(c *ast.Copy) {
	c.Program = p.accept("program")
	if p.acceptAny("stdin", "stdout") == "" {
		c.File = p.stringLiteral()
	}
}

func (p *parser) checkCopyProgram(c *ast.Copy, pos ast.Pos) {
	if c.Program && c.File == nil && !p.failed() {
		p.errorAt(pos, pgerr.SyntaxError, "STDIN/STDOUT not allowed with PROGRAM")
	}
}

// copyOptions reads the options in PostgreSQL's syntax, in parentheses, or in the old one.
func (p *parser) copyOptions(c *ast.Copy) {
	p.accept("with")
	if p.at("(") {
		c.Options = append(c.Options, parenList(p, p.copyGenericOption)...)
		return
	}
	for {
		o := p.oldCopyOption()
		if o == nil {
			return
		}
		c.Options = append(c.Options, o)
	}
}

func copyOption(pos ast.Pos, name ast.Ident, value ast.Node) *ast.Option {
	return &ast.Option{Pos: pos, Name: nameOf(pos, name), Value: value}
}

func stringAt(pos ast.Pos, s string) *ast.Literal {
	return &ast.Literal{Pos: pos, Kind: ast.StringLiteral, Text: s}
}

// copyGenericOption reads name [value | * | (word, ...)].
func (p *parser) copyGenericOption() *ast.Option {
	o := copyOption(p.pos(), p.colLabel(), nil)
	pos := p.pos()
	switch {
	case p.accept("*"):
		o.Value = &ast.Star{Pos: pos}
	case p.at("("):
		o.Value = &ast.Row{Pos: pos, Fields: parenList(p, p.copyColumn)}
	default:
		if v := p.optOptionValue(); v != nil {
			o.Value = v
		}
	}
	return o
}

// copyColumn reads an element of an option's list, a name: PostgreSQL takes strings for it too.
func (p *parser) copyColumn() ast.Expr {
	l := p.booleanOrString()
	if l.Text == "" || len(l.Text) > maxIdentBytes {
		return l // no identifier can be that
	}
	return &ast.ColumnRef{Pos: l.Pos, Parts: []ast.Ident{ast.Ident(l.Text)}}
}

// oldCopyOption reads an option as PostgreSQL before 9.0 had it; nil if none comes.
func (p *parser) oldCopyOption() *ast.Option {
	pos := p.pos()
	switch w := p.acceptAny("binary", "csv", "freeze", "header", "delimiter", "null", "quote", "escape", "encoding", "force"); w {
	case "binary", "csv":
		return copyOption(pos, "format", stringAt(pos, w))
	case "freeze", "header":
		return copyOption(pos, ast.Ident(w), nil)
	case "delimiter", "null", "quote", "escape":
		p.accept("as")
		return copyOption(pos, ast.Ident(w), p.stringLiteral())
	case "encoding":
		return copyOption(pos, "encoding", p.stringLiteral())
	case "force":
		return p.copyForce(pos)
	}
	return nil
}

// copyForce reads QUOTE columns | *, NOT NULL columns or NULL columns.
func (p *parser) copyForce(pos ast.Pos) *ast.Option {
	name := ast.Ident("force_" + strings.ReplaceAll(p.expectAny("quote", "not", "null"), "not", "not_null"))
	if name == "force_not_null" {
		p.expect("null")
	}
	at := p.pos()
	if name == "force_quote" && p.accept("*") {
		return copyOption(pos, name, &ast.Star{Pos: at})
	}
	columns := commaList(p, func() ast.Expr {
		return &ast.ColumnRef{Pos: p.pos(), Parts: []ast.Ident{p.colID()}}
	})
	return copyOption(pos, name, &ast.Row{Pos: at, Fields: columns})
}
