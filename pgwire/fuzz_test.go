package pgwire_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/pgwire"
)

// pipeListener gives one connection that is not of the network.
type pipeListener struct{ conns chan net.Conn }

func (l pipeListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipeListener) Close() error   { return nil }
func (l pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// scripted is a client that sends what it has and reads nothing.
type scripted struct {
	*bytes.Reader
	once *sync.Once
	done chan struct{}
}

func (c scripted) Write(b []byte) (int, error)    { return len(b), nil }
func (c scripted) Close() error                   { c.once.Do(func() { close(c.done) }); return nil }
func (scripted) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (scripted) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (scripted) SetDeadline(time.Time) error      { return nil }
func (scripted) SetReadDeadline(time.Time) error  { return nil }
func (scripted) SetWriteDeadline(time.Time) error { return nil }

var _ io.Reader = scripted{}

// allocated is how many bytes the process has allocated so far.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func encode(tb testing.TB, list ...pgproto3.Message) []byte {
	tb.Helper()
	var out []byte
	for _, m := range list {
		var err error
		if out, err = m.Encode(out); err != nil {
			tb.Fatal(err)
		}
	}
	return out
}

// FuzzBackend sends any bytes, from the first byte of the connection or after a start-up: nothing panics, every connection ends,
// every session is closed once, and memory is taken in proportion to what was sent.
func FuzzBackend(f *testing.F) {
	startup := encode(f, &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: map[string]string{"user": "u"}})
	for _, list := range [][]pgproto3.Message{
		{&pgproto3.Query{String: "SELECT 1 AS one"}, &pgproto3.Terminate{}},
		{
			&pgproto3.Parse{Query: "SELECT $1::int4 AS n, $2::text AS t", ParameterOIDs: []uint32{23}},
			&pgproto3.Bind{ParameterFormatCodes: []int16{1, 0}, Parameters: [][]byte{{0, 0, 0, 1}, nil}, ResultFormatCodes: []int16{1}},
			&pgproto3.Describe{ObjectType: 'S'}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Execute{},
			&pgproto3.Flush{}, &pgproto3.Close{ObjectType: 'P'}, &pgproto3.Sync{},
		},
		{
			&pgproto3.Query{String: "COPY wire_copy FROM STDIN"}, &pgproto3.CopyData{Data: []byte("1\ta\n")}, &pgproto3.CopyDone{},
			&pgproto3.Query{String: "COPY wire_copy FROM STDIN"}, &pgproto3.CopyFail{Message: "no"},
		},
		{
			&pgproto3.Query{String: "BEGIN"}, &pgproto3.Parse{Query: "SELECT i FROM generate_series(1, 5) AS g(i)"},
			&pgproto3.Bind{DestinationPortal: "p"}, &pgproto3.Execute{Portal: "p", MaxRows: 2}, &pgproto3.Sync{},
			&pgproto3.Execute{Portal: "p", MaxRows: 2}, &pgproto3.Execute{Portal: "q"}, &pgproto3.Sync{},
		},
	} {
		f.Add(true, encode(f, list...))
	}
	f.Add(true, []byte("B\x00\x00\x00\x13\x00\x00\x00\x00\x00\x01\xff\xff\xff\xfe\x00\x00"))
	f.Add(true, []byte("Q\x7f\xff\xff\xff"))
	f.Add(true, []byte("Q\x00\x00\x00\x04f\x00\x00\x00\x04F\x00\x00\x00\x05x"))
	f.Add(false, startup)
	f.Add(false, encode(f, &pgproto3.SSLRequest{}, &pgproto3.GSSEncRequest{}, &pgproto3.CancelRequest{ProcessID: 1, SecretKey: 2}))
	f.Add(false, []byte("\x00\x00\x00\x13\x00\x03\x00\x02_pq_.x\x001\x00\x00"))
	f.Add(false, []byte("\x7f\xff\xff\xff\x00\x03\x00\x00"))

	handler := newFake()
	delete(handler.statements, "SELECT pg_sleep(1000)") // nobody would cancel it
	server, err := pgwire.NewServer(pgwire.Config{Handler: handler, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	listener := pipeListener{conns: make(chan net.Conn)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	f.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil { // f's context has ended already
			f.Error(err)
		}
		close(listener.conns)
		if err := <-served; err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, started bool, data []byte) {
		if started {
			data = append(startup[:len(startup):len(startup)], data...)
		}
		before := allocated()
		client := scripted{Reader: bytes.NewReader(data), once: new(sync.Once), done: make(chan struct{})}
		listener.conns <- client
		<-client.done
		if took, most := allocated()-before, uint64(4<<20+64*len(data)); took > most {
			t.Errorf("%d bytes made the server allocate %d", len(data), took)
		}
		handler.mu.Lock()
		defer handler.mu.Unlock()
		for _, s := range handler.sessions {
			s.mu.Lock()
			if s.closed != 1 || s.portals != 0 {
				t.Errorf("a session was closed %d times, with %d portals open", s.closed, s.portals)
			}
			s.mu.Unlock()
		}
		handler.sessions, handler.peers, handler.starts, handler.copied = nil, nil, nil, nil
	})
}
