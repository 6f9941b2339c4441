package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createPublication reads CREATE PUBLICATION.
func (p *parser) createPublication(c createPrefix) ast.Statement {
	p.expect("publication")
	s := &ast.CreatePublication{Pos: c.pos, Name: p.colID()}
	switch {
	case p.accept("for", "all"):
		p.expect("tables")
		s.AllTables = true
		s.Options = p.optDefinition()
	case p.accept("for"):
		items := commaList(p, p.publicationItem)
		s.Options = p.optDefinition()
		s.Objects = p.publicationObjects(items)
	default:
		s.Options = p.optDefinition()
	}
	return s
}

// publicationItem is an element of a list of objects as it is written. One without TABLE or TABLES IN SCHEMA is of the kind of
// the one before it.
type publicationItem struct {
	ast.PublicationObject
	pos    ast.Pos // where PostgreSQL sees the mistake, if there is one
	kind   string  // TABLE, SCHEMA or empty
	single bool    // one name and nothing else: what a schema may be
}

func (p *parser) publicationItem() *publicationItem {
	i := &publicationItem{pos: p.pos()}
	i.Pos = p.pos()
	switch {
	case p.accept("table"):
		i.kind = "TABLE"
		i.Table = p.relationExpr()
		p.publishedPart(i)
	case p.at("tables", "in"):
		p.expect("tables", "in", "schema")
		i.kind, i.single = "SCHEMA", true
		if p.accept("current_schema") {
			i.CurrentSchema = true
		} else {
			i.Schema = p.colID()
		}
	case p.accept("current_schema"):
		i.CurrentSchema, i.single = true, true
	default:
		p.continuedItem(i)
	}
	return i
}

// continuedItem reads a name without anything before it, a schema or table as the list goes.
func (p *parser) continuedItem(i *publicationItem) {
	only := p.at("only")
	switch {
	case only:
		i.Table = p.relationExpr()
	case !isColID(&p.tok):
		p.syntaxError()
		return
	default:
		i.Table = &ast.TableRef{Pos: p.pos(), Name: p.routineParts()}
		only = p.accept("*")
	}
	if only {
		i.pos = 1 // PostgreSQL has no place for it and gives the first
	}
	p.publishedPart(i)
	i.single = !only && len(i.Table.Name.Parts) == 1 && len(i.Columns) == 0 && i.Where == nil
	if !p.failed() && len(i.Table.Name.Parts) > 3 {
		p.fail(tooManyNames(i.Table.Name))
	}
}

// publishedPart reads [(columns)] [WHERE (x)].
func (p *parser) publishedPart(i *publicationItem) {
	i.Columns = p.optColumnNames()
	if p.accept("where") {
		p.expect("(")
		i.Where = p.expr()
		p.expect(")")
	}
}

// publicationObjects settles what the items are, as PostgreSQL does when it has read the statement.
func (p *parser) publicationObjects(items []*publicationItem) []*ast.PublicationObject {
	if p.failed() {
		return nil
	}
	objects, kind := make([]*ast.PublicationObject, len(items)), ""
	for n, i := range items {
		if i.kind != "" {
			kind = i.kind
		}
		switch {
		case kind == "":
			e := pgerr.New(pgerr.SyntaxError, "invalid publication object list").At(int(i.pos))
			p.fail(e.WithDetail("One of TABLE or TABLES IN SCHEMA must be specified before a standalone table or schema name."))
		case kind == "TABLE" && i.Table == nil:
			p.errorAt(i.pos, pgerr.SyntaxError, "invalid table name")
		case kind == "SCHEMA":
			p.checkSchemaItem(i)
		}
		objects[n] = &i.PublicationObject
	}
	return objects
}

// checkSchemaItem makes a schema of an item among schemas.
func (p *parser) checkSchemaItem(i *publicationItem) {
	switch {
	case i.Where != nil:
		p.errorAt(i.pos, pgerr.SyntaxError, "WHERE clause not allowed for schema")
	case len(i.Columns) > 0:
		p.errorAt(i.pos, pgerr.SyntaxError, "column specification not allowed for schema")
	case !i.single:
		p.errorAt(i.pos, pgerr.SyntaxError, "invalid schema name")
	case i.Table != nil:
		i.Schema, i.Table = i.Table.Name.Parts[0], nil
	}
}

// alterPublication reads ALTER PUBLICATION.
func (p *parser) alterPublication(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "PUBLICATION"}
	p.expect("publication")
	o.Name = p.simpleName()
	c := &ast.PublicationChange{Pos: p.pos()}
	if p.at("set", "(") {
		p.advance()
		return alterOne(pos, o, &ast.SetOptions{Pos: c.Pos, Kind: "SET", Options: p.definition()})
	}
	if c.Kind = upper(p.acceptAny("add", "set", "drop")); c.Kind == "" {
		return p.alterCommon(pos, o, canRename|canOwn)
	}
	c.Objects = p.publicationObjects(commaList(p, p.publicationItem))
	return alterOne(pos, o, c)
}
