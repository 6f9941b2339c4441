package parse

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// set reads SET in all its forms.
func (p *parser) set() ast.Statement {
	pos := p.pos()
	p.expect("set")
	if p.at("constraints") && !p.settingFollows() {
		return p.setConstraints(pos)
	}
	if p.tok.kind == tokString && p.peek(1).is("=") {
		s := &ast.Set{Pos: pos, Name: p.quotedSetting()}
		p.setValues(s)
		return s
	}
	local := p.at("local") && !p.settingFollows()
	if local || p.at("session") && !p.settingFollows() && !p.atSessionForm() {
		p.advance()
	}
	s := p.setRest()
	s.Pos, s.Local = pos, local
	return s
}

// settingFollows tells whether what comes after the current word makes it the name of a setting: all words that begin a form
// of SET are names of settings too.
func (p *parser) settingFollows() bool { return endsSetting(p.peek(1)) }

func endsSetting(t *token) bool { return t.is("=") || t.is("to") || t.is(".") || t.is("from") }

// atSessionForm tells whether SESSION begins SESSION AUTHORIZATION or SESSION CHARACTERISTICS.
func (p *parser) atSessionForm() bool {
	return p.at("session", "authorization") || p.at("session", "characteristics") && !endsSetting(p.peek(2))
}

// setRest reads what comes after SET [SESSION | LOCAL]. ALTER ROLE and ALTER DATABASE take it too.
func (p *parser) setRest() *ast.Set {
	s := &ast.Set{Pos: p.pos()}
	switch {
	case p.at("session", "characteristics"):
		p.expect("session", "characteristics", "as", "transaction")
		s.Kind = "SESSION CHARACTERISTICS AS TRANSACTION"
		s.Modes = p.transactionModes()
	case p.at("transaction") && isTransactionMode(p.peek(1)):
		p.advance()
		s.Kind, s.Modes = "TRANSACTION", p.transactionModes()
	default:
		return p.setRestMore()
	}
	return s
}

func isTransactionMode(t *token) bool {
	return t.is("isolation") || t.is("read") || t.is("deferrable") || t.is("not")
}

// setRestMore reads what functions may SET: all but the modes of transactions.
func (p *parser) setRestMore() *ast.Set {
	if p.tok.kind == tokWord && !p.settingFollows() {
		if s := p.setSpecial(); s != nil {
			return s
		}
	}
	s := p.setStart()
	if p.accept("from") {
		p.expect("current")
		s.FromCurrent = true
	} else {
		p.setValues(s)
	}
	return s
}

// genericSet reads name TO|= values, the form that ALTER SYSTEM SET takes.
func (p *parser) genericSet() *ast.Set {
	s := p.setStart()
	p.setValues(s)
	return s
}

func (p *parser) setStart() *ast.Set { return &ast.Set{Pos: p.pos(), Name: p.settingName()} }

func (p *parser) setValues(s *ast.Set) {
	p.expectAny("to", "=")
	if !p.accept("default") {
		s.Values = commaList(p, p.settingValue)
	}
}

// settingName reads name[.name]...
func (p *parser) settingName() *ast.Name {
	n := nameOf(p.pos(), p.colID())
	for p.accept(".") {
		n.Parts = append(n.Parts, p.colID())
	}
	return n
}

// quotedSetting reads the name of a setting in single quotes, as Flink has it.
func (p *parser) quotedSetting() *ast.Name {
	n := nameOf(p.pos())
	for part := range strings.SplitSeq(p.tok.text, ".") {
		if part == "" {
			p.syntaxError()
			return n
		}
		n.Parts = append(n.Parts, ast.Ident(cutIdent(part)))
	}
	p.advance()
	return n
}

// settingValue reads a number, a string or a word, which is a string as well.
func (p *parser) settingValue() ast.Expr {
	if p.atNumber() {
		return p.number()
	}
	return p.booleanOrString()
}

func (p *parser) atNumber() bool {
	return p.tok.kind == tokInteger || p.tok.kind == tokNumeric || p.at("-") || p.at("+")
}

// booleanOrString reads TRUE, FALSE, ON, a string or a word that is not reserved (OFF among them), all as a string.
func (p *parser) booleanOrString() *ast.Literal {
	if p.atAny("true", "false", "on") == "" {
		return p.wordOrString()
	}
	l := &ast.Literal{Pos: p.pos(), Kind: ast.StringLiteral, Text: p.tok.text}
	p.advance()
	return l
}

// wordOrString reads a string, or as one a word that is not reserved.
func (p *parser) wordOrString() *ast.Literal {
	if p.tok.kind == tokString {
		return p.stringLiteral()
	}
	return &ast.Literal{Pos: p.pos(), Kind: ast.StringLiteral, Text: string(p.nonReserved())}
}

// setSpecial reads the forms of SET that SQL has for single settings; nil if none comes.
func (p *parser) setSpecial() *ast.Set {
	s := &ast.Set{Pos: p.pos()}
	next := p.peek(1)
	switch {
	case p.at("time", "zone"):
		p.advance()
		p.advance()
		s.Name, s.Values = nameOf(s.Pos, "timezone"), p.timeZone()
	case p.at("catalog") && next.kind == tokString:
		p.errorAt(next.pos, pgerr.FeatureNotSupported, "current database cannot be changed")
	case p.at("schema") && next.kind == tokString:
		p.advance()
		s.Name, s.Values = nameOf(s.Pos, "search_path"), []ast.Expr{p.stringLiteral()}
	case p.accept("names"):
		s.Name = nameOf(s.Pos, "client_encoding")
		if p.tok.kind == tokString {
			s.Values = []ast.Expr{p.stringLiteral()}
		} else {
			p.accept("default")
		}
	case p.at("role") && (next.kind == tokString || isNonReserved(next)):
		p.advance()
		s.Name, s.Values = nameOf(s.Pos, "role"), []ast.Expr{p.wordOrString()}
	case p.accept("session", "authorization"):
		s.Name = nameOf(s.Pos, "session_authorization")
		if !p.accept("default") {
			s.Values = []ast.Expr{p.wordOrString()}
		}
	case p.accept("xml", "option"):
		s.Name, s.Values = nameOf(s.Pos, "xmloption"), []ast.Expr{p.xmlOption()}
	case p.accept("transaction", "snapshot"):
		s.Kind, s.Values = "TRANSACTION SNAPSHOT", []ast.Expr{p.stringLiteral()}
	default:
		return nil
	}
	return s
}

func (p *parser) xmlOption() ast.Expr {
	l := &ast.Literal{Pos: p.pos(), Kind: ast.StringLiteral}
	l.Text = upper(p.expectAny("document", "content"))
	return l
}

// timeZone reads the value of SET TIME ZONE; nil is the default.
func (p *parser) timeZone() []ast.Expr {
	switch {
	case p.acceptAny("default", "local") != "":
		return nil
	case p.at("interval"):
		return []ast.Expr{p.timeZoneInterval()}
	case p.atNumber():
		return []ast.Expr{p.number()}
	case p.tok.kind == tokWord && p.tok.keyword.Category != ast.NotKeyword:
		p.syntaxError()
		return nil
	default:
		return []ast.Expr{p.wordOrString()}
	}
}

func (p *parser) timeZoneInterval() ast.Expr {
	c := &ast.Cast{Pos: p.pos(), Type: &ast.TypeName{Pos: p.pos(), Name: nameOf(p.pos(), "pg_catalog", "interval")}}
	p.expect("interval")
	if p.accept("(") {
		c.Type.Mods = []ast.Expr{p.integerLiteral()}
		p.expect(")")
		c.X = p.stringLiteral()
		return c
	}
	c.X = p.stringLiteral()
	pos := p.pos()
	fields, precision := p.optIntervalFields()
	switch fields {
	case "", "HOUR", "MINUTE", "HOUR TO MINUTE":
	default:
		p.errorAt(pos, pgerr.SyntaxError, "time zone interval must be HOUR or HOUR TO MINUTE")
	}
	c.Type.Fields, c.Type.Mods = fields, precision
	return c
}

// setConstraints reads what comes after SET.
func (p *parser) setConstraints(pos ast.Pos) ast.Statement {
	s := &ast.SetConstraints{Pos: pos}
	p.expect("constraints")
	if !p.accept("all") {
		s.Names = p.qualifiedNames()
	}
	s.Deferred = p.expectAny("deferred", "immediate") == "deferred"
	return s
}

// reset reads RESET.
func (p *parser) reset() ast.Statement {
	pos := p.pos()
	p.expect("reset")
	if next := p.peek(1); p.tok.kind == tokString && (next.is(";") || next.kind == tokEOF) {
		return &ast.Reset{Pos: pos, Name: p.quotedSetting()}
	}
	r := p.resetRest()
	r.Pos = pos
	return r
}

// resetRest reads what comes after RESET, also that of ALTER ROLE and its like.
func (p *parser) resetRest() *ast.Reset {
	r := &ast.Reset{Pos: p.pos()}
	if r.Name = p.standardSetting(); r.Name == nil {
		return p.genericReset()
	}
	return r
}

// genericReset reads ALL or the name of a setting, what ALTER SYSTEM RESET takes.
func (p *parser) genericReset() *ast.Reset {
	r := &ast.Reset{Pos: p.pos()}
	if !p.accept("all") {
		r.Name = p.settingName()
	}
	return r
}

// standardSetting reads a setting that SQL names by keywords, as RESET and SHOW take it; nil if none comes.
func (p *parser) standardSetting() *ast.Name {
	pos := p.pos()
	switch {
	case p.accept("time", "zone"):
		return nameOf(pos, "timezone")
	case p.accept("transaction", "isolation"):
		p.expect("level")
		return nameOf(pos, "transaction_isolation")
	case p.accept("session", "authorization"):
		return nameOf(pos, "session_authorization")
	}
	return nil
}
