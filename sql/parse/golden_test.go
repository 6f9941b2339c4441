package parse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// goldens are the files that TestGoldens reads, by topic; what PostgreSQL knows of them has been compared with its answers.
var goldens = []string{
	"queries", "write", "streaming",
	"tables", "relations", "alter", "drop",
	"functions", "types", "operators", "roles", "grants", "triggers", "foreign", // what is no relation
	"settings", "cursor", "copy", "explain", "server", // what a session sends beside queries
}

// TestGoldens shows all clauses of each statement, the spellings that are one statement, and errors. Each line of input is a
// text of its own. The commands:
//
//	texts                    prints the canonical text of each statement
//	tree                     prints the canonical text and the tree of each
//	same [dialect=flink]     spellings of one statement: prints its canonical text and its tree
//	errors                   prints each text with ^ before the place of its error, and the error
func TestGoldens(t *testing.T) {
	for _, topic := range goldens {
		t.Run(topic, func(t *testing.T) {
			datadriven.RunTest(t, "testdata/"+topic+".txt", golden)
		})
	}
}

func golden(t *testing.T, d *datadriven.TestData) string {
	opts := DefaultOptions()
	if d.HasArg("dialect") {
		opts.Dialect = Flink
	}
	var out strings.Builder
	first := ""
	for i, line := range strings.Split(d.Input, "\n") {
		if d.Cmd == "errors" {
			_, err := Parse(line, opts)
			fmt.Fprintln(&out, showError(line, err))
			continue
		}
		text, tree := canonical(t, d, line, opts)
		switch {
		case d.Cmd == "same" && i == 0:
			first = tree
			fmt.Fprintf(&out, "%s\n%s", text, tree)
		case d.Cmd == "same" && tree != first:
			t.Errorf("%s: %s\nhas another tree than the first spelling\ngot %s\nwant %s", d.Pos, line, tree, first)
		case d.Cmd == "same":
		case d.Cmd == "tree":
			fmt.Fprintf(&out, "%s\n%s", text, tree)
		case d.Cmd == "texts":
			fmt.Fprintln(&out, text)
		default:
			d.Fatalf(t, "unknown command %s", d.Cmd)
		}
	}
	return out.String()
}

// canonical parses a text of one statement and gives its canonical text and its tree. Parsing the canonical text must give
// the same tree again.
func canonical(t *testing.T, d *datadriven.TestData, text string, opts Options) (printed, tree string) {
	t.Helper()
	stmts, err := Parse(text, opts)
	if err != nil || len(stmts) != 1 {
		t.Errorf("%s: %d statements, want one: %s", d.Pos, len(stmts), showError(text, err))
		return "", ""
	}
	printed, tree = ast.Print(stmts[0]), ast.Dump(stmts[0])
	again, err := Parse(printed, DefaultOptions())
	switch {
	case err != nil || len(again) != 1:
		t.Errorf("%s: %s\nis printed as something else than one statement: %s", d.Pos, text, showError(printed, err))
	case ast.Dump(again[0]) != tree:
		t.Errorf("%s: %s\nis printed as %s\nwhich has another tree\ngot %s\nwant %s", d.Pos, text, printed, ast.Dump(again[0]), tree)
	}
	return printed, tree
}

// describeError gives an error in one line, its detail and hint below it.
func describeError(err error) string {
	if err == nil {
		return "no error"
	}
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	s := fmt.Sprintf("%s at %d: %s", e.Code, e.Position, e.Message)
	if e.Detail != "" {
		s += "\n  detail: " + e.Detail
	}
	if e.Hint != "" {
		s += "\n  hint: " + e.Hint
	}
	return s
}

// showError gives a text with a ^ before the place of its error, and the error below it.
func showError(text string, err error) string {
	var e *pgerr.Error
	if errors.As(err, &e) && e.Position > 0 {
		runes := []rune(text)
		text = string(runes[:e.Position-1]) + "^" + string(runes[e.Position-1:])
	}
	return text + "\n  " + describeError(err)
}
