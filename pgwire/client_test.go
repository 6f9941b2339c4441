package pgwire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// client is a connection whose messages a test writes and reads itself.
type client struct {
	tb    testing.TB
	conn  net.Conn
	front *pgproto3.Frontend
	key   pgproto3.BackendKeyData
}

func newClient(tb testing.TB, address string) *client {
	tb.Helper()
	conn := dial(tb, address)
	return &client{tb: tb, conn: conn, front: pgproto3.NewFrontend(pgproto3.NewChunkReader(conn), conn)}
}

// connect starts a session as user u.
func connect(tb testing.TB, address string) *client {
	tb.Helper()
	c := newClient(tb, address)
	c.send(startupAs("u"))
	c.until("ReadyForQuery")
	return c
}

func startupAs(user string) *pgproto3.StartupMessage {
	return &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: map[string]string{"user": user}}
}

func (c *client) send(list ...pgproto3.Message) {
	c.tb.Helper()
	c.write(encode(c.tb, list...))
}

// write ignores that the server may have closed already: what it said is read next.
func (c *client) write(b []byte) {
	c.tb.Helper()
	if _, err := c.conn.Write(b); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		c.tb.Fatal(err)
	}
}

// next is the next message in short: its type, and what matters of it. "closed" is the end.
func (c *client) next() string {
	c.tb.Helper()
	m, err := c.front.Receive()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	case err != nil:
		c.tb.Fatal(err)
	}
	switch m := m.(type) {
	case *pgproto3.ErrorResponse:
		return fmt.Sprintf("%s %s %s", m.Severity, m.Code, m.Message)
	case *pgproto3.BackendKeyData:
		c.key = *m
		return "BackendKeyData"
	case *pgproto3.ReadyForQuery:
		return "ReadyForQuery " + string(m.TxStatus)
	case *pgproto3.NotificationResponse:
		return fmt.Sprintf("Notification %d %s %s", m.PID, m.Channel, m.Payload)
	case *pgproto3.ParameterStatus:
		return fmt.Sprintf("ParameterStatus %s=%s", m.Name, m.Value)
	}
	text, err := json.Marshal(m)
	if err != nil {
		c.tb.Fatal(err)
	}
	return string(text)
}

// until reads up to a message that begins with prefix, and returns all.
func (c *client) until(prefix string) []string {
	c.tb.Helper()
	var all []string
	for {
		m := c.next()
		all = append(all, m)
		if strings.HasPrefix(m, prefix) {
			return all
		}
		if m == "closed" {
			c.tb.Fatalf("the connection ended before %q: %q", prefix, all)
		}
	}
}

// fails reads a FATAL error of a code, and the end.
func (c *client) fails(code pgerr.Code) {
	c.tb.Helper()
	c.until("FATAL " + string(code))
	if m := c.next(); m != "closed" {
		c.tb.Errorf("after the fatal error: %q", m)
	}
}
