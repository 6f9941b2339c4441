//go:build unix

package bench

import (
	"errors"
	"io"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readiness tells which of a number of connections have something to read.
type readiness struct{ polls []unix.PollFd }

// patience is how long a wait takes at most, so that its caller can look for something else.
const patience = 100 * time.Millisecond

// add adds a connection.
func (r *readiness) add(c *wireClient) error {
	s, err := takeSocket(c)
	if err != nil {
		return err
	}
	r.polls = append(r.polls, unix.PollFd{Fd: int32(s), Events: unix.POLLIN})
	return nil
}

// wait returns when there is something to read, or after a while. For one connection it returns at once, since who reads from it waits: as any client with
// one connection does.
func (r *readiness) wait() error {
	if r.isOne() {
		r.polls[0].Revents = unix.POLLIN
		return nil
	}
	_, err := unix.Poll(r.polls, int(patience.Milliseconds()))
	if errors.Is(err, unix.EINTR) { // as after a while
		for i := range r.polls {
			r.polls[i].Revents = 0
		}
		return nil
	}
	return err
}

// isOne tells whether there is one connection only, which is still there.
func (r *readiness) isOne() bool { return len(r.polls) == 1 && r.polls[0].Fd >= 0 }

// is tells whether there was something to read from connection i when wait returned: also its end.
func (r *readiness) is(i int) bool { return r.polls[i].Revents != 0 }

// drop says that nothing is to come from connection i.
func (r *readiness) drop(i int) { r.polls[i] = unix.PollFd{Fd: -1} }

// socket is a connection that is read and written without Go's poller: that would have other threads wake up for everything that arrives.
type socket int

// takeSocket has a client do with a socket what it has done by its connection.
func takeSocket(c *wireClient) (s socket, err error) {
	raw, err := c.conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var taken error
	err = raw.Control(func(fd uintptr) {
		n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		s, taken = socket(n), err
	})
	if err := errors.Join(err, taken); err != nil {
		return 0, err
	}
	if err := errors.Join(unix.SetNonblock(int(s), false), c.conn.Close()); err != nil {
		return 0, errors.Join(err, s.Close())
	}
	c.conn = s
	c.in.Reset(s)
	return s, nil
}

func (s socket) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(s), b)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (s socket) Write(b []byte) (done int, err error) {
	for done < len(b) {
		n, err := unix.Write(int(s), b[done:])
		if err != nil && !errors.Is(err, unix.EINTR) {
			return done, err
		}
		done += max(n, 0)
	}
	return done, nil
}

func (s socket) Close() error { return unix.Close(int(s)) }
