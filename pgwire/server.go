package pgwire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
)

var (
	errTooMany = pgerr.New(pgerr.TooManyConnections, "sorry, too many clients already")
	// PostgreSQL 15 says "non-replication superuser connections"; Freshet has no others.
	errReserved     = pgerr.New(pgerr.TooManyConnections, "remaining connection slots are reserved for superuser connections")
	errShuttingDown = pgerr.New(pgerr.CannotConnectNow, "the database system is shutting down")
	errShutdown     = pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command")
)

// Server serves clients on any number of listeners. Its methods may be called from any goroutine.
type Server struct {
	config Config
	// stop cancels what all connections do; base is the ancestor of their contexts.
	base context.Context // the life of the server, which no caller's context may end
	stop context.CancelCauseFunc

	running sync.WaitGroup // one for each connection, and for each event loop that has some
	heard   heard
	loops   eventLoops
	byLoop  bool // every client that waits is served by an event loop: for tests

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[uint32]*conn // by process id, from accept to close
	admitted  int              // those of conns that have a session or are getting it
	lastID    uint32
	closing   bool
}

// NewServer makes a server that serves nobody yet.
func NewServer(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	base, stop := context.WithCancelCause(context.Background())
	s := &Server{
		config: config, base: base, stop: stop,
		listeners: make(map[net.Listener]struct{}), conns: make(map[uint32]*conn),
	}
	s.loops = newEventLoops(&s.running)
	return s, nil
}

// Serve accepts clients until Shutdown, and then returns nil. It closes the listener. Each client gets a goroutine of
// its own, which Shutdown waits for.
func (s *Server) Serve(listener net.Listener) error {
	defer func() { _ = listener.Close() }() // Shutdown may have closed it: the second error says nothing
	if s.config.Passwords == nil && !isLoopback(listener.Addr()) {
		return notLoopback(listener.Addr().String())
	}
	if !s.track(listener) {
		return nil
	}
	var pause time.Duration
	for {
		client, err := listener.Accept()
		switch {
		case err == nil:
			pause = 0
			s.begin(client)
		case s.isClosing():
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accepting clients: %w", err)
		default: // out of file descriptors, or the client has gone already: others go on
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.config.Logger.Warn("accepting a client failed", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-s.base.Done():
			}
		}
	}
}

func (s *Server) track(listener net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[listener] = struct{}{}
	return true
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// begin starts a connection's goroutine. There are at most twice as many connections as clients may be served: some
// are about to end, to be refused, or to cancel.
func (s *Server) begin(client net.Conn) {
	c := newConn(s, client)
	s.mu.Lock()
	if s.closing || len(s.conns) >= 2*s.config.MaxConnections {
		reason := errTooMany
		if s.closing {
			reason = errShuttingDown
		}
		s.mu.Unlock()
		c.refuse(reason)
		return
	}
	for { // a server that has counted around finds the numbers of its oldest clients still taken
		s.lastID = s.lastID%(1<<31-1) + 1
		if _, taken := s.conns[s.lastID]; !taken {
			break
		}
	}
	c.start.ProcessID = s.lastID
	s.conns[s.lastID] = c
	s.running.Add(1)
	s.mu.Unlock()
	go func() { // ends with the connection; Shutdown waits for it
		defer s.running.Done()
		c.run()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c.start.ProcessID)
		if c.admitted {
			s.admitted--
		}
	}()
}

// admit gives an authenticated client its place, or says why there is none.
func (s *Server) admit(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return errShuttingDown
	case s.admitted >= s.config.MaxConnections:
		return errTooMany
	case s.admitted >= s.config.MaxConnections-s.config.ReservedConnections && !s.config.Superuser(c.start.User):
		return errReserved
	}
	s.admitted++
	c.admitted = true
	return nil
}

// cancel cancels what a connection does, if the key is right. Nobody is told whether it was.
func (s *Server) cancel(processID, secret uint32) {
	s.mu.Lock()
	c := s.conns[processID]
	s.mu.Unlock()
	if c == nil {
		return
	}
	var want, got [4]byte
	binary.BigEndian.PutUint32(want[:], c.secret)
	binary.BigEndian.PutUint32(got[:], secret)
	if subtle.ConstantTimeCompare(want[:], got[:]) == 1 {
		c.cancelCommand(pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request"))
	}
}

// abandonTime is how long a client may take to read what a cancelled command gives.
const abandonTime = 500 * time.Millisecond

// Shutdown stops accepting and ends all connections: those that wait for a command at once, with 57P01, the others when their
// command is done. When ctx ends before that, the commands are cancelled, and clients that do not read are given up; ctx's error is returned. In both
// cases all goroutines have ended and all sessions are closed when Shutdown returns. A second call does the same.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for listener := range s.listeners {
		_ = listener.Close() // Serve closes it too
	}
	conns := make([]*conn, 0, len(s.conns))
	for _, c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.drain()
	}
	done := make(chan struct{})
	go func() { // ends with the last connection, which the code below waits for
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.stop(errShutdown)
		return nil
	case <-ctx.Done():
	}
	s.stop(errShutdown)
	for _, c := range conns {
		c.hurry()
	}
	<-done
	return ctx.Err()
}

// Connections is the number of clients that are being served.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admitted
}

// newSecret makes the key that a cancel request must know.
func newSecret() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(b[:])
}
