package pgwire_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/pgwire"
)

// psql runs the client that users type into, and libpq with it; the test is skipped where there is none.
func psql(t *testing.T, address, password, input string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("psql")
	if err != nil {
		t.Skipf("skipped: %v; install it (Debian: postgresql-client) to run this test", err)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-X", "-A", "-h", host, "-p", port, "-U", "alice", "-d", "d")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PG") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "PGPASSWORD="+password, "LC_ALL=C")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestPsql has psql show rows, an error with its place, a notice, and copy in and out.
func TestPsql(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	got, err := psql(t, address, "", strings.Join([]string{
		"SELECT i FROM generate_series(1, 5) AS g(i);",
		"SELECT FROM FROM;",
		"DROP TABLE IF EXISTS nosuch;",
		"COPY wire_copy FROM STDIN;",
		"1\tone",
		`\.`,
		"COPY wire_copy TO STDOUT;",
		`\echo :SERVER_VERSION_NUM :ENCODING`,
	}, "\n"))
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	want := `i
1
2
3
4
5
(5 rows)
ERROR:  syntax error at or near "FROM"
LINE 1: SELECT FROM FROM;
                    ^
NOTICE:  table "nosuch" does not exist, skipping
DROP TABLE
COPY 1
1	one
150000 UTF8
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPsqlPasswords checks that libpq's idea of a password is ours, also where it has to be normalized.
func TestPsqlPasswords(t *testing.T) {
	for _, password := range []string{"secret", "ünïcode ½ Ⅳ", "a:b$c,d=e"} {
		_, address := serve(t, pgwire.Config{Handler: newFake(), Passwords: passwords(t, "alice", password)})
		if out, err := psql(t, address, password, "SELECT 1 AS one;"); err != nil {
			t.Errorf("%q: %v\n%s", password, err, out)
		}
		out, err := psql(t, address, password+"x", "SELECT 1 AS one;")
		if err == nil || !strings.Contains(out, `FATAL:  password authentication failed for user "alice"`) {
			t.Errorf("wrong password: %v\n%s", err, out)
		}
	}
}
