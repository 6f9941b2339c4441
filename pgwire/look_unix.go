//go:build unix

package pgwire

import (
	"errors"
	"io"
	"net"
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
	inRow    int    // reads since somebody else was heard

	looks func(fd uintptr) bool // look, made once
	into  []byte                // where look reads to
	n     int
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
	r.looks = r.look
	return r
}

// Read is that of the connection: its deadlines hold, and it ends when the connection is closed.
func (r *lookingReader) Read(b []byte) (n int, err error) {
	if r.inRow < aloneReads {
		n, err = r.client.Read(b)
	} else {
		n, err = r.readAlone(b)
	}
	if !r.heard.note(r.number) {
		r.inRow = 0
	}
	r.inRow++
	return n, err
}

func (r *lookingReader) readAlone(b []byte) (int, error) {
	if r.patience.looks() && len(b) > 0 {
		r.into, r.n = b, 0
		err := r.socket.Read(r.looks)
		r.into = nil
		r.patience.looked(r.n > 0)
		if err != nil || r.n > 0 {
			return r.n, err
		}
	}
	begun := time.Now()
	n, err := r.client.Read(b)
	r.patience.waited(time.Since(begun))
	return n, err
}

// look reads as soon as there is something, or gives up. An end or an error is for the read that follows.
func (r *lookingReader) look(fd uintptr) bool {
	for begun := time.Now(); time.Since(begun) < glance && r.heard.isLast(r.number); {
		n, err := syscall.Read(int(fd), r.into)
		if n > 0 {
			r.n = n
			break
		}
		if err == nil || !errors.Is(err, syscall.EAGAIN) {
			break
		}
	}
	return true
}
