package parse_test

import (
	"context"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// corpora are the recorded statements that PostgreSQL can run; those of Nexmark are Flink's.
var corpora = []string{"psql", "clients", "postgres_regress"}

// pairs returns every statement of the corpora that parses, with the text that Print gives of it.
func pairs(t *testing.T) []pgoracle.Pair {
	t.Helper()
	var all []pgoracle.Pair
	for _, name := range corpora {
		for _, e := range corpus(t, name) {
			stmts, err := parse.Parse(e.SQL, parse.DefaultOptions())
			if err != nil || e.Code != "" {
				continue
			}
			printed := make([]string, len(stmts))
			for i, s := range stmts {
				printed[i] = ast.Print(s)
			}
			all = append(all, pgoracle.Pair{Src: name + "/" + e.Src, Original: e.SQL, Printed: strings.Join(printed, "; ")})
		}
	}
	return all
}

// TestOracleRows runs every statement of the corpora in PostgreSQL, as it was written and as Print writes it, and compares
// what comes back. A wrong grouping that the round trip would not show changes rows.
func TestOracleRows(t *testing.T) {
	server := pgoracle.Start(t)
	result, err := server.Compare(context.Background(), pairs(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		t.Errorf("%s", d)
	}
	for _, s := range result.Skips {
		t.Logf("not compared, %s: %s", s.Reason, s.Original)
	}
	t.Logf("%d statements give the same for both texts, %d of them run without an error, %d return rows; %d not compared",
		result.Same, result.Succeeded, result.WithRows, len(result.Skips))
	if result.WithRows < 2000 {
		t.Errorf("only %d statements returned rows", result.WithRows)
	}
	if len(result.Skips) > 20 {
		t.Errorf("%d statements were not compared", len(result.Skips))
	}
}

// sameSpelling takes out what PostgreSQL's tree keeps of mere spelling: TRIM(x) or btrim(x), ASC or nothing.
var sameSpelling = strings.NewReplacer(":funcformat3", ":funcformat0", ":sortby_dir1", ":sortby_dir0")

// TestOracleTrees compares PostgreSQL's own syntax trees of every query, as it was written and as Print writes it.
func TestOracleTrees(t *testing.T) {
	ctx := context.Background()
	raw, err := pgoracle.Start(t).RawTree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close(ctx)
	same := 0
	for _, pair := range pairs(t) {
		stmts, err := parse.Parse(pair.Original, parse.DefaultOptions())
		if err != nil || len(stmts) != 1 {
			continue
		}
		if _, ok := stmts[0].(*ast.Query); !ok {
			continue
		}
		original, answer, err := raw.Query(ctx, strings.TrimRight(strings.TrimSpace(pair.Original), ";"))
		if err != nil {
			t.Fatal(err)
		}
		if !answer.OK() {
			continue // not in the form that the oracle needs
		}
		printed, answer, err := raw.Query(ctx, pair.Printed)
		if err != nil {
			t.Fatal(err)
		}
		if !answer.OK() || sameSpelling.Replace(original) != sameSpelling.Replace(printed) {
			t.Errorf("%v\noriginal: %s\nprinted: %s\n%s\n%s", answer, pair.Original, pair.Printed, original, printed)
			continue
		}
		same++
	}
	t.Logf("%d queries have the same tree in PostgreSQL for both texts", same)
	if same < 2500 {
		t.Errorf("only %d queries were compared", same)
	}
}
