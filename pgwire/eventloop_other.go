//go:build !linux

package pgwire

import (
	"errors"
	"net"
	"sync"
)

// eventLoops are none here: each client is served by its own goroutine.
type eventLoops struct{}

func newEventLoops(*sync.WaitGroup) eventLoops { return eventLoops{} }

func (l eventLoops) of(uint32) *eventLoop { return nil }

func (c *conn) isForLoop() bool { return false }

type eventLoop struct {
	last  *conn
	inRow int
}

func (l *eventLoop) add(*conn) error { return errors.ErrUnsupported }
func (l *eventLoop) remove(*conn)    {}

func takeSocket(net.Conn) (int, error)  { return 0, errors.ErrUnsupported }
func socketConn(int) (net.Conn, error)  { return nil, errors.ErrUnsupported }
func readNow(int, []byte) (int, bool)   { return 0, false }
func writeNow(int, []byte) (int, error) { return 0, errors.ErrUnsupported }
