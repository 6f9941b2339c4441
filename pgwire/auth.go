package pgwire

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/jackc/pgproto3/v2"
	"github.com/xdg-go/scram"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// scramMechanism is the one mechanism that there is without TLS; channel binding needs it.
const scramMechanism = "SCRAM-SHA-256"

var errMalformedSCRAM = pgerr.New(pgerr.ProtocolViolation, "malformed SCRAM message")

// authenticate proves that the client is who it says, by SCRAM-SHA-256 (RFC 5802, RFC 7677; PostgreSQL 15, 55.3), where there is
// a password file. A client cannot tell a user that does not exist from a wrong password, nor before it has tried one.
func (c *conn) authenticate() error {
	passwords := c.server.config.Passwords
	if passwords == nil {
		if !isLoopback(c.net.RemoteAddr()) { // Serve refuses such listeners; this holds also for those that lie
			return pgerr.New(pgerr.InvalidAuthorization, "clients of other machines need a password, and this server has no password file")
		}
		return nil
	}
	credentials, known := passwords.lookup(c.start.User)
	// The user is the one of the start-up message; what SCRAM says about it is ignored, as in PostgreSQL.
	verifier, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return credentials, nil })
	if err != nil {
		return err
	}
	conversation := verifier.NewConversation()
	c.send(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{scramMechanism}})
	first, err := c.saslInitialResponse()
	if err != nil {
		return err
	}
	challenge, err := conversation.Step(string(first))
	if err != nil {
		return errMalformedSCRAM
	}
	c.send(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)})
	final, err := c.saslMessage()
	if err != nil {
		return err
	}
	outcome, err := conversation.Step(string(final))
	switch {
	case err == nil && known:
		c.send(&pgproto3.AuthenticationSASLFinal{Data: []byte(outcome)})
		return nil
	case err == nil, outcome == scram.ErrInvalidProof:
		c.log.Info("password authentication failed", "user", c.start.User)
		return pgerr.Newf(pgerr.InvalidPassword, "password authentication failed for user %q", c.start.User)
	case outcome == scram.ErrChannelBindingsDontMatch:
		return pgerr.New(pgerr.InvalidAuthorization, "SCRAM channel binding check failed")
	default:
		return errMalformedSCRAM
	}
}

// saslInitialResponse reads the client's choice of a mechanism and its first message.
func (c *conn) saslInitialResponse() ([]byte, error) {
	body, err := c.saslMessage()
	if err != nil {
		return nil, err
	}
	mechanism, rest, ok := bytes.Cut(body, []byte{0})
	if ok && string(mechanism) != scramMechanism {
		return nil, pgerr.New(pgerr.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	if !ok || len(rest) < 4 || int64(int32(binary.BigEndian.Uint32(rest))) != int64(len(rest)-4) {
		return nil, errMessageFormat
	}
	return rest[4:], nil
}

// saslMessage sends what is due and reads the client's answer.
func (c *conn) saslMessage() ([]byte, error) {
	c.flush()
	kind, body, err := c.in.message(func(kind byte) (int, error) {
		if kind != 'p' {
			return 0, pgerr.Newf(pgerr.ProtocolViolation, "expected SASL response, got message type %d", kind)
		}
		return maxSASLBytes, nil
	})
	if err != nil || c.lost != nil {
		return nil, errors.Join(err, c.lost)
	}
	_ = kind // the limit allows one
	return body, nil
}
