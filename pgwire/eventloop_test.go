//go:build linux

package pgwire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/types"
)

// TestByLoop runs all tests of this package once more with every client that waits in an event loop: nobody is to notice.
func TestByLoop(t *testing.T) {
	args := []string{"-test.skip=^TestByLoop$", fmt.Sprint("-test.short=", testing.Short())}
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), byLoop+"=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// reading prepares a brief statement, and returns what runs it.
func (c *client) reading(text string) func() {
	c.tb.Helper()
	c.send(&pgproto3.Parse{Name: "s", Query: text}, &pgproto3.Sync{})
	c.until("ReadyForQuery")
	return func() {
		c.tb.Helper()
		c.ask()
		c.until("ReadyForQuery")
	}
}

func (c *client) ask() {
	c.tb.Helper()
	c.send(&pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{}, &pgproto3.Sync{})
}

// clients connects some who ask in turn until all are served by a loop.
func clients(t *testing.T, server *pgwire.Server, address string, n int) (list []*client, read []func()) {
	t.Helper()
	for range n {
		c := connect(t, address)
		list, read = append(list, c), append(read, c.reading("SELECT 1 AS one"))
	}
	inLoops(t, server, n, read...)
	return list, read
}

// inLoops waits until so many clients are in loops, and has some ask meanwhile: on a machine with much else to do a command now and then takes as
// long as none should, and whose it is has to begin anew.
func inLoops(t *testing.T, server *pgwire.Server, n int, read ...func()) {
	t.Helper()
	for deadline := time.Now().Add(patience / 2); server.InLoops() != n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d clients are in an event loop, want %d", server.InLoops(), n)
		}
		for _, r := range read {
			r()
		}
		if len(read) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestLoopJoins(t *testing.T) {
	server, address := serve(t, pgwire.Config{Handler: newFake()})
	list, read := clients(t, server, address, 3)
	list[0].send(query1("SELECT 1 AS one"))
	list[0].until("ReadyForQuery")
	if os.Getenv(byLoop) != "" { // there everybody comes back at once
		inLoops(t, server, 3)
		return
	}
	inLoops(t, server, 2)
	inLoops(t, server, 1, read[1]) // one alone is better off by itself
}

// TestLoopNotes holds that what others leave for a client that waits in a loop reaches it.
func TestLoopNotes(t *testing.T) {
	handler := newFake()
	server, address := serve(t, pgwire.Config{Handler: handler})
	list, _ := clients(t, server, address, 3)
	_, peer := handler.session(0)
	peer.Notify(7, "news", "good")
	if got := list[0].next(); got != "Notification 7 news good" {
		t.Errorf("got %q", got)
	}
	_, peer = handler.session(1)
	peer.Terminate(pgerr.New(pgerr.AdminShutdown, "enough"))
	list[1].fails(pgerr.AdminShutdown)
	if err := list[2].conn.Close(); err != nil {
		t.Fatal(err)
	}
	s, _ := handler.session(2)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if closed == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the session of a client that has gone is not closed")
		}
	}
}

func TestLoopShutdown(t *testing.T) {
	server, address := serve(t, pgwire.Config{Handler: newFake()})
	list, _ := clients(t, server, address, 3)
	if err := server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for _, c := range list {
		c.fails(pgerr.AdminShutdown)
	}
}

// TestLoopPieces holds that messages which arrive byte by byte, many at once, and wrong are what they are.
func TestLoopPieces(t *testing.T) {
	server, address := serve(t, pgwire.Config{Handler: newFake()})
	list, _ := clients(t, server, address, 2)
	c := list[0]
	command := encode(t, &pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{}, &pgproto3.Sync{})
	for i := range command {
		c.write(command[i : i+1])
		time.Sleep(100 * time.Microsecond)
	}
	c.until("ReadyForQuery")
	const many = 2000
	go c.write(bytes.Repeat(command, many)) // the answers are read meanwhile
	for range many {
		c.until("ReadyForQuery")
	}
	list[1].write([]byte{'B', 0, 0, 0, 1})
	list[1].fails(pgerr.ProtocolViolation)
}

// TestLoopSlowReader holds that an answer which a client does not take keeps nobody else waiting, and arrives.
func TestLoopSlowReader(t *testing.T) {
	handler := newFake()
	column := []pgwire.Column{col("t", types.OIDText)}
	long := strings.Repeat("long", 4<<20)
	handler.statements["SELECT long"] = query(column, nil, func([]types.Value) [][]types.Value { return [][]types.Value{{types.TextValue(long)}} })
	server, address := serve(t, pgwire.Config{Handler: handler})
	list, read := clients(t, server, address, 2)
	slow := list[0]
	slow.send(&pgproto3.Parse{Name: "s2", Query: "SELECT long"}, &pgproto3.Sync{})
	slow.until("ReadyForQuery")
	inLoops(t, server, 2, read...)
	slow.send(&pgproto3.Bind{PreparedStatement: "s2"}, &pgproto3.Execute{}, &pgproto3.Sync{})
	for range 10 {
		read[1]()
	}
	if got := slow.until("ReadyForQuery"); len(got) != 4 || !strings.Contains(got[1], long) {
		t.Errorf("a long answer has %d messages", len(got))
	}
}

// TestLoopSlow holds that a client whose brief commands are not leaves the loop, and stays away.
func TestLoopSlow(t *testing.T) {
	handler := newFake()
	var slow atomic.Bool
	column := []pgwire.Column{col("one", types.OIDInt4)}
	handler.statements["SELECT 1 AS one"] = query(column, nil, func([]types.Value) [][]types.Value {
		if slow.Load() {
			time.Sleep(5 * time.Millisecond)
		}
		return [][]types.Value{{types.IntValue(1)}}
	})
	server, address := serve(t, pgwire.Config{Handler: handler})
	_, read := clients(t, server, address, 2)
	slow.Store(true)
	for range 20 {
		read[0]()
		read[1]()
	}
	if os.Getenv(byLoop) != "" { // there everybody comes back at once
		inLoops(t, server, 2)
		return
	}
	inLoops(t, server, 0)
}

// TestLoopSlowOnce holds that one command which takes its time, as any does whose thread loses its processor meanwhile, is none.
func TestLoopSlowOnce(t *testing.T) {
	handler := newFake()
	var slow atomic.Bool
	column := []pgwire.Column{col("one", types.OIDInt4)}
	handler.statements["SELECT 1 AS one"] = query(column, nil, func([]types.Value) [][]types.Value {
		if slow.Swap(false) {
			time.Sleep(5 * time.Millisecond)
		}
		return [][]types.Value{{types.IntValue(1)}}
	})
	server, address := serve(t, pgwire.Config{Handler: handler})
	_, read := clients(t, server, address, 2)
	for deadline := time.Now().Add(patience / 2); ; { // until none of the others has been slow by itself
		inLoops(t, server, 2, read...)
		for range 100 {
			read[0]()
			read[1]()
		}
		slow.Store(true)
		for range 10 {
			read[0]()
			read[1]()
		}
		if server.InLoops() == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a client leaves its loop for one slow command")
		}
	}
}

// TestLoopErrors holds that a brief command which fails says so, and goes on behind the next Sync.
func TestLoopErrors(t *testing.T) {
	handler := newFake()
	var bad atomic.Bool
	column := []pgwire.Column{col("one", types.OIDInt4)}
	handler.statements["SELECT 1 AS one"] = &script{columns: column, brief: true, run: func(_ context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
		if bad.Load() {
			return pgerr.New(pgerr.DivisionByZero, "division by zero")
		}
		return errors.Join(out.Columns(column), out.Complete("SELECT 0"))
	}}
	server, address := serve(t, pgwire.Config{Handler: handler})
	list, read := clients(t, server, address, 2)
	bad.Store(true)
	list[0].ask()
	if got := list[0].until("ReadyForQuery"); !strings.Contains(strings.Join(got, " "), "ERROR 22012") {
		t.Errorf("got %q", got)
	}
	bad.Store(false)
	read[0]()
	inLoops(t, server, 2, read...)
}
