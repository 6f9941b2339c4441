package pgoracle

import (
	"errors"
	"os"
	"testing"
)

// requireVariable makes an absent PostgreSQL a failure instead of a skip; CI sets it to 1.
const requireVariable = "FRESHET_REQUIRE_POSTGRES"

// Start runs a PostgreSQL 15 for the length of the test, which is skipped where none is installed (and fails there if
// FRESHET_REQUIRE_POSTGRES=1). A start takes one to three seconds: share one between subtests.
func Start(tb testing.TB) *Server {
	tb.Helper()
	server, err := Open(tb.Context())
	switch {
	case errors.Is(err, ErrAbsent) && os.Getenv(requireVariable) == "1":
		tb.Fatalf("%v, and %s=1 asks for it", err, requireVariable)
	case errors.Is(err, ErrAbsent):
		tb.Skipf("skipped: %v; install it (Debian: postgresql-15) to run this test", err)
	case err != nil:
		tb.Fatalf("starting PostgreSQL: %v", err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Errorf("stopping PostgreSQL: %v", err)
		}
	})
	return server
}
