package bind_test

import (
	"regexp"
	"strconv"
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
// The place of an error is shown by the text there.
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
		b.WriteString(markPlaces(statementText(c, s), text))
	}
	return b.String()
}

var placeText = regexp.MustCompile(`(?m)^[0-9A-Z]{5} at ([1-9][0-9]*): .*$`)

// markPlaces shows the text at the place of an error.
func markPlaces(result, text string) string {
	return placeText.ReplaceAllStringFunc(result, func(line string) string {
		n, _ := strconv.Atoi(placeText.FindStringSubmatch(line)[1])
		rest := []rune(text)[n-1:]
		const shown = 20
		return line + "\n  at: " + strings.TrimSpace(string(rest[:min(len(rest), shown)]))
	})
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
