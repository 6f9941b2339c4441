package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createPolicy reads CREATE POLICY.
func (p *parser) createPolicy(c createPrefix) ast.Statement {
	p.expect("policy")
	s := &ast.CreatePolicy{Pos: c.pos, Name: p.colID()}
	p.expect("on")
	s.On = p.qualifiedName()
	s.Restrictive = p.policyKind()
	if p.accept("for") {
		if s.Command = upper(p.expectAny("all", "select", "insert", "update", "delete")); s.Command == "ALL" {
			s.Command = ""
		}
	}
	s.Roles, s.Using, s.Check = p.policyRules()
	if len(s.Roles) == 1 && s.Roles[0].Name == "public" {
		s.Roles = nil // the default
	}
	return s
}

// policyKind reads AS PERMISSIVE or AS RESTRICTIVE, which are no keywords, and tells whether it was the latter.
func (p *parser) policyKind() bool {
	if !p.accept("as") {
		return false
	}
	pos := p.pos()
	switch kind := p.identifier(isIdentifier); kind {
	case "restrictive":
		return true
	case "permissive", "":
	default:
		p.fail(pgerr.Newf(pgerr.SyntaxError, "unrecognized row security option \"%s\"", kind).At(int(pos)).
			WithHint("Only PERMISSIVE or RESTRICTIVE policies are supported currently."))
	}
	return false
}

// policyRules reads [TO roles] [USING (x)] [WITH CHECK (x)].
func (p *parser) policyRules() (roles []*ast.Role, using, check ast.Expr) {
	if p.accept("to") {
		roles = p.roles()
	}
	if p.accept("using") {
		p.expect("(")
		using = p.expr()
		p.expect(")")
	}
	if p.accept("with") {
		p.expect("check", "(")
		check = p.expr()
		p.expect(")")
	}
	return roles, using, check
}

// alterPolicy reads ALTER POLICY; only its renaming has IF EXISTS.
func (p *parser) alterPolicy(pos ast.Pos) ast.Statement {
	a := &ast.Alter{Pos: pos, Object: &ast.Object{Pos: p.pos(), Kind: "POLICY"}}
	p.expect("policy")
	a.IfExists = p.ifExists()
	a.Object.Name = p.simpleName()
	p.expect("on")
	a.Object.On = p.qualifiedName()
	c := &ast.PolicyChange{Pos: p.pos()}
	if act := p.commonAction(canRename); act != nil {
		a.Actions = []ast.AlterAction{act}
		return a
	}
	if a.IfExists {
		p.syntaxError()
		return a
	}
	if c.Roles, c.Using, c.Check = p.policyRules(); len(c.Roles) > 0 || c.Using != nil || c.Check != nil {
		a.Actions = []ast.AlterAction{c}
	}
	return a
}
