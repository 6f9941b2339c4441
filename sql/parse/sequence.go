package parse

import "github.com/freshetdb/freshet/sql/ast"

// createSequence reads CREATE SEQUENCE.
func (p *parser) createSequence(c createPrefix) ast.Statement {
	s := &ast.CreateSequence{Pos: c.pos, Persistence: c.persistence}
	p.expect("sequence")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.qualifiedName()
	for p.atSequenceOption() {
		s.Options = append(s.Options, p.sequenceOption())
	}
	return s
}

// sequenceWords begin the options of sequences.
var sequenceWords = []string{
	"as", "cache", "cycle", "no", "increment", "maxvalue", "minvalue", "owned", "sequence", "start", "restart", "logged", "unlogged",
}

func (p *parser) atSequenceOption() bool { return p.atAny(sequenceWords...) != "" }

// sequenceOptions reads one or more options of a sequence.
func (p *parser) sequenceOptions() []*ast.SequenceOption {
	options := []*ast.SequenceOption{p.sequenceOption()}
	for p.atSequenceOption() {
		options = append(options, p.sequenceOption())
	}
	return options
}

func (p *parser) sequenceOption() *ast.SequenceOption {
	o := &ast.SequenceOption{Pos: p.pos()}
	switch w := p.expectAny(sequenceWords...); w {
	case "as":
		o.Kind, o.Value = "AS", p.simpleType()
	case "cycle", "logged", "unlogged":
		o.Kind = upper(w)
	case "no":
		o.Kind = "NO " + upper(p.expectAny("cycle", "maxvalue", "minvalue"))
	case "cache", "maxvalue", "minvalue":
		o.Kind, o.Value = upper(w), p.number()
	case "increment":
		p.accept("by")
		o.Kind, o.Value = "INCREMENT BY", p.number()
	case "start":
		p.accept("with")
		o.Kind, o.Value = "START WITH", p.number()
	case "restart":
		o.Kind = "RESTART"
		if p.accept("with") || p.atNumber() {
			o.Kind, o.Value = "RESTART WITH", p.number()
		}
	case "owned":
		p.expect("by")
		o.Kind, o.Value = "OWNED BY", p.anyName()
	case "sequence":
		p.expect("name")
		o.Kind, o.Value = "SEQUENCE NAME", p.anyName()
	}
	return o
}

// alterSequence reads ALTER SEQUENCE.
func (p *parser) alterSequence(pos ast.Pos) ast.Statement {
	a := &ast.Alter{Pos: pos, Object: &ast.Object{Pos: p.pos(), Kind: "SEQUENCE"}}
	p.expect("sequence")
	a.IfExists = p.ifExists()
	a.Object.Name = p.qualifiedName()
	next := p.peek(1)
	if p.atSequenceOption() && (!p.at("no") || next.is("cycle") || next.is("maxvalue") || next.is("minvalue")) {
		options := &ast.SequenceOptions{Pos: p.pos(), Options: p.sequenceOptions()}
		a.Actions = []ast.AlterAction{options}
		return a
	}
	return p.alterRelationActions(a)
}
