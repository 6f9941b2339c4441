package parse

import "github.com/freshetdb/freshet/sql/ast"

// commonActions is a set of the changes that objects of many kinds share.
type commonActions uint8

const (
	canRename commonActions = 1 << iota // RENAME TO name
	canOwn                              // OWNER TO role
	canMove                             // SET SCHEMA name
	canDepend                           // [NO] DEPENDS ON EXTENSION name
)

// commonAction reads one of the changes that are allowed; nil if none of them begins here.
func (p *parser) commonAction(allowed commonActions) ast.AlterAction {
	pos := p.pos()
	switch {
	case allowed&canRename != 0 && p.accept("rename"):
		p.expect("to")
		return &ast.RenameTo{Pos: pos, Name: p.colID()}
	case allowed&canOwn != 0 && p.accept("owner"):
		p.expect("to")
		return &ast.OwnerTo{Pos: pos, Owner: p.role()}
	case allowed&canMove != 0 && p.accept("set"):
		p.expect("schema")
		return &ast.SetSchema{Pos: pos, Schema: p.colID()}
	case allowed&canDepend != 0 && p.atAny("no", "depends") != "":
		d := &ast.DependsOnExtension{Pos: pos, No: p.accept("no")}
		p.expect("depends", "on", "extension")
		d.Extension = p.colID()
		return d
	}
	return nil
}

// alterCommon reads the rest of an ALTER that knows only changes that kinds share.
func (p *parser) alterCommon(pos ast.Pos, o *ast.Object, allowed commonActions) ast.Statement {
	act := p.commonAction(allowed)
	if act == nil {
		p.syntaxError()
		return nil
	}
	return alterOne(pos, o, act)
}

func alterOne(pos ast.Pos, o *ast.Object, act ast.AlterAction) *ast.Alter {
	return &ast.Alter{Pos: pos, Object: o, Actions: []ast.AlterAction{act}}
}

// alterAggregate reads ALTER AGGREGATE.
func (p *parser) alterAggregate(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "AGGREGATE"}
	p.expect("aggregate")
	o.Name = p.routineName()
	o.Signature = p.aggregateSignature()
	return p.alterCommon(pos, o, canRename|canOwn|canMove)
}

// alterCollation reads ALTER COLLATION.
func (p *parser) alterCollation(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "COLLATION"}
	p.expect("collation")
	o.Name = p.anyName()
	if act := p.pos(); p.accept("refresh") {
		p.expect("version")
		return alterOne(pos, o, &ast.NamedAction{Pos: act, Words: "REFRESH VERSION"})
	}
	return p.alterCommon(pos, o, canRename|canOwn|canMove)
}

// alterConversion reads ALTER CONVERSION.
func (p *parser) alterConversion(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "CONVERSION"}
	p.expect("conversion")
	o.Name = p.anyName()
	return p.alterCommon(pos, o, canRename|canOwn|canMove)
}

// alterLanguage reads ALTER LANGUAGE.
func (p *parser) alterLanguage(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "LANGUAGE"}
	p.accept("procedural")
	p.expect("language")
	o.Name = p.simpleName()
	return p.alterCommon(pos, o, canRename|canOwn)
}

// alterLargeObject reads ALTER LARGE OBJECT.
func (p *parser) alterLargeObject(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "LARGE OBJECT"}
	p.expect("large", "object")
	o.Number = p.number()
	return p.alterCommon(pos, o, canOwn)
}

// alterRule reads ALTER RULE.
func (p *parser) alterRule(pos ast.Pos) ast.Statement {
	return p.alterCommon(pos, p.onRelation("rule"), canRename)
}

// alterTrigger reads ALTER TRIGGER.
func (p *parser) alterTrigger(pos ast.Pos) ast.Statement {
	return p.alterCommon(pos, p.onRelation("trigger"), canRename|canDepend)
}

// onRelation reads kind name ON relation.
func (p *parser) onRelation(kind string) *ast.Object {
	o := &ast.Object{Pos: p.pos(), Kind: upper(kind)}
	p.expect(kind)
	o.Name = p.simpleName()
	p.expect("on")
	o.On = p.qualifiedName()
	return o
}
