package parse_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/parse"
)

func hasPosition(err error) bool {
	var e *pgerr.Error
	return errors.As(err, &e) && e.Position > 0
}

// bigExamples are examples that the doc comment of a code describes instead of giving them.
var bigExamples = map[string]string{
	"a text of more than 64 MiB":                          strings.Repeat(" ", 64<<20+1),
	"SELECT ((((...)))) with more than 1,000 parentheses": "SELECT " + strings.Repeat("(", 1001) + "1" + strings.Repeat(")", 1001),
}

// TestCodeExamples runs the example of every error code.
func TestCodeExamples(t *testing.T) {
	source, err := os.ReadFile("../../internal/pgerr/codes.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?m)((?:^\t//.*\n)+)^\t(\w+)\s+Code = "(\w{5})"`)
	for _, m := range code.FindAllStringSubmatch(string(source), -1) {
		comment, name, want := m[1], m[2], m[3]
		if name == "InternalError" || strings.Contains(comment, "// Example (server): ") {
			continue // no user can provoke it, or no statement that is only parsed
		}
		_, example, found := strings.Cut(comment, "// Example: ")
		example = strings.TrimSpace(example)
		if big, ok := bigExamples[example]; ok {
			example = big
		}
		if !found {
			t.Errorf("%s has no example", name)
			continue
		}
		if _, err := parse.Parse(example, parse.DefaultOptions()); string(pgerr.CodeOf(err)) != want || err == nil {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
