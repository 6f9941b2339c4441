package parse

import "github.com/freshetdb/freshet/sql/ast"

// createRule reads CREATE RULE.
func (p *parser) createRule(c createPrefix) ast.Statement {
	p.expect("rule")
	r := &ast.CreateRule{Pos: c.pos, OrReplace: c.orReplace, Name: p.colID()}
	p.expect("as", "on")
	r.Event = upper(p.expectAny("select", "insert", "update", "delete"))
	p.expect("to")
	r.On = p.qualifiedName()
	r.Where = p.optWhere()
	p.expect("do")
	r.Instead = p.acceptAny("instead", "also") == "instead"
	switch {
	case p.accept("nothing"):
	case p.at("(") && !p.queryGoesOn():
		r.Actions = p.ruleActions()
	default:
		r.Actions = []ast.Statement{p.ruleAction()}
	}
	return r
}

// ruleActions reads ( action; ... ), some of which may be empty.
func (p *parser) ruleActions() []ast.Statement {
	var actions []ast.Statement
	p.expect("(")
	for {
		if !p.at(";") && !p.at(")") {
			actions = append(actions, p.ruleAction())
		}
		if !p.accept(";") {
			break
		}
	}
	p.expect(")")
	return actions
}

// ruleAction reads one command of a rule: a query, INSERT, UPDATE, DELETE or NOTIFY.
func (p *parser) ruleAction() ast.Statement {
	switch {
	case p.at("with"):
		return p.withStatement()
	case p.atQuery():
		return p.query()
	case p.at("insert"):
		return p.insert(nil)
	case p.at("update"):
		return p.update(nil)
	case p.at("delete"):
		return p.delete(nil)
	case p.at("notify"):
		return p.notification()
	}
	p.syntaxError()
	return nil
}

// queryGoesOn tells whether the parenthesis that comes is the beginning of a longer query, as in (SELECT 1) UNION SELECT 2,
// not that around all actions: a word of a query follows the closing one. It reads ahead with a lexer of its own, for it may
// be far.
func (p *parser) queryGoesOn() bool {
	if !p.atParenQuery() {
		return false
	}
	ahead, depth := p.lex, 1
	ahead.off = p.tok.end
	for depth > 0 {
		t, err := ahead.next()
		switch {
		case err != nil, t.kind == tokEOF, t.is(";") && depth == 1:
			return false
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
	}
	t, err := ahead.next()
	if err != nil {
		return false
	}
	for _, w := range []string{"union", "intersect", "except", "order", "limit", "offset", "fetch", "for"} {
		if t.is(w) {
			return true
		}
	}
	return false
}
