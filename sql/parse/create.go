package parse

import "github.com/freshetdb/freshet/sql/ast"

// createPrefix is what was read before the word that says what kind of object CREATE makes; the methods that take it begin
// at that word.
type createPrefix struct {
	pos         ast.Pos
	orReplace   bool
	persistence ast.Persistence
	inSchema    bool // inside CREATE SCHEMA
}

// create reads CREATE of every kind of object. A new kind has its line in createRelation or createObject.
func (p *parser) create() ast.Statement {
	c := p.createPrefix()
	if !p.mayFollow(c) {
		p.syntaxError()
		return nil
	}
	return p.createKind(c)
}

func (p *parser) createPrefix() createPrefix {
	c := createPrefix{pos: p.pos()}
	p.expect("create")
	if p.accept("or") {
		p.expect("replace")
		c.orReplace = true
	}
	c.persistence = p.optPersistence()
	return c
}

func (p *parser) createKind(c createPrefix) ast.Statement {
	if s := p.createRelation(c); s != nil || p.failed() {
		return s
	}
	return p.createObject(c)
}

// optPersistence reads TEMPORARY, UNLOGGED and their like before TABLE, VIEW, SEQUENCE or MATERIALIZED VIEW.
func (p *parser) optPersistence() ast.Persistence {
	switch p.acceptAny("temporary", "temp", "local", "global", "unlogged") {
	case "temporary", "temp":
		return ast.Temporary
	case "local", "global": // noise, as in PostgreSQL
		p.expectAny("temporary", "temp")
		return ast.Temporary
	case "unlogged":
		return ast.Unlogged
	}
	return ast.Permanent
}

// mayFollow tells whether the current word, a kind of object, may stand after what c says.
func (p *parser) mayFollow(c createPrefix) bool {
	if p.tok.kind != tokWord {
		return false
	}
	var kinds []string
	switch {
	case c.orReplace && c.persistence == ast.Permanent:
		kinds = []string{
			"view", "recursive", "materialized", "function", "procedure", "aggregate", "trigger", "constraint", "rule",
			"transform", "language", "trusted", "procedural",
		}
	case c.orReplace && c.persistence == ast.Temporary:
		kinds = []string{"view", "recursive"}
	case c.orReplace:
		kinds = []string{"view", "recursive", "materialized"}
	case c.persistence == ast.Temporary:
		kinds = []string{"table", "view", "recursive", "sequence", "function", "system"}
	case c.persistence == ast.Unlogged:
		kinds = []string{"table", "view", "recursive", "sequence", "materialized"}
	default:
		return true
	}
	return p.atAny(kinds...) != ""
}

// createRelation reads CREATE of what holds or moves rows, and of what it stands in; nil for other kinds.
func (p *parser) createRelation(c createPrefix) ast.Statement {
	switch p.tok.text {
	case "table":
		return p.createTable(c)
	case "view", "recursive":
		return p.createView(c)
	case "materialized":
		return p.createMaterializedView(c)
	case "sequence":
		return p.createSequence(c)
	case "index", "unique":
		return p.createIndex(c)
	case "source":
		return p.createSource(c)
	case "sink":
		return p.createSink(c)
	case "secret":
		return p.createSecret(c)
	case "connection":
		return p.createConnection(c)
	case "subscription":
		return p.createSubscription(c)
	case "schema":
		return p.createSchema(c)
	case "database":
		return p.createDatabase(c)
	case "tablespace":
		return p.createTablespace(c)
	case "statistics":
		return p.createStatistics(c)
	case "access":
		return p.createAccessMethod(c)
	case "assertion":
		return p.createAssertion(c)
	case "foreign":
		if p.peek(1).is("table") {
			return p.createForeignTable(c)
		}
		return p.createForeignDataWrapper(c)
	}
	return nil
}

// createObject reads CREATE of everything else.
func (p *parser) createObject(c createPrefix) ast.Statement {
	switch p.tok.text {
	case "function", "procedure":
		return p.createFunction(c)
	case "system": // Flink: TEMPORARY SYSTEM FUNCTION
		if c.persistence == ast.Temporary {
			return p.createFunction(c)
		}
	case "aggregate":
		return p.createAggregate(c)
	case "operator": // and OPERATOR CLASS, OPERATOR FAMILY
		return p.createOperator(c)
	case "type":
		return p.createType(c)
	case "domain":
		return p.createDomain(c)
	case "cast":
		return p.createCast(c)
	case "collation":
		return p.createCollation(c)
	case "conversion", "default":
		return p.createConversion(c)
	case "transform":
		return p.createTransform(c)
	case "language", "trusted", "procedural":
		return p.createLanguage(c)
	case "text":
		return p.createTextSearch(c)
	case "role", "group":
		return p.createRole(c)
	case "user":
		if p.at("user", "mapping", "for") || p.at("user", "mapping", "if") { // else the user's name is mapping
			return p.createUserMapping(c)
		}
		return p.createRole(c)
	case "trigger", "constraint":
		return p.createTrigger(c)
	case "event":
		return p.createEventTrigger(c)
	case "rule":
		return p.createRule(c)
	case "policy":
		return p.createPolicy(c)
	case "extension":
		return p.createExtension(c)
	case "server":
		return p.createServer(c)
	case "publication":
		return p.createPublication(c)
	}
	p.syntaxError()
	return nil
}
