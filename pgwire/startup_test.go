package pgwire_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
)

// packet is a start-up packet: a code and what follows.
func packet(code uint32, rest string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(rest)))
	return append(binary.BigEndian.AppendUint32(b, code), rest...)
}

func (c *client) read(n int) []byte {
	c.tb.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c.conn, b); err != nil {
		c.tb.Fatal(err)
	}
	return b
}

// TestEncryptionIsRefused asks for both kinds, as libpq does, and goes on without.
func TestEncryptionIsRefused(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	c := newClient(t, address)
	for _, request := range []pgproto3.Message{&pgproto3.GSSEncRequest{}, &pgproto3.SSLRequest{}} {
		c.send(request)
		if answer := c.read(1); answer[0] != 'N' {
			t.Errorf("%T: %q", request, answer)
		}
	}
	c.send(startupAs("u"))
	c.until("ReadyForQuery I")
}

// TestBadStartups end with an error, and leave the server well.
func TestBadStartups(t *testing.T) {
	const v3 = 3 << 16
	ssl := packet(80877103, "")
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	for name, c := range map[string]struct {
		bytes []byte
		want  pgerr.Code
	}{
		"announces too much":  {[]byte{0, 0, 0x27, 0x19, 0, 3, 0, 0}, pgerr.ProtocolViolation},
		"announces 4 GiB":     {[]byte{0xff, 0xff, 0xff, 0xff}, pgerr.ProtocolViolation},
		"too short":           {[]byte{0, 0, 0, 7, 0, 0, 0}, pgerr.ProtocolViolation},
		"protocol 2":          {packet(2<<16, "u\x00"), pgerr.FeatureNotSupported},
		"an HTTP request":     {[]byte("GET / HTTP/1.1\r\n\r\n"), pgerr.ProtocolViolation},
		"SSL twice":           {append(ssl, ssl...), pgerr.FeatureNotSupported},
		"no terminator":       {packet(v3, "user\x00u\x00"), pgerr.ProtocolViolation},
		"no value":            {packet(v3, "user\x00"), pgerr.ProtocolViolation},
		"bytes behind it":     {packet(v3, "user\x00u\x00\x00x"), pgerr.ProtocolViolation},
		"no user":             {packet(v3, "database\x00d\x00\x00"), pgerr.InvalidAuthorization},
		"nothing":             {packet(v3, "\x00"), pgerr.InvalidAuthorization},
		"not UTF-8":           {packet(v3, "user\x00\xff\x00\x00"), pgerr.CharacterNotInRepertoire},
		"replication":         {packet(v3, "user\x00u\x00replication\x00database\x00\x00"), pgerr.FeatureNotSupported},
		"options of a server": {packet(v3, "user\x00u\x00options\x00-B 1000\x00\x00"), pgerr.SyntaxError},
		"unknown database":    {packet(v3, "user\x00u\x00database\x00nosuch\x00\x00"), pgerr.InvalidCatalogName},
	} {
		t.Run(name, func(t *testing.T) {
			cl := newClient(t, address)
			cl.write(c.bytes)
			if name == "SSL twice" {
				cl.read(1)
			}
			cl.fails(c.want)
		})
	}
	connect(t, address)
}

// TestGoneBeforeStartup connects and goes, at every byte of a start-up message.
func TestGoneBeforeStartup(t *testing.T) {
	handler := newFake()
	server, address := serve(t, pgwire.Config{Handler: handler})
	startup := encode(t, startupAs("u"))
	for n := range startup {
		c := newClient(t, address)
		c.write(startup[:n])
		c.conn.Close()
	}
	connect(t, address)
	if n := server.Connections(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// TestNegotiateProtocolVersion speaks of a future version and its options: the server says what it will not do, and goes on.
func TestNegotiateProtocolVersion(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"3.0":               {packet(3<<16, "user\x00u\x00\x00"), "R"},
		"3.2":               {packet(3<<16|2, "user\x00u\x00\x00"), "v\x00\x00\x00\x0c\x00\x03\x00\x00\x00\x00\x00\x00R"},
		"options":           {packet(3<<16, "_pq_.b\x00x\x00user\x00u\x00_pq_.a\x00\x00\x00"), "v\x00\x00\x00\x1a\x00\x03\x00\x00\x00\x00\x00\x02_pq_.a\x00_pq_.b\x00R"},
		"3.9999 and option": {packet(3<<16|9999, "_pq_.x\x001\x00user\x00u\x00\x00"), "v\x00\x00\x00\x13\x00\x03\x00\x00\x00\x00\x00\x01_pq_.x\x00R"},
	} {
		cl := newClient(t, address)
		cl.write(c.bytes)
		if got := string(cl.read(len(c.want))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestStartupParameters reach the handler: options first, then what the message itself says.
func TestStartupParameters(t *testing.T) {
	handler := newFake()
	_, address := serve(t, pgwire.Config{Handler: handler, ServerVersion: "15.0 (test)"})
	c := newClient(t, address)
	c.send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: map[string]string{
		"user": "somebody", "application_name": "app", "TimeZone": "Europe/Berlin", "replication": "off",
		"options": `-c geqo=off  -csearch_path=a\ b,c --work-mem=4MB --TimeZone=UTC -c empty=`,
	}})
	told := c.until("ReadyForQuery")
	want := pgwire.Startup{User: "somebody", Database: "somebody", ProcessID: c.key.ProcessID, Parameters: map[string]string{
		"application_name": "app", "TimeZone": "Europe/Berlin", "geqo": "off", "search_path": "a b,c", "work_mem": "4MB", "empty": "",
	}}
	got := handler.starts[0]
	if got.RemoteAddr.String() != c.conn.LocalAddr().String() {
		t.Errorf("client's address: %s, want %s", got.RemoteAddr, c.conn.LocalAddr())
	}
	if got.LocalAddr.String() != c.conn.RemoteAddr().String() {
		t.Errorf("server's address: %s, want %s", got.LocalAddr, c.conn.RemoteAddr())
	}
	got.RemoteAddr, got.LocalAddr = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("start (-want +got):\n%s", diff)
	}
	for _, line := range []string{"ParameterStatus application_name=app", "ParameterStatus session_authorization=somebody", "ParameterStatus server_version=15.0 (test)"} {
		found := false
		for _, m := range told {
			found = found || m == line
		}
		if !found {
			t.Errorf("the client was not told %q: %q", line, told)
		}
	}
}

// TestStartupTimeout has clients say nothing, or half of something, until their time is over.
func TestStartupTimeout(t *testing.T) {
	for _, said := range []string{"", "\x00\x00\x00\x20\x00\x03"} {
		synctest.Test(t, func(t *testing.T) {
			server, err := pgwire.NewServer(pgwire.Config{Handler: newFake(), AuthenticationTimeout: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			listener := pipeListener{conns: make(chan net.Conn)}
			served := make(chan error, 1)
			go func() { served <- server.Serve(listener) }()
			ours, theirs := net.Pipe()
			listener.conns <- theirs
			start := time.Now()
			if _, err := io.WriteString(ours, said); err != nil {
				t.Fatal(err)
			}
			_, err = ours.Read(make([]byte, 1))
			if took := time.Since(start); err == nil || took != time.Minute {
				t.Errorf("after %q: ended with %v after %s", said, err, took)
			}
			if err := server.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			close(listener.conns)
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
