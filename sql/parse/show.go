package parse

import (
	"strings"

	"github.com/freshetdb/freshet/sql/ast"
)

// createdKinds are the kinds that SHOW CREATE takes.
var createdKinds = []string{
	"TABLE", "SOURCE", "SINK", "VIEW", "MATERIALIZED VIEW", "INDEX", "FUNCTION", "TYPE", "SUBSCRIPTION", "CONNECTION",
	"SCHEMA", "DATABASE",
}

// show reads SHOW: of a setting, of a list of objects, or of how an object is created.
func (p *parser) show() ast.Statement {
	pos := p.pos()
	p.expect("show")
	switch {
	case p.at("columns", "from"), p.at("columns", "in"):
		p.advance()
		return p.showObjects(pos, "COLUMNS")
	case p.at("create"):
		return p.showCreate(pos)
	}
	if !p.peek(1).is(".") {
		if kind := p.acceptKind(ast.ShownKinds); kind != "" {
			return p.showObjects(pos, kind)
		}
	}
	s := &ast.ShowSetting{Pos: pos, Name: p.standardSetting()}
	if s.Name == nil && !p.accept("all") {
		s.Name = p.settingName()
	}
	return s
}

// acceptKind moves past the words of one of the kinds and returns it, "" if none comes.
func (p *parser) acceptKind(kinds []string) string {
	for _, kind := range kinds {
		if p.accept(strings.Fields(strings.ToLower(kind))...) {
			return kind
		}
	}
	return ""
}

// showObjects reads what limits the list: [FROM schema] [[NOT] LIKE pattern].
func (p *parser) showObjects(pos ast.Pos, kind string) ast.Statement {
	s := &ast.ShowObjects{Pos: pos, Kind: kind}
	if p.acceptAny("from", "in") != "" {
		s.From = p.qualifiedName()
	}
	if p.accept("not") {
		s.NotLike = true
		p.expect("like")
		s.Like = p.stringLiteral()
	} else if p.accept("like") {
		s.Like = p.stringLiteral()
	}
	return s
}

func (p *parser) showCreate(pos ast.Pos) ast.Statement {
	create := p.tok
	p.advance()
	kind := p.acceptKind(createdKinds)
	if kind == "" {
		p.syntaxErrorAt(&create) // PostgreSQL has no SHOW CREATE
		return nil
	}
	return &ast.ShowCreate{Pos: pos, Kind: kind, Name: p.qualifiedName()}
}

// describe reads DESCRIBE or DESC.
func (p *parser) describe() ast.Statement {
	d := &ast.Describe{Pos: p.pos()}
	p.advance()
	d.Name = p.qualifiedName()
	return d
}
