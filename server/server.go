package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/server/metrics"
	"github.com/freshetdb/freshet/server/session"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/state"
)

// Server is a Freshet that serves. Its methods may be called from any goroutine.
type Server struct {
	config   Config
	store    *storage.Store
	pool     *state.Pool
	runtime  *dataflow.Runtime
	engine   *session.Engine
	metrics  *metrics.Metrics
	wire     *pgwire.Server
	listener net.Listener // nil without one
	socket   net.Listener // of the Unix domain; nil without one
	web      *http.Server
	webAt    net.Listener
	// ended has the errors of the servers, when they end by themselves.
	ended   chan error
	unlimit func()
	// sweeping ends the goroutine that deletes old late rows; swept is closed when it has ended. Nil: there is none.
	sweeping context.CancelFunc
	swept    chan struct{}
}

// Start opens the store and serves. The caller calls Close, also after an error of Wait.
func Start(ctx context.Context, config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, ended: make(chan error, 3), unlimit: config.limitHeap()}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	passwords, err := s.listen(ctx)
	if err != nil {
		return err
	}
	if err := s.openStore(); err != nil {
		return err
	}
	if err := s.openEngine(ctx); err != nil {
		return err
	}
	s.wire, err = pgwire.NewServer(pgwire.Config{
		Handler: s.engine, Passwords: passwords, MaxConnections: s.config.MaxConnections, Logger: s.config.Logger,
	})
	if err != nil {
		return err
	}
	for _, l := range []net.Listener{s.listener, s.socket} {
		if l != nil {
			go func() { s.ended <- s.wire.Serve(l) }() // ends with Shutdown
		}
	}
	s.metrics = metrics.New(s.figures())
	if s.webAt != nil {
		s.serveHTTP()
	}
	s.sweepLate()
	return nil
}

// listen opens the sockets first: what is wrong with the addresses is known before the store is touched.
func (s *Server) listen(ctx context.Context) (passwords *pgwire.Passwords, err error) {
	if s.config.PasswordFile != "" {
		if passwords, err = pgwire.LoadPasswords(s.config.PasswordFile); err != nil {
			return nil, err
		}
	}
	if s.config.Listen != None {
		if s.listener, err = pgwire.Listen(ctx, s.config.Listen, passwords != nil); err != nil {
			return nil, err
		}
	}
	if s.config.SocketFolder != "" {
		if s.socket, err = pgwire.ListenSocket(ctx, s.config.SocketFolder, s.port()); err != nil {
			return nil, err
		}
	}
	if s.config.HTTP != None {
		if s.webAt, err = pgwire.Listen(ctx, s.config.HTTP, passwords != nil); err != nil {
			return nil, err
		}
	}
	return passwords, nil
}

func (s *Server) openStore() error {
	o := storage.Options{Dir: s.config.Data, FS: s.config.FS, CacheBytes: s.config.storeMemory(), Logger: s.config.Logger}
	if s.config.Data == Memory {
		o.Dir = ""
	}
	var err error
	if s.store, err = storage.Open(o); err != nil {
		return fmt.Errorf("opening the data folder %s: %w", s.config.Data, err)
	}
	return nil
}

func (s *Server) openEngine(ctx context.Context) error {
	snapshot, err := s.store.Committed()
	if err != nil {
		return err
	}
	contents, err := snapshot.Meta()
	if err = errors.Join(err, snapshot.Close()); err != nil {
		return fmt.Errorf("reading the definitions: %w", err)
	}
	s.pool = state.NewPool()
	s.pool.OnGrow(func(mapped int64) { debug.SetMemoryLimit(s.config.heapLimit(mapped)) })
	s.runtime, err = dataflow.New(dataflow.Config{
		Store: s.store, Workers: s.config.Workers, TickRows: s.config.TickRows, Pool: s.pool, MemoryLimit: s.config.MemoryLimit, Clock: s.config.Clock,
		Logger: s.config.Logger,
	})
	if err != nil {
		return err
	}
	s.engine = session.New(session.Config{
		Runtime: s.runtime, Connectors: s.config.Connectors, Version: "PostgreSQL 15.0 (Freshet " + s.config.Version + ")",
		MaxConnections: s.config.MaxConnections,
		Logger:         s.config.Logger, DiskBytes: func() int64 { return int64(s.store.Metrics().DiskBytes) },
		TableBytes: func(table uint32) int64 { return s.store.TableBytes(storage.TableID(table)) },
	})
	if err := s.engine.Restore(ctx, contents, s.config.DropBroken); err != nil {
		return fmt.Errorf("reading the definitions of %s: %w", s.config.Data, err)
	}
	if !s.config.Manual {
		s.runtime.Start()
	}
	return s.engine.Initialize(ctx)
}

// Address is where clients connect; nil if nobody can.
func (s *Server) Address() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// port is that of clients, by which they also find the socket.
func (s *Server) port() int {
	if a, ok := s.Address().(*net.TCPAddr); ok {
		return a.Port
	}
	return defaultPort
}

// HTTPAddress is where those connect who watch; nil if nobody can.
func (s *Server) HTTPAddress() net.Addr {
	if s.webAt == nil {
		return nil
	}
	return s.webAt.Addr()
}

// Runtime is what runs the dataflows, for tests that tick and for benchmarks.
func (s *Server) Runtime() *dataflow.Runtime { return s.runtime }

// Store is the open store, for its figures.
func (s *Server) Store() *storage.Store { return s.store }

// Handler opens sessions inside of the process.
func (s *Server) Handler() pgwire.Handler { return s.engine }

// Wait waits until ctx ends or one of the servers fails, which is the error.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case err := <-s.ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// How long clients may take to finish their commands when the server ends, and then the server to write down what it has.
const (
	clientPatience = time.Second
	patience       = 20 * time.Second
)

// Close ends all sessions, finishes the tick that runs, commits, and closes the store. It may be called once.
func (s *Server) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var errs []error
	if s.wire != nil {
		clients, stop := context.WithTimeout(ctx, clientPatience)
		defer stop()
		if err := s.wire.Shutdown(clients); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			errs = append(errs, err)
		}
	}
	for _, l := range []net.Listener{s.listener, s.socket, s.webAt} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if s.web != nil {
		// Its listener is closed already, which it may not have noticed.
		if err := s.web.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.sweeping != nil {
		s.sweeping()
		<-s.swept
	}
	if s.engine != nil && s.runtime != nil {
		errs = append(errs, s.engine.Close(ctx))
	}
	if s.runtime != nil {
		errs = append(errs, s.runtime.Close())
	}
	if s.pool != nil {
		errs = append(errs, s.pool.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	s.unlimit()
	return errors.Join(errs...)
}

// Abandon stops everything without a commit, as a crash does: for tests over a file system that crashes.
func (s *Server) Abandon(ctx context.Context) {
	s.engine = nil
	_ = s.Close(ctx) // what it could not write is what the test is about
}

// pid is the process, for /healthz.
func pid() int { return os.Getpid() }
