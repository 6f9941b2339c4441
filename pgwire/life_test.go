package pgwire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/types"
)

// session returns the fake's session of the n-th connection, and its peer.
func (f *fake) session(n int) (*fakeSession, pgwire.Peer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sessions[n], f.peers[n]
}

// running makes a statement that says when it runs, and waits until it is cancelled or let go.
func (f *fake) running() (text string, started, release chan struct{}) {
	text, started, release = "RUN", make(chan struct{}), make(chan struct{})
	f.statements[text] = &script{run: func(ctx context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
		close(started)
		select {
		case <-ctx.Done():
			return fmt.Errorf("running: %w", ctx.Err())
		case <-release:
			return out.Complete("RUN")
		}
	}}
	return text, started, release
}

func query1(text string) *pgproto3.Query { return &pgproto3.Query{String: text} }

// TestShutdown ends those that wait at once, in a block or not, and those that run when they are done.
func TestShutdown(t *testing.T) {
	handler := newFake()
	text, started, release := handler.running()
	server, address := serve(t, pgwire.Config{Handler: handler})
	idle, block, busy := connect(t, address), connect(t, address), connect(t, address)
	block.send(query1("BEGIN"))
	block.until("ReadyForQuery T")
	busy.send(query1(text), query1("SELECT 1 AS one"))
	<-started
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(context.Background()) }()
	idle.fails(pgerr.AdminShutdown)
	block.fails(pgerr.AdminShutdown)
	select {
	case err := <-done:
		t.Errorf("Shutdown did not wait for the busy connection: %v", err)
	default:
	}
	close(release)
	if got := busy.until("FATAL 57P01"); !strings.Contains(got[0], "RUN") || got[1] != "ReadyForQuery I" {
		t.Errorf("the busy connection got %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	for i := range 3 {
		s, _ := handler.session(i)
		s.mu.Lock()
		if s.closed != 1 {
			t.Errorf("session %d was closed %d times", i, s.closed)
		}
		s.mu.Unlock()
	}
}

// TestShutdownDeadline cancels what does not end.
func TestShutdownDeadline(t *testing.T) {
	handler := newFake()
	text, started, _ := handler.running()
	server, address := serve(t, pgwire.Config{Handler: handler})
	busy := connect(t, address)
	busy.send(query1(text))
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	s, _ := handler.session(0)
	if s.closed != 1 {
		t.Errorf("the session was closed %d times", s.closed)
	}
}

// TestTerminate ends a connection that waits, one that runs, and one that reads COPY data.
func TestTerminate(t *testing.T) {
	handler := newFake()
	text, started, _ := handler.running()
	_, address := serve(t, pgwire.Config{Handler: handler})
	reason := pgerr.New("25P03", "terminating connection due to idle-in-transaction timeout")

	idle := connect(t, address)
	_, peer := handler.session(0)
	peer.Terminate(reason)
	peer.Terminate(pgerr.New(pgerr.AdminShutdown, "too late"))
	idle.fails("25P03")

	busy := connect(t, address)
	busy.send(query1(text))
	<-started
	_, peer = handler.session(1)
	peer.Terminate(reason)
	if got := busy.until("FATAL 25P03"); len(got) != 1 {
		t.Errorf("before the end: %q", got)
	}

	copying := connect(t, address)
	copying.send(query1("COPY wire_copy FROM STDIN"))
	copying.until(`{"Type":"CopyInResponse"`)
	_, peer = handler.session(2)
	peer.Terminate(reason)
	copying.fails("25P03")
	peer.SetParameter("application_name", "nobody is told")
	peer.Notify(1, "c", "nobody is told")
}

// TestCommitted: what has committed although its connection has to end is told so before the reason, whoever ends it, and also if that
// takes longer than clients have for reading.
func TestCommitted(t *testing.T) {
	for _, name := range []string{"terminated", "shut down"} {
		t.Run(name, func(t *testing.T) {
			handler := newFake()
			started, release := make(chan struct{}), make(chan struct{})
			handler.statements["COMMITS"] = &script{run: func(ctx context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
				close(started)
				<-ctx.Done()
				<-release
				return out.Complete("COMMITS")
			}}
			server, address := serve(t, pgwire.Config{Handler: handler})
			c := connect(t, address)
			c.send(query1("COMMITS"))
			<-started
			done := make(chan struct{})
			if name == "terminated" {
				_, peer := handler.session(0)
				peer.Terminate(pgerr.New(pgerr.AdminShutdown, "enough"))
				close(done)
			} else {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				go func() {
					_ = server.Shutdown(ctx) // ctx's error
					close(done)
				}()
			}
			time.AfterFunc(1200*time.Millisecond, func() { close(release) })
			if got := c.until("FATAL 57P01"); len(got) != 3 || !strings.Contains(got[0], "COMMITS") || got[1] != "ReadyForQuery I" {
				t.Errorf("the client got %q", got)
			}
			<-done
		})
	}
}

// TestNotify delivers at once to a client that waits, and after the transaction to one in a block; in order.
func TestNotify(t *testing.T) {
	handler := newFake()
	_, address := serve(t, pgwire.Config{Handler: handler})
	c := connect(t, address)
	_, peer := handler.session(0)
	peer.Notify(7, "ch", "one")
	if m := c.next(); m != "Notification 7 ch one" {
		t.Errorf("idle: %q", m)
	}
	c.send(query1("BEGIN"))
	c.until("ReadyForQuery T")
	peer.Notify(7, "ch", "two")
	peer.Notify(8, "ch", "three")
	c.send(query1("SELECT 1 AS one"))
	for _, m := range c.until("ReadyForQuery T") {
		if strings.HasPrefix(m, "Notification") {
			t.Errorf("in a block: %q", m)
		}
	}
	c.send(query1("COMMIT"))
	got := c.until("ReadyForQuery I")
	if diff := cmp.Diff([]string{"Notification 7 ch two", "Notification 8 ch three", "ReadyForQuery I"}, got[1:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.send(query1("BEGIN"))
	c.until("ReadyForQuery T")
	for i := range pgwire.MaxNotifications {
		if !peer.Notify(1, "ch", "x") {
			t.Fatalf("notification %d is refused", i)
		}
	}
	if peer.Notify(1, "ch", "x") {
		t.Errorf("the client has more notifications to take than there may be")
	}
}

// TestNotifyWhileReading has notifications come while the client's bytes come one by one: no message is torn.
func TestNotifyWhileReading(t *testing.T) {
	handler := newFake()
	_, address := serve(t, pgwire.Config{Handler: handler})
	c := connect(t, address)
	_, peer := handler.session(0)
	const n = 50
	var wg sync.WaitGroup
	wg.Go(func() {
		for range n {
			peer.Notify(1, "ch", "")
			runtime.Gosched()
		}
	})
	queries := encode(t, query1("SELECT 1 AS one"), query1("SELECT 1 AS one"), &pgproto3.Terminate{})
	wg.Go(func() {
		for i := range queries {
			c.write(queries[i : i+1])
		}
	})
	ready, notified := 0, 0
	for m := c.next(); m != "closed"; m = c.next() {
		switch {
		case strings.HasPrefix(m, "ReadyForQuery"):
			ready++
		case strings.HasPrefix(m, "Notification"):
			notified++
		case strings.HasPrefix(m, "FATAL"), strings.HasPrefix(m, "ERROR"):
			t.Error(m)
		}
	}
	wg.Wait()
	if ready != 2 || notified > n {
		t.Errorf("%d queries answered, %d notifications", ready, notified)
	}
}

// TestCancelKeys needs the right key, and something that runs.
func TestCancelKeys(t *testing.T) {
	handler := newFake()
	text, started, release := handler.running()
	_, address := serve(t, pgwire.Config{Handler: handler})
	c := connect(t, address)
	cancel := func(id, key uint32) {
		t.Helper()
		other := newClient(t, address)
		other.send(&pgproto3.CancelRequest{ProcessID: id, SecretKey: key})
		if m := other.next(); m != "closed" {
			t.Errorf("a cancel request was answered with %q", m)
		}
	}
	cancel(c.key.ProcessID, c.key.SecretKey) // nothing runs: forgotten
	c.send(query1(text))
	<-started
	cancel(c.key.ProcessID, c.key.SecretKey+1)
	cancel(c.key.ProcessID+1, c.key.SecretKey)
	newClient(t, address).write([]byte{0, 0, 0, 12, 4, 0xd2, 0x16, 0x2e, 0, 0, 0, 1}) // too short
	close(release)
	c.until(`{"Type":"CommandComplete","CommandTag":"RUN"`)
	c.until("ReadyForQuery")

	c.send(query1("COPY wire_copy FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\ta\n")})
	c.until(`{"Type":"CopyInResponse"`)
	cancel(c.key.ProcessID, c.key.SecretKey) // while it waits for data
	c.until("ERROR 57014 canceling statement due to user request")
	c.send(&pgproto3.CopyData{Data: []byte("2\tb\n")}, &pgproto3.CopyDone{}, query1("SELECT 1 AS one"))
	c.until("ReadyForQuery I")
	if got := c.until("ReadyForQuery I"); len(got) != 4 {
		t.Errorf("after the cancelled COPY: %q", got)
	}
}

// TestTooManyConnections: the last place is for a superuser, and a place that becomes free can be taken.
func TestTooManyConnections(t *testing.T) {
	_, address := serve(t, pgwire.Config{
		Handler: newFake(), MaxConnections: 3, ReservedConnections: 1, Superuser: func(user string) bool { return user == "root" },
	})
	try := func(user string) *client {
		c := newClient(t, address)
		c.send(startupAs(user))
		return c
	}
	first := connect(t, address)
	connect(t, address)
	if got := try("u").until("FATAL"); got[len(got)-1] != "FATAL 53300 remaining connection slots are reserved for superuser connections" {
		t.Errorf("third: %q", got)
	}
	root := try("root")
	root.until("ReadyForQuery")
	if got := try("root").until("FATAL"); got[len(got)-1] != "FATAL 53300 sorry, too many clients already" {
		t.Errorf("fourth: %q", got)
	}
	root.send(&pgproto3.Terminate{})
	if m := root.next(); m != "closed" {
		t.Error(m)
	}
	first.send(&pgproto3.Terminate{})
	first.next()
	for { // the place is given back just after the socket is closed
		c := try("u")
		for m := c.next(); m != "closed"; m = c.next() {
			if strings.HasPrefix(m, "ReadyForQuery") {
				return
			}
		}
	}
}

// TestTooManySockets: clients that say nothing do not lock others out for ever, and more than twice the clients are refused at once.
func TestTooManySockets(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: newFake(), MaxConnections: 1})
	silent1, silent2 := newClient(t, address), newClient(t, address)
	c := newClient(t, address)
	if got := c.until("FATAL"); got[0] != "FATAL 53300 sorry, too many clients already" {
		t.Errorf("%q", got)
	}
	silent1.conn.Close()
	silent2.conn.Close()
	for {
		c := newClient(t, address)
		c.send(startupAs("u"))
		if got := c.next(); !strings.HasPrefix(got, "FATAL") {
			break
		}
	}
}

// TestPanic ends one connection, and says where it was in the log only.
func TestPanic(t *testing.T) {
	if invariants.Enabled {
		t.Skip("builds with invariants let a panic through")
	}
	handler := newFake()
	handler.statements["PANIC"] = &script{columns: []pgwire.Column{col("c", types.OIDText)}, run: func(context.Context, *fakeSession, []types.Value, pgwire.Out) error { panic("secret") }}
	handler.statements["WRONG"] = &script{run: func(context.Context, *fakeSession, []types.Value, pgwire.Out) error {
		return errors.New("secret detail")
	}}
	var log bytes.Buffer
	server, address := serve(t, pgwire.Config{Handler: handler, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	c := connect(t, address)
	c.send(query1("WRONG"))
	if got := c.until("ReadyForQuery I"); got[0] != "ERROR XX000 internal error" {
		t.Errorf("%q", got)
	}
	c.send(query1("PANIC"))
	c.fails(pgerr.InternalError)
	c = connect(t, address) // in the coroutine of a portal with a row limit
	c.send(&pgproto3.Parse{Query: "PANIC"}, &pgproto3.Bind{}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Sync{})
	c.fails(pgerr.InternalError)
	connect(t, address)
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for i := range 3 {
		if s, _ := handler.session(i); s.closed != 1 || s.portals != 0 {
			t.Errorf("session %d was closed %d times, with %d portals open", i, s.closed, s.portals)
		}
	}
	for _, want := range []string{"secret detail", "panic=secret", "life_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not have %q:\n%s", want, &log)
		}
	}
}

// TestFlush has a statement that goes on send what it has: rows at a flush, notices at once.
func TestFlush(t *testing.T) {
	handler := newFake()
	columns := []pgwire.Column{col("n", types.OIDInt4)}
	handler.statements["ENDLESS"] = &script{columns: columns, run: func(ctx context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
		err := errors.Join(out.Columns(columns), out.Rows(rowsOf(columns, []types.Value{types.IntValue(7)})), out.(pgwire.Flusher).Flush())
		<-ctx.Done()
		return errors.Join(err, out.Notice(pgwire.SeverityWarning, pgerr.New(pgerr.SuccessfulCompletion, "stopping")), ctx.Err())
	}}
	_, address := serve(t, pgwire.Config{Handler: handler})
	c := connect(t, address)
	c.send(query1("ENDLESS"))
	c.until(`{"Type":"DataRow"`)
	_, peer := handler.session(0)
	peer.Terminate(pgerr.New(pgerr.AdminShutdown, "enough"))
	c.until(`{"Severity":"WARNING"`)
	c.fails(pgerr.AdminShutdown)
}

// TestSyncFails: a commit that fails at the Sync is an error, and the transaction is over.
func TestSyncFails(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: commitFails{newFake()}})
	c := connect(t, address)
	c.send(query1("SELECT 1 AS one"))
	got := c.until("ReadyForQuery")
	if diff := cmp.Diff([]string{"ERROR 40001 could not serialize access", "ReadyForQuery I"}, got[len(got)-2:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

type commitFails struct{ *fake }

type commitFailsSession struct{ pgwire.Session }

func (h commitFails) Open(ctx context.Context, start pgwire.Startup, peer pgwire.Peer) (pgwire.Session, error) {
	s, err := h.fake.Open(ctx, start, peer)
	return commitFailsSession{s}, err
}

func (s commitFailsSession) Sync(ctx context.Context, failed bool) (pgwire.Status, error) {
	if !failed {
		return 0, pgerr.New("40001", "could not serialize access")
	}
	return s.Session.Sync(ctx, failed)
}

// TestGoneInTheMiddle: a client that goes with a suspended portal open, or in the middle of a COPY, leaves nothing behind.
func TestGoneInTheMiddle(t *testing.T) {
	for name, list := range map[string][]pgproto3.Message{
		"portal": {
			query1("BEGIN"), &pgproto3.Parse{Query: "SELECT i FROM generate_series(1, 5) AS g(i)"}, &pgproto3.Bind{},
			&pgproto3.Execute{MaxRows: 2}, &pgproto3.Flush{},
		},
		"copy":     {query1("COPY wire_copy FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\ta\n")}},
		"goodbye":  {query1("COPY wire_copy FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\ta\n")}, &pgproto3.Terminate{}},
		"nonsense": {query1("COPY wire_copy FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\ta\n")}, query1("SELECT 1 AS one")},
	} {
		t.Run(name, func(t *testing.T) {
			handler := newFake()
			server, address := serve(t, pgwire.Config{Handler: handler})
			c := connect(t, address)
			c.send(list...)
			switch name {
			case "portal":
				c.until(`{"Type":"PortalSuspended"`)
			case "copy":
				c.until(`{"Type":"CopyInResponse"`)
			case "goodbye":
				c.until("closed")
			case "nonsense":
				c.fails(pgerr.ProtocolViolation)
			}
			c.conn.Close()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := server.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			s, _ := handler.session(0)
			if s.closed != 1 || s.portals != 0 || len(handler.copied) != 0 {
				t.Errorf("closed %d times, %d portals open, copied %q", s.closed, s.portals, handler.copied)
			}
		})
	}
}
