package parse

import "github.com/freshetdb/freshet/sql/ast"

// alterTextSearch reads ALTER TEXT SEARCH of its four kinds of objects.
func (p *parser) alterTextSearch(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: p.textSearchKind()}
	o.Name = p.anyName()
	act := p.pos()
	allowed := canRename | canMove
	switch o.Kind {
	case "TEXT SEARCH DICTIONARY":
		if p.at("(") {
			return alterOne(pos, o, &ast.DictionaryOptions{Pos: act, Options: p.definition()})
		}
		allowed |= canOwn
	case "TEXT SEARCH CONFIGURATION":
		if kind := p.acceptAny("add", "alter", "drop"); kind != "" {
			p.expect("mapping")
			return alterOne(pos, o, p.textSearchMapping(&ast.TextSearchMapping{Pos: act, Kind: upper(kind)}))
		}
		allowed |= canOwn
	}
	return p.alterCommon(pos, o, allowed)
}

func (p *parser) textSearchMapping(m *ast.TextSearchMapping) *ast.TextSearchMapping {
	if m.IfExists = m.Kind == "DROP" && p.accept("if"); m.IfExists {
		p.expect("exists")
	}
	if m.Kind == "ALTER" && p.at("replace") {
		p.replaceDictionary(m)
		return m
	}
	p.expect("for")
	m.Tokens = commaList(p, p.colID)
	switch {
	case m.Kind == "DROP":
	case m.Kind == "ALTER" && p.at("replace"):
		p.replaceDictionary(m)
	default:
		p.expect("with")
		m.Dictionaries = p.anyNames()
	}
	return m
}

// replaceDictionary reads REPLACE a WITH b.
func (p *parser) replaceDictionary(m *ast.TextSearchMapping) {
	p.expect("replace")
	m.Replace = p.anyName()
	p.expect("with")
	m.By = p.anyName()
}
