package parse

import "github.com/freshetdb/freshet/sql/ast"

// createType reads CREATE TYPE in its five forms.
func (p *parser) createType(c createPrefix) ast.Statement {
	p.expect("type")
	t := &ast.CreateType{Pos: c.pos, Name: p.anyName()}
	if p.at("(") {
		return &ast.Define{Pos: c.pos, Kind: "TYPE", Name: t.Name, Options: p.definition()}
	}
	if !p.accept("as") {
		return t
	}
	switch p.expectAny("(", "enum", "range") {
	case "(":
		t.Kind = "COMPOSITE"
		if !p.at(")") {
			t.Attributes = commaList(p, p.columnType)
		}
		p.expect(")")
		p.checkQualified(t.Name)
	case "enum":
		t.Kind = "ENUM"
		p.expect("(")
		if !p.at(")") {
			t.Labels = commaList(p, p.stringConst)
		}
		p.expect(")")
	case "range":
		t.Kind = "RANGE"
		t.Options = p.definition()
	}
	return t
}

// checkQualified refuses a name with more parts than database, schema and name.
func (p *parser) checkQualified(n *ast.Name) {
	if !p.failed() && len(n.Parts) > 3 {
		p.fail(tooManyNames(n))
	}
}

// alterType reads ALTER TYPE.
func (p *parser) alterType(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "TYPE"}
	p.expect("type")
	o.Name = p.anyName()
	switch {
	case p.at("add", "value"):
		return alterOne(pos, o, p.addValue())
	case p.atAny("add", "drop", "alter") != "":
		a := &ast.Alter{Pos: pos, Object: o, Actions: commaList(p, p.attributeAction)}
		p.checkQualified(o.Name)
		return a
	case p.at("rename") && !p.peek(1).is("to"):
		return alterOne(pos, o, p.renamePart())
	case p.at("set", "("):
		return alterOne(pos, o, p.setDefinition())
	}
	return p.alterCommon(pos, o, canRename|canOwn|canMove)
}

// addValue reads ADD VALUE [IF NOT EXISTS] 'a' [BEFORE|AFTER 'b'].
func (p *parser) addValue() *ast.AddValue {
	a := &ast.AddValue{Pos: p.pos()}
	p.expect("add", "value")
	if a.IfNotExists = p.accept("if"); a.IfNotExists {
		p.expect("not", "exists")
	}
	a.Value = p.stringConst()
	if a.Place = upper(p.acceptAny("before", "after")); a.Place != "" {
		a.Neighbor = p.stringConst()
	}
	return a
}

// renamePart reads RENAME VALUE 'a' TO 'b' and RENAME ATTRIBUTE a TO b.
func (p *parser) renamePart() ast.AlterAction {
	pos := p.pos()
	p.expect("rename")
	if p.expectAny("value", "attribute", "to") == "value" {
		r := &ast.RenameValue{Pos: pos, From: p.stringConst()}
		p.expect("to")
		r.To = p.stringConst()
		return r
	}
	r := &ast.RenameColumn{Pos: pos, Kind: "ATTRIBUTE", From: p.colID()}
	p.expect("to")
	r.To = p.colID()
	r.Cascade = p.optCascade()
	return r
}

// attributeAction reads ADD, DROP or ALTER ATTRIBUTE.
func (p *parser) attributeAction() ast.AlterAction {
	pos := p.pos()
	action := p.expectAny("add", "drop", "alter")
	p.expect("attribute")
	switch action {
	case "add":
		return &ast.AddAttribute{Pos: pos, Attribute: p.columnType(), Cascade: p.optCascade()}
	case "drop":
		return &ast.DropAttribute{Pos: pos, IfExists: p.ifExists(), Name: p.colID(), Cascade: p.optCascade()}
	default:
		a := &ast.AlterAttribute{Pos: pos, Attribute: &ast.ColumnType{Pos: p.pos(), Name: p.colID()}}
		if p.accept("set") {
			p.expect("data")
		}
		p.expect("type")
		a.Attribute.Type = p.typeName()
		if p.accept("collate") {
			a.Attribute.Collation = p.anyName()
		}
		a.Cascade = p.optCascade()
		return a
	}
}
