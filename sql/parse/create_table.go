package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createTable reads CREATE TABLE in all its forms.
func (p *parser) createTable(c createPrefix) ast.Statement {
	t := &ast.CreateTable{Pos: c.pos, Persistence: c.persistence}
	p.expect("table")
	t.IfNotExists = p.ifNotExists()
	t.Name = p.qualifiedName()
	switch {
	case p.accept("of"):
		t.OfType = p.anyName()
		t.Elements = p.optTypedElements()
	case p.accept("partition"):
		p.expect("of")
		t.PartitionOf = p.qualifiedName()
		t.Elements = p.optTypedElements()
		t.Bound = p.partitionBound()
	case p.at("(") && !p.atColumnList():
		t.Elements = p.tableElements()
		t.Inherits = p.optInherits()
	default:
		return p.createTableAs(t, c.inSchema)
	}
	t.PartitionBy = p.optPartitionBy()
	p.tableClauses(t)
	p.checkAllColumns(t)
	return t
}

// atColumnList tells whether the parenthesis that comes begins a list of names, not of definitions.
func (p *parser) atColumnList() bool {
	return isColID(p.peek(1)) && (p.peek(2).is(",") || p.peek(2).is(")"))
}

// tableClauses reads what follows the columns, in PostgreSQL's order; the clauses of streams may stand before and after.
func (p *parser) tableClauses(t *ast.CreateTable) {
	p.streamClauses(&t.Stream)
	t.Using = p.optUsing()
	p.streamClauses(&t.Stream)
	if p.accept("without") {
		p.expect("oids") // the only way there is
	} else {
		t.Options = p.optOptions()
	}
	t.OnCommit = p.optOnCommit()
	if p.accept("tablespace") {
		t.Tablespace = p.colID()
	}
	p.streamClauses(&t.Stream)
}

func (p *parser) optOnCommit() string {
	if !p.at("on") || p.peek(1).is("conflict") {
		return ""
	}
	p.expect("on", "commit")
	switch w := p.expectAny("drop", "delete", "preserve"); w {
	case "delete", "preserve":
		p.expect("rows")
		return upper(w) + " ROWS"
	}
	return "DROP"
}

func (p *parser) optInherits() []*ast.Name {
	if !p.accept("inherits") {
		return nil
	}
	return parenList(p, p.qualifiedName)
}

// createTableAs reads what comes after the name in CREATE TABLE ... AS; in a schema's elements there is none. A table whose
// connector knows its columns looks the same until its end.
func (p *parser) createTableAs(t *ast.CreateTable, inSchema bool) ast.Statement {
	if inSchema { // where a column would have to come
		p.expect("(")
		p.colID()
		p.typeName()
	}
	columns := p.optColumnNames()
	p.tableClauses(t)
	if columns == nil && ast.FindOption(t.Options, "connector") != nil && !p.at("as") {
		return t
	}
	s := &ast.CreateTableAs{
		Pos: t.Pos, Persistence: t.Persistence, IfNotExists: t.IfNotExists, Name: t.Name, Columns: columns, Using: t.Using,
		Stream: t.Stream, Options: t.Options, OnCommit: t.OnCommit, Tablespace: t.Tablespace,
	}
	p.expect("as")
	if p.at("execute") {
		s.Execute, _ = p.execute().(*ast.Execute)
	} else {
		s.Query = p.query()
	}
	s.NoData = p.optNoData()
	return s
}

// optNoData reads WITH [NO] DATA.
func (p *parser) optNoData() bool {
	if !p.accept("with") {
		return false
	}
	no := p.accept("no")
	p.expect("data")
	return no
}

// checkAllColumns refuses * where no connector could know the columns.
func (p *parser) checkAllColumns(t *ast.CreateTable) {
	if ast.FindOption(t.Options, "connector") != nil {
		return
	}
	for _, e := range t.Elements {
		if star, ok := e.(*ast.AllColumns); ok {
			p.errorAt(star.Pos, pgerr.SyntaxError, "syntax error at or near \"*\"")
		}
	}
}

// optTypedElements reads the columns of a typed table or of a partition, which have their types from elsewhere.
func (p *parser) optTypedElements() []ast.TableElement {
	if !p.at("(") {
		return nil
	}
	return parenList(p, p.typedElement)
}

func (p *parser) typedElement() ast.TableElement {
	if p.atTableConstraint() {
		return p.tableConstraint()
	}
	c := &ast.ColumnDef{Pos: p.pos(), Name: p.colID()}
	if p.accept("with") {
		p.expect("options") // noise, as in PostgreSQL
	}
	c.Constraints, c.Collation = p.columnQualifiers()
	return c
}

// tableElements reads ( element, ... ), or () for none.
func (p *parser) tableElements() []ast.TableElement {
	if p.accept("(", ")") {
		return nil
	}
	return parenList(p, p.tableElement)
}

func (p *parser) tableElement() ast.TableElement {
	switch {
	case p.atTableConstraint():
		return p.tableConstraint()
	case p.at("like"):
		return p.likeTable()
	case p.at("watermark", "for"):
		return p.watermark()
	case p.at("*") && (p.peek(1).is(",") || p.peek(1).is(")")):
		a := &ast.AllColumns{Pos: p.pos()}
		p.advance()
		return a
	}
	return p.columnDef()
}

func (p *parser) watermark() *ast.Watermark {
	w := &ast.Watermark{Pos: p.pos()}
	p.expect("watermark", "for")
	w.Column = p.colID()
	p.expect("as")
	w.X = p.expr()
	return w
}

// columnDef reads a column. A computed one, c [type] AS expression, is the streaming dialects'.
func (p *parser) columnDef() *ast.ColumnDef {
	c := &ast.ColumnDef{Pos: p.pos(), Name: p.colID()}
	if !p.at("as") {
		c.Type = p.typeName()
		if p.at("compression") {
			c.Compression = p.compression()
		}
		c.ForeignOptions = p.optGenericOptions()
		c.Metadata = p.optMetadata()
	}
	var computed []*ast.Constraint
	if pos := p.pos(); p.accept("as") {
		computed = append(computed, &ast.Constraint{Pos: pos, Def: &ast.Generated{Pos: pos, X: p.expr()}})
	}
	c.Constraints, c.Collation = p.columnQualifiers()
	c.Constraints = append(computed, c.Constraints...)
	return c
}

func (p *parser) compression() ast.Ident {
	p.expect("compression")
	if p.accept("default") {
		return "default"
	}
	return p.colID()
}

// optMetadata reads METADATA [FROM 'key'] [VIRTUAL].
func (p *parser) optMetadata() *ast.Metadata {
	m := &ast.Metadata{Pos: p.pos()}
	if !p.accept("metadata") {
		return nil
	}
	if p.accept("from") {
		m.From = p.stringConst()
	}
	m.Virtual = p.accept("virtual")
	return m
}

// likeOptions are what LIKE can copy beside the columns, in the order in which they print.
var likeOptions = []string{
	"comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage",
}

// likeTable reads LIKE table {INCLUDING | EXCLUDING} what ...; later ones win.
func (p *parser) likeTable() *ast.LikeTable {
	l := &ast.LikeTable{Pos: p.pos()}
	p.expect("like")
	l.Name = p.qualifiedName()
	including := map[string]bool{}
	for !p.failed() {
		w := p.acceptAny("including", "excluding")
		if w == "" {
			break
		}
		what := p.expectAny(append(likeOptions, "all")...)
		for _, o := range likeOptions {
			if what == o || what == "all" {
				including[o] = w == "including"
			}
		}
	}
	for _, o := range likeOptions {
		if including[o] {
			l.Including = append(l.Including, upper(o))
		}
	}
	if len(l.Including) == len(likeOptions) {
		l.Including = []string{"ALL"}
	}
	return l
}
