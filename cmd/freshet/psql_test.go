package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// findPsql is where psql is. Without one the test is skipped, or fails where FRESHET_REQUIRE_POSTGRES=1.
func findPsql(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/lib/postgresql/15/bin/psql", "psql"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(t.Context(), path, "--version").Output()
		if err == nil && strings.HasPrefix(string(out), "psql (PostgreSQL) 15") {
			return path
		}
	}
	const absent = "no psql of PostgreSQL 15"
	if os.Getenv("FRESHET_REQUIRE_POSTGRES") == "1" {
		t.Fatalf("%s, and FRESHET_REQUIRE_POSTGRES=1 asks for it", absent)
	}
	t.Skipf("skipped: %s; install it (Debian: postgresql-client-15) to run this test", absent)
	return ""
}

// psqlSession runs a transcript of testdata/psql:
//
//	psql                  the lines are typed into a psql, and what it shows is the output
//	psql writing=FILE     the same, while lines are appended to a file
//	ingest FILE           appends the lines to a file, which is $DIR/FILE in SQL
//	wait                  asks the query again until it gives t
//	restart               SIGTERM, and a new process on the data folder
//	kill                  the same with SIGKILL
//	freshet               runs the command with a line of arguments, and shows its exit status and what it said
type psqlSession struct {
	t    *testing.T
	psql string
	dir  string
	p    *process
}

// TestPsql is a user at a prompt.
func TestPsql(t *testing.T) {
	psql := findPsql(t)
	datadriven.Walk(t, "../../testdata/psql", func(t *testing.T, path string) {
		dir := t.TempDir()
		s := &psqlSession{t: t, psql: psql, dir: dir}
		s.p = serve(t, filepath.Join(dir, "data"))
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return s.run(t, d)
		})
		s.p.stop()
	})
}

func (s *psqlSession) run(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	s.t = t
	switch d.Cmd {
	case "psql":
		var file string
		d.MaybeScanArgs(t, "writing", &file)
		return s.typed(d.Input, file)
	case "ingest":
		s.ingest(d.CmdArgs[0].Key, d.Input)
		return ""
	case "wait":
		s.wait(d.Input)
		return ""
	case "restart", "kill":
		if d.Cmd == "kill" {
			s.p.kill()
		} else {
			s.p.stop()
		}
		s.p = serve(t, filepath.Join(s.dir, "data"))
		return ""
	case "freshet":
		return s.freshet(strings.Fields(s.expand(d.Input)))
	default:
		d.Fatalf(t, "unknown command")
		return ""
	}
}

func (s *psqlSession) expand(text string) string { return strings.ReplaceAll(text, "$DIR", s.dir) }

// shown is text as the transcript has it: the same in each run.
func (s *psqlSession) shown(text string) string {
	text = strings.NewReplacer(s.dir, "$DIR", "port "+s.p.port, "port $PORT").Replace(text)
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (s *psqlSession) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), s.psql, append([]string{"-X", "-d", s.p.url()}, args...)...)
	for _, env := range os.Environ() {
		if !strings.HasPrefix(env, "PG") && !strings.HasPrefix(env, "LC_") && !strings.HasPrefix(env, "LANG") {
			cmd.Env = append(cmd.Env, env)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "PGTZ=UTC")
	return cmd
}

// typed gives what psql shows for text, perhaps while a file grows.
func (s *psqlSession) typed(text, file string) string {
	cmd := s.command()
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(s.expand(text)+"\n"), &out, &out
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() { // ends when psql has
		defer close(stopped)
		for i := 0; file != "" && i < 60*60; i++ { // an hour has no more seconds
			s.ingest(file, fmt.Sprintf(`{"auction": %d, "price": 1, "ts": "2024-01-01 01:%02d:%02d"}`, i%5, i/60%60, i%60))
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	err := cmd.Run()
	close(done)
	<-stopped
	if err != nil {
		fmt.Fprintf(&out, "psql: %v\n", err)
	}
	return s.shown(out.String())
}

func (s *psqlSession) ingest(file, lines string) {
	f, err := os.OpenFile(filepath.Join(s.dir, file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Error(err)
		return
	}
	_, err = f.WriteString(lines + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		s.t.Error(err)
	}
}

func (s *psqlSession) wait(sql string) {
	s.t.Helper()
	conn := s.p.connect(s.t.Context())
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		var yes bool
		if err := conn.QueryRow(s.t.Context(), sql).Scan(&yes); err != nil {
			s.t.Fatalf("%s: %v", sql, err)
		}
		if yes {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: it stays false", sql)
		}
	}
}

func (s *psqlSession) freshet(args []string) string {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	cmd := command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return s.shown(out.String()) + fmt.Sprintf("exit status %d\n", cmd.ProcessState.ExitCode())
}

// TestPsqlCancel presses Ctrl-C in statements that would run for long.
func TestPsqlCancel(t *testing.T) {
	s := &psqlSession{t: t, psql: findPsql(t), dir: t.TempDir()}
	s.p = serve(t, filepath.Join(s.dir, "data"))
	for name, sql := range map[string]string{
		"sleep": `SELECT pg_sleep(600)`,
		"count": `SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b`,
		"rows":  `SELECT a, b FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a + b < 0`,
		"sort":  `SELECT a FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a * b % 1000003 = 7 ORDER BY a % 10, b`,
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			cmd := s.command("-c", sql)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { // ends with psql
				_ = cmd.Wait() // its status is that of Ctrl-C
				close(ended)
			}()
			s.wait(`SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()`)
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ended:
			case <-time.After(patience):
				_ = cmd.Process.Kill()
				<-ended
				t.Fatalf("the statement goes on:\n%s", out.String())
			}
			want := "ERROR:  canceling statement due to user request"
			if got := out.String(); !strings.Contains(got, want) {
				t.Errorf("psql shows\n%s\nwant it to have %q", got, want)
			}
			s.wait(`SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()`)
		})
	}
	s.p.stop()
}
