package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// The codes that a start-up packet begins with: requests, or the version of the protocol.
const (
	codeCancel   = 1234<<16 | 5678
	codeSSL      = 1234<<16 | 5679
	codeGSSEnc   = 1234<<16 | 5680
	majorVersion = 3
	newestMinor  = 0
)

// startUp goes from the first byte to a session: requests for encryption, a cancel request (which ends the connection), the
// start-up message, authentication, Handler.Open, and the settings.
func (c *conn) startUp() (Session, error) {
	if err := c.net.SetDeadline(time.Now().Add(c.server.config.AuthenticationTimeout)); err != nil {
		return nil, err
	}
	if err := c.negotiate(); err != nil {
		return nil, err
	}
	if err := c.authenticate(); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = pgerr.New(pgerr.QueryCanceled, "canceling authentication due to timeout")
		}
		return nil, err
	}
	c.send(&pgproto3.AuthenticationOk{})
	if err := c.server.admit(c); err != nil {
		return nil, err
	}
	c.parameters = newParameters(c.start, c.server.config.ServerVersion)
	session, err := c.open()
	if err != nil {
		return nil, err
	}
	if err := c.began(); err != nil {
		session.Close()
		return nil, err
	}
	c.mu.Lock()
	c.parameters.report(func(name, value string) { c.send(&pgproto3.ParameterStatus{Name: name, Value: clean(value)}) })
	c.mu.Unlock()
	c.send(&pgproto3.BackendKeyData{ProcessID: c.start.ProcessID, SecretKey: c.secret})
	return session, nil
}

// open asks the handler for a session, for as long as authentication may take.
func (c *conn) open() (Session, error) {
	ctx, done := context.WithTimeout(c.ctx, c.server.config.AuthenticationTimeout)
	defer done()
	session, err := c.server.config.Handler.Open(ctx, c.start, c)
	if err == nil {
		return session, nil
	}
	e, expected := userError(ctx, err)
	if !expected {
		c.log.Error("opening a session failed by a mistake of ours", "error", err)
	}
	return nil, e
}

// began ends the time limit of the start-up. A server that shuts down has no more use for the connection.
func (c *conn) began() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return errShuttingDown
	}
	c.started = true
	return c.net.SetDeadline(time.Time{})
}

// negotiate reads start-up packets until one is a start-up message. Encryption is not configured: 'N', once for each kind.
func (c *conn) negotiate() error {
	var ssl, gss bool
	for {
		packet, err := c.startupPacket()
		if err != nil {
			return err
		}
		code, rest := binary.BigEndian.Uint32(packet), packet[4:]
		switch {
		case code == codeCancel:
			if len(rest) == 8 {
				c.server.cancel(binary.BigEndian.Uint32(rest), binary.BigEndian.Uint32(rest[4:]))
			}
			return errBye
		case code == codeSSL && !ssl:
			ssl = true
		case code == codeGSSEnc && !gss:
			gss = true
		case code>>16 == majorVersion:
			return c.startupMessage(code&0xffff, rest)
		default:
			return pgerr.Newf(pgerr.FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports %d.0 to %d.%d",
				code>>16, code&0xffff, majorVersion, majorVersion, newestMinor)
		}
		c.out = append(c.out, 'N')
		c.flush()
	}
}

// startupPacket reads a packet, which has a length and no type. Someone who connects and says nothing is not worth an error.
func (c *conn) startupPacket() ([]byte, error) {
	header, err := c.in.next(4)
	if err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(header)) - 4
	if n < 4 || n > maxStartupBytes {
		return nil, pgerr.New(pgerr.ProtocolViolation, "invalid length of startup packet")
	}
	packet, err := c.in.next(int(n))
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	return packet, err
}

// startupMessage takes what the client says about itself: pairs of texts that end with an empty name.
func (c *conn) startupMessage(minor uint32, rest []byte) error {
	said := make(map[string]string)
	for {
		name, after, ok := bytes.Cut(rest, []byte{0})
		if ok && len(name) == 0 && len(after) == 0 {
			break
		}
		value, after, ok2 := bytes.Cut(after, []byte{0})
		if !ok || !ok2 || len(name) == 0 {
			return pgerr.New(pgerr.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte")
		}
		if !utf8.Valid(name) || !utf8.Valid(value) {
			return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8" in startup packet`)
		}
		said[string(name)] = string(value)
		rest = after
	}
	c.negotiateVersion(minor, said)
	return c.takeStartup(said)
}

// negotiateVersion tells a client that speaks a newer minor version, or asks for extensions of the protocol, what it will not
// get (NegotiateProtocolVersion; pgproto3 has no such message).
func (c *conn) negotiateVersion(minor uint32, said map[string]string) {
	var unsupported []string
	for name := range said {
		if strings.HasPrefix(name, "_pq_.") {
			unsupported = append(unsupported, name)
			delete(said, name)
		}
	}
	if minor <= newestMinor && len(unsupported) == 0 {
		return
	}
	slices.Sort(unsupported)
	at := len(c.out)
	c.out = append(c.out, 'v', 0, 0, 0, 0)
	c.out = binary.BigEndian.AppendUint32(c.out, majorVersion<<16|newestMinor)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(unsupported)))
	for _, name := range unsupported {
		c.out = append(append(c.out, name...), 0)
	}
	binary.BigEndian.PutUint32(c.out[at+1:], uint32(len(c.out)-at-1))
}

// takeStartup sorts what the client said into user, database and settings.
func (c *conn) takeStartup(said map[string]string) error {
	c.start.User, c.start.Database = cutName(said["user"]), cutName(said["database"])
	c.start.RemoteAddr, c.start.LocalAddr = c.net.RemoteAddr(), c.net.LocalAddr()
	if c.start.User == "" {
		return pgerr.New(pgerr.InvalidAuthorization, "no PostgreSQL user name specified in startup packet")
	}
	if c.start.Database == "" {
		c.start.Database = c.start.User
	}
	switch strings.ToLower(said["replication"]) {
	case "", "false", "off", "no", "0":
	default:
		return pgerr.New(pgerr.FeatureNotSupported, "replication connections are not supported")
	}
	parameters, err := parseOptions(said["options"])
	if err != nil {
		return err
	}
	for _, name := range []string{"user", "database", "replication", "options"} {
		delete(said, name)
	}
	maps.Copy(parameters, said)
	c.start.Parameters = parameters
	return nil
}

// cutName cuts a name to the length that names have, between characters.
func cutName(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	n := maxNameBytes
	for n > 0 && !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}

// parseOptions reads the start-up parameter "options": command-line arguments between spaces, where a backslash takes the next
// character as it is. Those that set a parameter are supported: -c name=value, -cname=value and --name=value.
func parseOptions(text string) (map[string]string, error) {
	parameters := make(map[string]string)
	arguments := splitOptions(text)
	for i := 0; i < len(arguments); i++ {
		argument := arguments[i]
		setting, long := strings.CutPrefix(argument, "--")
		if !long {
			var short bool
			setting, short = strings.CutPrefix(argument, "-c")
			if short && setting == "" && i+1 < len(arguments) {
				i++
				setting = arguments[i]
			}
			if !short {
				setting = ""
			}
		}
		name, value, ok := strings.Cut(setting, "=")
		if !ok || name == "" {
			return nil, pgerr.Newf(pgerr.SyntaxError, "invalid command-line argument for server process: %s", argument).
				WithHint("Settings are given as -c name=value or --name=value.")
		}
		parameters[strings.ReplaceAll(name, "-", "_")] = value
	}
	return parameters, nil
}

func splitOptions(text string) []string {
	var arguments []string
	var argument strings.Builder
	started, escaped := false, false
	for _, r := range text {
		space := r == ' ' || r >= '\t' && r <= '\r'
		switch {
		case !escaped && r == '\\':
			escaped, started = true, true
			continue
		case !escaped && space && started:
			arguments = append(arguments, argument.String())
			argument.Reset()
			started = false
		case escaped || !space:
			argument.WriteRune(r)
			started = true
		}
		escaped = false
	}
	if started {
		arguments = append(arguments, argument.String())
	}
	return arguments
}
