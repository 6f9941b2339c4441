package pgoracle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOracleCompare(t *testing.T) {
	server := Start(t)
	pairs := []Pair{
		{"a", "SELECT unique1 FROM onek WHERE unique1 < 3", "SELECT unique1 FROM onek WHERE unique1 BETWEEN 0 AND 2"},
		{"a", "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)", "CREATE TABLE t (a int); INSERT INTO t VALUES (2), (1)"},
		{"a", "SELECT a FROM t", "TABLE t"},
		{"a", "SELECT 1 + 2 * 3 AS x", "SELECT (1 + 2) * 3 AS x"},
		{"a", "SELECT 1 AS x", "SELECT 1 AS y"},
		{"a", "SELECT 1/0", "SELECT 2/0"},
		{"a", "SELECT nosuch", "SELECT nosuch FROM nowhere"},
		{"a", "SELECT relname FROM pg_class WHERE oid = $1", "SELECT relname FROM pg_class c WHERE c.oid = $1"},
		{"a", "SELECT pg_backend_pid()", "SELECT pg_backend_pid()"},
		{"a", "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT pg_terminate_backend(pg_backend_pid())"},
		{"b", "copy t from stdin", "COPY t FROM STDIN"},
		{"b", "SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"},
	}
	got, err := server.Compare(t.Context(), pairs)
	if err != nil {
		t.Fatal(err)
	}
	var different, skipped []string
	for _, d := range got.Differences {
		different = append(different, d.Original)
	}
	for _, s := range got.Skips {
		skipped = append(skipped, s.Original)
	}
	if diff := cmp.Diff([]string{pairs[3].Original, pairs[4].Original, pairs[6].Original, pairs[11].Original}, different); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{pairs[8].Original, pairs[9].Original}, skipped); diff != "" {
		t.Errorf("skips (-want +got):\n%s", diff)
	}
	if got.Same != 6 || got.Succeeded != 5 || got.WithRows != 3 {
		t.Errorf("same %d, succeeded %d, with rows %d; want 6, 5, 3", got.Same, got.Succeeded, got.WithRows)
	}
}
