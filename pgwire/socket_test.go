//go:build linux

package pgwire_test

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/freshetdb/freshet/pgwire"
)

// socketPort names the sockets of tests, each in a folder of its own. Nobody listens on it.
const socketPort = 7433

func listenSocket(t *testing.T, folder string) net.Listener {
	t.Helper()
	listener, err := pgwire.ListenSocket(t.Context(), folder, socketPort)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // the test may have closed it
	return listener
}

func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// TestSocket has psql and pgx connect through a socket, where there are passwords with theirs.
func TestSocket(t *testing.T) {
	for name, users := range map[string]*pgwire.Passwords{"trusted": nil, "password": passwords(t, "alice", "secret")} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			serveOn(t, pgwire.Config{Handler: newFake(), Passwords: users}, listenSocket(t, folder))
			if info, err := os.Stat(pgwire.SocketPath(folder, socketPort)); err != nil || info.Mode() != fs.ModeSocket|0o777 {
				t.Fatalf("the socket has mode %v, %v", info.Mode(), err)
			}
			lock, err := os.ReadFile(pgwire.SocketPath(folder, socketPort) + ".lock")
			if lines := strings.Split(string(lock), "\n"); err != nil || lines[0] != fmt.Sprint(os.Getpid()) || lines[3] != fmt.Sprint(socketPort) || lines[4] != folder {
				t.Errorf("the lock file has %q, %v", lock, err)
			}
			conn, err := pgx.Connect(t.Context(), fmt.Sprintf("host=%s port=%d user=alice password=secret database=d", folder, socketPort))
			if err != nil {
				t.Fatal(err)
			}
			var n int
			if err := conn.QueryRow(t.Context(), "SELECT 1 AS one").Scan(&n); err != nil || n != 1 {
				t.Errorf("got %d, %v", n, err)
			}
			if err := conn.Close(t.Context()); err != nil {
				t.Error(err)
			}
			got, err := psql(t, net.JoinHostPort(folder, fmt.Sprint(socketPort)), "secret", "SELECT 1 AS one;")
			if err != nil || got != "one\n1\n(1 row)\n" {
				t.Errorf("psql: %v\n%s", err, got)
			}
			if users == nil {
				return
			}
			if got, err := psql(t, net.JoinHostPort(folder, fmt.Sprint(socketPort)), "wrong", "SELECT 1 AS one;"); err == nil {
				t.Errorf("a wrong password: %s", got)
			}
		})
	}
}

// TestSocketFiles holds that a socket belongs to one server at a time, and is given up with it.
func TestSocketFiles(t *testing.T) {
	folder := t.TempDir()
	first := listenSocket(t, folder)
	if _, err := pgwire.ListenSocket(t.Context(), folder, socketPort); err == nil || !strings.Contains(err.Error(), "another server uses") {
		t.Errorf("a second server: %v", err)
	}
	if got := len(files(t, folder)); got != 2 {
		t.Errorf("after the second server there are the files %q", files(t, folder))
	}
	other, err := pgwire.ListenSocket(t.Context(), folder, socketPort+1)
	if err != nil {
		t.Fatalf("another port: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	client, err := net.Dial("unix", pgwire.SocketPath(folder, socketPort))
	if err != nil {
		t.Fatalf("the first server has lost its socket: %v", err)
	}
	_ = client.Close() // nothing was sent
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if got := files(t, folder); len(got) > 0 {
		t.Errorf("the files %q are left", got)
	}
	listenSocket(t, folder)
}

// TestSocketLeftBehind holds what is done with the files of others: those of a server that is gone are replaced, those of one that lives
// and what is no socket stay as they are.
func TestSocketLeftBehind(t *testing.T) {
	const text = "1\n/var/lib/postgresql\n" // process 1 lives, as does one that got the number of a server that is gone
	for _, test := range []struct {
		name       string
		make       func(t *testing.T, path string)
		lock, want string
	}{
		{name: "socket and lock", make: func(t *testing.T, path string) { leave(t, path, true) }, lock: text},
		{name: "socket alone", make: func(t *testing.T, path string) { leave(t, path, true) }},
		{name: "lock alone", make: func(*testing.T, string) {}, lock: text},
		{name: "PostgreSQL", make: func(t *testing.T, path string) { leave(t, path, false) }, lock: text, want: "another server uses"},
		{name: "live socket alone", make: func(t *testing.T, path string) { leave(t, path, false) }, want: "another server uses"},
		{name: "file", make: func(t *testing.T, path string) { write(t, path, "precious") }, want: "no socket"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := pgwire.SocketPath(folder, socketPort)
			test.make(t, path)
			if test.lock != "" {
				write(t, path+".lock", test.lock)
			}
			before := files(t, folder)
			listener, err := pgwire.ListenSocket(t.Context(), folder, socketPort)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := listener.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got error %v, want %q", err, test.want)
			}
			if got := files(t, folder); fmt.Sprint(got) != fmt.Sprint(before) {
				t.Errorf("there were %q, and now %q", before, got)
			}
			if lock, err := os.ReadFile(path + ".lock"); test.lock != "" && string(lock) != test.lock {
				t.Errorf("the lock file has %q, %v", lock, err)
			}
		})
	}
}

// leave makes a socket on which a server listens until the end of the test, or that a server has left when it was killed.
func leave(t *testing.T, path string, killed bool) {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(!killed)
	if !killed {
		t.Cleanup(func() { _ = listener.Close() }) // its folder goes too
		return
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSocketErrors names what is wrong with a folder.
func TestSocketErrors(t *testing.T) {
	for folder, want := range map[string]string{
		filepath.Join(t.TempDir(), "nosuch"):         "no such file or directory",
		filepath.Join("/", strings.Repeat("x", 100)): "too long",
	} {
		if _, err := pgwire.ListenSocket(t.Context(), folder, socketPort); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", folder, err, want)
		}
	}
}
