package parse

import "github.com/freshetdb/freshet/sql/ast"

// createSubscription reads CREATE SUBSCRIPTION in both its meanings.
func (p *parser) createSubscription(c createPrefix) ast.Statement {
	s := &ast.CreateSubscription{Pos: c.pos}
	p.expect("subscription")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.qualifiedName()
	if p.accept("from") {
		s.From = p.qualifiedName()
		s.Options = p.optOptions()
		return s
	}
	p.expect("connection")
	s.Connection = p.stringConst()
	p.expect("publication")
	s.Publications = commaList(p, p.colID)
	s.Options = p.optDefinition()
	return s
}

// alterSubscription reads ALTER SUBSCRIPTION.
func (p *parser) alterSubscription(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "SUBSCRIPTION"}
	p.expect("subscription")
	o.Name = p.qualifiedName()
	return alterOne(pos, o, p.subscriptionAction())
}

func (p *parser) subscriptionAction() ast.AlterAction {
	pos := p.pos()
	switch {
	case p.at("set", "publication"), p.at("add"), p.at("drop"), p.at("refresh"):
		return p.setPublications()
	case p.accept("connection"):
		return &ast.SetConnection{Pos: pos, Connection: p.stringConst()}
	case p.accept("enable"):
		return &ast.NamedAction{Pos: pos, Words: "ENABLE"}
	case p.accept("disable"):
		return &ast.NamedAction{Pos: pos, Words: "DISABLE"}
	case p.accept("skip"):
		return &ast.SetOptions{Pos: pos, Kind: "SKIP", Options: p.definition()}
	case p.at("set", "schema"):
		return p.commonAction(canMove)
	case p.accept("set"):
		return &ast.SetOptions{Pos: pos, Kind: "SET", Options: p.definition()}
	}
	if act := p.optSwap(); act != nil {
		return act
	}
	if act := p.commonAction(canRename | canOwn); act != nil {
		return act
	}
	p.syntaxError()
	return nil
}

func (p *parser) setPublications() *ast.SetPublications {
	s := &ast.SetPublications{Pos: p.pos(), Kind: upper(p.expectAny("set", "add", "drop", "refresh"))}
	p.expect("publication")
	if s.Kind != "REFRESH" {
		s.Publications = commaList(p, p.colID)
	}
	s.Options = p.optDefinition()
	return s
}
