package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// patience is how long something may take that a test waits for: only a test that fails waits that long.
const patience = 60 * time.Second

// asFreshet makes the test binary the command itself: tests start it as a process of its own, to kill it.
const asFreshet = "FRESHET_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asFreshet) != "" {
		main()
		return
	}
	os.Exit(m.Run()) //nolint:forbidigo // TestMain ends the process
}

// setting is a number that the environment has for a test, which makes a campaign of it.
func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// process is a "freshet serve" of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	// port is that of clients, when the server is ready.
	port  string
	ready chan string
	// exited is closed when the process has ended, with err.
	exited chan struct{}
	err    error

	mu  sync.Mutex
	log strings.Builder
}

var portPattern = regexp.MustCompile(`psql -h 127\.0\.0\.1 -p (\d+)`)

// command is a call of freshet with arguments.
func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asFreshet+"=1")
	return cmd
}

// launch starts a server on a data folder, and does not wait for it.
func launch(t *testing.T, data string, args ...string) *process {
	t.Helper()
	args = append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--http", "none"}, args...)
	p := &process{t: t, cmd: command(context.WithoutCancel(t.Context()), args...), ready: make(chan string, 1), exited: make(chan struct{})}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process, which kill waits for
		scanner := bufio.NewScanner(stderr)
		for scanner.Scan() {
			line := scanner.Text()
			p.mu.Lock()
			p.log.WriteString(line + "\n")
			p.mu.Unlock()
			if m := portPattern.FindStringSubmatch(line); m != nil {
				p.ready <- m[1]
			}
		}
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(p.kill)
	return p
}

// serve starts a server and waits until it is ready.
func serve(t *testing.T, data string, args ...string) *process {
	t.Helper()
	p := launch(t, data, args...)
	if !p.await() {
		t.Fatalf("the server ended before it was ready: %v\n%s", p.err, p.said())
	}
	return p
}

// await waits until the server is ready. It tells whether it is, and has not ended before.
func (p *process) await() bool {
	p.t.Helper()
	select {
	case p.port = <-p.ready:
		return true
	case <-p.exited:
		return false
	case <-time.After(patience):
		p.t.Fatalf("the server is not ready\n%s", p.said())
		return false
	}
}

// said is what the process has written so far.
func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// kill ends the process as SIGKILL does, and waits until it is gone. A second call does nothing.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be gone
	<-p.exited
}

// stop ends the process as an administrator does, and wants it to end well.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.exited:
		if p.err != nil {
			p.t.Fatalf("the server ended with %v\n%s", p.err, p.said())
		}
	case <-time.After(patience):
		p.t.Fatalf("the server does not end\n%s", p.said())
	}
}

func (p *process) url() string {
	return fmt.Sprintf("postgres://freshet@127.0.0.1:%s/freshet?sslmode=disable", p.port)
}

// connect opens a session that ends with the test.
func (p *process) connect(ctx context.Context) *pgx.Conn {
	p.t.Helper()
	conn, err := pgx.Connect(ctx, p.url())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
	return conn
}

// run runs statements in a session of their own.
func (p *process) run(ctx context.Context, sql string) {
	p.t.Helper()
	conn, err := pgconn.Connect(ctx, p.url())
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
		p.t.Fatalf("%s: %v", sql, err)
	}
}
