//go:build unix

package pgwire

import (
	"errors"
	"net"
	"syscall"
)

// goodbye is a Terminate message.
var goodbye = [...]byte{'X', 0, 0, 0, 4}

// isGone tells whether the other side has closed its connection, or has said nothing but goodbye. What it has sent stays to be read. It may
// be called while another goroutine reads.
func isGone(client net.Conn) bool {
	socket, ok := client.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true // it is closed
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		var b [len(goodbye) + 1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case err == nil:
			gone = n == 0 || n == len(goodbye) && [len(goodbye)]byte(b[:n]) == goodbye
		case !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR):
			gone = true
		}
	})
	return gone || err != nil
}
