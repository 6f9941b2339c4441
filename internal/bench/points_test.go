//go:build unix

package bench

import (
	"strings"
	"testing"
	"time"
)

// TestAsker asks on several connections, and shows that an answer that is wrong is found.
func TestAsker(t *testing.T) {
	t.Parallel()
	started := startServer(t)
	const rows, connections = 10, 3
	a := &asker{rows: rows}
	defer func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}()
	client, err := dial(t.Context(), started.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	m := &serveRun{ServeOptions: ServeOptions{Rows: rows}, process: &process{client: client}}
	if err := m.load(); err != nil {
		t.Fatal(err)
	}
	for range connections {
		if err := a.connect(t.Context(), started.Address().String()); err != nil {
			t.Fatal(err)
		}
	}

	if err := a.run(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if len(a.times) != connections {
		t.Errorf("%d answers to %d connections whose time is over", len(a.times), connections)
	}
	for i, d := range a.times {
		if d <= 0 {
			t.Errorf("answer %d after %v", i, d)
		}
	}

	if err := client.query("UPDATE t SET v = 0"); err != nil {
		t.Fatal(err)
	}
	if err := client.close(); err != nil {
		t.Fatal(err)
	}
	b := &asker{rows: rows}
	if err := b.connect(t.Context(), started.Address().String()); err != nil {
		t.Fatal(err)
	}
	if err := b.run(t.Context(), time.Now()); err == nil || !strings.Contains(err.Error(), `has "0"`) {
		t.Errorf("got %v", err)
	}
	if err := b.close(); err != nil {
		t.Error(err)
	}
}
