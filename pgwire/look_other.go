//go:build !unix

package pgwire

import (
	"io"
	"net"
)

// newSource returns what the messages of a client are read from.
func newSource(client net.Conn, _ *heard) io.Reader { return client }
