package parse_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestPositions checks for every statement of the corpora that nodes stand where their text is.
func TestPositions(t *testing.T) {
	checked := 0
	for _, name := range []string{"psql", "clients", "postgres_regress"} {
		for _, e := range corpus(t, name) {
			stmts, err := parse.Parse(e.SQL, parse.DefaultOptions())
			if err != nil {
				continue
			}
			runes := []rune(e.SQL)
			for _, s := range stmts {
				ast.Walk(s, func(n ast.Node) bool {
					want, ok := textOf(n)
					if !ok {
						return true
					}
					checked++
					from := max(0, int(n.At())-1)
					at := string(runes[from:min(from+70, len(runes))])
					if !strings.HasPrefix(strings.ToLower(strings.TrimLeft(at, `"`)), strings.ToLower(want)) {
						t.Errorf("a %T at %d, %q, should be at %q:\n%s", n, n.At(), at[:min(len(at), 20)], want, e.SQL)
					}
					return true
				})
			}
		}
	}
	if checked < 10_000 {
		t.Errorf("only %d nodes checked", checked)
	}
}

// textOf returns how the text of a node begins, for the nodes of which the tree tells.
func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.ColumnRef:
		return plain(n.Parts[0])
	case *ast.TableRef:
		if n.Only {
			return "only", true
		}
		return plain(n.Name.Parts[0])
	case *ast.FuncCall:
		if n.Name.Parts[0] == "pg_catalog" {
			return "", false // perhaps from syntax with keywords
		}
		return plain(n.Name.Parts[0])
	case *ast.Binary:
		if len(n.Op.Schema) > 0 || n.Op.Name == "<>" {
			return "", false
		}
		return n.Op.Name, true
	case *ast.Logic:
		if n.Or {
			return "or", true
		}
		return "and", true
	case *ast.Not:
		return "not", true
	case *ast.Case:
		return "case", true
	case *ast.Param:
		return "$" + strconv.Itoa(n.Number), true
	case *ast.Select:
		return "", false // TABLE t is one too
	case *ast.Literal:
		// character is character(1), FETCH FIRST ROW is one row: those have no 1 in the text.
		return n.Text, n.Kind == ast.IntegerLiteral && n.Text != "1" || n.Kind == ast.NumericLiteral
	}
	return "", false
}

// plain returns an identifier that stands in the text as in the tree.
func plain(id ast.Ident) (string, bool) {
	s := string(id)
	return s, !strings.ContainsAny(s, `"\`) && len(s) < 63
}
