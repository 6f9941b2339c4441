package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// waitingFor returns when so many sessions wait for advisory locks.
func waitingFor(t *testing.T, c *pgx.Conn, want string) {
	t.Helper()
	for one(t, c, "SELECT count(*)::text FROM pg_locks WHERE NOT granted") != want {
		time.Sleep(time.Millisecond)
	}
}

// lockLater asks for a lock, which others have.
func lockLater(t *testing.T, c *pgx.Conn, sql string) (done chan error) {
	t.Helper()
	done = make(chan error, 1)
	go func() { // ends with the statement, which the caller waits for
		_, err := c.Exec(t.Context(), sql)
		done <- err
	}()
	return done
}

// TestAdvisoryLocks: who waits gets a lock in turn, when it is given back, when its session ends, and not after it has given up.
func TestAdvisoryLocks(t *testing.T) {
	s := start(t, config())
	watcher, hasty, a, b, c, d := connect(t, s), connect(t, s), connect(t, s), connect(t, s), connect(t, s), connect(t, s)
	exec(t, a, "SELECT pg_advisory_lock(1)")
	exec(t, hasty, "SET statement_timeout = '50ms'")
	_, err := hasty.Exec(t.Context(), "SELECT pg_advisory_lock(1)")
	wantCode(t, err, "57014")
	waitingFor(t, watcher, "0")

	second := lockLater(t, b, "SELECT pg_advisory_lock(1)")
	waitingFor(t, watcher, "1")
	third := lockLater(t, c, "SELECT pg_advisory_xact_lock_shared(1)")
	waitingFor(t, watcher, "2")
	fourth := lockLater(t, d, "SELECT pg_advisory_lock_shared(1)")
	waitingFor(t, watcher, "3")
	exec(t, a, "SELECT pg_advisory_unlock(1)")
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	waitingFor(t, watcher, "2")
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-third, <-fourth); err != nil {
		t.Fatal(err)
	}
	// That of the transaction is given back by now, but not that of the session.
	if one(t, a, "SELECT pg_try_advisory_lock(1)::text") != "false" || one(t, a, "SELECT pg_try_advisory_lock_shared(1)::text") != "true" {
		t.Error("the lock is not shared with one session")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for one(t, watcher, "SELECT count(*)::text FROM pg_locks") != "1" { // the session ends after its socket
		time.Sleep(time.Millisecond)
	}
}

// TestAdvisoryWaitSees: a transaction that begins with waiting for a lock sees what the one before it has written.
func TestAdvisoryWaitSees(t *testing.T) {
	s := start(t, config())
	watcher, a, b := connect(t, s), connect(t, s), connect(t, s)
	exec(t, a, "CREATE TABLE version (n int)", "BEGIN", "SELECT pg_advisory_xact_lock(1)", "INSERT INTO version VALUES (1)")
	exec(t, b, "BEGIN")
	waits := lockLater(t, b, "SELECT pg_advisory_xact_lock(1)")
	waitingFor(t, watcher, "1")
	exec(t, a, "COMMIT")
	if err := <-waits; err != nil {
		t.Fatal(err)
	}
	if n := one(t, b, "SELECT count(*)::text FROM version"); n != "1" {
		t.Errorf("it sees %s rows, want 1", n)
	}
	exec(t, b, "INSERT INTO version VALUES (2)", "COMMIT")
}

// TestAdvisoryDeadlock: of three sessions that wait for each other the last is told so, and the others go on when it is out of the way.
func TestAdvisoryDeadlock(t *testing.T) {
	s := start(t, config())
	watcher, a, b, c := connect(t, s), connect(t, s), connect(t, s), connect(t, s)
	exec(t, a, "SELECT pg_advisory_lock(1)")
	exec(t, b, "SELECT pg_advisory_lock(2)")
	exec(t, c, "SELECT pg_advisory_lock(3)")
	first := lockLater(t, a, "SELECT pg_advisory_lock(2)")
	waitingFor(t, watcher, "1")
	second := lockLater(t, b, "SELECT pg_advisory_lock_shared(3)")
	waitingFor(t, watcher, "2")
	_, err := c.Exec(t.Context(), "SELECT pg_advisory_lock(1)")
	wantCode(t, err, "40P01")
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Message != "deadlock detected" || e.Detail == "" {
		t.Errorf("got %v", err)
	}
	waitingFor(t, watcher, "2")
	exec(t, c, "SELECT pg_advisory_unlock_all()")
	if err := <-second; err != nil {
		t.Error(err)
	}
	exec(t, b, "SELECT pg_advisory_unlock_all()")
	if err := <-first; err != nil {
		t.Error(err)
	}
}
