package parse

import "github.com/freshetdb/freshet/sql/ast"

// createOperator reads CREATE OPERATOR, OPERATOR CLASS and OPERATOR FAMILY.
func (p *parser) createOperator(c createPrefix) ast.Statement {
	p.expect("operator")
	switch {
	case p.atOperatorPart("class"):
		return p.createOperatorClass(c)
	case p.atOperatorPart("family"):
		p.advance()
		f := &ast.CreateOperatorFamily{Pos: c.pos, Name: p.anyName()}
		p.expect("using")
		f.Using = p.colID()
		return f
	}
	d := &ast.Define{Pos: c.pos, Kind: "OPERATOR", Operator: p.anyOperator()}
	d.Options = p.definition()
	return d
}

// atOperatorPart tells whether CLASS or FAMILY comes, not a schema of that name before an operator.
func (p *parser) atOperatorPart(word string) bool { return p.at(word) && !p.peek(1).is(".") }

func (p *parser) createOperatorClass(c createPrefix) ast.Statement {
	p.expect("class")
	o := &ast.CreateOperatorClass{Pos: c.pos, Name: p.anyName(), Default: p.accept("default")}
	p.expect("for", "type")
	o.Type = p.typeName()
	p.expect("using")
	o.Using = p.colID()
	if p.accept("family") {
		o.Family = p.anyName()
	}
	p.expect("as")
	o.Items = commaList(p, p.operatorClassItem)
	return o
}

// operatorClassItem reads OPERATOR n operator, FUNCTION n function or STORAGE type.
func (p *parser) operatorClassItem() *ast.OperatorClassItem {
	i := &ast.OperatorClassItem{Pos: p.pos()}
	switch i.Kind = upper(p.expectAny("operator", "function", "storage")); i.Kind {
	case "OPERATOR":
		i.Number = p.integer()
		i.Operator = p.anyOperator()
		if p.at("(") {
			i.Types = p.operatorSignature()
		}
		p.operatorPurpose(i)
		p.accept("recheck") // noise, as in PostgreSQL
	case "FUNCTION":
		i.Number = p.integer()
		if p.at("(") {
			i.Types = p.typeList()
		}
		i.Function = p.functionObject()
	case "STORAGE":
		i.Types = []*ast.TypeName{p.typeName()}
	}
	return i
}

func (p *parser) operatorPurpose(i *ast.OperatorClassItem) {
	if !p.accept("for") {
		return
	}
	if p.expectAny("search", "order") == "order" {
		p.expect("by")
		i.OrderBy = p.anyName()
	}
}

// typeList reads ( type, ... ).
func (p *parser) typeList() []*ast.TypeName { return parenList(p, p.typeName) }

// functionObject reads a function that a statement names.
func (p *parser) functionObject() *ast.Object {
	o := &ast.Object{Pos: p.pos(), Kind: "FUNCTION"}
	o.Name, o.Signature = p.functionWithTypes()
	return o
}

// alterOperator reads ALTER OPERATOR, OPERATOR CLASS and OPERATOR FAMILY.
func (p *parser) alterOperator(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "OPERATOR"}
	p.expect("operator")
	switch {
	case p.atOperatorPart("class"):
		o.Kind = "OPERATOR CLASS"
		p.methodObject(o)
		return p.alterCommon(pos, o, canRename|canOwn|canMove)
	case p.atOperatorPart("family"):
		o.Kind = "OPERATOR FAMILY"
		p.methodObject(o)
		if act := p.familyAction(); act != nil {
			return alterOne(pos, o, act)
		}
		return p.alterCommon(pos, o, canRename|canOwn|canMove)
	}
	o.Operator, o.Types = p.anyOperator(), p.operatorSignature()
	if p.at("set", "(") {
		return alterOne(pos, o, p.setDefinition())
	}
	return p.alterCommon(pos, o, canOwn|canMove)
}

// methodObject reads CLASS or FAMILY, the name and USING method.
func (p *parser) methodObject(o *ast.Object) {
	p.advance()
	o.Name = p.anyName()
	p.expect("using")
	o.Using = p.colID()
}

// setDefinition reads SET ( name = value, ... ).
func (p *parser) setDefinition() *ast.SetOptions {
	s := &ast.SetOptions{Pos: p.pos(), Kind: "SET"}
	p.expect("set")
	s.Options = p.requiredOptions()
	return s
}

// familyAction reads ADD or DROP of ALTER OPERATOR FAMILY; nil if neither comes.
func (p *parser) familyAction() ast.AlterAction {
	c := &ast.OperatorFamilyChange{Pos: p.pos()}
	switch p.acceptAny("add", "drop") {
	case "add":
		c.Items = commaList(p, p.operatorClassItem)
	case "drop":
		c.Drop = true
		c.Items = commaList(p, p.operatorClassDrop)
	default:
		return nil
	}
	return c
}

// operatorClassDrop reads OPERATOR n (type, ...) or FUNCTION n (type, ...).
func (p *parser) operatorClassDrop() *ast.OperatorClassItem {
	i := &ast.OperatorClassItem{Pos: p.pos(), Kind: upper(p.expectAny("operator", "function"))}
	i.Number = p.integer()
	i.Types = p.typeList()
	return i
}
