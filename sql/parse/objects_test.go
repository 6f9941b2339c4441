package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestObjects reads the golden files of the statements about objects that are not relations, and about rights. Commands:
//
//	same     statements, one a line, that all give one tree: prints its canonical text
//	texts    statements, one a line: prints the canonical text of each
//	errors   texts, one a line: prints the error of each, as PostgreSQL 15 gives it
func TestObjects(t *testing.T) {
	for _, file := range []string{"functions", "types", "operators", "roles", "grants", "triggers", "foreign", "session", "tables", "relations", "alter", "drop"} {
		t.Run(file, func(t *testing.T) {
			datadriven.RunTest(t, "testdata/"+file+".txt", objectsCommand)
		})
	}
}

func objectsCommand(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	lines := strings.Split(d.Input, "\n")
	switch d.Cmd {
	case "same":
		text, tree := canonical(t, d, lines[0], DefaultOptions())
		for _, line := range lines[1:] {
			if _, other := canonical(t, d, line, DefaultOptions()); other != tree {
				t.Errorf("%s: the tree of %s\nis not that of %s\ngot %s\nwant %s", d.Pos, line, lines[0], other, tree)
			}
		}
		fmt.Fprintln(&out, text)
	case "texts":
		for _, line := range lines {
			text, _ := canonical(t, d, line, DefaultOptions())
			fmt.Fprintln(&out, text)
		}
	case "errors":
		for _, line := range lines {
			_, err := Parse(line, DefaultOptions())
			fmt.Fprintln(&out, describeError(err))
		}
	default:
		d.Fatalf(t, "unknown command %s", d.Cmd)
	}
	return out.String()
}
