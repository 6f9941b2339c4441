package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/meta"
)

// lives is a folder that servers are started on, one after the other.
type lives struct {
	t      *testing.T
	config server.Config
	fs     *storage.CrashFS
	seed   uint64
	server *server.Server
	conn   *pgx.Conn
}

func newLives(t *testing.T) *lives {
	t.Helper()
	l := &lives{t: t, config: config(), fs: storage.NewCrashFS()}
	l.config.Data, l.config.FS = "data", l.fs
	l.start()
	t.Cleanup(l.stop)
	return l
}

func (l *lives) start() {
	l.t.Helper()
	s, err := server.Start(l.t.Context(), l.config)
	if err != nil {
		l.t.Fatal(err)
	}
	l.server, l.conn = s, connect(l.t, s)
}

func (l *lives) stop() {
	l.t.Helper()
	if l.server == nil {
		return
	}
	s := l.server
	l.server = nil
	if err := s.Close(l.t.Context()); err != nil {
		l.t.Error(err)
	}
}

func (l *lives) restart() {
	l.t.Helper()
	l.stop()
	l.start()
}

// crash is a kill -9 of a machine: half of what was not on disk is lost.
func (l *lives) crash() {
	l.t.Helper()
	l.seed++
	crashed := l.fs.Crash(50, l.seed)
	l.stop()
	l.fs, l.config.FS = crashed, crashed
	l.start()
}

// editForms changes the records of what graphs have made what is kept, as another version would have written them; "" takes one away.
func (l *lives) editForms(edit func(id, form string) string) {
	l.t.Helper()
	l.stop()
	withStore(l.t, l.fs, func(s *storage.Store, last meta.Epoch, contents *meta.Contents) {
		c := storage.Changes{Now: last.Now}
		for _, r := range contents.Settings {
			id, ok := strings.CutPrefix(r.Name, "dataflow.form.")
			if !ok {
				continue
			}
			switch form := edit(id, r.Value); form {
			case r.Value:
			case "":
				c.Meta.ResetSettings = append(c.Meta.ResetSettings, r.Name)
			default:
				c.Meta.Settings = append(c.Meta.Settings, meta.Setting{Name: r.Name, Value: form})
			}
		}
		if err := s.Commit(last.Number+1, c); err != nil {
			l.t.Fatal(err)
		}
	})
	l.start()
}

// forms are the records.
func (l *lives) forms() map[string]string {
	l.t.Helper()
	all := map[string]string{}
	l.editForms(func(id, form string) string {
		all[id] = form
		return form
	})
	return all
}

func (l *lives) id(name string) string {
	l.t.Helper()
	return one(l.t, l.conn, "SELECT $1::regclass::oid::text", name)
}

func (l *lives) ask(sql, want string) {
	l.t.Helper()
	if got := one(l.t, l.conn, sql); got != want {
		l.t.Errorf("%s: %q, want %q", sql, got, want)
	}
}

// failed are the views and sinks that have failed.
func (l *lives) failed(want string) {
	l.t.Helper()
	l.ask("SELECT coalesce(string_agg(relation, ' ' ORDER BY job), '') FROM sys.jobs WHERE state = 'failed'", want)
}

func (l *lives) refused(sql, code, text string) {
	l.t.Helper()
	_, err := l.conn.Exec(l.t.Context(), sql)
	wantCode(l.t, err, code)
	if err != nil && !strings.Contains(err.Error(), text) {
		l.t.Errorf("%s: %v, want %s", sql, err, text)
	}
}

// otherPart makes a part of a form another.
func otherPart(form, part string) string {
	return regexp.MustCompile(`\b`+part+`:[0-9a-f]+`).ReplaceAllString(form, part+":0123456789abcdef")
}

// TestMisfit: what a view keeps was made by another plan. The view, and what is made of it, has failed at the start and is read as it was; everything else goes on.
// RESUME computes it from the beginning, and crashes in between change nothing.
func TestMisfit(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, "CREATE TABLE t (a int PRIMARY KEY, b int)", "INSERT INTO t VALUES (1, 1), (2, 1), (3, 2)",
		"CREATE MATERIALIZED VIEW v WITH (retain_history = '1 day') AS SELECT b, sum(a) AS a FROM t GROUP BY b", "CREATE INDEX v_a ON v (a)",
		"CREATE MATERIALIZED VIEW above AS SELECT count(*) AS n, sum(a) AS a FROM v", "CREATE SINK k FROM above WITH (connector = 'blackhole')",
		"CREATE MATERIALIZED VIEW other AS SELECT b, sum(a) AS a FROM t GROUP BY b")
	l.restart()
	l.failed("")
	v := l.id("v")
	before := l.forms()[v]
	l.editForms(func(id, form string) string {
		if id == v {
			return otherPart(form, "aggregate")
		}
		return form
	})
	l.failed("v above k")
	l.ask("SELECT error FROM sys.jobs WHERE relation = 'v'", `this version of Freshet cannot go on from what another one has kept of it: operator 3 of its plan, "aggregate", is another or `+
		"keeps something else; ALTER MATERIALIZED VIEW ... RESUME computes it again")
	exec(t, l.conn, "INSERT INTO t VALUES (4, 2)")
	l.crash()
	l.failed("v above k")
	exec(t, l.conn, "INSERT INTO t VALUES (5, 5)")
	all := "SELECT string_agg(b || ':' || a, ' ' ORDER BY b) FROM "
	l.ask(all+"other", "1:3 2:7 5:5")
	l.ask(all+"v", "1:3 2:3")
	l.ask("SELECT n || ' ' || a FROM above", "2 6")
	l.refused("ALTER MATERIALIZED VIEW above RESUME", "55000", `materialized view "v", which it reads, has failed`)
	exec(t, l.conn, "ALTER MATERIALIZED VIEW v RESUME")
	l.crash()
	exec(t, l.conn, "INSERT INTO t VALUES (6, 5)")
	l.restart()
	l.failed("")
	for _, from := range []string{"other", "v", "v WHERE a > 0"} {
		l.ask(all+from, "1:3 2:7 5:11")
	}
	l.ask("SELECT n || ' ' || a FROM above", "3 21")
	if now := l.forms()[v]; now != before {
		t.Errorf("the form is %s, and was %s", now, before)
	}
	exec(t, l.conn, "DROP MATERIALIZED VIEW v CASCADE")
	if forms := l.forms(); len(forms) != 1 || forms[v] != "" {
		t.Errorf("the forms that are left: %v", forms)
	}
}

// TestMisfitAtOnce: the view is resumed before an epoch has said that it has failed.
func TestMisfitAtOnce(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)", "CREATE MATERIALIZED VIEW v AS SELECT sum(a) AS a FROM t")
	l.editForms(func(_, form string) string { return "2" + form[1:] }) // rows of another encoding
	l.refused("SELECT * FROM v", "55000", `materialized view "v" has failed and cannot be read`)
	exec(t, l.conn, "ALTER MATERIALIZED VIEW v RESUME", "INSERT INTO t VALUES (3)")
	for range 2 {
		l.failed("")
		l.ask("SELECT a::text FROM v", "6")
		l.crash()
	}
}

// TestMisfitOfRows: a view whose rows would be read in another way is not read.
func TestMisfitOfRows(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)", "CREATE MATERIALIZED VIEW v AS SELECT a FROM t", "CREATE MATERIALIZED VIEW w AS SELECT a + 1 AS a FROM v")
	v := l.id("v")
	l.editForms(func(id, form string) string {
		if id == v {
			return otherPart(form, "materialize")
		}
		return form
	})
	l.failed("v w")
	l.refused("SELECT * FROM v", "55000", `materialized view "v" has failed and cannot be read`)
	l.ask("SELECT string_agg(a::text, ' ' ORDER BY a) FROM w", "2 3")
	exec(t, l.conn, "ALTER MATERIALIZED VIEW v RESUME", "INSERT INTO t VALUES (3)")
	l.ask("SELECT string_agg(a::text, ' ' ORDER BY a) FROM v", "1 2 3")
	l.ask("SELECT string_agg(a::text, ' ' ORDER BY a) FROM w", "2 3 4")
}

// TestMisfitThatStoodStill: a view that has failed where it could go on from does not do so if its plan is another now. A sink whose target keeps what it was given
// cannot be computed again.
func TestMisfitThatStoodStill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const rows = `{"x":1}` + "\n" + `{"x":2}` + "\n"
	write(rows)
	l := newLives(t)
	exec(t, l.conn, "CREATE SOURCE s (x int) WITH (connector = 'file', path = '"+path+"', follow = 'true') FORMAT PLAIN ENCODE JSON",
		"CREATE MATERIALIZED VIEW v WITH (on_error = 'fail') AS SELECT count(*) AS n, sum(10 / x) AS x FROM s",
		"CREATE SINK k AS SELECT x FROM s WITH (connector = 'file', path = '"+t.TempDir()+"/out') FORMAT PLAIN ENCODE JSON")
	eventually := func(sql, want string) {
		t.Helper()
		var got string
		var err error
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if err = l.conn.QueryRow(t.Context(), sql).Scan(&got); err == nil && got == want {
				return
			}
		}
		t.Fatalf("%s: %s, %v; want %s", sql, got, err, want)
	}
	eventually("SELECT n || ' ' || x FROM v", "2 15")
	l.stop()
	write(rows + `{"x":0}` + "\n" + `{"x":5}` + "\n")
	l.start()
	eventually("SELECT coalesce(string_agg(relation, ' '), '') FROM sys.jobs WHERE state = 'failed'", "v")
	l.ask("SELECT n || ' ' || x FROM v", "2 15")
	l.stop()
	write(rows + `{"x":1}` + "\n" + `{"x":5}` + "\n")
	l.editForms(func(_, form string) string { return otherPart(otherPart(form, "aggregate"), "output") })
	l.failed("v k")
	l.refused("ALTER SINK k RESUME", "0A000", "cannot be resumed where its target keeps what it was given")
	c := l.conn.Config()
	notice := ""
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notice = n.Message }
	conn, err := pgx.ConnectConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, conn, "ALTER MATERIALIZED VIEW v RESUME")
	if err := conn.Close(t.Context()); err != nil || notice != `"v" is computed again from the beginning of its inputs` {
		t.Errorf("the notice: %q, %v", notice, err)
	}
	eventually("SELECT n || ' ' || x FROM v", "4 27")
	l.failed("k")
	exec(t, l.conn, "DROP SINK k")
	l.crash()
	l.failed("")
	l.ask("SELECT n || ' ' || x FROM v", "4 27")
}

// TestNoForms: in a folder of a version that has kept no forms all goes on, and forms are kept from then on.
func TestNoForms(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)", "CREATE MATERIALIZED VIEW v AS SELECT sum(a) AS a FROM t",
		"CREATE MATERIALIZED VIEW w AS SELECT a FROM v", "CREATE SINK k FROM w WITH (connector = 'blackhole')")
	before := l.forms()
	l.editForms(func(string, string) string { return "" })
	exec(t, l.conn, "INSERT INTO t VALUES (3)")
	l.failed("")
	l.ask("SELECT a::text FROM w", "6")
	if now := l.forms(); len(now) != 3 || fmt.Sprint(now) != fmt.Sprint(before) {
		t.Errorf("the forms are %v, and were %v", now, before)
	}
}

// definitions is what TestPlannedAgain does. Views are made in many ways; then all that may be made, changed or dropped around them is.
var definitions = []string{
	"CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL, c text, d date, UNIQUE (b, a))", "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
	"CREATE TABLE e (m mood, n int NOT NULL, at timestamp)", "CREATE UNIQUE INDEX e_n ON e (n)",
	"CREATE VIEW plain AS SELECT a, b, c FROM t WHERE a > 0",
	"CREATE MATERIALIZED VIEW all_t AS SELECT * FROM t",
	"CREATE MATERIALIZED VIEW bag AS SELECT b, c FROM plain",
	"CREATE MATERIALIZED VIEW all_e AS SELECT n, m, at FROM e",
	"CREATE MATERIALIZED VIEW sums AS SELECT b, count(*) AS n, sum(a) FILTER (WHERE a > 1) AS s, count(DISTINCT c) AS d, max(c) AS m, string_agg(c, ',' ORDER BY a) AS l FROM t GROUP BY b",
	"CREATE MATERIALIZED VIEW joined AS SELECT t.a, e.n, e.m FROM t LEFT JOIN e ON e.n = t.b AND e.m > 'sad'",
	"CREATE MATERIALIZED VIEW sub AS SELECT a, (SELECT max(n) FROM e WHERE n < t.b) AS below FROM t WHERE NOT EXISTS (SELECT FROM e WHERE n = a) AND b IN (SELECT b FROM t WHERE c <> 'x')",
	"CREATE MATERIALIZED VIEW ranked AS SELECT * FROM (SELECT a, b, row_number() OVER (PARTITION BY b ORDER BY c, a) AS r FROM t) x WHERE r <= 2",
	"CREATE MATERIALIZED VIEW running AS SELECT a, lag(b) OVER (ORDER BY a) AS l, sum(b) OVER (PARTITION BY b ORDER BY a ROWS 2 PRECEDING) AS s FROM t",
	"CREATE MATERIALIZED VIEW sets AS (SELECT a FROM t EXCEPT SELECT n FROM e) UNION ALL SELECT g FROM t, generate_series(1, b) g",
	"CREATE MATERIALIZED VIEW windowed AS SELECT window_start, m, count(*) AS n FROM HOP(e, at, INTERVAL '1 minute', INTERVAL '3 minutes') GROUP BY window_start, window_end, m",
	"CREATE MATERIALIZED VIEW moods AS SELECT m, count(*) AS n, 'ok'::mood AS k FROM e WHERE m < 'happy' GROUP BY m",
	"CREATE MATERIALIZED VIEW of_views AS SELECT s.b, r.a FROM sums s JOIN ranked r USING (b) JOIN all_t x ON x.a = r.a",
	"CREATE SINK k FROM sums WITH (connector = 'blackhole')", "CREATE SINK k2 AS SELECT a, c || 'x' AS c FROM plain WITH (connector = 'blackhole')",
	"INSERT INTO t SELECT g, g % 3, 'c' || g % 5, date '2026-01-01' + g FROM generate_series(1, 20) g",
	"INSERT INTO e SELECT CASE g % 3 WHEN 0 THEN 'sad' WHEN 1 THEN 'ok' ELSE 'happy' END::mood, g, timestamp '2026-01-01' + g * interval '20 seconds' FROM generate_series(1, 20) g",

	"CREATE INDEX t_c ON t (c)", "CREATE UNIQUE INDEX t_d ON t (d)", "CREATE UNIQUE INDEX t_b ON t (b, c, a)", "ALTER TABLE t ADD UNIQUE (a, c)",
	"CREATE INDEX sums_n ON sums (n DESC)", "CREATE UNIQUE INDEX all_t_a ON all_t (a)", "CREATE UNIQUE INDEX joined_a ON joined (a, n)", "DELETE FROM t WHERE a = 7",
	"CREATE MATERIALIZED VIEW twin AS SELECT b, count(*) AS n, sum(a) FILTER (WHERE a > 1) AS s FROM t GROUP BY b", "CREATE MATERIALIZED VIEW of_joined AS SELECT * FROM joined JOIN all_t USING (a)",
	"ALTER TABLE t ADD COLUMN f int DEFAULT 3", "ALTER TABLE t ADD COLUMN mo mood", "UPDATE t SET f = a, mo = 'ok' WHERE a < 5", "ALTER TABLE t ALTER COLUMN f TYPE bigint",
	"ALTER TABLE t ALTER COLUMN f SET NOT NULL", "ALTER TABLE t ADD CHECK (f > 0)", "CREATE MATERIALIZED VIEW later AS SELECT f, mo, count(*) AS n FROM t GROUP BY f, mo",
	"ALTER TYPE mood ADD VALUE 'so' BEFORE 'ok'", "ALTER TYPE mood RENAME TO moods_of_e", "INSERT INTO e VALUES ('so', 0, '2026-01-01'), ('so', 21, '2026-01-02')",
	"DROP INDEX t_d", "DROP INDEX t_c", "DROP INDEX sums_n", "ALTER TABLE t DROP CONSTRAINT t_a_c_key", "DROP MATERIALIZED VIEW twin", "DROP MATERIALIZED VIEW later",
	"ALTER TABLE t DROP COLUMN f", "INSERT INTO t SELECT g, g % 3, 'c' || g % 5, date '2026-01-01' + g FROM generate_series(21, 25) g",
	"ALTER TABLE t RENAME TO t2", "ALTER MATERIALIZED VIEW sums RENAME TO sums2", "ALTER VIEW plain RENAME TO plain2", "CREATE SCHEMA other", "ALTER TABLE e SET SCHEMA other", "SET search_path = other, public",
	"DROP MATERIALIZED VIEW of_joined", "DROP INDEX joined_a", "DROP INDEX t_b", "DROP SINK k", "CREATE OR REPLACE MATERIALIZED VIEW moods AS SELECT m, count(*) AS n FROM e GROUP BY m", "UPDATE t2 SET b = b + 1 WHERE a > 10",
	"DELETE FROM other.e WHERE n < 9", "TRUNCATE t2", "INSERT INTO t2 (a, b) VALUES (1, 1)",
}

// TestPlannedAgain restarts after each definition: whatever is made, changed and dropped, views that stay are planned as before, and have what their queries give.
func TestPlannedAgain(t *testing.T) {
	l := newLives(t)
	for i, sql := range definitions {
		if _, err := l.conn.Exec(t.Context(), sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		if i%5 == 4 {
			l.crash()
		} else {
			l.restart()
		}
		exec(t, l.conn, "SET search_path = other, public")
		if got := one(t, l.conn, "SELECT coalesce(string_agg(relation || ': ' || error, ' '), '') FROM sys.jobs WHERE state = 'failed'"); got != "" {
			t.Fatalf("after %s: %s", sql, got)
		}
		rows, err := l.conn.Query(t.Context(), "SELECT oid::regclass::text, rtrim(pg_get_viewdef(oid), ';') FROM pg_class WHERE relkind = 'm'")
		if err != nil {
			t.Fatal(err)
		}
		views, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, Query string }])
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			differ := fmt.Sprintf("SELECT (SELECT count(*) FROM (TABLE %s EXCEPT ALL (%s)) a) || ' ' || (SELECT count(*) FROM ((%[2]s) EXCEPT ALL TABLE %[1]s) b)", v.Name, v.Query)
			if got := one(t, l.conn, differ); got != "0 0" {
				t.Errorf("after %s: %s differs from its query in %s rows", sql, v.Name, got)
			}
		}
	}
}
