package pgwire

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// eventLoops are those of a server. Half of the processors are enough to read rows by key for clients that share them.
type eventLoops []eventLoop

func newEventLoops(running *sync.WaitGroup) eventLoops {
	loops := make(eventLoops, max(1, runtime.GOMAXPROCS(0)/2))
	for i := range loops {
		loops[i].running = running
	}
	return loops
}

// of is the loop of a client.
func (l eventLoops) of(processID uint32) *eventLoop { return &l[int(processID)%len(l)] }

// eventLoop serves clients in one goroutine, which there is as long as it has any.
type eventLoop struct {
	running *sync.WaitGroup // of the server

	mu    sync.Mutex
	conns map[int32]*conn // by file descriptor
	poll  int             // of epoll_create1(2), while there are conns
	bell  int             // of eventfd(2): rings when the last one has left

	// Of the goroutine.
	last   *conn // that was served last
	inRow  int   // how often
	events [64]unix.EpollEvent
	ready  [64]*conn
}

// isForLoop tells whether a connection that waits for a command is one for a loop: the last commands were brief, and others are heard meanwhile.
func (c *conn) isForLoop() bool {
	if !c.synced || !c.in.isEmpty() {
		return false
	}
	source, ok := c.in.source.(*lookingReader)
	return ok && (c.brief.row >= briefRow && source.inRow < aloneReads || c.server.byLoop)
}

// add lets the loop wait for a client. The caller holds its mu.
func (l *eventLoop) add(c *conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := l.conns == nil
	if fresh {
		if err := l.open(); err != nil {
			return err
		}
	}
	fd := int32(c.shared.fd)
	l.conns[fd] = c
	// A client that is quicker than its answer's end is heard once more, with nothing to read: that is cheaper than reading twice each time.
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: fd}
	if err := unix.EpollCtl(l.poll, unix.EPOLL_CTL_ADD, int(fd), &event); err != nil {
		delete(l.conns, fd)
		if fresh {
			err = errors.Join(err, l.close())
		}
		return os.NewSyscallError("epoll_ctl", err)
	}
	if fresh {
		l.running.Add(1)
		go func() { // ends when the last client has left
			defer l.running.Done()
			l.run()
		}()
	}
	return nil
}

// remove lets the loop forget a client. The caller holds its mu.
func (l *eventLoop) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, int32(c.shared.fd))
	// It is registered, and its descriptor open: there is no other reason to fail.
	_ = unix.EpollCtl(l.poll, unix.EPOLL_CTL_DEL, c.shared.fd, nil)
	if len(l.conns) == 0 {
		var one [8]byte
		one[0] = 1
		_, _ = unix.Write(l.bell, one[:]) // fails only if it has rung 2^64 times
	}
}

// open makes what the loop waits with. The caller holds mu.
func (l *eventLoop) open() error {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return errors.Join(os.NewSyscallError("eventfd", err), unix.Close(poll))
	}
	l.poll, l.bell = poll, bell
	if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, bell, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(bell)}); err != nil {
		return errors.Join(os.NewSyscallError("epoll_ctl", err), l.close())
	}
	l.conns = make(map[int32]*conn)
	return nil
}

// close gives back what the loop waited with. The caller holds mu.
func (l *eventLoop) close() error {
	l.conns = nil
	return errors.Join(unix.Close(l.bell), unix.Close(l.poll))
}

// turnTime is after how long Go's scheduler may begin anew: a goroutine that it has seen run for 10 ms loses its processor at each system call.
const turnTime = 5 * time.Millisecond

// run serves clients until there are none.
func (l *eventLoop) run() {
	for began := time.Now(); ; {
		n, err := unix.EpollWait(l.poll, l.events[:], -1)
		if err != nil { // interrupted, and nothing else can be wrong with it
			n = 0
		}
		if !l.find(n) {
			return
		}
		for i, c := range l.ready[:n] {
			l.ready[i] = nil
			if c != nil {
				l.serve(c, l.events[i].Events&^unix.EPOLLIN != 0)
			}
		}
		if now := time.Now(); now.Sub(began) > turnTime {
			runtime.Gosched()
			began = now
		}
	}
}

// find looks up whom the first n events are of. If there are no clients any more it ends the loop, and returns false.
func (l *eventLoop) find(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) == 0 {
		_ = l.close() // nothing was written that could be lost
		l.last = nil
		return false
	}
	for i := range n {
		l.ready[i] = l.conns[l.events[i].Fd]
	}
	return true
}

// takeSocket takes the socket of a connection away from Go's poller: that would have other threads wake up for everything that arrives. What was
// the connection's is closed.
func takeSocket(client net.Conn) (fd int, err error) {
	raw, err := client.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var taken error
	err = raw.Control(func(of uintptr) { fd, taken = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 3) })
	if err := errors.Join(err, taken); err != nil {
		return 0, err
	}
	_ = client.Close() // whatever it says, this descriptor is gone, and the other one stays
	return fd, nil
}

// socketConn gives a socket to Go's poller.
func socketConn(fd int) (net.Conn, error) {
	file := os.NewFile(uintptr(fd), "client")
	client, err := net.FileConn(file)
	return client, errors.Join(err, file.Close())
}

// readNow reads what there is, perhaps nothing. ok is false at the end, and when something is wrong: who reads again will be told what.
func readNow(fd int, b []byte) (n int, ok bool) {
	for {
		n, err := unix.Read(fd, b)
		switch {
		case n > 0:
			return n, true
		case errors.Is(err, unix.EAGAIN):
			return 0, true
		case !errors.Is(err, unix.EINTR):
			return 0, false
		}
	}
}

// writeNow writes as much as there is room for.
func writeNow(fd int, b []byte) (n int, err error) {
	for {
		n, err := unix.Write(fd, b)
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		case !errors.Is(err, unix.EINTR):
			return 0, os.NewSyscallError("write", err)
		}
	}
}
