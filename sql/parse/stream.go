package parse

import "github.com/freshetdb/freshet/sql/ast"

// createSource reads CREATE SOURCE.
func (p *parser) createSource(c createPrefix) ast.Statement {
	s := &ast.CreateSource{Pos: c.pos}
	p.expect("source")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.qualifiedName()
	if p.at("(") {
		s.Elements = p.tableElements()
	}
	p.streamClauses(&s.Stream)
	s.Options = p.optOptions()
	p.streamClauses(&s.Stream)
	return s
}

// streamClauses reads the clauses of a source that stand before and after WITH, in any order.
func (p *parser) streamClauses(s *ast.Stream) {
	for !p.failed() {
		switch {
		case p.accept("append", "only"):
			s.AppendOnly = true
		case p.accept("on", "conflict"):
			s.OnConflict = p.onConflictRow()
		case p.accept("with", "version"):
			p.expect("column", "(")
			s.Version = p.colID()
			p.expect(")")
		case p.accept("include"):
			s.Include = append(s.Include, commaList(p, p.includeColumn)...)
		case s.Format == nil && p.atAny("format", "encode") != "":
			s.Format = p.format()
		default:
			return
		}
	}
}

// onConflictRow reads what a row does whose key is there, in RisingWave's words.
func (p *parser) onConflictRow() string {
	switch p.expectAny("overwrite", "ignore", "do") {
	case "overwrite":
		return "OVERWRITE"
	case "do":
		if p.expectAny("nothing", "update") == "nothing" {
			break
		}
		if p.accept("if") {
			p.expect("not", "null")
			return "DO UPDATE IF NOT NULL"
		}
		p.accept("full")
		return "OVERWRITE"
	}
	return "DO NOTHING"
}

// includeColumn reads what [name] [type] [AS column] of INCLUDE.
func (p *parser) includeColumn() *ast.IncludeColumn {
	i := &ast.IncludeColumn{Pos: p.pos(), What: p.colLabel()}
	switch {
	case p.tok.kind == tokString:
		i.Field = p.stringConst()
		if isTypeFuncName(&p.tok) && !p.atStreamClause() {
			i.Type = p.typeName()
		}
	case isColID(&p.tok) && p.peek(1).is("as"):
		i.Field = string(p.colID())
	}
	if p.accept("as") {
		i.Alias = p.colID()
	}
	return i
}

func (p *parser) atStreamClause() bool {
	return p.atAny("include", "append", "format", "encode") != ""
}

// format reads [FORMAT f] ENCODE e [(options)] [KEY ENCODE e [(options)]]. The format is PLAIN where none is given.
func (p *parser) format() *ast.Format {
	f := &ast.Format{Pos: p.pos(), Format: "PLAIN"}
	if p.accept("format") {
		f.Format = p.formatWord()
	}
	p.expect("encode")
	f.Encode = p.formatWord()
	if p.at("(") {
		f.Options = p.options()
	}
	if p.accept("key", "encode") {
		f.KeyEncode = p.formatWord()
		if p.at("(") {
			f.KeyOptions = p.options()
		}
	}
	return f
}

// formatWord reads the name of a format or encoding: any word, which is not a name of the user's.
func (p *parser) formatWord() string {
	if p.tok.kind != tokWord {
		p.syntaxError()
		return ""
	}
	w := upper(p.tok.text)
	p.advance()
	return w
}

// createSink reads CREATE SINK k [INTO t] {FROM r | AS q} [WITH (options)] [FORMAT ...].
func (p *parser) createSink(c createPrefix) ast.Statement {
	s := &ast.CreateSink{Pos: c.pos}
	p.expect("sink")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.qualifiedName()
	if p.accept("into") {
		s.Into = p.qualifiedName()
		s.IntoColumns = p.optColumnNames()
	}
	if p.expectAny("from", "as") == "from" {
		s.From = p.qualifiedName()
	} else {
		s.Query = p.query()
	}
	s.Options = p.optOptions()
	takeEmitOptions(s)
	if p.atAny("format", "encode") != "" {
		s.Format = p.format()
	}
	return s
}

// takeEmitOptions gives a sink the options that the EMIT of its query read: WITH may follow both, and belongs to EMIT only if it
// has nothing but what EMIT knows.
func takeEmitOptions(s *ast.CreateSink) {
	if s.Query == nil || s.Query.Emit == nil || s.Options != nil {
		return
	}
	for _, o := range s.Query.Emit.Options {
		if name := o.Name.Last(); name != "grace" && name != "late" {
			s.Options, s.Query.Emit.Options = s.Query.Emit.Options, nil
			return
		}
	}
}

// createSecret reads CREATE SECRET s [WITH (options)] AS value.
func (p *parser) createSecret(c createPrefix) ast.Statement {
	s := &ast.CreateSecret{Pos: c.pos}
	p.expect("secret")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.qualifiedName()
	s.Options = p.optOptions()
	p.expect("as")
	s.Value = p.expr()
	return s
}

// createConnection reads CREATE CONNECTION c [TYPE t] WITH (options); the type is the option of that name.
func (p *parser) createConnection(c createPrefix) ast.Statement {
	s := &ast.CreateConnection{Pos: c.pos}
	p.expect("connection")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.qualifiedName()
	if pos := p.pos(); p.accept("type") {
		s.Options = append(s.Options, &ast.Option{Pos: pos, Name: nameOf(pos, "type"), Value: p.wordOrString()})
		s.Options = append(s.Options, p.optOptions()...)
		return s
	}
	p.expect("with")
	s.Options = p.options()
	return s
}
