package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// defaultSQL is a column's default as PostgreSQL shows it, which drivers and ORMs take apart: a string has the column's type behind it,
// and a sequence is named as the search path allows.
func (e *Env) defaultSQL(c *catalog.Column) string {
	if s := e.Snapshot.Object(c.Sequence); s != nil && c.Identity == 0 {
		return "nextval(" + ast.QuoteString(e.Snapshot.DisplayName(e.Path, s)) + "::regclass)"
	}
	switch {
	case c.Default == "TRUE" || c.Default == "FALSE":
		return strings.ToLower(c.Default)
	case !isStringConstant(c.Default):
		return c.Default
	}
	// A number or boolean that was written as a string is shown without quotes there, and as it was written here.
	const numbers, booleans = 'N', 'B'
	if info, ok := types.Lookup(c.Type.OID); ok && (info.Category == numbers || info.Category == booleans) {
		return c.Default
	}
	return c.Default + "::" + (Lookups{e}).typeText(c.Type.OID)
}

// isStringConstant tells whether an expression is one string constant and no more.
func isStringConstant(expr string) bool {
	const shortest = 2
	if len(expr) < shortest || expr[0] != '\'' || expr[len(expr)-1] != '\'' {
		return false
	}
	return !strings.Contains(strings.ReplaceAll(expr[1:len(expr)-1], "''", ""), "'")
}
