package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestStreaming reads testdata/streaming.txt, which has every form of the streaming syntax. Its commands:
//
//	same [dialect=flink]     statements, one a line, that all give one tree: prints its canonical text, then the tree
//	texts                    statements, one a line: prints the canonical text of each
//	errors                   texts, one a line: prints the error of each
func TestStreaming(t *testing.T) {
	datadriven.RunTest(t, "testdata/streaming.txt", func(t *testing.T, d *datadriven.TestData) string {
		opts := DefaultOptions()
		if d.HasArg("dialect") {
			opts.Dialect = Flink
		}
		lines := strings.Split(d.Input, "\n")
		switch d.Cmd {
		case "same":
			return sameTree(t, d, lines, opts)
		case "texts":
			var out strings.Builder
			for _, line := range lines {
				text, _ := canonical(t, d, line, opts)
				fmt.Fprintln(&out, text)
			}
			return out.String()
		case "errors":
			var out strings.Builder
			for _, line := range lines {
				_, err := Parse(line, opts)
				fmt.Fprintln(&out, describeError(err))
			}
			return out.String()
		default:
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		}
	})
}

// sameTree gives the canonical text and the tree of the first line, and fails where another's are not the same.
func sameTree(t *testing.T, d *datadriven.TestData, lines []string, opts Options) string {
	text, tree := canonical(t, d, lines[0], opts)
	for _, line := range lines[1:] {
		if _, other := canonical(t, d, line, opts); other != tree {
			t.Errorf("%s: the tree of %s\nis not that of %s\ngot %s\nwant %s", d.Pos, line, lines[0], other, tree)
		}
	}
	return text + "\n" + tree
}
