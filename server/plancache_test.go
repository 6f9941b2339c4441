package server_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestPlanCache holds that a text which comes again means what it means then: a plan that is kept does not outlive what it was made for.
func TestPlanCache(t *testing.T) {
	s := start(t, config())
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec} {
		t.Run(mode.String(), func(t *testing.T) {
			c := connect(t, s)
			exec(t, c, "DROP SCHEMA IF EXISTS x CASCADE", "DROP TABLE IF EXISTS t", "CREATE SCHEMA x", "CREATE TABLE t (a int)",
				"CREATE TABLE x.t (a int)", "INSERT INTO x.t VALUES (7)")
			ask := func(sql, want string) {
				t.Helper()
				for range 2 { // the second time from the cache
					var got string
					if err := c.QueryRow(t.Context(), sql, mode).Scan(&got); err != nil {
						t.Fatalf("%s: %v", sql, err)
					}
					if got != want {
						t.Errorf("%s: got %s, want %s", sql, got, want)
					}
				}
			}
			sum, date := "SELECT coalesce(sum(a), 0)::text FROM t", "SELECT '01/02/2024'::date::text"
			ask(sum, "0")
			for range 3 {
				if _, err := c.Exec(t.Context(), "INSERT INTO t VALUES (1)", mode); err != nil {
					t.Fatal(err)
				}
			}
			ask(sum, "3")
			exec(t, c, "SET search_path = x")
			ask(sum, "7")
			exec(t, c, "RESET search_path")
			ask(sum, "3")
			exec(t, c, "DROP TABLE t")
			_, err := c.Exec(t.Context(), sum, mode)
			wantCode(t, err, "42P01")
			exec(t, c, "CREATE TABLE t (a numeric)", "INSERT INTO t VALUES (1.5)")
			ask(sum, "1.5")

			ask(date, "2024-01-02")
			exec(t, c, "SET datestyle = 'ISO, DMY'")
			ask(date, "2024-02-01")
			exec(t, c, "BEGIN", "SET datestyle = 'ISO, MDY'")
			ask(date, "2024-01-02")
			exec(t, c, "ROLLBACK")
			ask(date, "2024-02-01")
			exec(t, c, "BEGIN", "SET LOCAL datestyle = 'ISO, MDY'")
			ask(date, "2024-01-02")
			exec(t, c, "COMMIT")
			ask(date, "2024-02-01")
		})
	}
	c := connect(t, s)
	const clock = "SELECT 'now'::timestamptz::text"
	first := one(t, c, clock, pgx.QueryExecModeSimpleProtocol)
	time.Sleep(time.Millisecond)
	if second := one(t, c, clock, pgx.QueryExecModeSimpleProtocol); first == second {
		t.Errorf("%s twice gave %s", clock, first)
	}
}
