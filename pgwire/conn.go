package pgwire

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// lingerTime is how long a connection that ends with an error waits for the client to read it. Closing at once, with bytes
// unread, would make the kernel throw the error away.
const lingerTime = time.Second

// errBye ends a connection without a word: the client has said goodbye, or has got its answer.
var errBye = errors.New("connection ended")

// conn is a client's connection. Its goroutine owns everything but what stands below mu, unless an event loop has it.
type conn struct {
	server *Server
	net    net.Conn
	log    *slog.Logger
	in     *reader
	limit  func(kind byte) (int, error)
	out    []byte // encoded and not written
	lost   error  // the first error of writing: nothing is written after it
	broken error  // what ends the connection once the running command has returned

	start    Startup
	secret   uint32
	admitted bool // has one of the server's places
	session  Session

	messages  messages
	params    []types.OID
	portals   portals
	spare     *portal // closed: memory for the next unnamed one
	unlimited results // of simple queries and portals without a row limit, which are never suspended
	failed    bool    // something has failed since the last Sync
	skipping  bool    // until the next Sync
	synced    bool    // nothing has come since the last ReadyForQuery
	status    Status  // as the last ReadyForQuery said
	brief     briefness
	shared    sharing

	mu            sync.Mutex
	ctx           context.Context // of the running command; renewed when it has been cancelled
	cancel        context.CancelCauseFunc
	busy          bool         // a command runs: it can be cancelled
	watch         *time.Timer  // looks now and then whether the client is still there while a command runs
	watching      bool         // watch has been started, and will look
	waiting       bool         // blocked in a read
	woken         bool         // the read has been given a deadline that has passed
	draining      bool         // end when nothing runs
	started       bool         // the start-up is over
	reason        *pgerr.Error // why the connection has to end now
	notifications []pgproto3.NotificationResponse
	parameters    parameters
}

func newConn(s *Server, client net.Conn) *conn {
	c := &conn{server: s, net: client, in: newReader(newSource(client, &s.heard)), secret: newSecret(), status: Idle}
	c.log = s.config.Logger.With("client", clientName(client.RemoteAddr()))
	c.limit = func(kind byte) (int, error) { return messageLimit(kind, s.config.MaxMessageBytes) }
	c.ctx, c.cancel = context.WithCancelCause(s.base)
	c.unlimited.c = c
	c.watch = time.AfterFunc(time.Hour, c.lookForClient)
	c.watch.Stop()
	return c
}

// clientName is how the log calls a client; those of a Unix-domain socket have no address.
func clientName(address net.Addr) string {
	if address.Network() == "unix" {
		return "[local]"
	}
	return address.String()
}

// run is the connection's goroutine, from accept to close.
func (c *conn) run() {
	defer func() { _ = c.net.Close() }() // an error could only say that it was lost before
	defer c.watch.Stop()
	defer func() { c.cancel(errClientGone) }()
	defer c.guard()
	session, err := c.startUp()
	if err != nil {
		c.end(err)
		return
	}
	c.session = session
	defer c.closeSession()
	c.ready()
	for err == nil {
		if c.isForLoop() {
			err = c.share()
		}
		if err == nil {
			err = c.step()
		}
	}
	c.end(err)
}

// guard turns a panic, which is a mistake of ours, into the end of this connection alone. Builds with the tag "invariants" show it.
func (c *conn) guard() {
	if invariants.Enabled {
		return
	}
	if r := recover(); r != nil {
		c.log.Error("panic while serving a client", "panic", r, "stack", string(debug.Stack()))
		c.end(pgerr.New(pgerr.InternalError, "internal error").WithHint("The server's log has the details."))
	}
}

func (c *conn) closeSession() {
	c.portals.each((*portal).close)
	c.portals = portals{}
	c.session.Close()
}

// end says goodbye. err is errBye, an error for the client, or what the connection failed with.
func (c *conn) end(err error) {
	var reason *pgerr.Error
	switch {
	case errors.Is(err, errBye), c.lost != nil:
		return
	case errors.As(err, &reason):
		c.log.Info("connection ended by the server", "code", reason.Code, "reason", reason.Message)
		if c.net.SetWriteDeadline(time.Now().Add(lingerTime)) != nil {
			return
		}
		c.send(errorMessage(severityFatal, reason))
		c.flush()
		if reason.Code == pgerr.ProtocolViolation { // there may be more of it
			c.linger()
		}
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
	default:
		c.log.Debug("connection lost", "error", err)
	}
}

// linger closes the connection so that the client gets what was written last.
func (c *conn) linger() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.net.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, c.net, 1<<20) // whatever comes is not wanted
}

// refuse answers a connection that gets no goroutine.
func (c *conn) refuse(reason *pgerr.Error) {
	if c.net.SetDeadline(time.Now().Add(50*time.Millisecond)) == nil { // a new socket's buffer has room
		c.send(errorMessage(severityFatal, reason))
		c.flush()
	}
	_ = c.net.Close() // it was never used
	c.cancel(errClientGone)
}

// step waits for a message and does what it says.
func (c *conn) step() error {
	kind, body, err := c.await(c.beforeCommand)
	if err != nil {
		return err
	}
	if c.shared.place == own {
		c.brief.note(kind, c.isBrief(kind, body))
	}
	ctx := c.begin()
	switch {
	case kind == 'X':
		return errBye
	case c.skipping && kind != 'S':
		return nil
	}
	if len(body) > readBufferKeep {
		defer func() { c.messages = messages{} }() // what is so long is not kept until the next message
	}
	if err := c.messages.decode(kind, body); err != nil {
		return err
	}
	c.synced = false
	switch kind {
	case 'Q':
		c.simpleQuery(ctx)
	case 'S':
		c.skipping = false
		c.sync()
	case 'H':
		c.flush()
	case 'P', 'B', 'D', 'E', 'C':
		c.extended(ctx, kind)
	case 'F':
		c.fail(ctx, pgerr.New(pgerr.FeatureNotSupported, "function call messages are not supported").
			WithHint("Call the function in a SELECT."))
		c.sync()
	case 'd', 'c', 'f': // the rest of a COPY that has failed
	}
	if c.broken != nil {
		return c.broken
	}
	return c.lost
}

// await returns the next message. Each time before it blocks, before is called with mu held: it may end the wait with an error,
// or ask for what it has sent to be flushed first. Whoever leaves a note that before looks at calls wake.
func (c *conn) await(before func() (flush bool, err error)) (kind byte, body []byte, err error) {
	for {
		c.mu.Lock()
		flush, err := before()
		c.waiting = !flush && err == nil
		c.mu.Unlock()
		if err != nil {
			return 0, nil, err
		}
		if flush {
			c.flush()
			continue
		}

		kind, body, err := c.in.message(c.limit)

		c.mu.Lock()
		c.waiting = false
		woken := c.woken
		if woken {
			c.woken = false
			err = errors.Join(err, c.net.SetReadDeadline(time.Time{}))
		}
		c.mu.Unlock()
		if !woken || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return kind, body, err
		}
	}
}

// wake interrupts a wait, so that what has been noted is looked at. The caller holds mu.
func (c *conn) wake() {
	switch {
	case c.shared.place == watched:
		c.leaveLoop()
	case c.shared.place == served:
		c.shared.noted = true
	case c.waiting && !c.woken:
		c.woken = true
		_ = c.net.SetReadDeadline(time.Unix(1, 0)) // fails only if the connection is closed, which ends the wait too
	}
}

// beforeCommand looks at the notes of others before a wait for a command.
func (c *conn) beforeCommand() (flush bool, err error) {
	c.busy = false
	switch {
	case c.lost != nil:
		return false, c.lost
	case c.reason != nil:
		return false, c.reason
	case c.draining && (c.synced || c.server.base.Err() != nil):
		return false, errShutdown
	case c.synced && c.status == Idle && len(c.notifications) > 0:
		c.tellNotifications()
		return true, nil
	}
	return false, nil
}

// begin makes the connection busy, and returns the context for what comes.
func (c *conn) begin() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil && c.reason == nil && c.server.base.Err() == nil {
		c.ctx, c.cancel = context.WithCancelCause(c.server.base)
	}
	c.busy = true
	if !c.watching { // a timer that is started for each command would cost as much as a small one
		c.watching = true
		c.watch.Reset(watchInterval)
	}
	return c.ctx
}

// watchInterval is how often a client whose command runs is looked for.
const watchInterval = time.Second

// lookForClient cancels the command of a client that has gone: nobody would read what it gives.
func (c *conn) lookForClient() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching = false
	switch {
	case !c.busy: // the next command starts the watch
	case c.shared.place == served: // which takes microseconds
		c.watching = true
		c.watch.Reset(watchInterval)
	case isGone(c.net):
		c.cancel(errConnectionLost)
	default:
		c.watching = true
		c.watch.Reset(watchInterval)
	}
}

// cancelCommand cancels what runs. A connection that waits for a command has nothing to cancel.
func (c *conn) cancelCommand(cause *pgerr.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		c.cancel(cause)
		c.wake()
	}
}

// drain ends the connection as soon as it waits for a command.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if !c.started {
		_ = c.net.SetDeadline(time.Unix(1, 0)) // ends the start-up, or finds it ended
		return
	}
	c.wake()
}

// hurry ends what the connection waits for, now that its command has been cancelled: the client's bytes at once, a client that does not
// read soon. A command that commits is let do so.
func (c *conn) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.net.SetWriteDeadline(time.Now().Add(abandonTime)) // fails only if the connection is closed
	c.wake()
}

// sync ends what ran since the last Sync, and tells the client that it may go on. A cancel was for what ran: it must not
// stop the end of its transaction.
func (c *conn) sync() {
	ctx := c.begin()
	failed := c.failed
	status, err := c.session.Sync(ctx, failed)
	if err != nil {
		c.fail(ctx, err)
		if !failed {
			ctx = c.begin()
			status, err = c.session.Sync(ctx, true)
		}
		if err != nil && c.broken == nil {
			c.broken, _ = userError(ctx, err)
		}
		if err != nil {
			return
		}
	}
	c.status = status
	c.endPortals()
	failed = c.failed
	c.failed, c.skipping = false, false
	c.answered(failed)
}

// endPortals closes the portals of a transaction that has ended or can only be rolled back. Of the latter the names stay:
// asked to run, they say so; and so do, until then, those that live on if a block that has failed goes back to a savepoint.
func (c *conn) endPortals() {
	if c.status != InTransaction {
		c.portals.each(c.endPortal)
	}
}

func (c *conn) endPortal(p *portal) {
	if c.status == Failed {
		if h, ok := p.handler.(Losable); ok && h.Outlives() {
			p.outlives = true
			return
		}
	}
	p.close()
	if c.status != Idle {
		return
	}
	c.portals.remove(p.name)
	if p.name == "" && cap(p.args.data) <= readBufferKeep {
		c.spare = p
	}
}

// answered ends the answer to a command. If the connection has to end, one that failed is told why instead; one that succeeded, and may have
// committed, is told so first.
func (c *conn) answered(failed bool) {
	c.mu.Lock()
	ending := c.reason != nil
	if ending || c.draining { // what it ran may have taken longer than the client had for reading
		_ = c.net.SetWriteDeadline(time.Now().Add(lingerTime)) // fails only if the connection is closed
	}
	c.mu.Unlock()
	if ending && failed || c.broken != nil {
		return
	}
	c.ready()
}

// ready tells the client what has changed meanwhile, and that it may send a command.
func (c *conn) ready() {
	c.mu.Lock()
	if c.status == Idle {
		c.tellNotifications()
	}
	c.parameters.report(func(name, value string) { c.send(&pgproto3.ParameterStatus{Name: name, Value: clean(value)}) })
	c.mu.Unlock()
	c.out = append(c.out, 'Z', 0, 0, 0, 5, byte(c.status))
	c.synced = true
	c.flush()
}

// fail sends an error, after which everything up to the next Sync is skipped.
func (c *conn) fail(ctx context.Context, err error) {
	c.failed = true
	if c.lost != nil || c.broken != nil {
		return
	}
	e, expected := userError(ctx, err)
	if !expected {
		c.log.Error("statement failed by a mistake of ours", "error", err)
	}
	c.mu.Lock()
	terminated := c.reason != nil
	c.mu.Unlock()
	if !terminated { // else the FATAL that follows says it
		c.send(errorMessage(severityError, e))
	}
}

// send appends a message to what is to be written.
func (c *conn) send(message pgproto3.BackendMessage) {
	out, err := message.Encode(c.out)
	if err != nil { // longer than the protocol allows: nothing has been appended
		c.broken = pgerr.New(pgerr.ProgramLimitExceeded, "message is longer than the protocol allows")
		return
	}
	c.out = out
}

// flush writes what has been encoded.
func (c *conn) flush() {
	if c.lost == nil && len(c.out) > 0 {
		c.write(c.out)
	}
	c.out = c.out[:0]
	if cap(c.out) > keepBytes {
		c.out = nil
	}
}

func (c *conn) write(b []byte) {
	if c.shared.place == served {
		c.writeNow(b)
		return
	}
	if _, err := c.net.Write(b); err != nil {
		c.lost = errors.Join(errClientGone, err)
	}
}
