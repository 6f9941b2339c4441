package parse

import "github.com/freshetdb/freshet/sql/ast"

// atTableConstraint tells whether a constraint comes where a column could come as well.
func (p *parser) atTableConstraint() bool {
	next := p.peek(1)
	return p.atAny("constraint", "check", "unique", "primary", "foreign") != "" ||
		p.at("exclude") && (next.is("using") || next.is("("))
}

// tableConstraint reads a constraint of a table or, in ALTER DOMAIN, of a domain.
func (p *parser) tableConstraint() *ast.Constraint {
	c := &ast.Constraint{Pos: p.pos()}
	if p.accept("constraint") {
		c.Name = p.colID()
	}
	pos := p.pos()
	switch p.atAny("check", "unique", "primary", "exclude", "foreign") {
	case "check":
		check := p.check()
		c.Def = check
		a := p.attributesOf(c, "CHECK", canBeNotValid|canNotInherit)
		check.NoInherit = a.noInherit
	case "unique", "primary":
		u := p.tableUnique()
		c.Def = u
		kind := "UNIQUE"
		if u.Primary {
			kind = "PRIMARY KEY"
		}
		p.attributesOf(c, kind, canDefer)
	case "exclude":
		c.Def = p.exclude()
		p.attributesOf(c, "EXCLUDE", canDefer)
	case "foreign":
		f := &ast.ForeignKey{Pos: pos}
		p.expect("foreign", "key")
		f.Columns = p.columnNames()
		p.references(f)
		c.Def = f
		p.attributesOf(c, "FOREIGN KEY", canDefer|canBeNotValid)
	default:
		p.syntaxError()
	}
	return c
}

// attributesOf reads what follows a constraint of a kind.
func (p *parser) attributesOf(c *ast.Constraint, kind string, allowed allowedAttributes) constraintAttributes {
	a := p.constraintAttributes()
	a.check(p, kind, allowed)
	c.Deferrable, c.InitiallyDeferred = a.deferrable, a.initiallyDeferred
	c.NotValid, c.NotEnforced = a.notValid, a.notEnforced
	return a
}

// tableUnique reads UNIQUE or PRIMARY KEY with its columns, or USING INDEX with an index that is there.
func (p *parser) tableUnique() *ast.Unique {
	bare := p.at("primary") || !p.peek(1).is("nulls")
	u := p.unique()
	if bare && p.accept("using") {
		p.expect("index")
		u.Index = p.colID()
		return u
	}
	u.Columns = p.columnNames()
	u.Include = p.optInclude()
	p.indexOptions(u)
	return u
}

func (p *parser) optInclude() []ast.Ident {
	if !p.accept("include") {
		return nil
	}
	return p.columnNames()
}

func (p *parser) exclude() *ast.Exclude {
	e := &ast.Exclude{Pos: p.pos()}
	p.expect("exclude")
	e.Using = p.optUsing()
	e.Elements = parenList(p, p.excludeElement)
	e.Include = p.optInclude()
	e.Options = p.optDefinition()
	e.Tablespace = p.optIndexTablespace()
	if p.accept("where") {
		p.expect("(")
		e.Where = p.expr()
		p.expect(")")
	}
	return e
}

func (p *parser) excludeElement() *ast.ExcludeElement {
	e := &ast.ExcludeElement{Pos: p.pos(), Elem: p.indexElem()}
	p.expect("with")
	if p.accept("operator", "(") {
		e.Operator = p.anyOperator()
		p.expect(")")
	} else {
		e.Operator = p.anyOperator()
	}
	return e
}

// optUsing reads USING and the name of an access method.
func (p *parser) optUsing() ast.Ident {
	if !p.accept("using") {
		return ""
	}
	return p.colID()
}
