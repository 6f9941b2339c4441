package parse

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/sql/ast"
)

// TestSettings has texts whose reading depends on a SET before them.
func TestSettings(t *testing.T) {
	for _, c := range []struct{ text, want string }{ // canonical texts, or a part of the error
		{"SET sql_dialect = 'flink'; SELECT `a`", "SET sql_dialect TO 'flink'; SELECT a"},
		{"SET sql_dialect = flink;SELECT `a`;SET sql_dialect TO postgres;SELECT `a`", "^\n  42601 at 74: syntax error at end of input"},
		{"SET sql_dialect TO FLINK; RESET ALL; SELECT `a`", "42601"},
		{"SET sql_dialect TO flink; DISCARD ALL; SELECT `a`", "42601"},
		{"SET sql_dialect TO flink; DISCARD PLANS; SELECT `a`", "SET sql_dialect TO 'flink'; DISCARD PLANS; SELECT a"},
		{"SET sql_dialect TO flink; SET sql_dialect TO DEFAULT; SELECT `a`", "42601"},
		{
			"BEGIN; SET LOCAL sql_dialect = flink; SELECT `a`; COMMIT; SELECT '`'",
			"BEGIN; SET LOCAL sql_dialect TO 'flink'; SELECT a; COMMIT; SELECT '`'",
		},
		{"SET LOCAL sql_dialect = flink; ROLLBACK; SELECT `a`", "42601"},
		{
			"SET LOCAL sql_dialect = flink; SET sql_dialect = flink; ROLLBACK; SELECT `a`",
			"SET LOCAL sql_dialect TO 'flink'; SET sql_dialect TO 'flink'; ROLLBACK; SELECT a",
		},
		{
			`SELECT '\'; SET standard_conforming_strings = off; SELECT '\\'; SET standard_conforming_strings = yes; SELECT '\'`,
			`SELECT E'\\'; SET standard_conforming_strings TO 'off'; SELECT E'\\'; ` +
				`SET standard_conforming_strings TO 'yes'; SELECT E'\\'`,
		},
		{"SET standard_conforming_strings = 0; SELECT 'é\\'', x y z", "'é\\'', x y ^z\n  42601 at 56: syntax error at or near \"z\""},
	} {
		stmts, err := Parse(c.text, DefaultOptions())
		texts := make([]string, 0, len(stmts))
		for _, s := range stmts {
			texts = append(texts, ast.Print(s))
		}
		got := strings.Join(texts, "; ")
		if err != nil {
			got = showError(c.text, err)
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}
