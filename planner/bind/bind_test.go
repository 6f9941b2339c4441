package bind_test

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestGolden shows the plans and errors of the statements in testdata. Commands:
//
//	ddl          makes the tables and views that the file is about
//	bind         the plan of each statement, or its error; "continuous" binds for a materialized view
//
// A position is shown by a caret below the statement's text.
func TestGolden(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		var f *fixture
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "ddl":
				f = newFixture(t, d.Input)
				return ""
			case "bind":
				return bindText(f, d.Input, d.HasArg("continuous"))
			default:
				return "unknown command " + d.Cmd
			}
		})
	})
}

func bindText(f *fixture, text string, continuous bool) string {
	stmts, err := parse.Parse(text, parse.DefaultOptions())
	if err != nil {
		return errorText(err)
	}
	var b strings.Builder
	for _, s := range stmts {
		c := f.context()
		c.Continuous = continuous
		b.WriteString(statementText(c, s))
	}
	return b.String()
}

func statementText(c *bind.Context, s ast.Statement) string {
	switch s := s.(type) {
	case *ast.Query:
		r, err := bind.Query(c, s)
		if err != nil {
			return errorText(err)
		}
		return resultText(r)
	case *ast.Insert:
		return mutationText(bind.Insert(c, s))
	case *ast.Update:
		return mutationText(bind.Update(c, s))
	case *ast.Delete:
		return mutationText(bind.Delete(c, s))
	default:
		return "not a statement that is bound\n"
	}
}
