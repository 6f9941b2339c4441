package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// TestKillInBlock: what a block has made is gone after a SIGKILL if it did not commit, with what others made of it; and all of it is there if it did.
func TestKillInBlock(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	c := p.connect(t.Context())
	exec := func(c *pgx.Conn, sql ...string) {
		t.Helper()
		for _, text := range sql {
			if _, err := c.Exec(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	exec(c, "CREATE TABLE kept (a int PRIMARY KEY, b int)", "INSERT INTO kept VALUES (1, 2)", "CREATE TABLE copied AS SELECT a, b FROM kept",
		"BEGIN", "CREATE TABLE done (a int, b serial)", "CREATE INDEX done_a ON done (a)", "CREATE MATERIALIZED VIEW done_v AS SELECT a, count(*) FROM done GROUP BY a",
		"SAVEPOINT s", "CREATE TABLE undone (a int)", "ROLLBACK TO s", "INSERT INTO done VALUES (3)", "COMMIT",
		"CREATE VIEW old AS SELECT a FROM done", "BEGIN", "DROP VIEW old", "CREATE VIEW done_w AS SELECT b FROM done", "COMMIT",
		"BEGIN", "CREATE TABLE gone (a int PRIMARY KEY, b serial)", "CREATE TYPE gone_t AS ENUM ('x')", "CREATE SEQUENCE gone_s", "CREATE INDEX gone_i ON kept (b)",
		"CREATE VIEW gone_v AS SELECT a FROM kept", "CREATE MATERIALIZED VIEW gone_m AS SELECT a FROM kept", "CREATE SCHEMA gone_n", "INSERT INTO gone VALUES (4)", "CREATE TABLE gone_c AS SELECT a FROM kept", "DROP VIEW gone_v")
	exec(p.connect(t.Context()), "CREATE MATERIALIZED VIEW of_gone AS SELECT sum(a) FROM gone")
	p.kill()

	for range 2 { // what is taken back at the first start stays away
		p = serve(t, data)
		c = p.connect(t.Context())
		rows, err := c.Query(t.Context(), "SELECT relname FROM pg_class WHERE relnamespace >= 16384 OR relnamespace = 'public'::regnamespace"+
			" UNION ALL SELECT typname FROM pg_type WHERE typtype = 'e' UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'gone%' ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"copied", "done", "done_a", "done_b_seq", "done_v", "done_w", "kept", "kept_pkey"}, names); diff != "" {
			t.Error(diff)
		}
		var a, b, n, copied int
		if err := c.QueryRow(t.Context(), "SELECT d.a, d.b, v.count, (SELECT count(*) FROM copied) FROM done d JOIN done_v v ON v.a = d.a").Scan(&a, &b, &n, &copied); err != nil {
			t.Fatal(err)
		}
		if got := [...]int{a, b, n, copied}; got != [...]int{3, 1, 1, 1} {
			t.Errorf("the committed rows are %v", got)
		}
		exec(c, "INSERT INTO kept VALUES (2, 2) ON CONFLICT DO NOTHING") // the index would see it
		p.kill()
	}
}
