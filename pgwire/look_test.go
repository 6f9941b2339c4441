//go:build unix

package pgwire

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// lookingPair is a client, and what its messages are read from, which looks out for it.
func lookingPair(t *testing.T) (client, server net.Conn, r *lookingReader) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if client, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	r = newSource(server, &heard{}).(*lookingReader)
	r.inRow, r.patience.rest = aloneReads, 0
	return client, server, r
}

func TestLookingReader(t *testing.T) {
	client, server, r := lookingPair(t)
	b := make([]byte, 8)
	want := func(text string) {
		t.Helper()
		if n, err := r.Read(b); err != nil || string(b[:n]) != text {
			t.Fatalf("read %q, %v", b[:n], err)
		}
	}
	send := func(text string) {
		t.Helper()
		if _, err := io.WriteString(client, text); err != nil {
			t.Fatal(err)
		}
	}
	send("early")
	time.Sleep(10 * time.Millisecond)
	want("early")
	if r.inRow != 1 {
		t.Error("a client that is heard for the first time is taken for the only one")
	}
	r.inRow, r.patience.rest = aloneReads, 0
	if err := server.SetReadDeadline(time.Now().Add(time.Minute)); err != nil { // should it not look at all
		t.Fatal(err)
	}
	inVain, sent := make(chan struct{}), make(chan struct{})
	r.looks = func(fd uintptr) bool {
		defer close(inVain)
		return r.look(fd)
	}
	go func() { // ends when it has sent, which want waits for
		defer close(sent)
		<-inVain
		send("late")
	}()
	want("late")
	<-sent
	r.looks = r.look
	if r.patience.looks() {
		t.Error("a client that was looked out for in vain is looked out for again at once")
	}

	r.inRow, r.patience.rest = aloneReads, 0
	if err := server.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("past the deadline: %v", err)
	}
	if err := server.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, func() { client.Close() })
	if n, err := r.Read(b); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("after the client has gone: %d, %v", n, err)
	}
	server.Close()
	if _, err := r.Read(b); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("after closing: %v", err)
	}
}

func TestLookingReaderAllocatesNothing(t *testing.T) {
	client, _, r := lookingPair(t)
	b := make([]byte, 8)
	if n := testing.AllocsPerRun(200, func() {
		if _, err := client.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a read", n)
	}
}
