package server_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/internal/wiretest"
	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long something may take that a test waits for: only a test that fails waits that long.
const patience = time.Minute

// config is that of a server in memory.
func config() server.Config {
	return server.Config{
		Data: server.Memory, Listen: "127.0.0.1:0", HTTP: server.None, Workers: 2, MemoryLimit: 1 << 30, Connectors: all.Kinds(),
		Logger: slog.New(slog.DiscardHandler),
	}
}

func start(t *testing.T, c server.Config) *server.Server {
	t.Helper()
	s, err := server.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("closing the server: %v", err)
		}
	})
	return s
}

func connect(t *testing.T, s *server.Server) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), fmt.Sprintf("postgres://freshet@%s/freshet?sslmode=disable", s.Address()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Close(ctx) // the server may have gone before
	})
	return c
}

// TestTranscripts runs what PostgreSQL 15 has answered.
func TestTranscripts(t *testing.T) {
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		t.Skip("the transcripts are recorded from PostgreSQL: go test ./internal/wiretest -rewrite")
	}
	s := start(t, config())
	for _, folder := range []string{"wire", "wire_rows"} {
		wiretest.Run(t, "../testdata/"+folder, wiretest.Target{Address: s.Address().String(), User: "postgres", Database: "freshet"})
	}
}

// TestRestart holds that what was acknowledged and what was defined is there again.
func TestRestart(t *testing.T) {
	c := config()
	c.Data, c.FS = "data", storage.NewCrashFS()
	s, err := server.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, s)
	for _, sql := range []string{
		"CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL, b text DEFAULT 'x', CHECK (a > 0), UNIQUE (b))",
		"INSERT INTO t (a, b) VALUES (1, 'one'), (2, 'two')",
		"CREATE INDEX ON t (a)",
		"CREATE VIEW v AS SELECT a, b FROM t WHERE a > 1",
		"CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n, sum(a) AS total FROM t",
		"CREATE MATERIALIZED VIEW mm AS SELECT n + 1 AS n FROM m",
		"CREATE INDEX ON m (n)",
		"COMMENT ON TABLE t IS 'a table'",
		"CREATE SCHEMA s",
		"CREATE TABLE s.t (a int)",
		"INSERT INTO s.t VALUES (1), (1)",
		"CREATE SINK k FROM m WITH (connector = 'blackhole')",
		"ALTER TABLE t RENAME TO renamed",
		"CREATE TABLE t (other int)",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = start(t, c)
	conn = connect(t, s)
	for _, c := range [][2]string{
		{"SELECT string_agg(id::text || a || b, ',' ORDER BY id) FROM renamed", "11one,22two"},
		{"SELECT n || ' ' || total FROM m", "2 3"},
		{"SELECT n::text FROM mm", "3"},
		{"SELECT string_agg(a || b, ',') FROM v", "2two"},
		{"SELECT count(*)::text FROM s.t", "2"},
		{"SELECT count(*)::text FROM t", "0"},
		{"INSERT INTO renamed (a, b) VALUES (3, 'three') RETURNING id::text", "3"},
		{"SELECT n || ' ' || total FROM m WHERE n = 3", "3 6"},
		{"SELECT obj_description('renamed'::regclass)", "a table"},
		{"SELECT count(*)::text FROM pg_class WHERE relkind = 'm' AND relname LIKE 'm%'", "2"},
	} {
		var got string
		if err := conn.QueryRow(t.Context(), c[0]).Scan(&got); err != nil {
			t.Errorf("%s: %v", c[0], err)
		} else if got != c[1] {
			t.Errorf("%s: got %q, want %q", c[0], got, c[1])
		}
	}
}
