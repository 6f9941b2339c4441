package parse

import "github.com/freshetdb/freshet/sql/ast"

// alterStreaming reads ALTER of a source, sink, secret or connection.
func (p *parser) alterStreaming(pos ast.Pos) ast.Statement {
	a := &ast.Alter{Pos: pos, Object: &ast.Object{Pos: p.pos()}}
	a.Object.Kind = upper(p.expectAny("source", "sink", "secret", "connection"))
	a.IfExists = p.ifExists()
	a.Object.Name = p.qualifiedName()
	if a.Object.Kind == "SECRET" && p.atAny("with", "as") != "" {
		s := &ast.SetSecret{Pos: p.pos(), Options: p.optOptions()}
		p.expect("as")
		s.Value = p.expr()
		a.Actions = []ast.AlterAction{s}
		return a
	}
	return p.alterRelationActions(a)
}

// streamAction reads what only the streaming dialects change; nil if nothing of it comes.
func (p *parser) streamAction() ast.AlterAction {
	pos := p.pos()
	if act := p.optSwap(); act != nil {
		return act
	}
	switch {
	case p.atAny("format", "encode") != "":
		return &ast.SetFormat{Pos: pos, Format: p.format()}
	case p.accept("connector", "with"):
		return &ast.SetOptions{Pos: pos, Kind: "SET", Options: p.options()}
	case p.accept("refresh", "schema"):
		return &ast.NamedAction{Pos: pos, Words: "REFRESH SCHEMA"}
	}
	if w := p.acceptAny("resume", "pause"); w != "" {
		return &ast.NamedAction{Pos: pos, Words: upper(w)}
	}
	return nil
}

// parameters are what RisingWave sets without parentheses.
var parameters = []string{
	"parallelism", "backfill_parallelism", "streaming_rate_limit", "source_rate_limit", "sink_rate_limit", "backfill_rate_limit",
	"dml_rate_limit", "streaming_enable_unaligned_join", "resource_group",
}

func (p *parser) atParameter() bool {
	next := p.peek(1)
	return (next.is("=") || next.is("to")) && p.atAny(parameters...) != ""
}

// setParameter reads what comes after SET: name {= | TO} value [DEFERRED].
func (p *parser) setParameter(pos ast.Pos) *ast.SetParameter {
	s := &ast.SetParameter{Pos: pos, Name: p.colLabel()}
	p.expectAny("=", "to")
	if pos := p.pos(); p.accept("default") {
		s.Value = &ast.Default{Pos: pos}
	} else {
		s.Value = p.settingValue()
	}
	s.Deferred = p.accept("deferred")
	return s
}
