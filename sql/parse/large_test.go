package parse_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

type largeText struct{ name, sql string }

// largeTexts are statements as programs make them, that must neither be refused nor take long (make bench shows how long).
func largeTexts() []largeText {
	row := ",(1234567, 'some text of a usual size', 12.5, true, NULL, '2024-01-01 00:00:00+00')"
	return []largeText{
		{"insert=10MB", "INSERT INTO t VALUES " + strings.Repeat(row, 10<<20/len(row))[1:]},
		{"insert_expressions=1MB", "INSERT INTO t VALUES " + strings.Repeat(",(1 + 2, now() - interval '1 day', 'a' || 'b')", 1<<20/46)[1:]},
		{"in_list=50000", "SELECT * FROM t WHERE id IN (" + strings.Repeat(",123456", 50000)[1:] + ")"},
		{"in_expressions=50000", "SELECT * FROM t WHERE id IN (" + strings.Repeat(",1 + 2", 50000)[1:] + ")"},
		{"or_chain=100000", "SELECT * FROM t WHERE a = 1" + strings.Repeat(" OR a = 1", 99999)},
		{"sum_chain=100000", "SELECT 1" + strings.Repeat(" + 1", 99999)},
		{"concat_chain=100000", "SELECT 'a'" + strings.Repeat(" || 'a'", 99999)},
		{"union_chain=2000", "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 1999)},
		{"joins=1000", "SELECT * FROM t" + strings.Repeat(" JOIN t ON a = b", 999)},
		{"columns=10000", "SELECT " + strings.Repeat(",a + b AS c", 10000)[1:] + " FROM t"},
		{"json_object=20000", "SELECT json_object('k' || 1: 2 + 3" + strings.Repeat(", 'k' || 1: 2 + 3", 20000) + ")"},
		{"overlaps=20000", "SELECT 1" + strings.Repeat(", (a + 1, b) OVERLAPS (c, d + 1)", 20000)},
		{"type_modifiers=50000", "SELECT t(1 + 2" + strings.Repeat(", 1 + 2", 50000) + ") 's'"},
		{"continued_string=100000", "SELECT 'a'" + strings.Repeat("\n'a'", 100000)},
		{"statements=10000", strings.Repeat("SELECT a + b FROM t;\n", 10000)},
	}
}

func TestLarge(t *testing.T) {
	for _, text := range largeTexts() {
		t.Run(text.name, func(t *testing.T) {
			stmts, err := parse.Parse(text.sql, parse.DefaultOptions())
			if err != nil {
				t.Fatal(err)
			}
			if len(text.sql) > 2<<20 {
				return // the same nodes as in the smaller ones
			}
			for _, s := range stmts[:1] {
				again, err := parse.Parse(ast.Print(s), parse.DefaultOptions())
				if err != nil || len(again) != 1 {
					t.Fatalf("printed: %d statements, %v", len(again), err)
				}
			}
		})
	}
}

// deepTexts are forms that nest; n is how deep.
func deepTexts(n int) []largeText {
	nest := func(open, middle, closing string) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(closing, n)
	}
	return []largeText{
		{"parentheses", "SELECT " + nest("(", "1", ")")},
		{"calls", "SELECT " + nest("f(", "1", ")")},
		{"not", "SELECT " + nest("NOT ", "a", "")},
		{"signs", "SELECT " + nest("- ", "a", "")},
		{"case", "SELECT " + nest("CASE WHEN a THEN ", "1", " END")},
		{"arrays", "SELECT ARRAY" + nest("[", "1", "]")},
		{"subqueries", nest("SELECT (", "SELECT 1", ")")},
		{"from", nest("SELECT * FROM (", "SELECT 1", ") AS t")},
		{"queries", nest("(", "SELECT 1", ")")},
		{"with", nest("WITH x AS (", "SELECT 1", ") SELECT 1")},
		{"types", "SELECT a::" + nest("array<", "int", " >")},
		{"joins", "SELECT * FROM " + nest("(", "a JOIN b ON true", " JOIN c ON true)")},
	}
}

func TestNesting(t *testing.T) {
	for _, text := range deepTexts(950) {
		t.Run(text.name, func(t *testing.T) {
			stmts, err := parse.Parse(text.sql, parse.DefaultOptions())
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, stmts[0], parse.DefaultOptions())
		})
	}
	for _, n := range []int{1_050, 100_000} {
		for _, text := range deepTexts(n) {
			t.Run("too deep/"+text.name, func(t *testing.T) {
				_, err := parse.Parse(text.sql, parse.DefaultOptions())
				if pgerr.CodeOf(err) != pgerr.StatementTooComplex {
					t.Errorf("%v, want %s", err, pgerr.StatementTooComplex)
				}
			})
		}
	}
}

func TestNestingLimitIsExact(t *testing.T) {
	for n, want := range map[int]pgerr.Code{1000: "", 1001: pgerr.StatementTooComplex} {
		_, err := parse.Parse("SELECT "+strings.Repeat("(", n)+"1"+strings.Repeat(")", n), parse.DefaultOptions())
		var e *pgerr.Error
		if got := errors.As(err, &e); got != (want != "") || got && e.Code != want {
			t.Errorf("%d levels: %v", n, err)
		}
	}
}

// TestChains checks that no statement makes a tree so high that walking it could end the process.
func TestChains(t *testing.T) {
	chains := []largeText{
		{"operators", "SELECT a" + strings.Repeat("+a", 5_000_000)},
		{"comparisons", "SELECT a" + strings.Repeat("<b IS TRUE", 1_000_000)},
		{"casts", "SELECT a" + strings.Repeat("::t", 1_000_000)},
		{"casts of text", "SELECT (a+b)" + strings.Repeat("::t", 1_000_000)},
		{"in nested parentheses", "SELECT " + strings.Repeat("(", 10) + "a" + strings.Repeat(strings.Repeat("+a", 50_000)+")", 10)},
		{"joins", "SELECT 1 FROM a" + strings.Repeat(" CROSS JOIN a", 300_000)},
		{"set operations", "SELECT" + strings.Repeat(" UNION SELECT", 300_000)},
		{"signs", "SELECT " + strings.Repeat("+", 10_000_000) + "1"},
	}
	for _, text := range chains {
		t.Run(text.name, func(t *testing.T) {
			_, err := parse.Parse(text.sql, parse.DefaultOptions())
			if pgerr.CodeOf(err) != pgerr.StatementTooComplex {
				t.Errorf("%v, want %s", err, pgerr.StatementTooComplex)
			}
		})
	}
	t.Run("unicode strings", func(t *testing.T) {
		for _, text := range []string{strings.Repeat("U&'a'", 5_000_000), strings.Repeat("U&'a' UESCAPE ", 3_000_000)} {
			if _, err := parse.Parse("SELECT "+text, parse.DefaultOptions()); pgerr.CodeOf(err) != pgerr.SyntaxError {
				t.Errorf("%.100v, want %s", err, pgerr.SyntaxError)
			}
		}
	})
	// A list has no height, however many of its elements are chains.
	sum := "(1" + strings.Repeat(" + 1", 9) + ")"
	list := "SELECT " + strings.Repeat(sum+",", 30_000) + sum + " FROM " + strings.Repeat("a CROSS JOIN b,", 30_000) + "c"
	if _, err := parse.Parse(list, parse.DefaultOptions()); err != nil {
		t.Error(err)
	}
}

func TestTooLong(t *testing.T) {
	_, err := parse.Parse("SELECT '"+strings.Repeat("a", 64<<20)+"'", parse.DefaultOptions())
	if pgerr.CodeOf(err) != pgerr.ProgramLimitExceeded {
		t.Errorf("%v, want %s", err, pgerr.ProgramLimitExceeded)
	}
}
