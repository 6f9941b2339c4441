package main

import "strings"

// form is one way to write an operator: a pattern with ? where an operand stands.
type form string

// pairForms are the operators whose ordered pairs are recorded: every level of PostgreSQL's precedence table, with all
// its tokens, since Freshet may well lower two tokens of one level differently.
var pairForms = []form{
	"? OR ?",
	"? AND ?",
	"NOT ?",
	"? IS NULL", "? IS NOT NULL", "? ISNULL", "? NOTNULL",
	"? IS TRUE", "? IS NOT FALSE", "? IS UNKNOWN", "? IS NORMALIZED", "? IS NOT NFC NORMALIZED",
	"? IS DISTINCT FROM ?", "? IS NOT DISTINCT FROM ?",
	"? = ?", "? < ?", "? > ?", "? <= ?", "? >= ?", "? <> ?", "? != ?",
	"? BETWEEN ? AND ?", "? NOT BETWEEN ? AND ?", "? BETWEEN SYMMETRIC ? AND ?", "? NOT BETWEEN SYMMETRIC ? AND ?",
	"? IN (x, y)", "? NOT IN (x, y)",
	"? LIKE ?", "? NOT LIKE ?", "? ILIKE ?", "? NOT ILIKE ?", "? SIMILAR TO ?", "? NOT SIMILAR TO ?",
	"? LIKE ? ESCAPE ?", "? SIMILAR TO ? ESCAPE ?",
	"? || ?", "? -> ?", "? @> ?", "? << ?", "? & ?", "? | ?", "? # ?", "? ~ ?", "? !~* ?", "? <@ ?", "? *! ?",
	"? OPERATOR(pg_catalog.||) ?", "? OPERATOR(pg_catalog.*) ?", "? OPERATOR(=) ?",
	"@ ?", "~ ?", "|/ ?", "!! ?", "OPERATOR(pg_catalog.-) ?",
	"? = ANY (z)", "? <> ALL (z)", "? < SOME (z)", "? + ANY (z)", "? * ALL (z)", "? ^ ANY (z)", "? @> ANY (z)",
	"? OPERATOR(pg_catalog.=) ANY (z)", "? LIKE ANY (z)", "? NOT ILIKE ALL (z)",
	"? + ?", "? - ?",
	"? * ?", "? / ?", "? % ?",
	"? ^ ?",
	"? AT TIME ZONE ?",
	`? COLLATE "C"`,
	"- ?", "+ ?",
	"?[1]", "?[1:2]",
	"?::text", "?::numeric(9,2)",
	"(p, q) OVERLAPS (r, s)",
}

// tripleForms have one operator for each level and kind; all ordered triples of them are recorded.
var tripleForms = []form{
	"? OR ?", "? AND ?", "NOT ?", "? IS NULL", "? IS DISTINCT FROM ?", "? = ?", "? BETWEEN ? AND ?", "? IN (x, y)",
	"? LIKE ?", "? || ?", "@ ?", "? @> ANY (z)", "? + ?", "? * ?", "? ^ ?", "? AT TIME ZONE ?", `? COLLATE "C"`, "- ?",
	"?[1]", "?::text",
}

// slots is the number of operands.
func (f form) slots() int { return strings.Count(string(f), "?") }

// tree is an operator with its operands; a nil operand is a column.
type tree struct {
	form     form
	operands []*tree
}

// style is a way to write a tree.
type style int

const (
	bare          style = iota // no parentheses
	inParentheses              // every operator but the outermost in parentheses
	// glued is inParentheses, but a subscript follows another subscript or a type name directly: then PostgreSQL reads
	// x[1][2] as one access and x::t[1] as a cast to an array type, which no parentheses can say.
	glued
)

// text writes the tree. Columns are named a, b, c, ... from the left, so two trees with the same bare text are two
// readings of that text.
func (t *tree) text(style style) string {
	column := 'a'
	var write func(t *tree) string
	write = func(t *tree) string {
		var out strings.Builder
		parts := strings.Split(string(t.form), "?")
		for i, part := range parts {
			out.WriteString(part)
			switch {
			case i == len(parts)-1:
			case t.operands[i] == nil:
				out.WriteRune(column)
				column++
			case style == bare || style == glued && t.form.gluesTo(t.operands[i].form):
				out.WriteString(write(t.operands[i]))
			default:
				out.WriteString("(" + write(t.operands[i]) + ")")
			}
		}
		return out.String()
	}
	return write(t)
}

// gluesTo reports whether f is a subscript that may continue an operand of the given form.
func (f form) gluesTo(operand form) bool {
	return strings.HasPrefix(string(f), "?[") &&
		(strings.HasPrefix(string(operand), "?[") || strings.HasPrefix(string(operand), "?::"))
}

// with is the tree of a form with one operand set.
func (f form) with(slot int, operand *tree) *tree {
	t := &tree{form: f, operands: make([]*tree, f.slots())}
	if operand != nil {
		t.operands[slot] = operand
	}
	return t
}

// pairs are all trees of two operators.
func pairs(forms []form) []*tree {
	var found []*tree
	for _, outer := range forms {
		for _, inner := range forms {
			for slot := range outer.slots() {
				found = append(found, outer.with(slot, inner.with(0, nil)))
			}
		}
	}
	return found
}

// triples are all trees of three operators.
func triples(forms []form) []*tree {
	var found []*tree
	for _, outer := range forms {
		for slot := range outer.slots() {
			for _, below := range pairs(forms) { // a chain
				found = append(found, outer.with(slot, below))
			}
			for second := slot + 1; second < outer.slots(); second++ { // two operands of the outermost
				for _, left := range forms {
					for _, right := range forms {
						t := outer.with(slot, left.with(0, nil))
						t.operands[second] = right.with(0, nil)
						found = append(found, t)
					}
				}
			}
		}
	}
	return found
}
