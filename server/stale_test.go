package server_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/server"
)

// TestDroppedMeanwhile: a statement whose table is dropped and made again by others meets the old one, the new one, or is told by name that
// there is none.
func TestDroppedMeanwhile(t *testing.T) {
	s := start(t, config())
	exec(t, connect(t, s), "CREATE TABLE t (a int)")
	missing := func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && (e.Code != "42P01" || strings.HasPrefix(e.Message, `relation "t" does not exist`))
	}
	meanwhile(t, s, 100, missing, []string{"DROP TABLE t", "CREATE TABLE t (a int)"}, "SELECT * FROM t", "DELETE FROM t WHERE a = 1")
}

// TestAlteredMeanwhile: a statement that is alone is planned again when others give its table another form. It never hears of that.
func TestAlteredMeanwhile(t *testing.T) {
	s := start(t, config())
	exec(t, connect(t, s), "CREATE TABLE t (a int, b int DEFAULT 1)", "INSERT INTO t SELECT generate_series(1, 20)")
	none := func(error) bool { return false }
	meanwhile(t, s, 50, none,
		[]string{"ALTER TABLE t ADD COLUMN c int DEFAULT 7", "ALTER TABLE t ALTER COLUMN a TYPE bigint", "ALTER TABLE t DROP COLUMN c", "ALTER TABLE t ALTER COLUMN a TYPE int"},
		"UPDATE t SET a = a + 1 WHERE a < 10", "DELETE FROM t WHERE a > 1000", "INSERT INTO t (a) VALUES (5)")
}

// TestResultChanged: a driver that has prepared a statement learns by the error's routine that it has to do so again.
func TestResultChanged(t *testing.T) {
	c := connect(t, start(t, config()))
	exec(t, c, "CREATE TABLE t (a int)")
	if _, err := c.Prepare(t.Context(), "s", "SELECT * FROM t"); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "ALTER TABLE t ADD COLUMN b int")
	err := c.PgConn().ExecPrepared(t.Context(), "s", nil, nil, nil).Read().Err
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "0A000" || e.Routine != "RevalidateCachedQuery" {
		t.Errorf("got %#v", err)
	}
}

// meanwhile runs changes some times, and all the while statements, each again and again on connections of its own. expected tells which errors they may get.
func meanwhile(t *testing.T, s *server.Server, times int, expected func(err error) bool, changes []string, statements ...string) {
	t.Helper()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec} {
		for _, sql := range statements {
			c := connect(t, s)
			wait.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := c.Exec(t.Context(), sql, mode); err != nil && !expected(err) {
						t.Errorf("%s: %v", sql, err)
						return
					}
				}
			})
		}
	}
	admin := connect(t, s)
	for range times {
		exec(t, admin, changes...)
	}
	close(stop)
	wait.Wait()
}

// TestCreateTableAsMeanwhile: what CREATE TABLE AS reads may change while it does. It is run again, as INSERT ... SELECT is.
func TestCreateTableAsMeanwhile(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (a int, b int DEFAULT 1)", "INSERT INTO t SELECT generate_series(1, 2000)")
	none := func(error) bool { return false }
	meanwhile(t, s, 5, none, []string{"CREATE TABLE copied AS SELECT a.a, b.b FROM t a JOIN t b USING (a)", "DROP TABLE copied"}, "UPDATE t SET b = b + 1 WHERE a = 5")
}
