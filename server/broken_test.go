package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// forgetFunction makes the definitions of a folder that call abs those of a version of the program with a function that this one does not have. It
// returns the ids of what they define, and of what is made of v.
func forgetFunction(t *testing.T, fs storage.FS) (ids []uint64) {
	t.Helper()
	withStore(t, fs, func(s *storage.Store, last meta.Epoch, contents *meta.Contents) {
		c := storage.Changes{Now: last.Now}
		for _, stmt := range contents.Statements {
			if changed := strings.ReplaceAll(stmt.SQL, "abs(", "no_more("); changed != stmt.SQL {
				stmt.SQL = changed
				c.Meta.Statements = append(c.Meta.Statements, stmt)
				ids = append(ids, stmt.Objects[1:]...)
			} else if strings.Contains(stmt.SQL, "public.v ") || strings.HasSuffix(stmt.SQL, "public.v") {
				ids = append(ids, stmt.Objects[1:]...)
			}
		}
		if strings.Contains(fmt.Sprint(c.Meta.Statements), "MATERIALIZED") && rowsOf(t, s, ids) == 0 {
			t.Error("what is to be dropped has no state")
		}
		if err := s.Commit(last.Number+1, c); err != nil {
			t.Fatal(err)
		}
	})
	return ids
}

func withStore(t *testing.T, fs storage.FS, f func(s *storage.Store, last meta.Epoch, contents *meta.Contents)) {
	t.Helper()
	s, err := storage.Open(storage.Options{FS: fs, Dir: "data"})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Committed()
	if err != nil {
		t.Fatal(err)
	}
	contents, err := snapshot.Meta()
	if err != nil {
		t.Fatal(err)
	}
	f(s, snapshot.Epoch(), contents)
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// rowsOf counts the rows of tables.
func rowsOf(t *testing.T, s *storage.Store, ids []uint64) (n int) {
	t.Helper()
	snapshot, err := s.Committed()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		rows, err := snapshot.Table(storage.TableID(id)).Scan(state.Range{})
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			run := &state.Run{}
			if more, err = rows.Next(run, 100); err != nil {
				t.Fatal(err)
			}
			n += run.Len()
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
	return n
}

// TestDropBroken: views, indexes and sinks that this version of the program refuses keep it from starting until it is told to drop them. Then
// nothing is left of them and of what is made of them, and everything else is as it was.
func TestDropBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.json")
	if err := os.WriteFile(path, []byte(`{"x":1}`+"\n"+`{"x":-2}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fs := storage.NewCrashFS()
	c := config()
	c.Data, c.FS = "data", fs
	define := func(sql ...string) {
		t.Helper()
		s, err := server.Start(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, connect(t, s), sql...)
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const view, readsSource = "CREATE MATERIALIZED VIEW v WITH (retain_history = '1 day') AS SELECT abs(a) AS a, count(*) AS n FROM t GROUP BY 1",
		"CREATE MATERIALIZED VIEW s_all AS SELECT count(*) AS n, sum(%s(x)) AS x FROM s"
	define("CREATE TABLE t (a int PRIMARY KEY, b int)", "INSERT INTO t VALUES (1, 10), (-1, 20), (2, 30)",
		"CREATE SOURCE s (x int) WITH (connector = 'file', path = '"+path+"') FORMAT PLAIN ENCODE JSON",
		"CREATE MATERIALIZED VIEW sums AS SELECT sum(b) AS b FROM t",
		view, "CREATE INDEX v_n ON v (n)", "CREATE MATERIALIZED VIEW above AS SELECT sum(n) AS n FROM v",
		"CREATE SINK k FROM v WITH (connector = 'blackhole')", "CREATE VIEW plain AS SELECT abs(b) AS b FROM t",
		"CREATE INDEX t_b ON t (b) WHERE abs(b) > 10", fmt.Sprintf(readsSource, "abs"))
	gone := forgetFunction(t, fs)
	if _, err := server.Start(t.Context(), c); err == nil || !strings.Contains(err.Error(), "--drop-broken") || !strings.Contains(err.Error(), "no_more") {
		t.Fatalf("the start said: %v", err)
	}
	c.DropBroken = true
	define("UPDATE t SET b = b + 1")
	c.DropBroken = false
	withStore(t, fs, func(s *storage.Store, _ meta.Epoch, contents *meta.Contents) {
		if n := rowsOf(t, s, gone); n != 0 {
			t.Errorf("%d rows of state are left", n)
		}
		for _, o := range contents.Offsets {
			t.Errorf("offset %v of a source that nobody reads is left", o)
		}
		for _, s := range contents.Settings {
			for _, id := range gone {
				if strings.HasSuffix(s.Name, fmt.Sprint(".", id)) {
					t.Errorf("setting %q is left", s.Name)
				}
			}
		}
	})
	c.FS = fs.Crash(50, 1)
	s := start(t, c)
	conn := connect(t, s)
	ask := func(sql, want string) {
		t.Helper()
		var got string
		if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", sql, got, err, want)
		}
	}
	ask("SELECT b::text FROM sums", "63")
	ask("SELECT string_agg(b::text, ' ' ORDER BY b) FROM t WHERE b > 10", "11 21 31")
	ask("SELECT count(*)::text FROM pg_class WHERE relname IN ('v', 'v_n', 'above', 'k', 'plain', 't_b', 's_all')", "0")
	exec(t, conn, view, "CREATE MATERIALIZED VIEW above AS SELECT sum(n) AS n FROM v", fmt.Sprintf(readsSource, "abs"), "INSERT INTO t VALUES (-2, 1)")
	ask("SELECT string_agg(a || ':' || n, ' ' ORDER BY a) FROM v", "1:2 2:2")
	ask("SELECT n::text FROM above", "4")
	ask("SELECT n || ' ' || x FROM s_all", "2 3")
}

// TestBrokenTable: a table is never dropped so, for its rows are nowhere else.
func TestBrokenTable(t *testing.T) {
	fs := storage.NewCrashFS()
	c := config()
	c.Data, c.FS, c.DropBroken = "data", fs, true
	s, err := server.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, connect(t, s), "CREATE TABLE t (a int CHECK (abs(a) > 0))")
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	forgetFunction(t, fs)
	if _, err := server.Start(t.Context(), c); err == nil || strings.Contains(err.Error(), "--drop-broken") || !strings.Contains(err.Error(), "CREATE TABLE") {
		t.Errorf("the start said: %v", err)
	}
}
