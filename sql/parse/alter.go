package parse

import "github.com/freshetdb/freshet/sql/ast"

// alter reads ALTER of every kind of object. The methods begin at the word after ALTER, which names the kind; pos is where
// the statement begins. A new kind has its line in alterRelation or alterObject.
func (p *parser) alter() ast.Statement {
	pos := p.pos()
	p.expect("alter")
	if p.tok.kind != tokWord {
		p.syntaxError()
		return nil
	}
	if s := p.alterRelation(pos); s != nil || p.failed() {
		return s
	}
	return p.alterObject(pos)
}

// alterRelation reads ALTER of what holds or moves rows, and of what it stands in; nil for other kinds.
func (p *parser) alterRelation(pos ast.Pos) ast.Statement {
	switch p.tok.text {
	case "table":
		return p.alterTable(pos)
	case "index":
		return p.alterIndex(pos)
	case "view":
		return p.alterView(pos)
	case "materialized":
		return p.alterMaterializedView(pos)
	case "sequence":
		return p.alterSequence(pos)
	case "source", "sink", "secret", "connection":
		return p.alterStreaming(pos)
	case "subscription":
		return p.alterSubscription(pos)
	case "schema":
		return p.alterSchema(pos)
	case "database":
		return p.alterDatabase(pos)
	case "tablespace":
		return p.alterTablespace(pos)
	case "statistics":
		return p.alterStatistics(pos)
	case "foreign":
		if p.peek(1).is("table") {
			return p.alterForeignTable(pos)
		}
		return p.alterForeignDataWrapper(pos)
	}
	return nil
}

// alterObject reads ALTER of everything else.
func (p *parser) alterObject(pos ast.Pos) ast.Statement {
	switch p.tok.text {
	case "function", "procedure", "routine":
		return p.alterFunction(pos)
	case "aggregate":
		return p.alterAggregate(pos)
	case "operator": // and OPERATOR CLASS, OPERATOR FAMILY
		return p.alterOperator(pos)
	case "type":
		return p.alterType(pos)
	case "domain":
		return p.alterDomain(pos)
	case "collation":
		return p.alterCollation(pos)
	case "conversion":
		return p.alterConversion(pos)
	case "language", "procedural":
		return p.alterLanguage(pos)
	case "large":
		return p.alterLargeObject(pos)
	case "text":
		return p.alterTextSearch(pos)
	case "role", "group":
		return p.alterRole(pos)
	case "user":
		if p.at("user", "mapping", "for") { // else the user's name is mapping
			return p.alterUserMapping(pos)
		}
		return p.alterRole(pos)
	case "default":
		return p.alterDefaultPrivileges(pos)
	case "trigger":
		return p.alterTrigger(pos)
	case "event":
		return p.alterEventTrigger(pos)
	case "rule":
		return p.alterRule(pos)
	case "policy":
		return p.alterPolicy(pos)
	case "extension":
		return p.alterExtension(pos)
	case "server":
		return p.alterServer(pos)
	case "publication":
		return p.alterPublication(pos)
	case "system":
		return p.alterSystem(pos)
	}
	p.syntaxError()
	return nil
}
