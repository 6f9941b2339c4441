package storage

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// scenarioOrder is a row that epoch n writes. It is too wide for a layer.
func scenarioOrder(n uint64) []byte { return fmt.Appendf(nil, "%d %s", n, strings.Repeat("wide ", 50)) }

// checkOrders checks the rows of the table whose keys rise: each epoch adds three, and changes the first one of the epoch before.
func checkOrders(t *testing.T, n uint64, rows []string) {
	t.Helper()
	if len(rows) != 3*int(n) {
		t.Fatalf("epoch %d: %d orders", n, len(rows))
	}
	for i, row := range rows {
		epoch := uint64(i/3 + 1)
		by := epoch
		if i%3 == 0 {
			by = min(epoch+1, n)
		}
		if want := fmt.Sprintf("%06d.%d=%s", epoch, i%3, scenarioOrder(by)); row != want {
			t.Fatalf("epoch %d: order %.20q, want %.20q", n, row, want)
		}
	}
}

// scenarioChanges is what epoch n does: it moves an amount between two rows of one table, rewrites a block of rows in another, adds to two more, and
// moves the offset. Whatever epoch is found afterwards, all of it must agree.
func scenarioChanges(n uint64) Changes {
	accounts, blocks, history := &state.Run{}, &state.Run{}, &state.Run{}
	orders := []*state.Run{{}, {}}
	for i := range 3 {
		history.Put(fmt.Appendf(nil, "%06d.%d", n, i), fmt.Append(nil, n))
	}
	if n > 1 {
		orders[0].Put(fmt.Appendf(nil, "%06d.0", n-1), scenarioOrder(n))
	}
	for i := range 3 {
		orders[i%2].Put(fmt.Appendf(nil, "%06d.%d", n, i), scenarioOrder(n))
	}
	accounts.Put([]byte("a"), fmt.Append(nil, n))
	accounts.Put([]byte("b"), fmt.Append(nil, 1000-n))
	noise := make([]byte, 8<<10) // fills memtables, and does not compress away
	rng := rand.New(rand.NewPCG(n, 1))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	for i := range 6 {
		blocks.Put(fmt.Appendf(nil, "block %d", i), append(fmt.Appendf(nil, "%d ", n), noise...))
	}
	return Changes{
		Now:    int64(n),
		Tables: []TableChanges{{Table: 1, Runs: []*state.Run{accounts}}, {Table: 2, Runs: []*state.Run{blocks}}, {Table: 3, Appends: true, Runs: []*state.Run{history}}, {Table: 5, Rises: true, Runs: orders}},
		Meta:   meta.Changes{Offsets: []meta.Offset{{Graph: 1, Position: fmt.Append(nil, n)}}},
	}
}

// writeScenarioAhead adds rows to what every fourth epoch does that are in files before its commit, and takes them away two epochs later. If writing
// them ahead fails, as it does where the disk does, they are none the less in the epoch. What it answers is to be closed.
func writeScenarioAhead(s *Store, n uint64, c *Changes) *Ahead {
	if n%4 == 2 {
		c.Tables = append(c.Tables, TableChanges{Table: 4, Drop: true})
	}
	if n%4 != 0 {
		return &Ahead{}
	}
	rows := &state.Run{}
	for i := range 3 {
		rows.Put(fmt.Appendf(nil, "row %d", i), fmt.Append(nil, n))
	}
	a, err := s.WriteAhead(4)
	if err == nil {
		err = errors.Join(a.Add(rows), a.Finish())
	}
	if err == nil {
		c.Tables = append(c.Tables, TableChanges{Table: 4, Ahead: a})
		return a
	}
	c.Tables = append(c.Tables, TableChanges{Table: 4, Runs: []*state.Run{rows}})
	if a != nil {
		a.Close()
	}
	return &Ahead{}
}

// scenarioAhead is what there is then at epoch n.
func scenarioAhead(n uint64) []string {
	rows := []string{}
	for i := 0; i < 3 && n >= 4 && n%4 < 2; i++ {
		rows = append(rows, fmt.Sprintf("row %d=%d", i, n/4*4))
	}
	return rows
}

// checkScenario opens the store and returns its epoch, after checking that all of it is at that epoch.
func checkScenario(t *testing.T, fs FS) (epoch uint64) {
	t.Helper()
	readOnly := checkScenarioBy(t, Options{FS: fs, Dir: "data", ReadOnly: true})
	if n := checkScenarioBy(t, Options{FS: fs, Dir: "data"}); n != readOnly && readOnly != none {
		t.Fatalf("the store is at epoch %d, and at %d for those who only read", n, readOnly)
	}
	return checkScenarioBy(t, Options{FS: fs, Dir: "data"})
}

// tailsOf opens the store and answers how many tables had rows behind their end.
func tailsOf(t *testing.T, fs FS) int {
	t.Helper()
	s, err := Open(Options{FS: fs, Dir: "data"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.tails
}

// none is for a folder that is not there.
const none = ^uint64(0)

func checkScenarioBy(t *testing.T, options Options) uint64 {
	t.Helper()
	s, err := Open(options)
	if err != nil && options.ReadOnly {
		return none // the folder was not made yet
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	n := snapshot.Epoch().Number
	if n == 0 {
		return 0
	}
	want := []string{fmt.Sprintf("a=%d", n), fmt.Sprintf("b=%d", 1000-n)}
	if got := scanAll(t, snapshot.Table(1), state.Range{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("epoch %d: accounts %q", n, got)
	}
	for _, row := range scanAll(t, snapshot.Table(2), state.Range{}) {
		if !strings.Contains(row, fmt.Sprintf("=%d ", n)) {
			t.Fatalf("epoch %d: block %.20q", n, row)
		}
	}
	if got, want := scanAll(t, snapshot.Table(4), state.Range{}), scenarioAhead(n); !slices.Equal(got, want) {
		t.Fatalf("epoch %d: rows that were written ahead: %q, want %q", n, got, want)
	}
	if !options.ReadOnly {
		checkNoFiles(t, s)
	}
	history := scanAll(t, snapshot.Table(3), state.Range{})
	if len(history) != 3*int(n) || history[len(history)-1] != fmt.Sprintf("%06d.2=%d", n, n) {
		t.Fatalf("epoch %d: history %q", n, history)
	}
	checkOrders(t, n, scanAll(t, snapshot.Table(5), state.Range{}))
	contents, err := snapshot.Meta()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(contents.Offsets[0].Position); got != fmt.Sprint(n) {
		t.Fatalf("epoch %d: offset %q", n, got)
	}
	return n
}

const scenarioEpochs = 8

// runScenario opens a store and commits epochs until one fails; it returns the last acknowledged one.
func runScenario(options Options) (acknowledged uint64, err error) {
	s, err := Open(options)
	if err != nil {
		return 0, err
	}
	for n := uint64(1); n <= scenarioEpochs && err == nil; n++ {
		if p := s.commit.buffer.spill; p != nil {
			<-p.done // so that each run does the same
		}
		if n == scenarioEpochs/2 {
			options.IngestBytes, s.options.IngestBytes = 1, 1 // the rest goes through files
		}
		c := scenarioChanges(n)
		ahead := writeScenarioAhead(s, n, &c)
		if err = s.Commit(n, c); err == nil {
			acknowledged = n
			err = s.Publish(n)
		}
		ahead.Close()
	}
	return acknowledged, errors.Join(err, s.Close())
}

// TestCrashAfterEveryCommit pulls the plug after each commit, with nothing and with half of what was not synced on disk.
func TestCrashAfterEveryCommit(t *testing.T) {
	for _, percent := range []int{0, 50} {
		fs := NewCrashFS()
		s, err := Open(Options{FS: fs, Dir: "data", MemTableBytes: 256 << 10, AppendBytes: 1, BufferBytes: 1, SpillBytes: 10})
		if err != nil {
			t.Fatal(err)
		}
		for n := uint64(1); n <= 2*scenarioEpochs; n++ {
			s.options.IngestBytes = []int{DefaultIngestBytes, 1}[n/3%2]
			c := scenarioChanges(n)
			ahead := writeScenarioAhead(s, n, &c)
			if err := s.Commit(n, c); err != nil {
				t.Fatal(err)
			}
			ahead.Close()
			if got := checkScenario(t, fs.Crash(percent, n)); got != n {
				t.Fatalf("epoch %d is acknowledged, and after a crash the store is at %d", n, got)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestErrors fails the file system at its operation 0, 1, 2, ... until the scenario passes: the process must live, and what is found
// after a restart is a whole epoch, at least the last acknowledged one.
func TestErrors(t *testing.T) {
	failures, tails, step := 0, 0, int32(1)
	if testing.Short() {
		step = 5 // the race detector makes each of them slow, and finds nothing more in the next one
	}
	for i := int32(0); ; i += step {
		fs, counted := NewCrashFS(), errorfs.OnIndex(i)
		injected := errorfs.Wrap(fs, errorfs.ErrInjected.If(counted))
		acknowledged, err := runScenario(Options{FS: injected, Dir: "data", MemTableBytes: 256 << 10, AppendBytes: 1, BufferBytes: 1, SpillBytes: 10})
		crashed := fs.Crash(int(i%2)*50, uint64(i))
		tails += tailsOf(t, crashed.Crash(0, 0))
		found := checkScenario(t, crashed)
		if found < acknowledged || found > acknowledged+1 {
			t.Fatalf("operation %d: epoch %d was acknowledged, epoch %d found (%v)", i, acknowledged, found, err)
		}
		if err != nil {
			failures++
		} else if acknowledged != scenarioEpochs {
			t.Fatalf("operation %d: no error, and only %d epochs", i, acknowledged)
		}
		if counted.Load() >= 0 { // the scenario ended before its operation i
			t.Logf("%d operations, %d of them failed the scenario", i, failures)
			break
		}
	}
	if tails == 0 && step == 1 {
		t.Error("no operation failed between the files of an epoch and its record")
	}
	if failures < 50/int(step) {
		t.Errorf("only %d of the operations failed a commit: is the error still injected?", failures)
	}
}
