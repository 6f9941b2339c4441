package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
)

func exec(t *testing.T, c *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// one is the only value of a query, as text.
func one(t *testing.T, c *pgx.Conn, sql string, args ...any) string {
	t.Helper()
	var got string
	if err := c.QueryRow(t.Context(), sql, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got %v, want SQLSTATE %s", err, code)
	}
}

// TestIncrements holds that no update of one row is lost, by whichever protocol it came.
func TestIncrements(t *testing.T) {
	s := start(t, config())
	exec(t, connect(t, s), "CREATE TABLE acc (id int PRIMARY KEY, n int)", "INSERT INTO acc VALUES (1, 0)")
	const clients, each = 4, 25
	var wait sync.WaitGroup
	for i := range clients {
		c := connect(t, s)
		wait.Go(func() {
			for range each {
				var err error
				if i%2 == 0 {
					_, err = c.Exec(context.Background(), "UPDATE acc SET n = n + 1 WHERE id = 1", pgx.QueryExecModeSimpleProtocol)
				} else {
					_, err = c.Exec(context.Background(), "UPDATE acc SET n = n + $1 WHERE id = 1", 1)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if got := one(t, connect(t, s), "SELECT n::text FROM acc"); got != "100" {
		t.Errorf("got %s, want 100", got)
	}
}

// TestConflict holds that of two transactions that have read what the other writes, the second is refused.
func TestConflict(t *testing.T) {
	s := start(t, config())
	a, b := connect(t, s), connect(t, s)
	exec(t, a, "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 1), (2, 1)")
	exec(t, a, "BEGIN")
	exec(t, b, "BEGIN")
	exec(t, a, "UPDATE t SET n = (SELECT sum(n) FROM t) WHERE id = 1")
	exec(t, b, "UPDATE t SET n = (SELECT sum(n) FROM t) WHERE id = 2")
	exec(t, a, "COMMIT")
	_, err := b.Exec(t.Context(), "COMMIT")
	wantCode(t, err, "40001")
	if got := one(t, a, "SELECT string_agg(n::text, ',' ORDER BY id) FROM t"); got != "2,1" {
		t.Errorf("got %s, want 2,1", got)
	}
}

// TestReadThenWrite holds that what a transaction has read before it wrote counts, too.
func TestReadThenWrite(t *testing.T) {
	s := start(t, config())
	a, b := connect(t, s), connect(t, s)
	exec(t, a, "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 1), (2, 1)")
	exec(t, a, "BEGIN")
	exec(t, b, "BEGIN")
	for _, c := range []*pgx.Conn{a, b} {
		if got := one(t, c, "SELECT sum(n)::text FROM t"); got != "2" {
			t.Errorf("got %s", got)
		}
	}
	exec(t, a, "UPDATE t SET n = 0 WHERE id = 1", "COMMIT")
	exec(t, b, "UPDATE t SET n = 0 WHERE id = 2")
	_, err := b.Exec(t.Context(), "COMMIT")
	wantCode(t, err, "40001")
}

// TestBlock holds what a transaction block sees and leaves.
func TestBlock(t *testing.T) {
	s := start(t, config())
	a, b := connect(t, s), connect(t, s)
	exec(t, a, "CREATE TABLE t (id int PRIMARY KEY)", "BEGIN", "INSERT INTO t VALUES (1)")
	if got := one(t, a, "SELECT count(*)::text FROM t"); got != "1" {
		t.Errorf("its own write: got %s rows", got)
	}
	if got := one(t, b, "SELECT count(*)::text FROM t"); got != "0" {
		t.Errorf("another's write: got %s rows", got)
	}
	_, err := a.Exec(t.Context(), "INSERT INTO t VALUES (1)")
	wantCode(t, err, "23505")
	_, err = a.Exec(t.Context(), "SELECT 1")
	wantCode(t, err, "25P02")
	exec(t, a, "ROLLBACK", "BEGIN READ ONLY")
	_, err = a.Exec(t.Context(), "INSERT INTO t VALUES (1)")
	wantCode(t, err, "25006")
	exec(t, a, "ROLLBACK", "BEGIN", "CREATE TABLE u (a int)", "INSERT INTO u VALUES (1)", "ROLLBACK")
	_, err = a.Exec(t.Context(), "SELECT * FROM u")
	wantCode(t, err, "42P01")
	exec(t, a, "BEGIN", "CREATE TABLE u (a int)", "INSERT INTO u VALUES (1)", "COMMIT")
	if got := one(t, b, "SELECT count(*)::text FROM u"); got != "1" {
		t.Errorf("a table of a block: got %s rows", got)
	}
	exec(t, a, "BEGIN", "INSERT INTO u VALUES (2)", "CREATE TABLE w (a int PRIMARY KEY)", "INSERT INTO w SELECT a FROM u")
	if got := one(t, a, "SELECT count(*)::text FROM w"); got != "2" {
		t.Errorf("a table that was made after a write: got %s rows", got)
	}
	exec(t, a, "SAVEPOINT s", "INSERT INTO w VALUES (7)")
	_, err = a.Exec(t.Context(), "INSERT INTO w VALUES (7)")
	wantCode(t, err, "23505")
	exec(t, a, "ROLLBACK TO s", "INSERT INTO w VALUES (8)", "COMMIT")
	if got := one(t, b, "SELECT string_agg(a::text, ',' ORDER BY a) FROM w"); got != "1,2,8" {
		t.Errorf("after a savepoint: got %s", got)
	}
}

// TestCancel holds that a statement ends when its client wants, or at its time.
func TestCancel(t *testing.T) {
	s := start(t, config())
	c, other := connect(t, s), connect(t, s)
	for _, sql := range []string{
		"SELECT count(*) FROM generate_series(1, 100000000000) a",
		"SELECT pg_sleep(1000)",
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t JOIN generate_series(1, 3) g ON true) SELECT count(*) FROM t",
	} {
		running := runUntilEnd(t, other, c, sql)
		time.Sleep(20 * time.Millisecond) // it is most likely in the middle then
		if err := c.PgConn().CancelRequest(t.Context()); err != nil {
			t.Error(err)
		}
		wantCode(t, <-running, "57014")
	}
	exec(t, c, "SET statement_timeout = '20ms'")
	_, err := c.Exec(t.Context(), "SELECT count(*) FROM generate_series(1, 100000000000) a")
	wantCode(t, err, "57014")
	if err == nil || !strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("got %v", err)
	}
}

// TestCancelDefinition holds that what reads a whole table to make something of it ends at its time, and leaves nothing.
func TestCancelDefinition(t *testing.T) {
	s := start(t, config())
	c, other := connect(t, s), connect(t, s)
	exec(t, c, "CREATE TABLE t (a bigint)", "INSERT INTO t SELECT generate_series(1, 300000)", "SET statement_timeout = '5ms'")
	for _, sql := range []string{"CREATE INDEX ON t (a)", "ALTER TABLE t ADD COLUMN b int DEFAULT 7"} {
		_, err := c.Exec(t.Context(), sql)
		wantCode(t, err, "57014")
	}
	made := "SELECT (SELECT count(*) FROM pg_indexes WHERE tablename = 't') || ' ' || (SELECT count(*) FROM information_schema.columns WHERE table_name = 't')"
	if got := one(t, other, made); got != "0 1" {
		t.Errorf("indexes and columns: %s, want 0 1", got)
	}
}

// runUntilEnd has a session run a statement, and returns when another session sees that it does.
func runUntilEnd(t *testing.T, other, c *pgx.Conn, sql string) (done chan error) {
	t.Helper()
	done = make(chan error, 1)
	go func() { // ends with the statement, which the caller waits for
		// In one message: what is cancelled is not the reading of the statement before it runs.
		_, err := c.Exec(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
		done <- err
	}()
	for one(t, other, "SELECT state FROM pg_stat_activity WHERE pid = $1", int32(c.PgConn().PID())) != "active" {
	}
	return done
}

// TestCancelBackend holds that another session's pg_cancel_backend ends the statement that runs, and nothing else.
func TestCancelBackend(t *testing.T) {
	s := start(t, config())
	c, other := connect(t, s), connect(t, s)
	pid := c.PgConn().PID()
	for range 20 {
		running := runUntilEnd(t, other, c, "SELECT pg_sleep(1000)")
		if got := one(t, other, "SELECT pg_cancel_backend($1)::text", int32(pid)); got != "true" {
			t.Errorf("pg_cancel_backend: %s", got)
		}
		err := <-running
		wantCode(t, err, "57014")
		if err == nil || !strings.Contains(err.Error(), "user request") {
			t.Errorf("got %v", err)
		}
		one(t, other, "SELECT pg_cancel_backend($1)::text", int32(pid)) // it does nothing
		if got := one(t, c, "SELECT 'goes on'"); got != "goes on" {
			t.Errorf("got %s", got)
		}
	}
}

// TestPointReadAllocations holds that looking a row up by its key makes little work for the garbage collector.
func TestPointReadAllocations(t *testing.T) {
	s := start(t, config())
	exec(t, connect(t, s), "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)", "INSERT INTO t VALUES (1, 7)")
	session, err := s.Handler().Open(t.Context(), pgwire.Startup{User: "freshet", Database: "freshet"}, quiet{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	ctx := t.Context()
	if err := session.Prepare(ctx, "s", "SELECT v FROM t WHERE id = $1", nil); err != nil {
		t.Fatal(err)
	}
	rows, args := &rowCounter{}, []types.Value{types.IntValue(1)}
	read := func() {
		statement, err := session.Statement(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := statement.Describe(ctx); err != nil {
			t.Fatal(err)
		}
		portal, err := statement.Bind(ctx, args)
		if err != nil {
			t.Fatal(err)
		}
		if err := portal.Run(ctx, rows); err != nil {
			t.Fatal(err)
		}
		portal.Close()
		if _, err := session.Sync(ctx, false); err != nil {
			t.Fatal(err)
		}
	}
	const most = 10 // the settings, the snapshot, the portal, the tag, and what hands the row on
	// What the server does beside it is counted, too: one of some series is without.
	least, series := math.Inf(1), 0
	for ; series < 50 && (series == 0 || least > most); series++ {
		least = min(least, testing.AllocsPerRun(100, read))
	}
	if least > most && !invariants.Enabled {
		t.Errorf("%v allocations for each read, not at most %d", least, most)
	}
	if rows.n != series*101 {
		t.Errorf("got %d rows", rows.n)
	}
}

// quiet is a peer that hears nothing.
type quiet struct{}

func (quiet) SetParameter(string, string)        {}
func (quiet) Notify(uint32, string, string) bool { return true }
func (quiet) Terminate(*pgerr.Error)             {}

// rowCounter counts rows.
type rowCounter struct{ n int }

func (*rowCounter) Columns([]pgwire.Column) error              { return nil }
func (*rowCounter) Complete(string) error                      { return nil }
func (*rowCounter) Notice(pgwire.Severity, *pgerr.Error) error { return nil }

func (r *rowCounter) Rows(b *batch.Batch) error {
	r.n += b.Len()
	return nil
}

// TestParameters holds that values come and go in text and binary.
func TestParameters(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (id bigint PRIMARY KEY, f float8, n numeric, b bool, s text, y bytea, at timestamptz, d date, u uuid, j jsonb, a int[])")
	now := time.Date(2024, 2, 29, 12, 34, 56, 789000, time.UTC)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		_, err := c.Exec(t.Context(), "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", mode,
			int64(mode), 1.5, "12.50", true, "text", []byte{0, 1, 255}, now, now, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", `{"a": 1}`, []int32{1, 2})
		if err != nil {
			t.Errorf("mode %v: %v", mode, err)
			continue
		}
		var f float64
		var n, text, u, j string
		var b bool
		var y []byte
		var at time.Time
		var a []int32
		row := c.QueryRow(t.Context(), "SELECT f, n::text, b, s, y, at, u::text, j::text, a FROM t WHERE id = $1", mode, int64(mode))
		if err := row.Scan(&f, &n, &b, &text, &y, &at, &u, &j, &a); err != nil {
			t.Errorf("mode %v: %v", mode, err)
			continue
		}
		if f != 1.5 || n != "12.50" || !b || text != "text" || len(y) != 3 || !at.Equal(now) || j != `{"a": 1}` || len(a) != 2 {
			t.Errorf("mode %v: got %v %v %v %v %v %v %v %v", mode, f, n, b, text, y, at, j, a)
		}
	}
}

// listed is a list of so many items with their numbers.
func listed(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ", ")
}

// TestErrors holds the errors that users make, with what helps them.
func TestErrors(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b text)", "CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM t",
		"CREATE VIEW v AS SELECT * FROM t", "CREATE SOURCE bids WITH (connector = 'nexmark', \"table\" = 'bid')")
	for _, x := range []struct{ sql, code, text string }{
		{"SELECT nosuch FROM t", "42703", `column "nosuch" does not exist`},
		{"SELECT * FROM nosuch", "42P01", `relation "nosuch" does not exist`},
		{"SELECT 'x'::int", "22P02", "invalid input syntax for type integer"},
		{"DROP TABLE t", "2BP01", "other objects depend on it"},
		{"INSERT INTO m VALUES (1)", "42809", "cannot change materialized view"},
		{"INSERT INTO v VALUES (1, 'x')", "55000", "cannot insert into view"},
		{"INSERT INTO bids VALUES (1)", "42809", "cannot change source"},
		{"SELECT * FROM bids", "0A000", "cannot read source"},
		{"CREATE SOURCE f (a int) WITH (connector = 'file', path = 'x.csv')", "22023", "connector \"file\" needs ENCODE"},
		{"CREATE SOURCE f (a int) WITH (connector = 'file', path = '/nosuch/x.json') ENCODE JSON", "58P01", "/nosuch/x.json"},
		{"CREATE SOURCE f (a int) WITH (connector = 'nosuch')", "22023", "nosuch"},
		{"CREATE TABLE t (a int)", "42P07", "already exists"},
		{"CREATE TABLE u (a int, a int)", "42701", "specified more than once"},
		{"CREATE TABLE u (a int PRIMARY KEY, b int PRIMARY KEY)", "42P16", "multiple primary keys"},
		{"CREATE TABLE u (a int REFERENCES t)", "0A000", "FOREIGN KEY"},
		{"CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()", "0A000", "CREATE TRIGGER is not supported"},
		{"SET nosuch = 1", "42704", "unrecognized configuration parameter"},
		{"SET extra_float_digits = 99", "22023", "outside the valid range"},
		{"SET block_size = 1", "55P02", "cannot be changed"},
		{"SHOW nosuch", "42704", "unrecognized"},
		{"EXECUTE nosuch", "26000", "does not exist"},
		{"SELECT pg_notify('a', 'b')", "0A000", "function pg_notify() is not supported"},
		{"SELECT lo_create(0)", "0A000", "function lo_create() is not supported"},
		{"SELECT s.lo_create(0)", "3F000", `schema "s" does not exist`},
		{"SELECT public.lo_create(0)", "42883", "does not exist"},
		{"CREATE TABLE u (" + listed(1601, "c%d int") + ")", "54011", "tables can have at most 1600 columns"},
		{"CREATE VIEW u AS SELECT " + listed(1601, "1 AS c%d"), "54011", "tables can have at most 1600 columns"},
		{"SELECT concat(" + listed(101, "%d") + ")", "54023", "cannot pass more than 100 arguments to a function"},
		{"SELECT " + listed(1665, "%d"), "54011", "target lists can have at most 1664 entries"},
		{"VALUES (" + listed(1665, "%d") + ")", "54011", "target lists can have at most 1664 entries"},
		{"SELECT ROW(" + listed(1665, "%d") + ")", "54011", "ROW expressions can have at most 1664 entries"},
		{"SELECT $1", "42P02", "there is no parameter $1"},
		{"SELECT $2 + 1", "42P02", "there is no parameter $2"},
		{"UPDATE t SET b = $1 WHERE a = $2", "42P02", "there is no parameter $2"},
		{"SUBSCRIBE (SELECT a FROM t WHERE a = $1)", "42P02", "there is no parameter $1"},
		{"FETCH 1 FROM nosuch", "34000", "does not exist"},
		{"SAVEPOINT s", "25P01", "transaction blocks"},
		{"ALTER TABLE t DISABLE TRIGGER ALL", "0A000", "not supported"},
		{"SELECT nextval('t')", "42809", "is not a sequence"},
		{"CREATE MATERIALIZED VIEW e AS SELECT now()", "0A000", "now()"},
	} {
		_, err := c.Exec(t.Context(), x.sql, pgx.QueryExecModeSimpleProtocol)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != x.code || !strings.Contains(e.Message, x.text) {
			t.Errorf("%s: got %v, want %s, %q", x.sql, err, x.code, x.text)
		}
	}
}

// TestSettings holds what SET, SHOW and their scopes do.
func TestSettings(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "SET TIME ZONE 'Europe/Berlin'", "BEGIN", "SET LOCAL timezone = 'America/New_York'")
	if got := one(t, c, "SELECT '2024-01-01 00:00:00+00'::timestamptz::text"); got != "2023-12-31 19:00:00-05" {
		t.Errorf("SET LOCAL: got %s", got)
	}
	exec(t, c, "COMMIT")
	if got := one(t, c, "SHOW timezone"); got != "Europe/Berlin" {
		t.Errorf("after COMMIT: got %s", got)
	}
	exec(t, c, "BEGIN", "SET extra_float_digits = 0", "ROLLBACK")
	if got := one(t, c, "SHOW extra_float_digits"); got != "1" {
		t.Errorf("after ROLLBACK: got %s", got)
	}
	exec(t, c, "SET my.own = 'x'", "RESET timezone")
	if got := one(t, c, "SELECT current_setting('my.own') || current_setting('TimeZone')"); got != "xUTC" {
		t.Errorf("got %s", got)
	}
	if got := one(t, c, "SELECT setting FROM pg_settings WHERE name = 'server_version_num'"); got != "150000" {
		t.Errorf("got %s", got)
	}
	exec(t, c, "DISCARD ALL")
	_, err := c.Exec(t.Context(), "SHOW my.own")
	wantCode(t, err, "42704")
}

// TestCopy holds what COPY takes and where its errors say that they are; PostgreSQL 15 says the same.
func TestCopy(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL DEFAULT 'd', c int CHECK (c > 0), g int GENERATED ALWAYS AS (a * 2) STORED)")
	for _, x := range []struct{ sql, data, code, where string }{
		{"COPY t (a, c) FROM STDIN", "1\t\\N\n2\t5\n", "", ""},
		{"COPY t FROM STDIN (FORMAT csv, HEADER)", "a,b,c\n3,\"x\ny\"\"z\",\n4,,1\n", "23502", "COPY t, line 4"},
		{"COPY t (a, b) FROM STDIN (FORMAT csv, HEADER match)", "a,b\n3,\"x\ny\"\"z\"\n", "", ""},
		{"COPY t (a, b) FROM STDIN (FORMAT csv, HEADER match)", "a,x\n3,1\n", "22P04", "COPY t, line 1: \"a,x\""},
		{"COPY t (a, b) FROM STDIN (DELIMITER '|', NULL '-')", "5|a\\tb\n6|x\n", "", ""},
		{"COPY t (a, b) FROM STDIN", "7\n", "22P04", "COPY t, line 1: \"7\""},
		{"COPY t (a, b) FROM STDIN", "7\tx\ty\n", "22P04", "COPY t, line 1: \"7\tx\ty\""},
		{"COPY t (a, c) FROM STDIN", "7\t1\n8\t-1\n9\t1\n", "23514", "COPY t, line 2"},
		{"COPY t (a, c) FROM STDIN", "7\t1\nx\t1\n", "22P02", "COPY t, line 2, column a: \"x\""},
		{"COPY t (a, nosuch) FROM STDIN", "", "42703", ""},
		{"COPY t (a, b) FROM STDIN", "7\tx\r\n8\ty\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN", "7\tx\n8\ty\r\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN", "7\tx\r\n8\ty\rz\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN", "7\tx\r8\ty\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN", "7\tx\r8\ty\r\n", "22P04", "COPY t, line 3"},
		{"COPY t (a, b) FROM STDIN", "7\tx\n8\ty\r", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN", "7\tx\r\n\\.\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN (FORMAT csv)", "7,x\r\n8,y\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, b) FROM STDIN (FORMAT csv, HEADER)", "a,b\r\n3,x\n", "22P04", "COPY t, line 2"},
		{"COPY t (a, g) FROM STDIN", "", "42P10", ""},
	} {
		_, err := c.PgConn().CopyFrom(t.Context(), strings.NewReader(x.data), x.sql)
		if x.code == "" && err == nil {
			continue
		}
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != x.code || !strings.HasPrefix(e.Where, x.where) {
			t.Errorf("%s: got %v (%s), want %s, %s", x.sql, err, e.Where, x.code, x.where)
		}
	}
	var out strings.Builder
	if _, err := c.PgConn().CopyTo(t.Context(), &out, "COPY (SELECT * FROM t ORDER BY a) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (b))"); err != nil {
		t.Fatal(err)
	}
	want := "a,b,c,g\n1,\"d\",,2\n2,\"d\",5,4\n3,\"x\ny\"\"z\",,6\n5,\"a\tb\",,10\n6,\"x\",,12\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestCopyIntegers holds that integers are read as PostgreSQL's input functions do, whether they are written plainly or not.
func TestCopyIntegers(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (a smallint, b int, c bigint)")
	copyIn := func(data string) error {
		_, err := c.PgConn().CopyFrom(t.Context(), strings.NewReader(data), "COPY t FROM STDIN")
		return err
	}
	good := "0\t-0\t+0\n-32768\t-2147483648\t-9223372036854775808\n32767\t2147483647\t9223372036854775807\n 7 \t007\t\\x38\n9999\t999999999\t-999999999999999999\n\\N\t\\N\t\\N\n"
	if err := copyIn(good); err != nil {
		t.Fatal(err)
	}
	const want = "-32768,-2147483648,-9223372036854775808;0,0,0;7,7,8;9999,999999999,-999999999999999999;32767,2147483647,9223372036854775807"
	if got := one(t, c, "SELECT string_agg(a || ',' || b || ',' || c, ';' ORDER BY a) FROM t"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for text, code := range map[string]string{
		"32768": "22003", "-32769": "22003", "": "22P02", "-": "22P02", "1.5": "22P02", "1 2": "22P02", "--1": "22P02", "1\x00": "22021", "\xff": "22021",
	} {
		err := copyIn("1\t2\t3\n" + text + "\t2\t3\n")
		wantCode(t, err, code)
		if e := new(pgconn.PgError); errors.As(err, &e) && !strings.HasPrefix(e.Where, "COPY t, line 2, column a: ") {
			t.Errorf("%q: %s", text, e.Where)
		}
	}
}

// TestCopyLines holds that lines with escapes and without come together, wherever the client cuts what it sends.
func TestCopyLines(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	const data = "1\tplain\n2\ta\\tb\n3\t\\N\n-4\tx\ty\n"
	for cut := 1; cut < len(data); cut += 3 {
		exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b text)")
		lines := data[:len(data)-len("-4\tx\ty\n")]
		if _, err := c.PgConn().CopyFrom(t.Context(), iotest.OneByteReader(strings.NewReader(lines)), "COPY t FROM STDIN"); err != nil {
			t.Fatal(err)
		}
		_, err := c.PgConn().CopyFrom(t.Context(), io.MultiReader(strings.NewReader(data[len(lines):min(len(lines)+cut, len(data))]),
			strings.NewReader(data[min(len(lines)+cut, len(data)):])), "COPY t FROM STDIN")
		wantCode(t, err, "22P04")
		if got := one(t, c, "SELECT string_agg(a || '=' || coalesce(b, 'null'), ',' ORDER BY a) FROM t"); got != "1=plain,2=a\tb,3=null" {
			t.Errorf("got %q", got)
		}
		if _, err := c.PgConn().CopyFrom(t.Context(), strings.NewReader("5\t\r\n\\.\r\n"), "COPY t FROM STDIN"); err != nil {
			t.Error(err)
		}
		if got := one(t, c, "SELECT '[' || b || ']' FROM t WHERE a = 5"); got != "[]" {
			t.Errorf("got %q", got)
		}
		exec(t, c, "DROP TABLE t")
	}
}

// TestCopyTextOut holds what COPY TO escapes in the text format, with any delimiter; PostgreSQL 15 writes the same.
func TestCopyTextOut(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	for options, want := range map[string]string{
		"":                      "-7\ta\\b\\\\\\n\\r\\t\\v\\f\\b\x01|-z\t\\N\n",
		" (DELIMITER '-')":      "\\-7-a\\b\\\\\\n\\r\\t\\v\\f\\b\x01|\\-z-\\N\n",
		" (DELIMITER '|')":      "-7|a\\b\\\\\\n\\r\\t\\v\\f\\b\x01\\|-z|\\N\n",
		" (DELIMITER E'\\x01')": "-7\x01a\\b\\\\\\n\\r\\t\\v\\f\\b\\\x01|-z\x01\\N\n",
	} {
		var out strings.Builder
		if _, err := c.PgConn().CopyTo(t.Context(), &out, `COPY (SELECT -7, E'a\b\\\n\r\t\x0b\f\b\x01|-z', NULL) TO STDOUT`+options); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("COPY%s: got %q, want %q", options, out.String(), want)
		}
	}
}

// TestViewZone holds that a view computes in the time zone that it was made in, also after a restart.
func TestViewZone(t *testing.T) {
	c := config()
	c.Data, c.FS = "data", storage.NewCrashFS()
	s, err := server.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, s)
	exec(t, conn, "CREATE TABLE t (at timestamptz)", "INSERT INTO t VALUES ('2024-01-01 23:30:00+00')", "SET timezone = 'Asia/Tokyo'",
		"CREATE MATERIALIZED VIEW v AS SELECT date_trunc('day', at) AS d FROM t")
	const want = "2024-01-01 15:00:00+00"
	exec(t, conn, "SET timezone = 'UTC'")
	if got := one(t, conn, "SELECT d::text FROM v"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn = connect(t, start(t, c))
	exec(t, conn, "INSERT INTO t VALUES ('2024-01-01 23:40:00+00')")
	if got := one(t, conn, "SELECT string_agg(d::text, ',') FROM v"); got != want+","+want {
		t.Errorf("after a restart: got %s", got)
	}
}

// TestCreateTableAs holds that the table has the rows of the query.
func TestCreateTableAs(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE a AS SELECT i, 'x' || i AS t FROM generate_series(1, 5000) i", "CREATE TABLE IF NOT EXISTS a AS SELECT 1")
	if got := one(t, c, "SELECT count(*) || max(t) FROM a"); got != "5000x999" {
		t.Errorf("got %s", got)
	}
	_, err := c.Exec(t.Context(), "CREATE TABLE b AS SELECT 1 / (i - 3000) FROM generate_series(1, 5000) i")
	wantCode(t, err, "22012")
	_, err = c.Exec(t.Context(), "SELECT * FROM b")
	wantCode(t, err, "42P01")
}

// TestBlockOfBothProtocols begins a block by the simple protocol and writes in it by the extended one.
func TestBlockOfBothProtocols(t *testing.T) {
	c := connect(t, start(t, config()))
	exec(t, c, "CREATE TABLE t (k int)")
	wire := c.PgConn()
	if _, err := wire.Exec(t.Context(), "BEGIN").ReadAll(); err != nil {
		t.Fatal(err)
	}
	if r := wire.ExecParams(t.Context(), "INSERT INTO t VALUES (1)", nil, nil, nil, nil).Read(); r.Err != nil {
		t.Fatal(r.Err)
	}
	if status := wire.TxStatus(); status != 'T' {
		t.Errorf("the status in the block is %c", status)
	}
	exec(t, c, "ROLLBACK")
	if got := one(t, c, "SELECT count(*)::text FROM t"); got != "0" {
		t.Errorf("%s rows are left of what was rolled back", got)
	}
}

// TestNowInParameter holds that a parameter which says now is of the time of its transaction, also if the statement was prepared long ago.
func TestNowInParameter(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	if _, err := c.Prepare(t.Context(), "s", "SELECT ($1::timestamptz = now())::text"); err != nil {
		t.Fatal(err)
	}
	if got := one(t, c, "s", "now"); got != "true" {
		t.Errorf("got %s", got)
	}
}

// TestRollbackInterrupted: what a rollback to a savepoint takes back goes, however long that takes.
func TestRollbackInterrupted(t *testing.T) {
	c := connect(t, start(t, config()))
	exec(t, c, "BEGIN", "SAVEPOINT s")
	for i := range 40 {
		exec(t, c, fmt.Sprintf("CREATE TABLE made%d (a int)", i))
	}
	exec(t, c, "SET LOCAL statement_timeout = '1ms'", "ROLLBACK TO s", "COMMIT")
	if got := one(t, c, "SELECT count(*)::text FROM pg_class WHERE relname LIKE 'made%'"); got != "0" {
		t.Errorf("%s tables are left", got)
	}
}
