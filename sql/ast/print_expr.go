package ast

import "strconv"

// level is how tightly a printed expression binds, after PostgreSQL 15, table 4.2 (lexical structure, operator precedence).
type level uint8

const (
	levelOr level = iota + 1
	levelAnd
	levelNot
	levelIs
	levelCompare
	levelPredicate // BETWEEN IN LIKE ILIKE SIMILAR
	levelOp        // any other operator
	levelAdd
	levelMul
	levelPower
	levelAt
	levelCollate
	levelSign
	levelCast
	levelPrimary
)

// operatorLevel returns the precedence of an operator: those in PostgreSQL's grammar have their own, all others and
// OPERATOR(x) share one.
func operatorLevel(op Operator) level {
	if len(op.Schema) > 0 {
		return levelOp
	}
	switch op.Name {
	case "=", "<", ">", "<=", ">=", "<>":
		return levelCompare
	case "+", "-":
		return levelAdd
	case "*", "/", "%":
		return levelMul
	case "^":
		return levelPower
	}
	return levelOp
}

// at writes e so that it binds at least as tightly as l, in parentheses if need be.
func (p *printer) at(e Expr, l level) {
	if e.level() >= l {
		p.put(e)
		return
	}
	p.put("(", e, ")")
}

// restricted writes e where PostgreSQL's grammar wants a b_expr (the lower bound of BETWEEN, a column's DEFAULT): what
// is not one gets parentheses.
func (p *printer) restricted(e Expr) {
	if isRestricted(e) {
		p.put(e)
		return
	}
	p.put("(", e, ")")
}

func isRestricted(e Expr) bool {
	switch e := e.(type) {
	case *Binary:
		return e.level() >= levelOp && isRestricted(e.Left) && isRestricted(e.Right)
	case *Unary:
		return isRestricted(e.X)
	case *Cast:
		return isRestricted(e.X)
	case *Default:
		return false
	default:
		return e.level() == levelPrimary
	}
}

func (*Literal) level() level      { return levelPrimary }
func (*Param) level() level        { return levelPrimary }
func (*ColumnRef) level() level    { return levelPrimary }
func (*Star) level() level         { return levelPrimary }
func (*Default) level() level      { return levelPrimary }
func (e *Binary) level() level     { return operatorLevel(e.Op) }
func (*Not) level() level          { return levelNot }
func (*Is) level() level           { return levelIs }
func (*DistinctFrom) level() level { return levelIs }
func (*Between) level() level      { return levelPredicate }
func (*In) level() level           { return levelPredicate }
func (*Like) level() level         { return levelPredicate }
func (e *Quantified) level() level { return operatorLevel(e.Op) }
func (*Cast) level() level         { return levelCast }
func (*Collate) level() level      { return levelCollate }
func (*AtTimeZone) level() level   { return levelAt }
func (*Case) level() level         { return levelPrimary }
func (*Special) level() level      { return levelPrimary }
func (*ValueFunc) level() level    { return levelPrimary }
func (*Subquery) level() level     { return levelPrimary }
func (*Array) level() level        { return levelPrimary }
func (*Row) level() level          { return levelPrimary }
func (*Map) level() level          { return levelPrimary }
func (*Indirection) level() level  { return levelPrimary }
func (*CurrentOf) level() level    { return levelPrimary }
func (*FuncCall) level() level     { return levelPrimary }
func (*JSONFunc) level() level     { return levelPrimary }
func (*GroupingSets) level() level { return levelPrimary }

func (e *Unary) level() level {
	if e.isSign() {
		return levelSign
	}
	return levelOp
}

func (e *Logic) level() level {
	if e.Or {
		return levelOr
	}
	return levelAnd
}

func (e *Unary) isSign() bool {
	return len(e.Op.Schema) == 0 && (e.Op.Name == "-" || e.Op.Name == "+")
}

func (e *Literal) print(p *printer) {
	switch e.Kind {
	case NullLiteral:
		p.raw("NULL")
	case BoolLiteral:
		if e.Text == "true" {
			p.raw("TRUE")
		} else {
			p.raw("FALSE")
		}
	case IntegerLiteral, NumericLiteral:
		p.raw(e.Text)
	case StringLiteral:
		p.raw(QuoteString(e.Text))
	case BitLiteral:
		p.raw("B'" + e.Text + "'")
	case HexLiteral:
		p.raw("X'" + e.Text + "'")
	}
}

func (e *Param) print(p *printer) { p.raw("$" + strconv.Itoa(e.Number)) }

func (e *ColumnRef) print(p *printer) { p.dotted(e.Parts) }

func (e *Star) print(p *printer) {
	p.qualifier(e.Qualifier)
	p.raw("*")
	if len(e.Except) > 0 {
		p.put("EXCEPT", e.Except)
	}
}

func (e *Default) print(p *printer) { p.raw("DEFAULT") }

func (o Operator) print(p *printer) {
	if len(o.Schema) == 0 {
		p.put(o.Name)
		return
	}
	p.put("OPERATOR(")
	p.qualifier(o.Schema)
	p.raw(o.Name + ")")
}

func (e *Unary) print(p *printer) {
	if e.isSign() {
		p.raw(e.Op.Name)
		// Two signs must not meet: "--" is a comment.
		inner, ok := e.X.(*Unary)
		p.glued = !ok || !inner.isSign()
		p.at(e.X, levelSign)
		return
	}
	if operatorLevel(e.Op) == levelOp {
		e.Op.print(p)
	} else {
		p.put("OPERATOR(" + e.Op.Name + ")") // by itself it is no prefix
	}
	p.at(e.X, levelAdd)
}

func (e *Binary) print(p *printer) {
	l := e.level()
	left := l
	if l == levelCompare {
		left++ // comparisons do not chain
	}
	p.at(e.Left, left)
	e.Op.print(p)
	p.at(e.Right, l+1)
}

func (e *Logic) print(p *printer) {
	l := e.level()
	word := "AND"
	if e.Or {
		word = "OR"
	}
	for i, arg := range e.Args {
		if i > 0 {
			p.put(word)
		}
		p.at(arg, l+1)
	}
}

func (e *Not) print(p *printer) {
	p.raw("NOT")
	p.at(e.X, levelNot)
}

func (e *Is) print(p *printer) {
	p.at(e.X, levelIs+1)
	p.put("IS", opt(e.Not, "NOT"), e.What)
}

func (e *DistinctFrom) print(p *printer) {
	p.at(e.Left, levelIs+1)
	p.put("IS", opt(e.Not, "NOT"), "DISTINCT FROM")
	p.at(e.Right, levelIs+1)
}

func (e *Between) print(p *printer) {
	p.at(e.X, levelPredicate+1)
	p.put(opt(e.Not, "NOT"), "BETWEEN", opt(e.Symmetric, "SYMMETRIC"))
	p.restricted(e.Low)
	p.put("AND")
	p.at(e.High, levelPredicate+1)
}

func (e *In) print(p *printer) {
	p.at(e.X, levelPredicate+1)
	p.put(opt(e.Not, "NOT"), "IN (")
	if e.Query != nil {
		p.put(e.Query, ")")
		return
	}
	list(p, e.List)
	p.put(")")
}

func (e *Like) print(p *printer) {
	p.at(e.X, levelPredicate+1)
	p.put(opt(e.Not, "NOT"), string(e.Kind))
	p.at(e.Pattern, levelPredicate+1)
	if e.Escape != nil {
		p.put("ESCAPE")
		p.at(e.Escape, levelPredicate+1)
	}
}

func (e *Quantified) print(p *printer) {
	p.at(e.X, e.level()+1)
	e.Op.print(p)
	if e.All {
		p.put("ALL (")
	} else {
		p.put("ANY (")
	}
	if e.Query != nil {
		p.put(e.Query, ")")
		return
	}
	// A subquery's parentheses would make ANY's own: ANY ((SELECT ...)) is over an array that the query gives.
	p.put(e.Array, ")")
}

func (e *Cast) print(p *printer) {
	if e.Try {
		p.put("TRY_CAST(", e.X, "AS", e.Type, ")")
		return
	}
	p.at(e.X, levelCast)
	p.raw("::")
	p.glued = true
	e.Type.print(p)
}

func (e *Collate) print(p *printer) {
	p.at(e.X, levelCollate)
	p.put("COLLATE", e.Collation)
}

func (e *AtTimeZone) print(p *printer) {
	p.at(e.X, levelAt)
	p.put("AT TIME ZONE")
	p.at(e.Zone, levelAt+1)
}

func (e *Case) print(p *printer) {
	p.raw("CASE")
	p.put(e.Operand)
	for _, w := range e.Whens {
		p.put(w)
	}
	p.clause("ELSE", e.Else)
	p.put("END")
}

func (w *When) print(p *printer) { p.put("WHEN", w.Cond, "THEN", w.Result) }

func (e *Special) print(p *printer) {
	p.raw(e.Kind + "(")
	list(p, e.Args)
	p.put(")")
}

func (e *ValueFunc) print(p *printer) {
	p.raw(e.Kind)
	if e.Precision >= 0 {
		p.raw("(" + strconv.Itoa(e.Precision) + ")")
	}
}

func (e *Subquery) print(p *printer) {
	switch e.Kind {
	case ScalarSubquery:
	case ExistsSubquery:
		p.raw("EXISTS ")
	case ArraySubquery:
		p.raw("ARRAY ")
	}
	p.raw("(")
	p.put(e.Query, ")")
}

func (e *Array) print(p *printer) {
	p.raw("ARRAY[")
	list(p, e.Elems)
	p.put("]")
}

func (e *Row) print(p *printer) {
	if e.Explicit {
		p.raw("ROW")
	}
	p.raw("(")
	list(p, e.Fields)
	p.put(")")
}

func (e *Map) print(p *printer) {
	p.raw("MAP {")
	for i := range e.Keys {
		if i > 0 {
			p.put(",")
		}
		p.put(e.Keys[i])
		p.raw(":")
		p.put(e.Values[i])
	}
	p.put("}")
}

func (e *Indirection) print(p *printer) {
	if e.needsParens() {
		p.raw("(")
		p.put(e.X, ")")
	} else {
		p.put(e.X)
	}
	for _, s := range e.Steps {
		s.print(p)
	}
}

// needsParens tells whether X must be wrapped: in PostgreSQL's grammar only columns, parameters and what is in brackets
// already may be followed by steps, and a field of a column would read as a qualified name.
func (e *Indirection) needsParens() bool {
	switch x := e.X.(type) {
	case *ColumnRef, *Param:
		first := e.Steps[0]
		return first.Field != "" || first.Star
	case *Subquery:
		return x.Kind != ScalarSubquery
	default:
		return true
	}
}

func (s *Step) print(p *printer) {
	switch {
	case s.Star:
		p.raw(".*")
	case s.Field != "":
		p.raw(".")
		p.ident(s.Field)
	case s.Slice:
		p.raw("[")
		p.put(s.Low)
		p.raw(":")
		if s.High != nil {
			p.glued = true
			p.put(s.High)
		}
		p.raw("]")
	default:
		p.raw("[")
		p.put(s.Low, "]")
	}
}

func (e *CurrentOf) print(p *printer) { p.put("CURRENT OF", e.Cursor) }

func (e *GroupingSets) print(p *printer) {
	p.raw(string(e.Kind))
	if e.Kind != EmptyGrouping {
		p.raw(" ")
	}
	p.raw("(")
	list(p, e.Sets)
	p.put(")")
}
