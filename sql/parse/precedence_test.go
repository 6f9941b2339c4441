package parse_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestPrecedence holds the grouping of operators against PostgreSQL 15's, for every ordered pair of operator forms in every
// operand (precedence.txt) and every ordered triple of representatives (precedence3.txt).
func TestPrecedence(t *testing.T) {
	for _, name := range []string{"precedence", "precedence3"} {
		t.Run(name, func(t *testing.T) { testPrecedence(t, "testdata/"+name+".txt") })
	}
}

func testPrecedence(t *testing.T, file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	good, all := 0, 0
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		all++
		fields := strings.Split(line, "\t")
		if problem := precedenceProblem(fields[0], fields[1], fields[2:]); problem != "" {
			t.Errorf("%s: %s", line, problem)
			continue
		}
		good++
	}
	t.Logf("%d of %d texts group as in PostgreSQL", good, all)
	if all < 2000 {
		t.Errorf("only %d texts", all)
	}
}

// precedenceProblem tells what is wrong with how text is read, or nothing.
func precedenceProblem(text, expected string, others []string) string {
	const before, after = "SELECT (", ")" // in parentheses, where no column label may follow
	stmts, err := parse.Parse(before+text+after, parse.DefaultOptions())
	if want, refused := strings.CutPrefix(expected, "error "); refused {
		var e *pgerr.Error
		if !errors.As(err, &e) {
			return "not refused"
		}
		if got := strconv.Itoa(e.Position - len(before)); got != want || e.Code != pgerr.SyntaxError {
			return "error at " + got + ": " + e.Error()
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	tree := ast.Dump(stmts[0])
	if want, err := parse.Parse(before+expected+after, parse.DefaultOptions()); err != nil || ast.Dump(want[0]) != tree {
		return "another tree: " + ast.Print(stmts[0])
	}
	for _, other := range others {
		if other == "-" {
			continue
		}
		if wrong, err := parse.Parse(before+other+after, parse.DefaultOptions()); err == nil && ast.Dump(wrong[0]) == tree {
			return "the same tree as " + other
		}
	}
	return ""
}
