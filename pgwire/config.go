package pgwire

import (
	"errors"
	"log/slog"
	"time"
)

// The limits of a server that its Config does not set. Those with a PostgreSQL name are PostgreSQL's defaults.
const (
	DefaultMaxConnections        = 100              // max_connections
	DefaultAuthenticationTimeout = 60 * time.Second // authentication_timeout
	DefaultMaxMessageBytes       = 128 << 20        // a statement text may have 64 MiB; its parameters are beside it
	DefaultServerVersion         = "15.0 (Freshet)" // the number that drivers parse, then the name
	MaxNotifications             = 10_000           // notifications that wait for one client
	maxStartupBytes              = 10_000           // MAX_STARTUP_PACKET_LENGTH
	maxSASLBytes                 = 1024             // PG_MAX_SASL_MESSAGE_LENGTH
	flushBytes                   = 32 << 10         // a result is written when this much of it is there
	keepBytes                    = 128 << 10        // a write buffer that a long row grew above this is not kept
	maxNameBytes                 = 63               // NAMEDATALEN - 1: longer names are cut, as PostgreSQL does
)

// Config is what a server is made of. Handler is required; the zero value of all else is a default.
type Config struct {
	Handler Handler
	// ServerVersion is the parameter server_version. Drivers parse the number that it begins with.
	ServerVersion string
	// Passwords are the users that may connect, by SCRAM-SHA-256. Nil trusts every client, and then only loopback
	// addresses are served.
	Passwords *Passwords
	// MaxConnections is how many clients are served at a time. The last ReservedConnections of them are kept for users that Superuser
	// accepts; 0 reserves none. Cancel requests and clients that have not said yet who they are have as many again.
	MaxConnections      int
	ReservedConnections int
	Superuser           func(user string) bool
	// MaxMessageBytes is the longest message that a client may send.
	MaxMessageBytes int
	// AuthenticationTimeout is how long a client may take to get in.
	AuthenticationTimeout time.Duration
	// Logger takes what an administrator should know. Nil: slog.Default().
	Logger *slog.Logger
}

// withDefaults fills in what is not set.
func (c Config) withDefaults() (Config, error) {
	if c.Handler == nil {
		return c, errors.New("pgwire: a server needs a handler")
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.ReservedConnections < 0 || c.ReservedConnections >= c.MaxConnections {
		return c, errors.New("pgwire: the reserved connections must be fewer than all")
	}
	if c.ReservedConnections > 0 && c.Superuser == nil {
		return c, errors.New("pgwire: nobody may use the reserved connections")
	}
	if c.ServerVersion == "" {
		c.ServerVersion = DefaultServerVersion
	}
	if c.MaxMessageBytes == 0 {
		c.MaxMessageBytes = DefaultMaxMessageBytes
	}
	if c.AuthenticationTimeout == 0 {
		c.AuthenticationTimeout = DefaultAuthenticationTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}
