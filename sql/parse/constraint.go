package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// columnQualifiers reads what follows the type of a column or domain, in any order: constraints, what is said about them, and
// a collation.
func (p *parser) columnQualifiers() ([]*ast.Constraint, *ast.Name) {
	var constraints []*ast.Constraint
	var collation *ast.Name
	var second ast.Pos
	for !p.failed() {
		pos := p.pos()
		if p.accept("collate") {
			if collation != nil && second == 0 {
				second = pos
			}
			collation = p.anyName()
			continue
		}
		c := p.columnConstraint()
		if c == nil {
			break
		}
		constraints = append(constraints, c)
	}
	if second != 0 {
		p.errorAt(second, pgerr.SyntaxError, "multiple COLLATE clauses not allowed")
	}
	return constraints, collation
}

// columnConstraint reads a constraint of a column; nil if none comes.
func (p *parser) columnConstraint() *ast.Constraint {
	c := &ast.Constraint{Pos: p.pos()}
	if p.accept("constraint") {
		c.Name = p.colID()
		if c.Def = p.columnConstraintDef(); c.Def == nil {
			if p.atNot() { // a name may not stand before NOT DEFERRABLE
				p.advance()
			}
			p.syntaxError()
		}
		return c
	}
	if c.Def = p.columnConstraintDef(); c.Def == nil {
		c.Def = p.columnAttribute()
	}
	if c.Def == nil {
		return nil
	}
	return c
}

// columnConstraintDef reads a constraint of a column without its name; nil if none comes.
func (p *parser) columnConstraintDef() ast.ConstraintDef {
	pos := p.pos()
	switch {
	case p.at("not", "null"):
		p.expect("not", "null")
		return &ast.NotNull{Pos: pos}
	case p.accept("null"):
		return &ast.Nullable{Pos: pos}
	case p.accept("default"):
		return &ast.DefaultValue{Pos: pos, X: p.restrictedExpr()}
	case p.at("check"):
		c := p.check()
		if p.accept("no") {
			p.expect("inherit")
			c.NoInherit = true
		}
		return c
	case p.at("unique"), p.at("primary"):
		u := p.unique()
		p.indexOptions(u)
		return u
	case p.at("generated"):
		return p.generated()
	case p.at("references"):
		f := &ast.ForeignKey{Pos: pos}
		p.references(f)
		return f
	}
	return nil
}

// columnAttribute reads what is said about the constraint before; nil if nothing is.
func (p *parser) columnAttribute() ast.ConstraintDef {
	pos := p.pos()
	switch {
	case p.accept("deferrable"):
		return &ast.ConstraintAttribute{Pos: pos, What: "DEFERRABLE"}
	case p.accept("initially"):
		return &ast.ConstraintAttribute{Pos: pos, What: "INITIALLY " + upper(p.expectAny("deferred", "immediate"))}
	case p.atNot():
		p.advance()
		return &ast.ConstraintAttribute{Pos: pos, What: "NOT " + upper(p.expectAny("deferrable", "enforced"))}
	}
	return nil
}

func (p *parser) check() *ast.Check {
	c := &ast.Check{Pos: p.pos()}
	p.expect("check", "(")
	c.X = p.expr()
	p.expect(")")
	return c
}

// unique reads UNIQUE [NULLS [NOT] DISTINCT] or PRIMARY KEY.
func (p *parser) unique() *ast.Unique {
	u := &ast.Unique{Pos: p.pos()}
	if p.accept("primary") {
		p.expect("key")
		u.Primary = true
		return u
	}
	p.expect("unique")
	u.NullsNotDistinct = p.optNullsNotDistinct()
	return u
}

func (p *parser) optNullsNotDistinct() bool {
	if p.atNulls() || !p.accept("nulls") {
		return false
	}
	not := p.accept("not")
	p.expect("distinct")
	return not
}

// indexOptions reads WITH (options) and USING INDEX TABLESPACE.
func (p *parser) indexOptions(u *ast.Unique) {
	u.Options = p.optDefinition()
	u.Tablespace = p.optIndexTablespace()
}

func (p *parser) optIndexTablespace() ast.Ident {
	if !p.accept("using") {
		return ""
	}
	p.expect("index", "tablespace")
	return p.colID()
}

// generated reads GENERATED ... AS IDENTITY or AS (expression) STORED.
func (p *parser) generated() ast.ConstraintDef {
	pos := p.pos()
	p.expect("generated")
	when := p.pos()
	always := p.generatedAlways()
	p.expect("as")
	if p.accept("identity") {
		i := &ast.Identity{Pos: pos, Always: always}
		if p.accept("(") {
			i.Options = p.sequenceOptions()
			p.expect(")")
		}
		return i
	}
	g := &ast.Generated{Pos: pos, Stored: true}
	p.expect("(")
	g.X = p.expr()
	p.expect(")", "stored")
	if !always {
		p.errorAt(when, pgerr.SyntaxError, "for a generated column, GENERATED ALWAYS must be specified")
	}
	return g
}

// generatedAlways reads ALWAYS or BY DEFAULT.
func (p *parser) generatedAlways() bool {
	if p.accept("by") {
		p.expect("default")
		return false
	}
	p.expect("always")
	return true
}

// references reads REFERENCES table [(columns)] and what follows it.
func (p *parser) references(f *ast.ForeignKey) {
	p.expect("references")
	f.Table = p.qualifiedName()
	f.References = p.optColumnNames()
	if pos := p.pos(); p.accept("match") {
		switch p.expectAny("full", "partial", "simple") {
		case "full":
			f.Full = true
		case "partial":
			p.errorAt(pos, pgerr.FeatureNotSupported, "MATCH PARTIAL not yet implemented")
		}
	}
	p.keyActions(f)
}

// keyActions reads ON DELETE and ON UPDATE, each at most once.
func (p *parser) keyActions(f *ast.ForeignKey) {
	allowed := []string{"delete", "update"}
	for len(allowed) > 0 && p.at("on") {
		pos := p.pos()
		p.expect("on")
		event := p.expectAny(allowed...)
		action, columns := p.keyAction()
		if event == "delete" {
			f.OnDelete, f.DeleteColumns = action, columns
			allowed = without(allowed, "delete")
			continue
		}
		if len(columns) > 0 {
			p.errorAt(pos, pgerr.FeatureNotSupported, "a column list with %s is only supported for ON DELETE actions", action)
		}
		f.OnUpdate = action
		allowed = without(allowed, "update")
	}
}

func without(words []string, word string) []string {
	var rest []string
	for _, w := range words {
		if w != word {
			rest = append(rest, w)
		}
	}
	return rest
}

// keyAction reads what happens to rows that refer to one that goes; empty is NO ACTION, the default.
func (p *parser) keyAction() (string, []ast.Ident) {
	switch p.expectAny("no", "restrict", "cascade", "set") {
	case "no":
		p.expect("action")
	case "restrict":
		return "RESTRICT", nil
	case "cascade":
		return "CASCADE", nil
	case "set":
		return "SET " + upper(p.expectAny("null", "default")), p.optColumnNames()
	}
	return "", nil
}
