package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/server"
)

// pointRows is how many rows the table of pointClient has: row id has 7*id.
const pointRows = 100_000

// pointClient is a client that reads rows by key, and has all its messages at hand: what is measured with it is the server's work, and nothing of the
// system's. It is both ends of its connection.
type pointClient struct {
	start   []byte // what it begins with
	left    int    // requests that are to come
	id      int    // of the last one
	seed    uint32
	out     []byte // the server's to read
	memory  []byte // for out
	scratch [20]byte
	wrong   error

	closing sync.Once
	ended   chan struct{} // closed when the server has closed the connection
}

// onceListener accepts one connection. It ends when the server closes it, not with the connection.
type onceListener struct {
	net.Conn // its address
	accepted chan net.Conn
	closing  sync.Once
}

func newOnceListener(c net.Conn) *onceListener {
	l := &onceListener{Conn: c, accepted: make(chan net.Conn, 1)}
	l.accepted <- c
	return l
}

func (l *onceListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.accepted; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l *onceListener) Close() error {
	l.closing.Do(func() { close(l.accepted) })
	return nil
}

func (l *onceListener) Addr() net.Addr { return l.LocalAddr() }

func newPointClient(tb testing.TB, requests int) *pointClient {
	tb.Helper()
	c := &pointClient{left: requests, ended: make(chan struct{})}
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: map[string]string{"user": "freshet", "database": "freshet"}},
		&pgproto3.Parse{Name: "s", Query: "SELECT v FROM t WHERE id = $1"}, &pgproto3.Sync{},
	} {
		var err error
		if c.start, err = m.Encode(c.start); err != nil {
			tb.Fatal(err)
		}
	}
	return c
}

func (c *pointClient) Read(b []byte) (int, error) {
	if len(c.out) == 0 {
		switch {
		case c.start != nil:
			c.out, c.start = c.start, nil
		case c.left > 0:
			c.left--
			c.request()
		default:
			return 0, io.EOF
		}
	}
	n := copy(b, c.out)
	c.out = c.out[n:]
	return n, nil
}

// request makes Bind, Execute and Sync of a row at random.
func (c *pointClient) request() {
	c.seed = c.seed*1664525 + 1013904223
	c.id = 1 + int(c.seed>>8)%pointRows
	text := strconv.AppendInt(c.scratch[:0], int64(c.id), 10)
	out := append(c.memory[:0], 'B', 0, 0, 0, byte(4+1+2+2+2+4+len(text)+2), 0, 's', 0, 0, 0, 0, 1)
	out = binary.BigEndian.AppendUint32(out, uint32(len(text)))
	out = append(append(out, text...), 0, 0)
	c.memory = append(out, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0, 'S', 0, 0, 0, 4)
	c.out = c.memory
}

// Write takes an answer, and looks whether its row is the right one.
func (c *pointClient) Write(b []byte) (int, error) {
	if c.id == 0 {
		return len(b), nil
	}
	const header = 5 + 7 + 4 // BindComplete, and what a DataRow has before its first value
	text := strconv.AppendInt(c.scratch[:0], int64(c.id)*7, 10)
	if len(b) < header+len(text) || !bytes.Equal(b[header:header+len(text)], text) {
		c.wrong = fmt.Errorf("row %d is %q", c.id, b)
	}
	return len(b), nil
}

func (c *pointClient) Close() error {
	c.closing.Do(func() { close(c.ended) })
	return nil
}

func (c *pointClient) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (c *pointClient) RemoteAddr() net.Addr             { return c.LocalAddr() }
func (c *pointClient) SetDeadline(time.Time) error      { return nil }
func (c *pointClient) SetReadDeadline(time.Time) error  { return nil }
func (c *pointClient) SetWriteDeadline(time.Time) error { return nil }

// startPoints starts a server that has the table; run has a client ask so many times.
func startPoints(tb testing.TB) (run func(requests int)) {
	tb.Helper()
	s, err := server.Start(tb.Context(), config())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	local, err := s.OpenLocal(tb.Context(), "freshet", "freshet")
	if err != nil {
		tb.Fatal(err)
	}
	defer local.Close()
	for _, sql := range []string{
		"CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)",
		fmt.Sprintf("INSERT INTO t SELECT i, i * 7 FROM generate_series(1, %d) i", pointRows), "INSERT INTO t VALUES (-1, -1)",
	} {
		if _, err := local.Exec(tb.Context(), sql); err != nil {
			tb.Fatal(err)
		}
	}
	return func(requests int) {
		wire, err := pgwire.NewServer(pgwire.Config{Handler: s.Handler(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			tb.Fatal(err)
		}
		c := newPointClient(tb, requests)
		serving := make(chan error, 1)
		go func() { serving <- wire.Serve(newOnceListener(c)) }()
		<-c.ended
		err = errors.Join(wire.Shutdown(context.Background()), <-serving, c.wrong)
		if err != nil || c.left > 0 {
			tb.Fatalf("%d requests are left: %v", c.left, err)
		}
	}
}

// TestPointAllocations holds that a prepared SELECT by key makes next to nothing for the garbage collector.
func TestPointAllocations(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	run := startPoints(t)
	const requests, most = 20_000, 3 // the settings at the time of the transaction, and the snapshot's two halves
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run(requests)
	runtime.ReadMemStats(&after)
	if got := float64(after.Mallocs-before.Mallocs) / requests; got > most+0.5 {
		t.Errorf("%.1f allocations for a read, want %d", got, most)
	}
}

// TestPointsFresh holds that prepared reads by key, which use their memory again, see what was committed before they began, and nothing older than the
// read before, while others commit.
func TestPointsFresh(t *testing.T) {
	s := start(t, config())
	exec(t, connect(t, s), "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)", "INSERT INTO t SELECT i, 0 FROM generate_series(0, 9) i")
	const commits, readers = 200, 4
	var committed atomic.Int64
	var wait sync.WaitGroup
	for i := range readers {
		c := connect(t, s)
		wait.Go(func() {
			for last := int64(0); last < commits; {
				before := max(last, committed.Load())
				if err := c.QueryRow(context.Background(), "SELECT v FROM t WHERE id = $1", i).Scan(&last); err != nil || last < before {
					t.Errorf("row %d is %d after %d: %v", i, last, before, err)
					return
				}
			}
		})
	}
	writer := connect(t, s)
	for n := range int64(commits) {
		if _, err := writer.Exec(t.Context(), "UPDATE t SET v = v + 1"); err != nil {
			t.Error(err)
			committed.Store(commits) // the readers end with an error
			break
		}
		committed.Store(n + 1)
	}
	wait.Wait()
}

// BenchmarkPoint is all that the server does for a prepared SELECT by key but reading from and writing to the socket.
func BenchmarkPoint(b *testing.B) {
	run := startPoints(b)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
}
