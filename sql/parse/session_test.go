package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/freshetdb/freshet/sql/ast"
)

// TestStatements reads the goldens of the statements that write and of those of a session. Each line of input is a text of
// its own; the output has its canonical text, or its error.
func TestStatements(t *testing.T) {
	for _, topic := range []string{"write", "session", "cursor", "copy", "explain"} {
		datadriven.RunTest(t, "testdata/"+topic+".txt", func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			for line := range strings.SplitSeq(d.Input, "\n") {
				if _, err := Parse(line, DefaultOptions()); err != nil {
					fmt.Fprintln(&out, describeError(err))
					continue
				}
				text, tree := canonical(t, d, line, DefaultOptions())
				fmt.Fprintln(&out, text)
				if d.Cmd == "tree" {
					fmt.Fprint(&out, tree)
				}
			}
			return out.String()
		})
	}
}

// TestSettingsApply has statements whose reading depends on a SET before them.
func TestSettingsApply(t *testing.T) {
	for _, c := range []struct{ text, want string }{ // canonical texts, or the beginning of an error
		{"SET sql_dialect = 'flink'; SELECT `a`", "SET sql_dialect TO 'flink'; SELECT a"},
		{"SET sql_dialect = flink;SELECT `a`;SET sql_dialect TO postgres;SELECT `a`", "42601"},
		{"SET sql_dialect TO FLINK; RESET ALL; SELECT `a`", "42601"},
		{"SET sql_dialect TO flink; SET sql_dialect TO DEFAULT; SELECT `a`", "42601"},
		{
			"BEGIN; SET LOCAL sql_dialect = flink; SELECT `a`; COMMIT; SELECT '`'",
			"BEGIN; SET LOCAL sql_dialect TO 'flink'; SELECT a; COMMIT; SELECT '`'",
		},
		{"SET LOCAL sql_dialect = flink; ROLLBACK; SELECT `a`", "42601"},
		{"SET LOCAL sql_dialect = flink; SET sql_dialect = flink; ROLLBACK; SELECT `a`",
			"SET LOCAL sql_dialect TO 'flink'; SET sql_dialect TO 'flink'; ROLLBACK; SELECT a"},
		{
			`SELECT '\'; SET standard_conforming_strings = off; SELECT '\\'; SET standard_conforming_strings = yes; SELECT '\'`,
			`SELECT E'\\'; SET standard_conforming_strings TO 'off'; SELECT E'\\'; ` +
				`SET standard_conforming_strings TO 'yes'; SELECT E'\\'`,
		},
		// Positions go on as before.
		{"SET standard_conforming_strings = 0; SELECT 'é\\'', x y z", "42601 at 56: syntax error at or near \"z\""},
	} {
		stmts, err := Parse(c.text, DefaultOptions())
		texts := make([]string, 0, len(stmts))
		for _, s := range stmts {
			texts = append(texts, ast.Print(s))
		}
		got := strings.Join(texts, "; ")
		if err != nil {
			got = describeError(err)
		}
		if got != c.want && (err == nil || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}
