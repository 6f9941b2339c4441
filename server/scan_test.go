package server_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestLongScan: a result that is still being read shows the epoch at which it began, whatever is written meanwhile, in the order of the
// key; and a cancel ends it in the middle, after which the session goes on.
func TestLongScan(t *testing.T) {
	const rows = 100_000 // 30 MB: more than the sockets' buffers and the read-ahead have room for
	s := start(t, config())
	c, writer := connect(t, s), connect(t, s)
	exec(t, c, "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL, filler text NOT NULL)",
		"INSERT INTO t SELECT n, n, repeat('x', 300) FROM generate_series(1, 100000) AS n")

	read := func(meanwhile func()) (n int, err error) {
		result, err := c.Query(t.Context(), "SELECT id, v, filler FROM t")
		if err != nil {
			t.Fatal(err)
		}
		defer result.Close()
		for result.Next() {
			var id, v int64
			var filler string
			if err := result.Scan(&id, &v, &filler); err != nil {
				t.Fatal(err)
			}
			if n++; id != int64(n) || v != id {
				t.Fatalf("row %d is (%d, %d)", n, id, v)
			}
			if n == 1000 {
				meanwhile()
			}
		}
		return n, result.Err()
	}
	n, err := read(func() {
		exec(t, writer, "UPDATE t SET v = -1 WHERE id % 3 = 0", "DELETE FROM t WHERE id % 3 = 1", "INSERT INTO t VALUES (0, 0, '')")
	})
	if err != nil || n != rows {
		t.Errorf("got %d rows, %v, want %d", n, err, rows)
	}

	exec(t, writer, "TRUNCATE t", "INSERT INTO t SELECT n, n, repeat('x', 300) FROM generate_series(1, 100000) AS n")
	n, err = read(func() {
		if err := c.PgConn().CancelRequest(t.Context()); err != nil {
			t.Error(err)
		}
	})
	var reason *pgconn.PgError
	if !errors.As(err, &reason) || reason.Code != "57014" || n >= rows {
		t.Errorf("after a cancel: %d rows, %v", n, err)
	}
	var left int
	if err := c.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&left); err != nil || left != rows {
		t.Errorf("the session goes on with %d rows, %v", left, err)
	}
}
