package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// Process says which program is measured as a server that is a process of its own.
type Process struct {
	// Program is the server's: it is run as "PROGRAM serve".
	Program string
	// Folder is where the data folder is made, and removed; empty: the system's folder for temporary files.
	Folder string
	// Environment is added to the server's.
	Environment []string
	// Workers is how many run its dataflows; 0: one for each core.
	Workers int
	// TickRows is how many rows of sources a tick takes; 0: it adapts.
	TickRows int
	// socket has it serve on a Unix-domain socket too.
	socket bool
}

// process is a running server, and a connection to it.
type process struct {
	options Process
	cmd     *exec.Cmd
	said    *speech
	dir     string
	address string
	pid     int
	client  *wireClient
	// firstQuery is from the start of the process to its first answer.
	firstQuery time.Duration
}

// startProcess starts a server on an empty folder, and waits until it answers.
func startProcess(ctx context.Context, o Process) (_ *process, err error) {
	p := &process{options: o}
	if p.dir, err = os.MkdirTemp(o.Folder, "freshet-bench-"); err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	return p, nil
}

// start starts a server on the folder as it is, and waits until it answers.
func (p *process) start(ctx context.Context) (err error) {
	p.cmd = exec.CommandContext(ctx, p.options.Program, "serve", "--data", filepath.Join(p.dir, "data"), "--listen", "127.0.0.1:0", "--http", "none",
		"--log-level", "error", "--workers", strconv.Itoa(p.options.Workers), "--tick-rows", strconv.Itoa(p.options.TickRows))
	if p.options.socket {
		p.cmd.Args = append(p.cmd.Args, "--socket-dir", p.dir)
	}
	p.cmd.Env = append(os.Environ(), p.options.Environment...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	p.cmd.WaitDelay = 10 * time.Second
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.said = hear(stderr)
	p.pid = p.cmd.Process.Pid
	if err := p.firstAnswer(ctx); err != nil {
		return errors.Join(err, p.kill())
	}
	p.firstQuery = time.Since(start)
	return nil
}

// socketPath is the server's socket, if it has one.
func (p *process) socketPath() (string, error) {
	_, port, err := net.SplitHostPort(p.address)
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Join(p.dir, ".s.PGSQL."+port))
}

// kill ends the server with SIGKILL, and leaves its folder as it is.
func (p *process) kill() error {
	var err error
	if p.client != nil {
		err, p.client = p.client.close(), nil
	}
	if killed := p.cmd.Process.Kill(); !errors.Is(killed, os.ErrProcessDone) {
		err = errors.Join(err, killed)
	}
	if waited := p.wait(); p.cmd.ProcessState == nil {
		err = errors.Join(err, waited)
	}
	return err
}

// stop ends the server and removes its folder.
func (p *process) stop(ctx context.Context) error {
	var err error
	if p.client != nil {
		err = p.client.close()
	}
	stop := p.cmd.Process.Signal(os.Interrupt)
	if waited := p.wait(); ctx.Err() == nil {
		err = errors.Join(err, stop, waited)
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// wait waits for the end of the process.
func (p *process) wait() error {
	<-p.said.ended
	return p.cmd.Wait()
}

// resident is the server's resident memory.
func (p *process) resident() int64 { return processStatus(strconv.Itoa(p.pid), "VmRSS:") }

// do runs statements, one after the other.
func (p *process) do(statements ...string) error {
	for _, sql := range statements {
		if err := p.client.query(sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// askOne runs a query and answers the first value of its last row.
func (p *process) askOne(sql string) (string, error) {
	err := p.do(sql)
	return string(p.client.row), err
}

// settle waits until no epoch has come for a second.
func (p *process) settle(ctx context.Context) error {
	for before := ""; ; {
		last, err := p.askOne("SELECT max(epoch) FROM sys.epochs")
		if err != nil || last == before {
			return err
		}
		before = last
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// mostToStart is how long a server may take until clients can connect, on a machine with much else to do too.
const mostToStart = 2 * time.Minute

// firstAnswer connects as soon as the server says where, and asks.
func (p *process) firstAnswer(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, mostToStart)
	defer cancel()
	select {
	case p.address = <-p.said.address:
	case <-p.said.ended:
		return fmt.Errorf("the server has ended: %s", p.said.last)
	case <-ctx.Done():
		return fmt.Errorf("the server does not answer: %w", ctx.Err())
	}
	if p.client, err = dial(ctx, p.address); err != nil {
		return err
	}
	return p.client.query("SELECT 1")
}

// speech is what a server says on its way.
type speech struct {
	// address gets the one for clients, when they can connect.
	address chan string
	// ended is closed when the server has, with last as its last line.
	ended chan struct{}
	last  string
}

var addressPattern = regexp.MustCompile(`psql -h (127\.0\.0\.1) -p (\d+)`)

func hear(stderr io.Reader) *speech {
	s := &speech{address: make(chan string, 1), ended: make(chan struct{})}
	go func() { // ends with the process, which wait waits for
		defer close(s.ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			s.last = lines.Text()
			if m := addressPattern.FindStringSubmatch(s.last); m != nil && len(s.address) == 0 {
				s.address <- net.JoinHostPort(m[1], m[2])
			}
		}
		_, _ = io.Copy(io.Discard, stderr) // what follows a line that is too long for lines
	}()
	return s
}
