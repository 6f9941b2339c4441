package pgoracle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"plain", "SELECT 1; SELECT 2 ;\nSELECT 3", []string{"SELECT 1", "SELECT 2", "SELECT 3"}},
		{"empty ones", ";; -- a\n; /* ; */ ;", nil},
		{"comment before", "-- note;\n/* a /* b; */ c; */SELECT 1 -- x;\n, 2;", []string{"SELECT 1 -- x;\n, 2"}},
		{"strings", `SELECT 'a;''b', E'c\';', "d;""e", U&'\0041;';x`, []string{`SELECT 'a;''b', E'c\';', "d;""e", U&'\0041;'`, "x"}},
		{"no escape", `SELECT 'a\'; SELECT 2`, []string{`SELECT 'a\'`, "SELECT 2"}},
		{"dollars", "SELECT $$;$$, $a$;$$;$a$, $1, a$b;x$b", []string{"SELECT $$;$$, $a$;$$;$a$, $1, a$b", "x$b"}},
		{"parentheses", "CREATE RULE r AS DO (SELECT 1; SELECT 2); a", []string{"CREATE RULE r AS DO (SELECT 1; SELECT 2)", "a"}},
		{
			"function body", "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; END; BEGIN; END;",
			[]string{"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; END", "BEGIN", "END"},
		},
		{"backslash lines", "\\set a 1\nSELECT 1;\n\\d+ t;\nSELECT 2\n\\pset null x\n;", []string{"SELECT 1", "SELECT 2"}},
		{"gset", "SELECT 1 AS a \\gset\nSELECT 2\\; SELECT 3 \\g\nSELECT 4;", []string{"SELECT 1 AS a", "SELECT 2; SELECT 3", "SELECT 4"}},
		{"copy to mark", "COPY t (a) FROM STDIN;\n1;2\n\\.\nSELECT 1;", []string{"COPY t (a) FROM STDIN", "SELECT 1"}},
		{"copy to empty line", "copy t from stdin with (a);\n1;'2\n\nSELECT 1;", []string{"copy t from stdin with (a)", "SELECT 1"}},
		{"copy to the end", "copy t from stdin; \n1;'2\n", []string{"copy t from stdin"}},
		{"copy out", "COPY t TO STDOUT;\nSELECT 1;", []string{"COPY t TO STDOUT", "SELECT 1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, statement := range Split(c.text) {
				got = append(got, statement.SQL)
				if statement.Variables {
					t.Errorf("variables in %q", statement.SQL)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Split(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func TestSplitVariables(t *testing.T) {
	cases := map[string]bool{
		"SELECT :x": true, "SELECT :'x y'": false, "SELECT :'x'": true, `SELECT :"x"`: true, "SELECT :{?x}": true,
		"SELECT a::int, b[1:2], b[lo:hi], b[:'n']": true, "SELECT a::int, b[1:2], b[lo:hi], f(a := 1)": false,
		"SELECT ':x', $$:x$$ -- :x": false,
	}
	for sql, want := range cases {
		got := Split(sql)
		if len(got) != 1 || got[0].Variables != want {
			t.Errorf("Split(%q) = %+v; want one statement with Variables %v", sql, got, want)
		}
	}
}

func TestSplitLines(t *testing.T) {
	got := Split("\n-- a\nSELECT\n1;\n\n/*\n*/ SELECT '\n';SELECT 3")
	want := []Statement{{SQL: "SELECT\n1", Line: 3}, {SQL: "SELECT '\n'", Line: 7}, {SQL: "SELECT 3", Line: 8}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
