package parse

import "github.com/freshetdb/freshet/sql/ast"

// insert reads INSERT; with is the WITH clause before it.
func (p *parser) insert(with *ast.With) ast.Statement {
	s := &ast.Insert{Pos: p.startOf(with), With: with}
	p.expect("insert", "into")
	s.Table = p.qualifiedName()
	if p.accept("as") {
		s.Alias = p.colID()
	}
	if p.accept("default") {
		p.expect("values")
	} else {
		if p.at("(") && !p.atParenQuery() {
			s.Columns = parenList(p, p.columnTarget)
		}
		s.Overriding = p.optOverriding()
		s.Query = p.query()
	}
	if p.at("on") {
		s.OnConflict = p.onConflict()
	}
	s.Returning = p.optReturning()
	return s
}

// startOf is where a statement begins that may have a WITH clause before it.
func (p *parser) startOf(with *ast.With) ast.Pos {
	if with != nil {
		return with.Pos
	}
	return p.pos()
}

// optOverriding reads OVERRIDING USER | SYSTEM VALUE.
func (p *parser) optOverriding() string {
	if !p.accept("overriding") {
		return ""
	}
	w := p.expectAny("user", "system")
	p.expect("value")
	return upper(w)
}

// columnTarget reads a column that is written to, perhaps only a part of it: a, a.b, a[1], a[1:2].
func (p *parser) columnTarget() *ast.ColumnTarget {
	t := &ast.ColumnTarget{Pos: p.pos(), Name: p.colID()}
	star := false // of one that is not the last step
	for p.at(".") || p.at("[") {
		star = star || len(t.Steps) > 0 && t.Steps[len(t.Steps)-1].Star
		t.Steps = append(t.Steps, p.targetStep())
	}
	if star {
		p.failAt(&p.tok, "improper use of \"*\"")
	}
	return t
}

func (p *parser) targetStep() *ast.Step {
	s := &ast.Step{Pos: p.pos()}
	if p.accept(".") {
		if s.Star = p.accept("*"); !s.Star {
			s.Field = p.colLabel()
		}
		return s
	}
	p.expect("[")
	if !p.at(":") {
		s.Low = p.expr()
	}
	if p.accept(":") {
		s.Slice = true
		if !p.at("]") {
			s.High = p.expr()
		}
	}
	p.expect("]")
	return s
}

// onConflict reads ON CONFLICT and what comes after it.
func (p *parser) onConflict() *ast.OnConflict {
	c := &ast.OnConflict{Pos: p.pos()}
	p.expect("on", "conflict")
	if p.at("(") {
		c.Elems = parenList(p, p.indexElem)
		c.ElemsWhere = p.optWhere()
	} else if p.accept("on") {
		p.expect("constraint")
		c.Constraint = p.colID()
	}
	p.expect("do")
	if p.expectAny("nothing", "update") == "update" {
		p.expect("set")
		c.Set = commaList(p, p.assignment)
		c.Where = p.optWhere()
	}
	return c
}

// assignment reads column = value or (column, ...) = value.
func (p *parser) assignment() *ast.Assignment {
	a := &ast.Assignment{Pos: p.pos()}
	if p.at("(") {
		a.Multi = true
		a.Columns = parenList(p, p.columnTarget)
	} else {
		a.Columns = []*ast.ColumnTarget{p.columnTarget()}
	}
	p.expect("=")
	a.Value = p.expr()
	return a
}

func (p *parser) optReturning() []*ast.Target {
	if !p.accept("returning") {
		return nil
	}
	return p.targets()
}
