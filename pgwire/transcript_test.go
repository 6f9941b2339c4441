package pgwire_test

import (
	"context"
	"flag"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/internal/wiretest"
	"github.com/freshetdb/freshet/pgwire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long something may take that a test waits for: only a test that fails waits that long.
const patience = 2 * time.Minute

// byLoop names the variable of the environment that has all servers of the tests serve every client by an event loop.
const byLoop = "FRESHET_TEST_EVENT_LOOP"

// serve runs a server on a loopback port for the length of the test.
func serve(tb testing.TB, config pgwire.Config) (server *pgwire.Server, address string) {
	tb.Helper()
	listener, err := pgwire.Listen(tb.Context(), "127.0.0.1:0", config.Passwords != nil)
	if err != nil {
		tb.Fatal(err)
	}
	return serveOn(tb, config, listener), listener.Addr().String()
}

// serveOn serves on a listener until the end of the test.
func serveOn(tb testing.TB, config pgwire.Config, listener net.Listener) *pgwire.Server {
	tb.Helper()
	server, err := pgwire.NewServer(config)
	if err != nil {
		tb.Fatal(err)
	}
	if os.Getenv(byLoop) != "" {
		server.ServeByLoop()
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			tb.Errorf("shutting down: %v", err)
		}
		if err := <-done; err != nil {
			tb.Errorf("serving: %v", err)
		}
	})
	return server
}

func dial(tb testing.TB, address string) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		tb.Fatal(err)
	}
	return conn
}

// TestTranscripts runs what PostgreSQL 15 has answered against the fake. Only internal/wiretest records.
func TestTranscripts(t *testing.T) {
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		t.Skip("the transcripts are recorded from PostgreSQL: go test ./internal/wiretest -rewrite")
	}
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	wiretest.Run(t, "../testdata/wire", wiretest.Target{Address: address, User: "postgres", Database: "wire"})
}
