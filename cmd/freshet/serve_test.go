package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/freshetdb/freshet/server"
)

// TestServeErrors holds the errors of starting: they name what was wrong, by flag and by environment.
func TestServeErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		env  [2]string
		want string
	}{
		{args: []string{"--listen", "0.0.0.0:0", "--http", "none"}, want: "needs a password file"},
		{args: []string{"--listen", "none", "--http", "0.0.0.0:0"}, want: "needs a password file"},
		{args: []string{"--memory-limit", "lots"}, want: `memory limit "lots"`},
		{args: []string{"--memory-limit", "1"}, want: "a memory limit of 1 bytes cannot be: the least is 32 MiB"},
		{args: []string{"--log-level", "loud"}, want: `log level "loud"`},
		{args: []string{"--max-connections", "-1"}, want: "-1 connections cannot be"},
		{args: []string{"--workers", "-1"}, want: "-1 workers"},
		{args: []string{"--socket-dir", "/nosuch/folder"}, want: "/nosuch/folder/.s.PGSQL."},
		{env: [2]string{"FRESHET_SOCKET_DIR", "/nosuch/folder"}, want: "/nosuch/folder/.s.PGSQL."},
		{env: [2]string{"FRESHET_MAX_CONNECTIONS", "262144"}, want: "262144 connections cannot be"},
		{env: [2]string{"FRESHET_WORKERS", "x"}, want: "FRESHET_WORKERS"},
		{env: [2]string{"FRESHET_PASSWORD_FILE", "/nosuch/passwords"}, want: "/nosuch/passwords"},
		{args: []string{"--log-level", "info"}, env: [2]string{"FRESHET_LOG_LEVEL", "loud"}, want: "/nosuch"}, // the flag counts
	} {
		t.Run(strings.Join(append(c.args, c.env[0]), " "), func(t *testing.T) {
			if c.env[0] != "" {
				t.Setenv(c.env[0], c.env[1])
			}
			args := append([]string{"serve", "--data", ":memory:", "--listen", "127.0.0.1:0", "--http", "none"}, c.args...)
			if c.want == "/nosuch" {
				args = append(args, "--password-file", "/nosuch")
			}
			stdout, stderr, status := freshet(t, "", args...)
			if status != 1 || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("got status %d, %q, want %q", status, stderr, c.want)
			}
		})
	}
}

// TestServeSocket: a server that is killed leaves its Unix-domain socket behind, and the next one takes its place; one that ends well
// leaves nothing.
func TestServeSocket(t *testing.T) {
	var folder string
	var killed, p *process
	for try := 1; ; try++ {
		folder = t.TempDir()
		killed = serve(t, ":memory:", "--socket-dir", folder)
		killed.kill()
		if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
			t.Fatalf("the killed server has left %v, %v", left, err)
		}
		if p = launch(t, ":memory:", "--listen", "127.0.0.1:"+killed.port, "--socket-dir", folder); p.await() {
			break
		}
		// Another program of the machine may have taken the port meanwhile.
		if try == 5 || !strings.Contains(p.said(), "address already in use") {
			t.Fatalf("the server ended before it was ready: %v\n%s", p.err, p.said())
		}
	}
	c, err := pgx.Connect(t.Context(), "host="+folder+" port="+p.port+" user=freshet database=freshet")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	p.stop()
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the server has left %v, %v", left, err)
	}
	if want := "psql -h " + folder + " -p " + killed.port; !strings.Contains(p.said(), want) {
		t.Errorf("the server does not say %q:\n%s", want, p.said())
	}
}

// TestServeHTTPNowhere holds that an empty address of HTTP is none, as a flag and in the environment, and not the default's.
func TestServeHTTPNowhere(t *testing.T) {
	for text, want := range map[string]string{"": server.None, "none": server.None, "127.0.0.1:0": "127.0.0.1:0"} {
		o := serveOptions{logLevel: "info"}
		o.config.HTTP = text
		config, err := o.resolve(io.Discard)
		if err != nil || config.HTTP != want {
			t.Errorf("%q: got %q, %v, want %q", text, config.HTTP, err, want)
		}
	}
	t.Setenv("FRESHET_HTTP", "")
	cmd := newServeCommand()
	if err := fromEnvironment(cmd); err != nil {
		t.Fatal(err)
	}
	if got, err := cmd.Flags().GetString("http"); err != nil || got != "" {
		t.Errorf("by the environment: got %q, %v", got, err)
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"1024": 1024, "2GiB": 2 << 30, "1.5 GB": 1_500_000_000, "64m": 64 << 20, "10b": 10} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "1XB"} {
		if got, err := parseBytes(text); err == nil {
			t.Errorf("%q: got %d", text, got)
		}
	}
}
