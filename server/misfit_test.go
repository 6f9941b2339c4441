package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// editLog stops the server and changes what the log of definitions says of some objects, as another version would have made them.
func (l *lives) editLog(edit func(name string, s *meta.Statement, c *storage.Changes)) {
	l.t.Helper()
	l.stop()
	withStore(l.t, l.fs, func(s *storage.Store, last meta.Epoch, contents *meta.Contents) {
		c := storage.Changes{Now: last.Now}
		for _, stmt := range contents.Statements {
			before := slices.Clone(stmt.Objects)
			if edit(definedBy(stmt.SQL), &stmt, &c); !slices.Equal(stmt.Objects, before) {
				c.Meta.Statements = append(c.Meta.Statements, stmt)
			}
		}
		if err := s.Commit(last.Number+1, c); err != nil {
			l.t.Fatal(err)
		}
	})
}

// definedBy is the name of the view or sink that a definition makes.
func definedBy(sql string) string {
	if m := regexp.MustCompile(`^CREATE (?:MATERIALIZED VIEW|SINK) public\.("[^"]*"|\w+)`).FindStringSubmatch(sql); m != nil {
		return strings.Trim(m[1], `"`)
	}
	return ""
}

// eventually asks until a query has an answer.
func eventually(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	var got string
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = conn.QueryRow(t.Context(), sql).Scan(&got); err == nil && got == want {
			return
		}
	}
	t.Fatalf("%s: %s, %v; want %s", sql, got, err, want)
}

// oneMore and oneFewer are what another version has had of the tables of a graph's state. late is how many ids behind them are of late rows.
func oneMore(s *meta.Statement, late int) {
	s.Objects = slices.Insert(s.Objects, len(s.Objects)-late, strayID)
}

func oneFewer(s *meta.Statement, late int) {
	s.Objects = slices.Delete(s.Objects, len(s.Objects)-late-1, len(s.Objects)-late)
}

// strayID is of a table that a version before has allotted; the ids of tests do not come near it. The next one is above.
const strayID = 30000

// stray gives rows to that table.
func stray(c *storage.Changes) {
	var run state.Run
	for i := range byte(3) {
		run.Put([]byte{i}, []byte{i})
	}
	c.Tables = append(c.Tables, storage.TableChanges{Table: strayID, Runs: []*state.Run{&run}})
	c.Meta.Settings = append(c.Meta.Settings, meta.Setting{Name: "catalog.next_id", Value: strconv.Itoa(strayID + 1)})
}

// idsOf are the ids that the log has of an object, its own first.
func (l *lives) idsOf(name string) (ids []uint64) {
	l.t.Helper()
	l.editLog(func(n string, s *meta.Statement, _ *storage.Changes) {
		if n == name {
			ids = slices.Clone(s.Objects[1:])
		}
	})
	l.start()
	return ids
}

// noRows checks that nothing is left in tables.
func (l *lives) noRows(ids []uint64) {
	l.t.Helper()
	l.stop()
	withStore(l.t, l.fs, func(s *storage.Store, _ meta.Epoch, _ *meta.Contents) {
		if n := rowsOf(l.t, s, ids); n != 0 {
			l.t.Errorf("%d rows are left in the tables %d", n, ids)
		}
	})
	l.start()
}

// aroundJoined is a view whose plan has tables of its own, and what is made of it.
var aroundJoined = []string{
	"CREATE TABLE t (a int PRIMARY KEY, b int)", "CREATE TABLE u (b int PRIMARY KEY, c text)", "INSERT INTO t VALUES (1, 1), (2, 1), (3, 2)", "INSERT INTO u VALUES (1, 'x'), (2, 'y')",
	"CREATE MATERIALIZED VIEW joined WITH (retain_history = '1 day') AS SELECT u.c, count(DISTINCT t.a % 10) AS n, max(t.a) AS a FROM t JOIN u ON u.b = t.b WHERE t.a > 0 GROUP BY u.c",
	"COMMENT ON MATERIALIZED VIEW joined IS 'kept'",
	"CREATE INDEX joined_a ON joined (a)", "CREATE MATERIALIZED VIEW above AS SELECT count(*) AS n, sum(a) AS a FROM joined", "CREATE SINK k FROM above WITH (connector = 'blackhole')",
	"CREATE MATERIALIZED VIEW second AS SELECT b, count(DISTINCT a) AS n FROM t GROUP BY b", "CREATE SINK k2 AS SELECT b, count(DISTINCT a) AS n FROM t GROUP BY b WITH (connector = 'blackhole')",
	"CREATE MATERIALIZED VIEW other AS SELECT b, count(DISTINCT a) AS n FROM t GROUP BY b",
}

const (
	joinedRows = "SELECT string_agg(c || ':' || n || ':' || a, ' ' ORDER BY c) FROM joined"
	otherRows  = "SELECT string_agg(b || ':' || n, ' ' ORDER BY b) FROM "
)

// TestOtherTables: plans of views and sinks have had more tables, or fewer. They have failed at the start, with what is made of them, and are read as they were; everything else goes on. The
// tables that they have no more are gone at once, RESUME computes all of them again, and crashes in between change nothing.
func TestOtherTables(t *testing.T) {
	for how, edit := range map[string]func(*meta.Statement, int){"more": oneMore, "fewer": oneFewer} {
		t.Run(how, func(t *testing.T) {
			l := newLives(t)
			exec(t, l.conn, aroundJoined...)
			before := l.idsOf("joined")
			if len(before) < 4 {
				t.Fatalf("the plan has no tables of its own: %d", before)
			}
			l.editLog(func(name string, s *meta.Statement, c *storage.Changes) {
				if name == "joined" {
					stray(c)
				}
				if slices.Contains([]string{"joined", "second", "k2"}, name) {
					edit(s, 0)
				}
			})
			l.start()
			l.failed("joined above k second k2")
			tables := map[string]int{"more": len(before), "fewer": len(before) - 2}[how]
			l.ask("SELECT error FROM sys.jobs WHERE relation = 'joined'", fmt.Sprintf("this version of Freshet cannot go on from what another one has kept of it: its plan has %d tables, and had %d; "+
				"ALTER MATERIALIZED VIEW ... RESUME computes it again", len(before)-1, tables))
			exec(t, l.conn, "INSERT INTO t VALUES (4, 2)")
			l.crash()
			l.failed("joined above k second k2")
			l.ask(joinedRows, "x:2:2 y:1:3")
			l.ask(joinedRows+" WHERE a = 3", "y:1:3")
			l.ask("SELECT n || ' ' || a FROM above", "2 5")
			l.ask(otherRows+"other", "1:2 2:2")
			l.refused("SUBSCRIBE joined", "55000", "has failed")
			l.refused("ALTER MATERIALIZED VIEW above RESUME", "55000", `materialized view "joined", which it reads, has failed`)

			after := l.idsOf("joined")
			if len(after) != len(before) || after[0] != before[0] || after[1] != before[1] {
				t.Fatalf("the ids are %d, and were %d", after, before)
			}
			for i, id := range after[2:] {
				if id <= strayID || slices.Contains(after[:i+2], id) {
					t.Errorf("the ids are %d: not all are new", after)
				}
			}
			gone := slices.Clone(before[2:])
			if how == "more" {
				gone = append(gone, strayID)
			} else {
				gone = gone[:len(gone)-1] // the last has never been said to be its own
			}
			l.noRows(gone)

			exec(t, l.conn, "ALTER MATERIALIZED VIEW joined RESUME", "ALTER SINK k2 RESUME", "ALTER MATERIALIZED VIEW second RESUME")
			l.crash()
			l.failed("")
			exec(t, l.conn, "INSERT INTO t VALUES (5, 2)", "DELETE FROM t WHERE a = 1")
			l.restart()
			l.failed("")
			l.ask(joinedRows, "x:1:2 y:3:5")
			l.ask(joinedRows+" WHERE a = 5", "y:3:5")
			l.ask("SELECT n || ' ' || a FROM above", "2 7")
			l.ask(otherRows+"second", "1:1 2:3")
			l.ask("SELECT obj_description('joined'::regclass)", "kept")
			if now := l.idsOf("joined"); !slices.Equal(now, after) {
				t.Errorf("the ids are %d, and were %d", now, after)
			}
			exec(t, l.conn, "CREATE TABLE later (a int)", "DROP MATERIALIZED VIEW joined CASCADE")
			l.noRows(after)
		})
	}
}

// TestOtherTablesAgain: the plan changes back before the view has been computed again, and once more.
func TestOtherTablesAgain(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, aroundJoined...)
	for _, edit := range []func(*meta.Statement, int){oneFewer, oneMore, oneFewer} {
		l.editLog(func(name string, s *meta.Statement, c *storage.Changes) {
			if name == "joined" {
				edit(s, 0)
			}
		})
		l.start()
		l.failed("joined above k")
		exec(t, l.conn, "UPDATE t SET b = 3 - b")
		l.ask(joinedRows, "x:2:2 y:1:3")
	}
	exec(t, l.conn, "ALTER MATERIALIZED VIEW joined RESUME")
	l.failed("")
	l.ask(joinedRows, "x:1:3 y:2:2")
}

// TestOtherTablesOfAnOldFolder: a version that has kept no forms has made it. The view's rows cannot be told from those of another plan.
func TestOtherTablesOfAnOldFolder(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, aroundJoined...)
	l.stop()
	withStore(t, l.fs, func(s *storage.Store, last meta.Epoch, contents *meta.Contents) {
		c := storage.Changes{Now: last.Now}
		for _, r := range contents.Settings {
			if strings.HasPrefix(r.Name, "dataflow.form.") {
				c.Meta.ResetSettings = append(c.Meta.ResetSettings, r.Name)
			}
		}
		for _, stmt := range contents.Statements {
			if definedBy(stmt.SQL) == "joined" {
				oneFewer(&stmt, 0)
				c.Meta.Statements = append(c.Meta.Statements, stmt)
			}
		}
		if err := s.Commit(last.Number+1, c); err != nil {
			t.Fatal(err)
		}
	})
	l.start()
	for range 2 {
		l.failed("joined above k")
		l.refused("SELECT * FROM joined", "55000", `materialized view "joined" has failed and cannot be read`)
		l.ask(otherRows+"other", "1:2 2:1")
		l.crash()
	}
	exec(t, l.conn, "ALTER MATERIALIZED VIEW joined RESUME")
	l.restart()
	l.failed("")
	l.ask(joinedRows, "x:2:2 y:1:3")
}

// TestCrashWhileResumed: the server is killed while a view with other tables is computed again. It goes on where it was.
func TestCrashWhileResumed(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, "CREATE TABLE t (a int, b int)", "INSERT INTO t SELECT g, g % 100 FROM generate_series(1, 200000) g",
		"CREATE MATERIALIZED VIEW v AS SELECT b, count(DISTINCT a) AS n FROM t GROUP BY b")
	l.editLog(func(name string, s *meta.Statement, _ *storage.Changes) {
		if name == "v" {
			oneFewer(s, 0)
		}
	})
	l.start()
	l.failed("v")
	conn := connect(t, l.server)
	done := make(chan error, 1)
	go func() {
		_, err := conn.Exec(t.Context(), "ALTER MATERIALIZED VIEW v RESUME")
		done <- err
	}()
	for range 4 {
		time.Sleep(5 * time.Millisecond)
		l.crash()
		t.Logf("RESUME: %v", <-done) // an error, mostly: the server was killed
		if one(t, l.conn, "SELECT count(*)::text FROM sys.jobs WHERE relation = 'v' AND state = 'failed'") == "0" {
			done <- nil
			continue // it was resumed
		}
		conn := connect(t, l.server)
		go func() {
			_, err := conn.Exec(t.Context(), "ALTER MATERIALIZED VIEW v RESUME")
			done <- err
		}()
	}
	t.Logf("RESUME: %v", <-done) // an error, mostly: the server was killed
	eventually(t, l.conn, "SELECT count(*) || ' ' || coalesce(sum(n), 0) || ' ' || min(n) FROM v", "100 200000 2000")
	l.failed("")
}

// TestOtherTablesWithLateRows: rows that came late are kept, and nowhere else. Their relation stays what it was if it is known which that is.
func TestOtherTablesWithLateRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const rows = `{"x":1,"ts":"2026-01-01 00:00:05"}` + "\n" + `{"x":2,"ts":"2026-01-01 00:10:00"}` + "\n"
	write(rows)
	l := newLives(t)
	exec(t, l.conn, "CREATE SOURCE s (x int, ts timestamp, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = '"+path+"', follow = 'true') FORMAT PLAIN ENCODE JSON",
		"CREATE MATERIALIZED VIEW v AS SELECT window_start, count(DISTINCT x) AS n FROM TUMBLE(s, ts, INTERVAL '1 minute') GROUP BY window_start, window_end",
		`CREATE MATERIALIZED VIEW of_late AS SELECT x FROM "v$late"`)
	eventually(t, l.conn, "SELECT count(*)::text FROM v", "2")
	write(rows + `{"x":3,"ts":"2026-01-01 00:00:06"}` + "\n")
	eventually(t, l.conn, `SELECT string_agg(x::text, ' ') FROM "v$late"`, "3")
	eventually(t, l.conn, "SELECT string_agg(x::text, ' ') FROM of_late", "3")
	late := l.id(`"v$late"`)
	ids := l.idsOf("v")
	if fmt.Sprint(ids[len(ids)-2]) != late || len(ids) < 5 {
		t.Fatalf("the ids of v are %d, v$late is %s", ids, late)
	}
	fewer := func(name string, s *meta.Statement, c *storage.Changes) {
		if name == "v" {
			oneFewer(s, 2)
		}
	}
	l.editLog(fewer)
	l.start()
	l.failed("v")
	if id := l.id(`"v$late"`); id != late {
		t.Errorf("v$late is %s, and was %s", id, late)
	}
	l.ask(`SELECT string_agg(x::text, ' ') FROM "v$late"`, "3")
	exec(t, l.conn, "ALTER MATERIALIZED VIEW v RESUME")
	l.restart()
	l.failed("")
	eventually(t, l.conn, "SELECT count(*)::text FROM v", "2")

	// Nobody knows which tables were those of late rows.
	l.editForms(func(_, form string) string { return otherPart(form, "late") })
	l.editLog(fewer)
	if _, err := server.Start(t.Context(), l.config); err == nil || !strings.Contains(err.Error(), "--drop-broken") || !strings.Contains(err.Error(), "late rows") {
		t.Fatalf("the start said: %v", err)
	}
	l.config.DropBroken = true
	l.start()
	l.config.DropBroken = false
	l.ask("SELECT count(*)::text FROM pg_class WHERE relname IN ('v', 'v$late', 'of_late')", "0")
}

// TestDropBrokenBesideOtherTables: what is refused is dropped, and what has other tables is not.
func TestDropBrokenBesideOtherTables(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, aroundJoined...)
	exec(t, l.conn, "CREATE MATERIALIZED VIEW broken AS SELECT abs(n) AS n FROM second")
	l.stop()
	forgetFunction(t, l.fs)
	l.editLog(func(name string, s *meta.Statement, _ *storage.Changes) {
		if name == "joined" || name == "second" {
			oneFewer(s, 0)
		}
	})
	l.config.DropBroken = true
	l.start()
	l.config.DropBroken = false
	l.failed("joined above k second")
	l.crash()
	l.failed("joined above k second")
	l.ask("SELECT count(*)::text FROM pg_class WHERE relname = 'broken'", "0")
	exec(t, l.conn, "ALTER MATERIALIZED VIEW joined RESUME", "ALTER MATERIALIZED VIEW second RESUME")
	l.failed("")
	l.ask(joinedRows, "x:2:2 y:1:3")
}

// TestMisfitWhileFilled: the other plan had other operators, and had not come to its end. What it has kept is not taken for whole.
func TestMisfitWhileFilled(t *testing.T) {
	l := newLives(t)
	exec(t, l.conn, aroundJoined...)
	record := "dataflow.fill." + l.id("joined") + ".99"
	l.editLog(func(name string, s *meta.Statement, c *storage.Changes) {
		if name == "joined" {
			oneFewer(s, 0)
			c.Meta.Settings = append(c.Meta.Settings, meta.Setting{Name: record})
		}
	})
	l.start()
	l.failed("joined above k")
	l.refused("SELECT * FROM joined", "55000", `materialized view "joined" has failed and cannot be read`)
	exec(t, l.conn, "ALTER MATERIALIZED VIEW joined RESUME")
	l.ask(joinedRows, "x:2:2 y:1:3")
	l.stop()
	withStore(t, l.fs, func(_ *storage.Store, _ meta.Epoch, contents *meta.Contents) {
		for _, s := range contents.Settings {
			if s.Name == record {
				t.Errorf("the record %s is left", s.Name)
			}
		}
	})
	l.start()
}
