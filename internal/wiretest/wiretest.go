// Package wiretest runs transcripts of the wire protocol against a server: what a client sends, message by message, and what it
// must get back.
//
// The transcripts in testdata/wire are recorded from PostgreSQL 15 and hold for every server that speaks its protocol: their SQL
// means the same to all. A file is one connection; its commands are (datadriven's format):
//
//	startup user=... database=...   connects, and prints what comes up to ReadyForQuery; default: user and database of the Target
//	send                            sends messages, a line each: a type of pgproto3 and its fields as JSON
//	until [ignore=A,B]              reads until messages of the given types, a line each, have come in that order; prints all
//	cancel                          sends cancel requests for the connection until it answers
//	raw                             sends bytes, in hexadecimal
//	closed                          reads to the end of the connection; prints what comes before it
//
// What differs between servers and runs is made the same: process ids, keys, versions, OIDs of users' tables, and places in PostgreSQL's source.
package wiretest

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgproto3/v2"
)

// patience is how long an answer may take: only a test that fails waits for it.
const patience = time.Minute

// Target is a server.
type Target struct {
	Address string
	User    string
	// Database is what the files connect to.
	Database string
}

// Run runs the transcripts of a folder, a subtest each. With -rewrite the server's answers become the expected ones.
func Run(t *testing.T, folder string, target Target) {
	t.Helper()
	datadriven.Walk(t, folder, func(t *testing.T, path string) {
		s := &session{target: target}
		defer s.close()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out, err := s.run(d)
			if err != nil {
				d.Fatalf(t, "%s: %v", d.Pos, err)
			}
			return out
		})
	})
}

// session is a client's side of a connection.
type session struct {
	target Target
	conn   net.Conn
	in     *bufio.Reader
	front  *pgproto3.Frontend
	key    pgproto3.BackendKeyData
}

func (s *session) close() {
	if s.conn != nil {
		_ = s.conn.Close() // the transcript has said what it wants to know
	}
}

func (s *session) run(d *datadriven.TestData) (string, error) {
	if d.Cmd == "startup" {
		return s.startup(d)
	}
	if s.conn == nil {
		if _, err := s.startup(&datadriven.TestData{}); err != nil {
			return "", err
		}
	}
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	switch d.Cmd {
	case "send":
		return "", s.send(d.Input)
	case "raw":
		b, err := hex.DecodeString(strings.Join(strings.Fields(d.Input), ""))
		if err != nil {
			return "", err
		}
		_, err = s.conn.Write(b)
		return "", err
	case "until":
		var ignore []string
		for _, arg := range d.CmdArgs {
			if arg.Key != "ignore" {
				return "", fmt.Errorf("until has no argument %q", arg.Key)
			}
			ignore = arg.Vals
		}
		return s.until(strings.Fields(d.Input), ignore)
	case "cancel":
		return "", s.cancel()
	case "closed":
		return s.untilClosed()
	default:
		return "", fmt.Errorf("unknown command %q", d.Cmd)
	}
}

func (s *session) startup(d *datadriven.TestData) (string, error) {
	s.close()
	conn, err := net.Dial("tcp", s.target.Address)
	if err != nil {
		return "", err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	s.conn, s.in = conn, bufio.NewReader(conn)
	s.front = pgproto3.NewFrontend(pgproto3.NewChunkReader(s.in), conn)
	parameters := map[string]string{"user": s.target.User, "database": s.target.Database}
	for _, arg := range d.CmdArgs {
		parameters[arg.Key] = strings.Join(arg.Vals, ",")
	}
	err = s.front.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: parameters})
	if err != nil {
		return "", err
	}
	return s.until([]string{"ReadyForQuery"}, nil)
}

// messageTypes are the messages that a transcript may send.
func messageTypes() map[string]pgproto3.FrontendMessage {
	return map[string]pgproto3.FrontendMessage{
		"Bind": &pgproto3.Bind{}, "Close": &pgproto3.Close{}, "CopyData": &pgproto3.CopyData{}, "CopyDone": &pgproto3.CopyDone{},
		"CopyFail": &pgproto3.CopyFail{}, "Describe": &pgproto3.Describe{}, "Execute": &pgproto3.Execute{},
		"Flush": &pgproto3.Flush{}, "Parse": &pgproto3.Parse{}, "Query": &pgproto3.Query{}, "Sync": &pgproto3.Sync{},
		"Terminate": &pgproto3.Terminate{},
	}
}

// send sends the messages of all lines in one write, as a client that pipelines does.
func (s *session) send(lines string) error {
	var out []byte
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		name, fields, _ := strings.Cut(line, " ")
		message, ok := messageTypes()[name]
		if !ok {
			return fmt.Errorf("no message %q", name)
		}
		if fields != "" {
			if err := json.Unmarshal([]byte(fields), message); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		}
		var err error
		if out, err = message.Encode(out); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	_, err := s.conn.Write(out)
	return err
}

// until reads until messages of the given types have come in that order.
func (s *session) until(types, ignore []string) (string, error) {
	var out strings.Builder
	for len(types) > 0 {
		message, err := s.front.Receive()
		if err != nil {
			return "", fmt.Errorf("waiting for %s: %w; so far:\n%s", types[0], err, out.String())
		}
		name, text, err := s.show(message)
		if err != nil {
			return "", err
		}
		if name == types[0] {
			types = types[1:]
		}
		if !slices.Contains(ignore, name) {
			out.WriteString(text + "\n")
		}
		if len(types) > 0 && name == "ErrorResponse" && strings.Contains(text, `"FATAL"`) {
			return out.String(), nil // nothing follows
		}
	}
	return out.String(), nil
}

func (s *session) untilClosed() (string, error) {
	var out strings.Builder
	for {
		message, err := s.front.Receive()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return out.String() + "closed\n", nil
		case err != nil:
			return "", err
		}
		_, text, err := s.show(message)
		if err != nil {
			return "", err
		}
		out.WriteString(text + "\n")
	}
}

// cancel asks again and again: a request that comes before the server has begun with the query is not remembered.
func (s *session) cancel() error {
	for until := time.Now().Add(patience); time.Now().Before(until); {
		if err := s.cancelOnce(); err != nil {
			return err
		}
		if err := s.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			return err
		}
		_, err := s.in.Peek(1)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return errors.New("the connection did not answer to cancel requests")
}

func (s *session) cancelOnce() error {
	conn, err := net.Dial("tcp", s.target.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the server has closed it too
	request := pgproto3.CancelRequest{ProcessID: s.key.ProcessID, SecretKey: s.key.SecretKey}
	bytes, err := request.Encode(nil)
	if err != nil {
		return err
	}
	if _, err := conn.Write(bytes); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn) // the server closes when it has done it
	return err
}
