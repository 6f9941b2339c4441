package parse

import "github.com/freshetdb/freshet/sql/ast"

// grantKinds are the kinds of objects that privileges are on. The last ones are those of the streaming dialects.
var grantKinds = []objectKind{
	{words: []string{"table"}, name: "TABLE"},
	{words: []string{"sequence"}, name: "SEQUENCE"},
	{words: []string{"function"}, name: "FUNCTION", shape: byFunction},
	{words: []string{"procedure"}, name: "PROCEDURE", shape: byFunction},
	{words: []string{"routine"}, name: "ROUTINE", shape: byFunction},
	{words: []string{"database"}, name: "DATABASE", shape: byName},
	{words: []string{"domain"}, name: "DOMAIN"},
	{words: []string{"language"}, name: "LANGUAGE", shape: byName},
	{words: []string{"large", "object"}, name: "LARGE OBJECT", shape: byNumber},
	{words: []string{"parameter"}, name: "PARAMETER"},
	{words: []string{"schema"}, name: "SCHEMA", shape: byName},
	{words: []string{"tablespace"}, name: "TABLESPACE", shape: byName},
	{words: []string{"type"}, name: "TYPE"},
	{words: []string{"materialized", "view"}, name: "MATERIALIZED VIEW"},
	{words: []string{"view"}, name: "VIEW"},
	{words: []string{"source"}, name: "SOURCE"},
	{words: []string{"sink"}, name: "SINK"},
	{words: []string{"secret"}, name: "SECRET"},
	{words: []string{"connection"}, name: "CONNECTION"},
	{words: []string{"subscription"}, name: "SUBSCRIPTION"},
}

// allKinds are the kinds that ALL ... IN SCHEMA takes, defaultKinds those of ALTER DEFAULT PRIVILEGES.
var (
	allKinds     = append([]string{"tables", "sequences", "functions", "procedures", "routines"}, streamKinds...)
	defaultKinds = append([]string{"tables", "sequences", "functions", "routines", "types", "schemas"}, streamKinds...)
	streamKinds  = []string{"materialized", "views", "sources", "sinks", "secrets", "connections", "subscriptions"}
)

// pluralKind reads one of the kinds.
func (p *parser) pluralKind(kinds []string) string {
	kind := p.expectAny(kinds...)
	if kind == "materialized" {
		p.expect("views")
		return "MATERIALIZED VIEWS"
	}
	return upper(kind)
}

// grantObjects reads what the privileges are on.
func (p *parser) grantObjects(g *ast.Grant) {
	if p.accept("all") {
		p.grantAllIn(g)
		return
	}
	k := p.grantKind()
	g.Kind = k.name
	g.Objects = commaList(p, func() *ast.Object { return p.grantObject(k) })
}

// grantAllIn reads the rest of ALL kind IN SCHEMA schema, ...
func (p *parser) grantAllIn(g *ast.Grant) {
	kind := p.pluralKind(allKinds)
	p.expect("in", "schema")
	g.Kind = "ALL " + kind + " IN SCHEMA"
	g.Objects = commaList(p, func() *ast.Object { return p.objectName(objectKind{name: "SCHEMA", shape: byName}, 0) })
}

// grantKind reads the kind of objects, TABLE where none is written. All its words but TABLE and FOREIGN are names of
// relations too; then what follows a name comes after them.
func (p *parser) grantKind() objectKind {
	if p.accept("foreign") {
		if p.expectAny("data", "server") == "server" {
			return objectKind{name: "FOREIGN SERVER", shape: byName}
		}
		p.expect("wrapper")
		return objectKind{name: "FOREIGN DATA WRAPPER", shape: byName}
	}
	for _, k := range grantKinds {
		if p.at(k.words...) && (k.name == "TABLE" || k.name == "LARGE OBJECT" || !followsName(p.peek(len(k.words)))) {
			p.accept(k.words...)
			return k
		}
	}
	return objectKind{name: "TABLE"}
}

func followsName(t *token) bool { return t.is(".") || t.is(",") || t.is("to") || t.is("from") }

func (p *parser) grantObject(k objectKind) *ast.Object {
	if k.shape != byAnyName {
		return p.objectName(k, 0)
	}
	o := &ast.Object{Pos: p.pos(), Kind: k.name}
	switch k.name {
	case "DOMAIN", "TYPE":
		o.Name = p.anyName()
	case "PARAMETER":
		o.Name = p.simpleName()
		for p.accept(".") {
			o.Name.Parts = append(o.Name.Parts, p.colID())
		}
	default:
		o.Name = p.qualifiedName()
	}
	return o
}

// alterDefaultPrivileges reads ALTER DEFAULT PRIVILEGES.
func (p *parser) alterDefaultPrivileges(pos ast.Pos) ast.Statement {
	p.expect("default", "privileges")
	a := &ast.AlterDefaultPrivileges{Pos: pos}
	for p.atAny("in", "for") != "" {
		a.Scopes = append(a.Scopes, p.defaultScope())
	}
	a.Grant = p.defaultGrant()
	return a
}

func (p *parser) defaultScope() *ast.DefaultScope {
	s := &ast.DefaultScope{Pos: p.pos()}
	if p.accept("in") {
		p.expect("schema")
		s.Schemas = commaList(p, p.colID)
		return s
	}
	p.expect("for")
	p.expectAny("role", "user")
	s.Roles = p.roles()
	return s
}

// defaultGrant reads GRANT or REVOKE for objects that do not exist yet.
func (p *parser) defaultGrant() *ast.Grant {
	g := &ast.Grant{Pos: p.pos(), Revoke: p.expectAny("grant", "revoke") == "revoke"}
	if g.Revoke && p.accept("grant") {
		p.expect("option", "for")
		g.OptionFor = true
	}
	p.privileges(g)
	p.expect("on")
	if g.Kind = p.pluralKind(defaultKinds); g.Kind == "ROUTINES" {
		g.Kind = "FUNCTIONS"
	}
	p.grantees(g)
	if g.Revoke {
		g.Cascade = p.optCascade()
	} else if p.accept("with") {
		p.expect("grant", "option")
		g.WithGrantOption = true
	}
	return g
}
