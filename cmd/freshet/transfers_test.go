package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const accounts = 10

// TestTransfers moves money between accounts, from a file and from four connections at once. Whatever reader asks whenever, the
// credits are the debits. FRESHET_TRANSFERS sets their number.
func TestTransfers(t *testing.T) {
	transfers := setting("FRESHET_TRANSFERS", 40_000)
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "transfers.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := serve(t, filepath.Join(dir, "data"))
	p.run(t.Context(), fmt.Sprintf(`
		CREATE TABLE sent (src int, dst int, amount bigint);
		CREATE SOURCE filed (src int, dst int, amount bigint) WITH (connector = 'file', path = '%s', follow = 'true') FORMAT PLAIN ENCODE JSON;
		CREATE VIEW transfers AS SELECT src, dst, amount FROM sent UNION ALL SELECT src, dst, amount FROM filed;
		CREATE MATERIALIZED VIEW credits AS SELECT dst AS account, sum(amount) AS credits FROM transfers GROUP BY dst;
		CREATE MATERIALIZED VIEW debits AS SELECT src AS account, sum(amount) AS debits FROM transfers GROUP BY src;
		CREATE MATERIALIZED VIEW balance AS SELECT c.account, credits - debits AS balance FROM credits c JOIN debits d ON d.account = c.account;
		CREATE MATERIALIZED VIEW total AS SELECT sum(balance) AS total FROM balance;
		INSERT INTO sent SELECT a, b, 1 FROM generate_series(0, %d) a, generate_series(0, %d) b WHERE a <> b;`,
		file.Name(), accounts-1, accounts-1))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const writers = 4
	done, wrote := make(chan struct{}), make(chan error, writers)
	least := int64(min(500, transfers/1000))
	ledger := &ledger{p: p, file: file, sum: accounts * (accounts - 1), count: accounts * (accounts - 1), least: least, until: time.Now().Add(3 * patience)}
	for w := range writers {
		go func() { wrote <- ledger.transfer(ctx, uint64(w), transfers/writers) }()
	}
	read := make(chan error, 1)
	go func() { // reads until done, or until a mistake, which ends the writers
		err := ledger.readTotals(ctx, done)
		if err != nil {
			cancel()
		}
		read <- err
	}()
	var failed error
	for range writers {
		failed = errors.Join(failed, <-wrote)
	}
	if failed == nil {
		waitCount(t, p, ledger.count)
	}
	close(done)
	if err := errors.Join(<-read, failed); err != nil {
		t.Fatalf("%v\n%s", err, p.said())
	}
	var epochs, credits int64
	err = p.connect(ctx).QueryRow(ctx, `SELECT (SELECT max(epoch) FROM sys.view_stats), (SELECT sum(credits)::bigint FROM credits)`).Scan(&epochs, &credits)
	if err != nil {
		t.Fatal(err)
	}
	if credits != ledger.sum {
		t.Errorf("credits are %d at the end, want %d", credits, ledger.sum)
	}
	t.Logf("%d transfers in %d epochs, %d different sums were seen", ledger.count, epochs, ledger.seen.Load())
	if seen := ledger.seen.Load(); seen < least {
		t.Errorf("only %d different sums were seen, want %d: this run shows too little", seen, least)
	}
	if transfers >= 1_000_000 && epochs < 5000 {
		t.Errorf("only %d epochs: this run shows too little", epochs)
	}
	p.stop()
}

// ledger is where transfers are written: half of them by INSERT, half into the file.
type ledger struct {
	p          *process
	mu         sync.Mutex
	file       *os.File
	sum, count int64
	// seen is how many different sums the reader has seen. Until they are least, writers go on: where there is much else to do they may be through
	// before it has had its turn.
	seen  atomic.Int64
	least int64
	until time.Time
}

func (l *ledger) goesOn() bool { return l.seen.Load() < l.least && time.Now().Before(l.until) }

func randomTransfer(r *rand.Rand) (src, dst int, amount int64) {
	src = r.IntN(accounts)
	dst = (src + 1 + r.IntN(accounts-1)) % accounts
	return src, dst, int64(1 + r.IntN(100))
}

// transfer writes n transfers, or more if that is not enough, some tens in a statement and as many lines in the file.
func (l *ledger) transfer(ctx context.Context, seed uint64, n int) error {
	conn, err := pgx.Connect(ctx, l.p.url())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	r := rand.New(rand.NewPCG(seed, 9))
	for n > 0 || l.goesOn() {
		if n == 0 {
			n = 100
		}
		var lines, values strings.Builder
		var sum int64
		rows := min((n+1)/2, 1+r.IntN(100))
		before := n
		for i := range rows {
			src, dst, amount := randomTransfer(r)
			if i > 0 {
				values.WriteString(", ")
			}
			fmt.Fprintf(&values, "(%d, %d, %d)", src, dst, amount)
			sum += amount
		}
		if n -= rows; n < rows {
			rows = n
		}
		for range rows {
			src, dst, amount := randomTransfer(r)
			fmt.Fprintf(&lines, "{\"src\": %d, \"dst\": %d, \"amount\": %d}\n", src, dst, amount)
			sum += amount
		}
		n -= rows
		if err := l.append(lines.String(), sum, int64(before-n)); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "INSERT INTO sent VALUES "+values.String()); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) append(lines string, sum, count int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum += sum
	l.count += count
	_, err := l.file.WriteString(lines)
	return err
}

// readTotals asks until done, and counts the different sums that it has seen.
func (l *ledger) readTotals(ctx context.Context, done <-chan struct{}) error {
	conn, err := pgx.Connect(ctx, l.p.url())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	seen := map[int64]bool{}
	for {
		var total, credits, debits int64
		if err := conn.QueryRow(ctx, `SELECT total::bigint FROM total`).Scan(&total); err != nil {
			return err
		}
		if total != 0 {
			return fmt.Errorf("the total is %d", total)
		}
		err := conn.QueryRow(ctx, `SELECT (SELECT sum(credits) FROM credits)::bigint, (SELECT sum(debits) FROM debits)::bigint`).Scan(&credits, &debits)
		if err != nil {
			return err
		}
		if credits != debits {
			return fmt.Errorf("credits are %d and debits %d", credits, debits)
		}
		seen[credits] = true
		l.seen.Store(int64(len(seen)))
		select {
		case <-done:
			return nil
		default:
		}
	}
}

// waitCount waits until all transfers are in, as a view says that is made when they are flowing.
func waitCount(t *testing.T, p *process, want int64) {
	t.Helper()
	conn := p.connect(t.Context())
	p.run(t.Context(), `CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM transfers`)
	for deadline := time.Now().Add(3 * patience); ; time.Sleep(20 * time.Millisecond) {
		var n, first int64
		err := conn.QueryRow(t.Context(), `SELECT n, (SELECT count(*) FROM sent) FROM counted`).Scan(&n, &first)
		if err != nil {
			t.Fatal(err)
		}
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d transfers have arrived, %d of them by INSERT\n%s", n, want, first, p.said())
		}
	}
}
