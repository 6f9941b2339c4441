package pgoracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// startAttempts bounds the race between finding a free port and postgres binding it.
	startAttempts = 5
	// startTimeout is generous: a shared two-core machine needs seconds for the first checkpoint.
	startTimeout = 60 * time.Second
	// stopTimeout is how long a fast shutdown may take before the server is killed.
	stopTimeout = 20 * time.Second
	// superuser owns the cluster whoever runs the tests.
	superuser = "postgres"
)

// Server is a running PostgreSQL 15 with its own temporary cluster. Its methods may be called from any goroutine.
type Server struct {
	bin  string // folder of the binaries
	dir  string // temporary folder: data/ and log
	port int
	cred *syscall.Credential // user of the server process; nil: ours
	cmd  *exec.Cmd
	done chan struct{} // closed by the goroutine that waits for cmd

	compared atomic.Int64 // makes the names of Compare's databases different
}

// Open makes a new cluster in a temporary folder and starts a server on a free loopback port. The caller must Close it.
// The error wraps ErrAbsent where PostgreSQL 15 is not installed.
func Open(ctx context.Context) (*Server, error) {
	bin, err := findBinaries(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	for attempt := 1; ; attempt++ {
		if err = s.launch(ctx); err == nil {
			return s, nil
		}
		if attempt == startAttempts || ctx.Err() != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
}

// prepare makes the temporary folder and runs initdb.
func (s *Server) prepare(ctx context.Context) error {
	cred, err := serverCredential()
	if err != nil {
		return err
	}
	s.cred = cred
	if s.dir, err = os.MkdirTemp(tempRoot(cred), "freshet-pgoracle-"); err != nil {
		return fmt.Errorf("making the cluster's folder: %w", err)
	}
	if cred != nil {
		if err := os.Chown(s.dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return fmt.Errorf("giving the cluster's folder to the server's user: %w", err)
		}
	}
	var out []byte
	for _, locale := range []string{"C.UTF-8", "C"} { // not every libc has C.UTF-8
		cmd := s.command(ctx, "initdb", "-D", s.data(), "-U", superuser, "-A", "trust", "-E", "UTF8",
			"--locale="+locale, "--no-sync", "--no-instructions")
		if out, err = cmd.CombinedOutput(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("initdb: %w\n%s", err, out)
}

// launch starts postgres and waits until it takes connections.
func (s *Server) launch(ctx context.Context) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	s.port = port
	var log bytes.Buffer
	// Not ctx: the server must outlive the context of Open and is stopped by Close.
	s.cmd = s.command(context.WithoutCancel(ctx), "postgres", s.settings()...)
	s.cmd.Stdout, s.cmd.Stderr = &log, &log
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("starting postgres: %w", err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { // ends with the process; Close waits for it
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.answers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("postgres ended at once:\n%s", log.String())
		case <-ctx.Done():
			s.stop()
			return fmt.Errorf("postgres did not answer in %s: %w\n%s", startTimeout, err, log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// answers connects, and fails if it is another server that has the port: one that found it free at the same time.
func (s *Server) answers(ctx context.Context) error {
	conn, err := s.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, "SHOW data_directory").ReadAll()
	if err != nil {
		return fmt.Errorf("asking for the cluster's folder: %w", err)
	}
	if folder := string(results[0].Rows[0][0]); folder != s.data() {
		return fmt.Errorf("port %d is that of the server of %s", s.port, folder)
	}
	return nil
}

// settings are the server's options: no durability, no sockets in the file system, nothing that runs by itself.
func (s *Server) settings() []string {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port)}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1",
		"unix_socket_directories=",
		"fsync=off",
		"full_page_writes=off",
		"synchronous_commit=off",
		"max_wal_senders=0",
		"wal_level=minimal",
		"autovacuum=off",
		"jit=off",
		"shared_buffers=64MB",
		"max_connections=20",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_min_messages=fatal", // refused statements are what we ask for: they are not worth a log line
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// command is a call of one of PostgreSQL's programs as the server's user, with none of our PG* variables.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	for _, env := range os.Environ() {
		if !strings.HasPrefix(env, "PG") && !strings.HasPrefix(env, "LC_") && !strings.HasPrefix(env, "LANG") {
			cmd.Env = append(cmd.Env, env)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C") // messages in English
	cmd.SysProcAttr = processAttributes(s.cred)
	return cmd
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// URL is the connection string of a database of this server, for pgx, psql and drivers.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", superuser, s.port, database)
}

// Psql runs the psql of the server's version with the given arguments, without a ~/.psqlrc, and returns its output.
func (s *Server) Psql(ctx context.Context, database string, args ...string) (string, error) {
	args = append([]string{"-X", "-d", s.URL(database)}, args...)
	out, err := s.command(ctx, "psql", args...).Output()
	if err != nil {
		return "", fmt.Errorf("psql: %w", err)
	}
	return string(out), nil
}

// Connect opens a connection to a database as superuser. The options change its configuration first, for example to
// hear notices.
func (s *Server) Connect(ctx context.Context, database string, options ...func(*pgconn.Config)) (*pgconn.PgConn, error) {
	config, err := pgconn.ParseConfig(s.URL(database))
	if err != nil {
		return nil, fmt.Errorf("connection string: %w", err)
	}
	for _, option := range options {
		option(config)
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return conn, nil
}

// CreateDatabase makes an empty database; the name is written as it is, so it must be a plain identifier.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	conn, err := s.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return exec1(ctx, conn, "CREATE DATABASE "+name+" TEMPLATE template0")
}

// Close stops the server and removes its folder. It may be called twice.
func (s *Server) Close() error {
	s.stop()
	if s.dir == "" {
		return nil
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("removing the cluster: %w", err)
	}
	return nil
}

// stop ends the process: a fast shutdown, or a kill if that takes too long.
func (s *Server) stop() {
	if s.done == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGINT) // fails only if it has already ended
	select {
	case <-s.done:
	case <-time.After(stopTimeout):
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // immediate shutdown: takes the backends with it
		<-s.done
	}
}

// freePort asks the kernel for a loopback port that nobody uses at the moment.
func freePort(ctx context.Context) (int, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	return int(address.Port()), nil
}

// exec1 runs SQL by the simple protocol and drops its rows.
func exec1(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
		return fmt.Errorf("%.60q: %w", sql, err)
	}
	return nil
}
