package pgoracle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOracleRawParse(t *testing.T) {
	server := Start(t)
	parser, err := server.RawParser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer parser.Close(t.Context())

	accepted := []string{
		"", " ; -- nothing\n;", "SELECT 1", "SELECT nosuch FROM nowhere", "ROLLBACK", "COMMIT; SELECT 1", "ABORT AND CHAIN",
		"ROLLBACK TO a", "ROLLBACK; DROP DATABASE postgres", "PREPARE TRANSACTION 'a'", "BEGIN", "CREATE DATABASE d",
		"VACUUM", "COPY t FROM STDIN", "DECLARE c CURSOR FOR SELECT 1", "LISTEN a", "SET a.b = 1", "SHOW all", "DO ''",
		"EXECUTE p", "FETCH c", "LOAD 'x'", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END",
	}
	for _, sql := range accepted {
		if got, err := parser.Parse(t.Context(), sql); err != nil || !got.OK() {
			t.Errorf("%q: %v, %v; want it accepted", sql, got, err)
		}
	}

	refused := map[string]Answer{
		"COMMIT; nonsense":           {Code: "42601", Message: `syntax error at or near "nonsense"`, Position: 9},
		"SELECT 'é', FROM t":         {Code: "42601", Message: `syntax error at or near "FROM"`, Position: 13},
		"SELECT (":                   {Code: "42601", Message: "syntax error at end of input", Position: 9},
		"SELECT 'abc":                {Code: "42601", Message: `unterminated quoted string at or near "'abc"`, Position: 8},
		"SELECT 1 LIMIT 1,2":         {Code: "42601", Message: "LIMIT #,# syntax is not supported", Hint: "Use separate LIMIT and OFFSET clauses.", Position: 10},
		"CREATE ASSERTION a CHECK(a": {Code: "42601", Message: "syntax error at end of input", Position: 27},
		"SELECT 1 FOR UPDATE; x":     {Code: "42601", Message: `syntax error at or near "x"`, Position: 22},
	}
	for sql, want := range refused {
		got, err := parser.Parse(t.Context(), sql)
		if err != nil {
			t.Errorf("%q: %v", sql, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sql, diff)
		}
	}

	// A lost connection is replaced.
	if err := parser.conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := parser.Parse(t.Context(), "SELECT 1"); err != nil || !got.OK() {
		t.Errorf("after the connection was lost: %v, %v", got, err)
	}
}

func TestOracleRawTree(t *testing.T) {
	server := Start(t)
	trees, err := server.RawTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer trees.Close(t.Context())
	tree := func(expr string) string {
		t.Helper()
		got, answer, err := trees.Expr(t.Context(), expr)
		if err != nil || !answer.OK() {
			t.Fatalf("%q: %v, %v", expr, answer, err)
		}
		return got
	}
	if tree("a + b * c") != tree("a + (b  *  c) -- note") {
		t.Errorf("a + b * c is not a + (b * c)\n%s\n%s", tree("a + b * c"), tree("a + (b  *  c) -- note"))
	}
	if tree("a + b * c") == tree("(a + b) * c") {
		t.Error("a + b * c is (a + b) * c")
	}
	if _, answer, err := trees.Expr(t.Context(), "a = b = c"); err != nil || answer.Position != 7 {
		t.Errorf("a = b = c: %v, %v; want it refused at 7", answer, err)
	}
	if _, answer, err := trees.Query(t.Context(), "/* a */ VALUES (1); -- b"); err != nil || !answer.OK() {
		t.Errorf("a query with a semicolon: %v, %v", answer, err)
	}
	if _, answer, err := trees.Query(t.Context(), "SELECT 1 FROM"); err != nil || answer.OK() {
		t.Errorf("SELECT 1 FROM: %v, %v; want it refused", answer, err)
	}
}
