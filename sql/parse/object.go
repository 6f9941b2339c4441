package parse

import "github.com/freshetdb/freshet/sql/ast"

// objectUse is a set of statements that are about objects of many kinds.
type objectUse uint8

const (
	inDrop objectUse = 1 << iota
	inComment
	inLabel     // SECURITY LABEL
	inExtension // ALTER EXTENSION ... ADD and DROP
	inAll       = inDrop | inComment | inLabel | inExtension
)

// objectShape is how objects of a kind are named.
type objectShape uint8

const (
	byAnyName    objectShape = iota // s.a
	byName                          // a
	byRole                          // a, or in DROP a role
	byType                          // a type
	byFunction                      // f, f(a, ...)
	byAggregate                     // f(*), f(a, ...)
	byOperator                      // +(a, b)
	byMethod                        // s.a USING m
	byRelation                      // a ON s.r
	byConstraint                    // a ON s.r, a ON DOMAIN d
	byCast                          // (a AS b)
	byTransform                     // FOR type LANGUAGE l
	byMapping                       // FOR role SERVER s
	byNumber                        // 42
)

// objectKind is a kind of objects: the words it is written with, its name in the tree, how its objects are named and in
// which statements.
type objectKind struct {
	words []string
	name  string
	shape objectShape
	uses  objectUse
}

var objectKinds = []objectKind{
	{[]string{"table"}, "TABLE", byAnyName, inAll},
	{[]string{"view"}, "VIEW", byAnyName, inAll},
	{[]string{"materialized", "view"}, "MATERIALIZED VIEW", byAnyName, inAll},
	{[]string{"source"}, "SOURCE", byAnyName, inAll},
	{[]string{"sink"}, "SINK", byAnyName, inAll},
	{[]string{"secret"}, "SECRET", byAnyName, inAll},
	{[]string{"connection"}, "CONNECTION", byAnyName, inAll},
	{[]string{"index"}, "INDEX", byAnyName, inAll},
	{[]string{"sequence"}, "SEQUENCE", byAnyName, inAll},
	{[]string{"foreign", "table"}, "FOREIGN TABLE", byAnyName, inAll},
	{[]string{"collation"}, "COLLATION", byAnyName, inAll},
	{[]string{"conversion"}, "CONVERSION", byAnyName, inAll},
	{[]string{"statistics"}, "STATISTICS", byAnyName, inAll},
	{[]string{"text", "search", "parser"}, "TEXT SEARCH PARSER", byAnyName, inAll},
	{[]string{"text", "search", "dictionary"}, "TEXT SEARCH DICTIONARY", byAnyName, inAll},
	{[]string{"text", "search", "template"}, "TEXT SEARCH TEMPLATE", byAnyName, inAll},
	{[]string{"text", "search", "configuration"}, "TEXT SEARCH CONFIGURATION", byAnyName, inAll},
	{[]string{"column"}, "COLUMN", byAnyName, inComment | inLabel},
	{[]string{"access", "method"}, "ACCESS METHOD", byName, inAll},
	{[]string{"event", "trigger"}, "EVENT TRIGGER", byName, inAll},
	{[]string{"extension"}, "EXTENSION", byName, inAll},
	{[]string{"foreign", "data", "wrapper"}, "FOREIGN DATA WRAPPER", byName, inAll},
	{[]string{"language"}, "LANGUAGE", byName, inAll},
	{[]string{"procedural", "language"}, "LANGUAGE", byName, inAll},
	{[]string{"publication"}, "PUBLICATION", byName, inAll},
	{[]string{"schema"}, "SCHEMA", byName, inAll},
	{[]string{"server"}, "SERVER", byName, inAll},
	{[]string{"database"}, "DATABASE", byName, inAll},
	{[]string{"subscription"}, "SUBSCRIPTION", byAnyName, inAll},
	{[]string{"tablespace"}, "TABLESPACE", byName, inAll},
	{[]string{"role"}, "ROLE", byRole, inAll},
	{[]string{"user"}, "ROLE", byRole, inDrop},
	{[]string{"group"}, "ROLE", byRole, inDrop},
	{[]string{"user", "mapping"}, "USER MAPPING", byMapping, inDrop},
	{[]string{"type"}, "TYPE", byType, inAll},
	{[]string{"domain"}, "DOMAIN", byType, inAll},
	{[]string{"function"}, "FUNCTION", byFunction, inAll},
	{[]string{"procedure"}, "PROCEDURE", byFunction, inAll},
	{[]string{"routine"}, "ROUTINE", byFunction, inAll},
	{[]string{"aggregate"}, "AGGREGATE", byAggregate, inAll},
	{[]string{"operator"}, "OPERATOR", byOperator, inDrop | inComment | inExtension},
	{[]string{"operator", "class"}, "OPERATOR CLASS", byMethod, inDrop | inComment | inExtension},
	{[]string{"operator", "family"}, "OPERATOR FAMILY", byMethod, inDrop | inComment | inExtension},
	{[]string{"cast"}, "CAST", byCast, inDrop | inComment | inExtension},
	{[]string{"transform"}, "TRANSFORM", byTransform, inDrop | inComment | inExtension},
	{[]string{"policy"}, "POLICY", byRelation, inDrop | inComment},
	{[]string{"rule"}, "RULE", byRelation, inDrop | inComment},
	{[]string{"trigger"}, "TRIGGER", byRelation, inDrop | inComment},
	{[]string{"constraint"}, "CONSTRAINT", byConstraint, inComment},
	{[]string{"large", "object"}, "LARGE OBJECT", byNumber, inComment | inLabel},
}

// objectKind reads what kind of object comes in a statement. Where words begin a kind but do not end one, the error is at
// the first word that does not belong.
func (p *parser) objectKind(use objectUse) objectKind {
	var found objectKind
	read := 0 // words that begin some kind
	for _, k := range objectKinds {
		if k.uses&use == 0 || !p.tok.is(k.words[0]) {
			continue
		}
		if n := p.common(k.words); n == len(k.words) && n > len(found.words) {
			found = k
		} else {
			read = max(read, n)
		}
	}
	// In OPERATOR class.+ the second word is a schema, and a role may be called mapping.
	switch {
	case found.shape == byMethod && p.peek(2).is("."):
		found = objectKind{words: found.words[:1], name: "OPERATOR", shape: byOperator}
	case found.shape == byMapping && !p.atUserMapping():
		found = objectKind{words: found.words[:1], name: "ROLE", shape: byRole}
	}
	if found.words == nil {
		for range read {
			p.advance()
		}
		p.syntaxError()
	}
	for range found.words {
		p.advance()
	}
	return found
}

// atUserMapping tells whether USER MAPPING comes, not a role of that name.
func (p *parser) atUserMapping() bool {
	next := p.peek(2)
	return p.at("user", "mapping") && (next.is("for") || next.is("if"))
}

// common counts how many of the words come next.
func (p *parser) common(words []string) int {
	n := 1
	for n < len(words) && p.peek(n).is(words[n]) {
		n++
	}
	return n
}

// object reads an object of any kind that a statement is about: its kind and its name.
func (p *parser) object(use objectUse) *ast.Object {
	pos := p.pos()
	o := p.objectName(p.objectKind(use), use)
	o.Pos = pos
	return o
}

// objectName reads the name of an object of a kind.
func (p *parser) objectName(k objectKind, use objectUse) *ast.Object {
	o := &ast.Object{Pos: p.pos(), Kind: k.name}
	switch k.shape {
	case byAnyName:
		o.Name = p.anyName()
	case byName:
		o.Name = p.simpleName()
	case byRole:
		if use == inDrop {
			o.Role = p.role()
		} else {
			o.Name = p.simpleName()
		}
	case byType:
		o.Types = []*ast.TypeName{p.typeName()}
	case byFunction:
		o.Name, o.Signature = p.functionWithTypes()
	case byAggregate:
		o.Name, o.Signature = p.routineName(), p.aggregateSignature()
	case byOperator:
		o.Operator, o.Types = p.anyOperator(), p.operatorSignature()
	case byMethod:
		o.Name = p.anyName()
		p.expect("using")
		o.Using = p.colID()
	case byRelation, byConstraint:
		o.Name = p.simpleName()
		p.expect("on")
		if k.shape == byConstraint && p.at("domain") && isColID(p.peek(1)) {
			p.advance()
			o.OnDomain = true
		}
		o.On = p.anyName()
	case byCast:
		p.expect("(")
		from := p.typeName()
		p.expect("as")
		o.Types = []*ast.TypeName{from, p.typeName()}
		p.expect(")")
	case byTransform:
		p.expect("for")
		o.Types = []*ast.TypeName{p.typeName()}
		p.expect("language")
		o.Language = p.colID()
	case byMapping:
		p.expect("for")
		o.Role = p.authIdent()
		p.expect("server")
		o.Name = p.simpleName()
	case byNumber:
		o.Number = p.number()
	}
	return o
}

// simpleName reads a name that has no schema.
func (p *parser) simpleName() *ast.Name { return nameOf(p.pos(), p.colID()) }
