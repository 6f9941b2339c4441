//go:build unix

package pgwire

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// lookingReader reads from a socket, and looks for bytes for a moment before it blocks where patience says so. It belongs to the
// connection's goroutine.
type lookingReader struct {
	client   net.Conn
	socket   syscall.RawConn
	patience patience
	heard    *heard
	number   uint64 // in heard
	alone    bool   // nobody else has been heard between the last two reads

	tries func(fd uintptr) bool // try, made once
	into  []byte                // where try reads to
	n     int
	err   error
	since time.Time // the wait has blocked; zero before
	began bool
}

// newSource returns what the messages of a client are read from.
func newSource(client net.Conn, heard *heard) io.Reader {
	conn, ok := client.(syscall.Conn)
	if !ok {
		return client
	}
	socket, err := conn.SyscallConn()
	if err != nil {
		return client // reading will say why
	}
	r := &lookingReader{client: client, socket: socket, patience: newPatience(), heard: heard, number: heard.join()}
	r.tries = r.try
	return r
}

// Read is that of the connection: its deadlines hold, and it ends when the connection is closed.
func (r *lookingReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	r.into, r.began = b, false
	err := r.socket.Read(r.tries)
	r.into = nil
	switch {
	case err != nil:
		return 0, err
	case r.err != nil:
		return 0, &net.OpError{
			Op: "read", Net: r.client.LocalAddr().Network(), Source: r.client.LocalAddr(),
			Addr: r.client.RemoteAddr(), Err: os.NewSyscallError("read", r.err),
		}
	case r.n == 0:
		return 0, io.EOF
	}
	r.alone = r.heard.note(r.number)
	return r.n, nil
}

// try reads what there is, and tells whether that was something, or an error. It is called again when there may be more.
func (r *lookingReader) try(fd uintptr) bool {
	if r.began {
		r.patience.blocked(time.Since(r.since))
		return r.read(int(fd))
	}
	r.began = true
	if r.read(int(fd)) {
		return true
	}
	r.since = time.Now()
	if !r.alone || !r.patience.looks() {
		return false
	}
	for time.Since(r.since) < glance && r.heard.isLast(r.number) {
		if r.read(int(fd)) {
			r.patience.looked(true)
			return true
		}
	}
	r.patience.looked(false)
	return false
}

// read reads without blocking, and tells whether the wait is over.
func (r *lookingReader) read(fd int) bool {
	for {
		r.n, r.err = syscall.Read(fd, r.into)
		switch {
		case errors.Is(r.err, syscall.EINTR):
		case errors.Is(r.err, syscall.EAGAIN):
			return false
		default:
			return true
		}
	}
}
