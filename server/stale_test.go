package server_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestDroppedMeanwhile: a statement whose table is dropped and made again by others meets the old one, the new one, or is told by name that
// there is none.
func TestDroppedMeanwhile(t *testing.T) {
	s := start(t, config())
	admin := connect(t, s)
	exec(t, admin, "CREATE TABLE t (a int)")
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec} {
		for _, sql := range []string{"SELECT * FROM t", "DELETE FROM t WHERE a = 1"} {
			c := connect(t, s)
			wait.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					var e *pgconn.PgError
					_, err := c.Exec(t.Context(), sql, mode)
					if err != nil && (!errors.As(err, &e) || e.Code == "42P01" && !strings.HasPrefix(e.Message, `relation "t" does not exist`)) {
						t.Errorf("%s: %v", sql, err)
						return
					}
				}
			})
		}
	}
	for range 100 {
		exec(t, admin, "DROP TABLE t", "CREATE TABLE t (a int)")
	}
	close(stop)
	wait.Wait()
}

// TestAlteredMeanwhile: a statement that is alone is planned again when others give its table another form. It never hears of that.
func TestAlteredMeanwhile(t *testing.T) {
	s := start(t, config())
	admin := connect(t, s)
	exec(t, admin, "CREATE TABLE t (a int, b int DEFAULT 1)", "INSERT INTO t SELECT generate_series(1, 20)")
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec} {
		for _, sql := range []string{"UPDATE t SET a = a + 1 WHERE a < 10", "DELETE FROM t WHERE a > 1000", "INSERT INTO t (a) VALUES (5)"} {
			c := connect(t, s)
			wait.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := c.Exec(t.Context(), sql, mode); err != nil {
						t.Errorf("%s: %v", sql, err)
						return
					}
				}
			})
		}
	}
	for range 50 {
		exec(t, admin, "ALTER TABLE t ADD COLUMN c int DEFAULT 7", "ALTER TABLE t ALTER COLUMN a TYPE bigint", "ALTER TABLE t DROP COLUMN c", "ALTER TABLE t ALTER COLUMN a TYPE int")
	}
	close(stop)
	wait.Wait()
}
