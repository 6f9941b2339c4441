package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// constraintAttributes is what follows a constraint of a table: when it is checked, and for which rows.
type constraintAttributes struct {
	deferrable, initiallyDeferred bool
	notValid, noInherit           bool
	notEnforced                   bool
	notDeferrable, immediate      bool // written out, to find conflicts
}

// allowedAttributes is a set of attributes that a kind of constraints takes.
type allowedAttributes uint8

const (
	canDefer allowedAttributes = 1 << iota
	canBeNotValid
	canNotInherit
)

// constraintAttributes reads [NOT] DEFERRABLE, INITIALLY DEFERRED or IMMEDIATE, NOT VALID and NO INHERIT in any order, and
// Flink's NOT ENFORCED.
func (p *parser) constraintAttributes() constraintAttributes {
	var a constraintAttributes
	for !p.failed() {
		pos := p.pos()
		switch {
		case p.accept("deferrable"):
			a.deferrable = true
		case p.at("initially"):
			p.advance()
			if p.expectAny("deferred", "immediate") == "deferred" {
				a.initiallyDeferred = true
			} else {
				a.immediate = true
			}
		case p.atNot():
			p.advance()
			switch p.expectAny("deferrable", "valid", "enforced") {
			case "deferrable":
				a.notDeferrable = true
			case "valid":
				a.notValid = true
			case "enforced":
				a.notEnforced = true
			}
		case p.accept("no"):
			p.expect("inherit")
			a.noInherit = true
		default:
			a.deferrable = a.deferrable || a.initiallyDeferred
			return a
		}
		a.checkConflicts(p, pos)
	}
	return a
}

// atNot tells whether NOT comes and does not begin an operator: before these words PostgreSQL takes it for another token.
func (p *parser) atNot() bool {
	if !p.at("not") {
		return false
	}
	next := p.peek(1)
	return !next.is("between") && !next.is("in") && !next.is("like") && !next.is("ilike") && !next.is("similar")
}

func (a *constraintAttributes) checkConflicts(p *parser, pos ast.Pos) {
	switch {
	case a.notDeferrable && a.initiallyDeferred:
		p.errorAt(pos, pgerr.SyntaxError, "constraint declared INITIALLY DEFERRED must be DEFERRABLE")
	case a.notDeferrable && a.deferrable, a.immediate && a.initiallyDeferred:
		p.errorAt(pos, pgerr.SyntaxError, "conflicting constraint properties")
	}
}

// check refuses attributes that constraints of a kind cannot have. PostgreSQL gives these errors no position.
func (a *constraintAttributes) check(p *parser, kind string, allowed allowedAttributes) {
	what := ""
	switch {
	case a.deferrable && allowed&canDefer == 0:
		what = "DEFERRABLE"
	case a.notValid && allowed&canBeNotValid == 0:
		what = "NOT VALID"
	case a.noInherit && allowed&canNotInherit == 0:
		what = "NO INHERIT"
	default:
		return
	}
	p.fail(pgerr.Newf(pgerr.FeatureNotSupported, "%s constraints cannot be marked %s", kind, what))
}
