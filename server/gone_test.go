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
