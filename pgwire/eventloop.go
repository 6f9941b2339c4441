package pgwire

import (
	"errors"
	"runtime/debug"
	"time"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// Many clients that ask small questions at the same time are served by an event loop: one goroutine that waits for all of them, reads what has
// come, handles it and writes the answer. A goroutine for each, woken by Go's poller for each message, would spread over all processors,
// take them from the dataflow and from clients on the same machine, and spend as much on waking as on answering; a client's turn
// would come when the kernel's slices say so (docs/adr/0042).
//
// A connection's own goroutine hands the connection over, and rests until it comes back: for a message that may take longer, an answer that
// the client does not take at once, the end, or a note that somebody has left. What belongs to the connection's goroutine belongs to the loop
// meanwhile.

// place says who has a connection.
type place uint8

const (
	own     place = iota // its goroutine
	watched              // nobody: a loop waits for its client
	served               // a loop, which handles what has come
)

// sharing is what a connection has for being served by a loop. place and noted are below mu; the rest belongs to whoever has the connection.
type sharing struct {
	place place
	noted bool // somebody has left a note while the loop had it
	loop  *eventLoop
	fd    int
	back  chan struct{} // has one when the loop has given it back
	// unsent is of an answer that the client did not take at once, and ended how the loop has found the connection broken.
	unsent []byte
	ended  error
}

const (
	// slowCommand is what no brief command takes, unless its row has to be read from the disk.
	slowCommand = time.Millisecond
	// aloneInLoop is after how many reads of one client it is alone, and better off with a goroutine of its own, which looks out for it.
	aloneInLoop = 4 * aloneReads
)

// share lets a loop have the connection until it gives it back.
func (c *conn) share() error {
	c.mu.Lock()
	if c.hasNotes() {
		c.mu.Unlock()
		return nil
	}
	err := c.giveAway()
	c.mu.Unlock()
	if err != nil { // out of file descriptors or memory
		c.log.Warn("a client is not served by an event loop", "error", err)
		c.brief.rest()
	} else {
		<-c.shared.back
	}
	if c.shared.fd == 0 {
		return nil
	}
	return c.takeBack()
}

// giveAway hands the connection to a loop. The caller holds mu.
func (c *conn) giveAway() (err error) {
	s := &c.shared
	if s.back == nil {
		s.back = make(chan struct{}, 1)
	}
	s.loop, s.noted, s.ended = c.server.loops.of(c.start.ProcessID), false, nil
	if s.fd, err = takeSocket(c.net); err != nil {
		return err
	}
	if err := s.loop.add(c); err != nil {
		return err
	}
	c.busy, s.place = false, watched
	c.brief.join()
	return nil
}

// takeBack makes the connection again what its goroutine works with.
func (c *conn) takeBack() error {
	s := &c.shared
	client, err := socketConn(s.fd)
	if err != nil {
		return errors.Join(errBye, err)
	}
	s.fd = 0
	source := newSource(client, &c.server.heard)
	c.mu.Lock()
	c.net, c.in.source = client, source
	ending := c.reason != nil || c.draining
	if ending {
		err = client.SetWriteDeadline(time.Now().Add(lingerTime))
	}
	c.mu.Unlock()
	c.brief.row = min(c.brief.row, 0)
	if len(s.unsent) > 0 && c.lost == nil {
		c.write(s.unsent)
	}
	s.unsent = nil
	return errors.Join(s.ended, err)
}

// hasNotes tells whether there is something that the connection's goroutine has to look at. The caller holds mu.
func (c *conn) hasNotes() bool {
	return c.lost != nil || c.reason != nil || c.draining || len(c.notifications) > 0
}

// serve is what a loop does when there is something to read. It gives the connection back if it is not for a loop any more, as it
// is if the client ends it.
func (l *eventLoop) serve(c *conn, ends bool) {
	c.mu.Lock()
	if c.shared.place != watched {
		c.mu.Unlock()
		return
	}
	c.shared.place = served
	c.mu.Unlock()

	stays := c.serveArrived() && !l.isAlone(c) && !ends

	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.shared.place = false, watched
	if !stays || c.shared.noted {
		c.leaveLoop()
	}
}

// leaveLoop gives a watched connection back to its goroutine. The caller holds mu.
func (c *conn) leaveLoop() {
	c.shared.place = own
	c.shared.loop.remove(c)
	c.shared.back <- struct{}{}
}

// isAlone tells whether a client is the only one of a loop that says anything.
func (l *eventLoop) isAlone(c *conn) bool {
	if l.last != c {
		l.last, l.inRow = c, 0
	}
	l.inRow++
	return l.inRow >= aloneInLoop
}

// serveArrived reads what there is and handles the commands that have arrived whole. It tells whether the loop can go on with the connection.
func (c *conn) serveArrived() (stays bool) {
	defer func() {
		if invariants.Enabled {
			return
		}
		if r := recover(); r != nil {
			c.log.Error("panic while serving a client", "panic", r, "stack", string(debug.Stack()))
			c.shared.ended = pgerr.New(pgerr.InternalError, "internal error").WithHint("The server's log has the details.")
			stays = false
		}
	}()
	for {
		room := c.in.room()
		n, ok := readNow(c.shared.fd, room)
		if !ok || len(room) == 0 {
			return false
		}
		c.in.arrived(n)
		if n > 0 && !c.serveWhole() {
			return false
		}
		if n < len(room) {
			return true
		}
	}
}

// serveWhole handles the commands that have arrived whole.
func (c *conn) serveWhole() (stays bool) {
	for begun := time.Now(); ; {
		kind, body, whole := c.in.peek(c.limit)
		if !whole {
			return c.lost == nil && c.brief.turn(false)
		}
		if !c.isBrief(kind, body) {
			return false
		}
		if c.shared.ended = c.step(); c.shared.ended != nil || c.shared.unsent != nil {
			return false
		}
		if kind != 'E' { // the others take no time
			continue
		}
		if now := time.Now(); now.Sub(begun) > slowCommand {
			if !c.brief.turn(true) {
				return false
			}
			begun = now
		}
	}
}

// writeNow writes what the client takes at once, and keeps the rest for the connection's goroutine.
func (c *conn) writeNow(b []byte) {
	s := &c.shared
	if len(s.unsent) > 0 {
		s.unsent = append(s.unsent, b...)
		return
	}
	n, err := writeNow(s.fd, b)
	if err != nil {
		c.lost = errors.Join(errClientGone, err)
	} else if n < len(b) {
		s.unsent = append(s.unsent, b[n:]...)
	}
}
