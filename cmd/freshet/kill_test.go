package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// TestKill kills the server again and again while events flow from a file into three views. At the end all are counted exactly
// once, in the views and in the files of two sinks, and at every restart the views agree. FRESHET_KILLS and FRESHET_KILL_EVENTS make it a campaign; FRESHET_SEED repeats one.
func TestKill(t *testing.T) {
	kills, events := setting("FRESHET_KILLS", 5), setting("FRESHET_KILL_EVENTS", 100_000)
	seed := uint64(setting("FRESHET_SEED", int(time.Now().UnixNano()%1_000_000)))
	t.Logf("%d kills, %d events, FRESHET_SEED=%d", kills, events, seed)
	random := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	w := newEventWriter(t, filepath.Join(dir, "events.json"), events, kills)

	p := serve(t, data)
	p.run(t.Context(), fmt.Sprintf(`CREATE SOURCE event (id bigint, k int, amount bigint, ts timestamp, WATERMARK FOR ts AS ts - INTERVAL '1 second')
		WITH (connector = 'file', path = '%s', follow = 'true') FORMAT PLAIN ENCODE JSON;
		CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n, sum(amount) AS amount FROM event;
		CREATE MATERIALIZED VIEW by_key AS SELECT k, count(*) AS n, sum(amount) AS amount FROM event GROUP BY k;
		CREATE MATERIALIZED VIEW by_window AS SELECT window_start, count(*) AS n, sum(amount) AS amount
			FROM TUMBLE(event, ts, INTERVAL '10 seconds') GROUP BY window_start, window_end;`, w.path))
	sinks := newKillSinks(t, p, dir)
	w.start()
	var last progress
	for kill := range kills {
		at := waitBeyond(t, p, last)
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		at = further(at, look(t, p))
		p.kill()
		written := w.written.Load()
		if kill%3 == 2 { // and once more while it starts
			again := launch(t, data)
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
			again.kill()
		}
		p = serve(t, data)
		after := look(t, p)
		t.Logf("kill %d: at epoch %d with %d rows, when %d of %d were written; restarted at epoch %d with %d rows",
			kill+1, at.epoch, at.rows, written, events, after.epoch, after.rows)
		switch {
		case at.rows == 0 || written >= int64(events):
			t.Fatalf("kill %d did not fall while rows arrived", kill+1)
		case at.epoch <= last.epoch:
			t.Fatalf("kill %d: no epoch was committed since the one before", kill+1)
		case after.rows < at.rows || after.epoch < at.epoch:
			t.Fatalf("kill %d: what was visible is lost", kill+1)
		}
		last = at
		w.killed.Add(1)
	}
	w.finish()
	for deadline := time.Now().Add(2 * patience); look(t, p).rows < int64(events); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the rows do not arrive: %+v", look(t, p))
		}
	}
	want := w.answers()
	got := map[string][]answer{
		"total":     readAnswers(t, p, `SELECT '', n, amount::bigint FROM total`),
		"by_key":    readAnswers(t, p, `SELECT k::text, n, amount::bigint FROM by_key ORDER BY by_key.k`),
		"by_window": readAnswers(t, p, `SELECT window_start::text, n, amount::bigint FROM by_window ORDER BY by_window.window_start`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	p.stop()
	sinks.check(events, want["by_key"])
}

// eventWriter appends events to a file at a pace that has some left to write whenever a kill falls.
type eventWriter struct {
	t             *testing.T
	path          string
	events, kills int
	written       atomic.Int64
	killed        atomic.Int64
	hurry, done   chan struct{}
	err           error
}

func newEventWriter(t *testing.T, path string, events, kills int) *eventWriter {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return &eventWriter{t: t, path: path, events: events, kills: kills, hurry: make(chan struct{}), done: make(chan struct{})}
}

const (
	keys         = 101
	windowMillis = 10_000
)

// firstEvent is when the first event was, at the start of a window.
var firstEvent = time.Unix(1_700_000_000, 0).UTC()

func amountOf(event int) int64 { return int64(event*7919%1000 - 300) }

// start writes in a goroutine that ends when all is written, or with the test.
func (w *eventWriter) start() {
	go func() {
		defer close(w.done)
		w.err = w.write()
	}()
	w.t.Cleanup(func() { <-w.done })
}

func (w *eventWriter) write() error {
	f, err := os.OpenFile(w.path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	hurry := false
	for i := 0; i < w.events; { // out keeps its first error for Flush
		// In a life of half a second most of its share of them; however long a life, some are left for the next ones, and for after the last kill.
		share := w.events / (w.kills + 2)
		n := max((share*(1+int(w.killed.Load()))-i)/80, min(1, w.events-share-i), 0)
		if hurry {
			n = w.events - i
		}
		for range n {
			ts := firstEvent.Add(time.Duration(i) * time.Millisecond)
			_, _ = fmt.Fprintf(out, "{\"id\": %d, \"k\": %d, \"amount\": %d, \"ts\": %q}\n", i, i%keys, amountOf(i), ts.Format("2006-01-02 15:04:05.000"))
			i++
		}
		if err := out.Flush(); err != nil {
			return err
		}
		w.written.Store(int64(i))
		select {
		case <-w.t.Context().Done():
			return nil
		case <-w.hurry:
			hurry = true
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// finish writes the rest without a pace.
func (w *eventWriter) finish() {
	close(w.hurry)
	<-w.done
	if w.err != nil {
		w.t.Fatal(w.err)
	}
}

// answer is a group, how many events it has and what their amounts are together.
type answer struct {
	Group     string
	N, Amount int64
}

// answers are what the views have at the end, computed without them.
func (w *eventWriter) answers() map[string][]answer {
	all := make([]answer, 1)
	byKey := make([]answer, keys)
	byWindow := make([]answer, (w.events+windowMillis-1)/windowMillis)
	for i := range byKey {
		byKey[i].Group = fmt.Sprint(i)
	}
	for i := range byWindow {
		byWindow[i].Group = firstEvent.Add(time.Duration(i) * windowMillis * time.Millisecond).Format("2006-01-02 15:04:05")
	}
	for i := range w.events {
		for _, a := range []*answer{&all[0], &byKey[i%keys], &byWindow[i/windowMillis]} {
			a.N++
			a.Amount += amountOf(i)
		}
	}
	return map[string][]answer{"total": all, "by_key": byKey, "by_window": byWindow}
}

func readAnswers(t *testing.T, p *process, sql string) []answer {
	t.Helper()
	rows, err := p.connect(t.Context()).Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[answer])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// progress is how far the stream has come, as the views have it.
type progress struct{ epoch, rows int64 }

// further is the later of two.
func further(a, b progress) progress {
	if b.rows > a.rows {
		return b
	}
	return a
}

// look reads the three views in one statement, which must agree.
func look(t *testing.T, p *process) progress {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var at progress
	var a1, a2, a3, n2, n3 int64
	err = conn.QueryRow(ctx, `SELECT (SELECT max(epoch) FROM sys.view_stats), t.n, coalesce(t.amount, 0)::bigint,
			coalesce((SELECT sum(n) FROM by_key), 0)::bigint, coalesce((SELECT sum(amount) FROM by_key), 0)::bigint,
			coalesce((SELECT sum(n) FROM by_window), 0)::bigint, coalesce((SELECT sum(amount) FROM by_window), 0)::bigint FROM total t`).
		Scan(&at.epoch, &at.rows, &a1, &n2, &a2, &n3, &a3)
	if err != nil {
		t.Fatal(errors.Join(err, fmt.Errorf("the server says:\n%s", p.said())))
	}
	if n2 != at.rows || n3 != at.rows || a2 != a1 || a3 != a1 {
		t.Fatalf("the views disagree at epoch %d: %d, %d, %d events with sums %d, %d, %d", at.epoch, at.rows, n2, n3, a1, a2, a3)
	}
	return at
}

// waitBeyond waits until rows have arrived since a kill, and returns how far it is.
func waitBeyond(t *testing.T, p *process, last progress) progress {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if at := look(t, p); at.rows > last.rows && at.epoch > last.epoch {
			return at
		}
		if time.Now().After(deadline) {
			t.Fatalf("no rows arrive beyond %+v\n%s", last, p.said())
		}
	}
}
