package parse

import (
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createTrigger reads CREATE TRIGGER and CREATE CONSTRAINT TRIGGER.
func (p *parser) createTrigger(c createPrefix) ast.Statement {
	t := &ast.CreateTrigger{Pos: c.pos, OrReplace: c.orReplace, Constraint: p.accept("constraint")}
	p.expect("trigger")
	t.Name = p.colID()
	if t.Constraint {
		p.expect("after")
		t.Timing = "AFTER"
	} else if t.Timing = upper(p.expectAny("before", "after", "instead")); t.Timing == "INSTEAD" {
		p.expect("of")
		t.Timing = "INSTEAD OF"
	}
	t.Events = p.triggerEvents()
	p.expect("on")
	t.On = p.qualifiedName()
	var attributes constraintAttributes
	if t.Constraint {
		attributes = p.constraintTrigger(t)
	} else {
		p.plainTrigger(t)
	}
	if p.accept("when") {
		p.expect("(")
		t.When = p.expr()
		p.expect(")")
	}
	t.Function = p.executeFunction()
	p.expect("(")
	if !p.at(")") && !p.at(",") { // PostgreSQL's grammar takes f(, a) too
		t.Args = append(t.Args, p.triggerArg())
	}
	for p.accept(",") {
		t.Args = append(t.Args, p.triggerArg())
	}
	p.expect(")")
	if t.Constraint && t.OrReplace && !p.failed() {
		p.fail(pgerr.New(pgerr.FeatureNotSupported, "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported"))
	}
	attributes.check(p, "TRIGGER", canDefer)
	return t
}

var triggerEventOrder = []string{"INSERT", "DELETE", "UPDATE", "TRUNCATE"}

// triggerEvents reads event OR event ..., no event twice.
func (p *parser) triggerEvents() []*ast.TriggerEvent {
	events := []*ast.TriggerEvent{p.triggerEvent(nil)}
	for p.accept("or") {
		events = append(events, p.triggerEvent(events))
	}
	slices.SortFunc(events, func(a, b *ast.TriggerEvent) int {
		return slices.Index(triggerEventOrder, a.Kind) - slices.Index(triggerEventOrder, b.Kind)
	})
	return events
}

// triggerEvent reads one more event. PostgreSQL's parser sees that it is there twice when it has read as far as it needs to
// know its end, for UPDATE one token more.
func (p *parser) triggerEvent(before []*ast.TriggerEvent) *ast.TriggerEvent {
	e, last := &ast.TriggerEvent{Pos: p.pos()}, p.tok
	e.Kind = upper(p.expectAny("insert", "delete", "update", "truncate"))
	if e.Kind == "UPDATE" {
		if p.accept("of") {
			e.Columns = commaList(p, p.colID)
		}
		last = p.tok
	}
	if !p.failed() && slices.ContainsFunc(before, func(b *ast.TriggerEvent) bool { return b.Kind == e.Kind }) {
		p.failAt(&last, "duplicate trigger events specified")
	}
	return e
}

// constraintTrigger reads what CREATE CONSTRAINT TRIGGER has between the table and WHEN.
func (p *parser) constraintTrigger(t *ast.CreateTrigger) constraintAttributes {
	if p.accept("from") {
		t.From = p.qualifiedName()
	}
	a := p.constraintAttributes()
	p.expect("for", "each", "row")
	t.Row = true
	t.Deferrable, t.InitiallyDeferred = a.deferrable, a.initiallyDeferred
	return a
}

// plainTrigger reads what CREATE TRIGGER has between the table and WHEN.
func (p *parser) plainTrigger(t *ast.CreateTrigger) {
	if p.accept("referencing") {
		t.Referencing = append(t.Referencing, p.transitionTable())
		for p.atAny("old", "new") != "" {
			t.Referencing = append(t.Referencing, p.transitionTable())
		}
	}
	if p.accept("for") {
		p.accept("each")
		t.Row = p.expectAny("row", "statement") == "row"
	}
}

func (p *parser) transitionTable() *ast.TransitionTable {
	t := &ast.TransitionTable{Pos: p.pos(), New: p.expectAny("old", "new") == "new", Row: p.expectAny("table", "row") == "row"}
	p.accept("as")
	t.Name = p.colID()
	return t
}

// executeFunction reads EXECUTE FUNCTION name, where PROCEDURE means the same.
func (p *parser) executeFunction() *ast.Name {
	p.expect("execute")
	p.expectAny("function", "procedure")
	return p.routineName()
}

// triggerArg reads a constant or any word; all are strings to the function.
func (p *parser) triggerArg() string {
	text := p.tok.text
	switch p.tok.kind {
	case tokString, tokNumeric, tokWord, tokQuoted:
		p.advance()
		return text
	default:
		return strconv.Itoa(p.integer())
	}
}

// createEventTrigger reads CREATE EVENT TRIGGER.
func (p *parser) createEventTrigger(c createPrefix) ast.Statement {
	p.expect("event", "trigger")
	t := &ast.CreateEventTrigger{Pos: c.pos, Name: p.colID()}
	p.expect("on")
	t.Event = p.colLabel()
	if p.accept("when") {
		t.When = append(t.When, p.eventFilter())
		for p.accept("and") {
			t.When = append(t.When, p.eventFilter())
		}
	}
	t.Function = p.executeFunction()
	p.expect("(", ")")
	return t
}

func (p *parser) eventFilter() *ast.EventFilter {
	f := &ast.EventFilter{Pos: p.pos(), Variable: p.colID()}
	p.expect("in")
	f.Values = parenList(p, p.stringConst)
	return f
}

// alterEventTrigger reads ALTER EVENT TRIGGER.
func (p *parser) alterEventTrigger(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "EVENT TRIGGER"}
	p.expect("event", "trigger")
	o.Name = p.simpleName()
	e := &ast.NamedAction{Pos: p.pos()}
	switch p.acceptAny("enable", "disable") {
	case "enable":
		e.Words = "ENABLE"
		if w := p.acceptAny("replica", "always"); w != "" {
			e.Words += " " + upper(w)
		}
	case "disable":
		e.Words = "DISABLE"
	default:
		return p.alterCommon(pos, o, canRename|canOwn)
	}
	return alterOne(pos, o, e)
}
