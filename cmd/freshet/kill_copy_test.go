package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// copyRows is how many rows a COPY of TestKillCopy has: enough for several files.
const copyRows = 500_000

// TestKillCopy kills the server while a client copies rows into a table, from the first of them to the answer: all of them are there afterwards
// or none, all if the client was answered, and no file is left of what was written ahead. FRESHET_KILLS makes it a campaign; FRESHET_SEED repeats one.
func TestKillCopy(t *testing.T) {
	seed := uint64(setting("FRESHET_SEED", int(time.Now().UnixNano()%1_000_000)))
	t.Logf("FRESHET_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	data := filepath.Join(t.TempDir(), "data")
	p := serve(t, data)
	p.run(t.Context(), "CREATE TABLE t (id bigint PRIMARY KEY, v bigint); CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(v) AS s FROM t")
	there := int64(0)
	for kill := range setting("FRESHET_KILLS", 4) {
		conn, err := pgconn.Connect(t.Context(), p.url())
		if err != nil {
			t.Fatal(err)
		}
		rows := &rowsToCopy{next: there, end: there + copyRows, killAt: there + random.Int64N(copyRows), kill: p.kill}
		switch kill % 3 {
		case 0: // when all have been sent, and the commit is under way
			rows.killAt = rows.end
			rows.kill = func() { time.AfterFunc(time.Duration(random.IntN(600))*time.Millisecond, p.kill) }
		case 1: // behind the answer
			rows.kill = nil
		}
		_, err = conn.CopyFrom(t.Context(), rows, "COPY t FROM STDIN")
		p.kill()
		p = serve(t, data)
		c := p.connect(t.Context())
		var n, seen int64
		if err := c.QueryRow(t.Context(), "SELECT count(*), (SELECT n FROM v) FROM t").Scan(&n, &seen); err != nil {
			t.Fatal(err)
		}
		t.Logf("kill %d: %v; %d rows are there", kill+1, err, n)
		if n != there && n != there+copyRows || err == nil && n == there || n != seen {
			t.Fatalf("kill %d (%v): %d rows, and %d in a view; before there were %d", kill+1, err, n, seen, there)
		}
		if names, err := os.ReadDir(filepath.Join(data, "ahead")); err == nil && len(names) > 0 {
			t.Errorf("kill %d: %d files are left", kill+1, len(names))
		}
		there = n
	}
	p.stop()
}

// rowsToCopy are rows of COPY, which kill the server on the way.
type rowsToCopy struct {
	next, end, killAt int64
	kill              func()
}

func (r *rowsToCopy) Read(b []byte) (n int, err error) {
	if r.kill != nil && r.next >= r.killAt {
		r.kill()
		r.kill = nil
	}
	if r.next == r.end {
		return 0, io.EOF
	}
	line := b[:0]
	for ; r.next < r.end && len(line)+2*len("9223372036854775807\n") < len(b); r.next++ {
		line = append(strconv.AppendInt(line, r.next, 10), '\t')
		line = fmt.Appendf(line, "%d\n", 7*r.next)
	}
	return len(line), nil
}
