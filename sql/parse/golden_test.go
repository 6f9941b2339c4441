package parse

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// canonical parses a text of one statement and gives its canonical text and its tree. Parsing the canonical text must give
// the same tree again.
func canonical(t *testing.T, d *datadriven.TestData, text string, opts Options) (printed, tree string) {
	t.Helper()
	stmts, err := Parse(text, opts)
	if err != nil || len(stmts) != 1 {
		t.Errorf("%s: %s\ngives %d statements and: %s", d.Pos, text, len(stmts), describeError(err))
		return "", ""
	}
	printed, tree = ast.Print(stmts[0]), ast.Dump(stmts[0])
	again, err := Parse(printed, DefaultOptions())
	switch {
	case err != nil || len(again) != 1:
		t.Errorf("%s: %s\nis printed as %s\nwhich gives %d statements and: %s", d.Pos, text, printed, len(again), describeError(err))
	case ast.Dump(again[0]) != tree:
		t.Errorf("%s: %s\nis printed as %s\nwhich has another tree\ngot %s\nwant %s", d.Pos, text, printed, ast.Dump(again[0]), tree)
	}
	return printed, tree
}

// describeError gives an error in one line, with its detail and hint below it.
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
