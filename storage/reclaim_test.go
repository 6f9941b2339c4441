package storage

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"testing"
	"time"

	"github.com/freshetdb/freshet/storage/state"
)

// reclaimRows is how many rows of a thousand bytes the tables of these tests have.
const reclaimRows = 2000

// rowsOf are so many rows, which do not become smaller by compression.
func rowsOf(from, to int) *state.Run {
	rows, rng, value := &state.Run{}, rand.New(rand.NewPCG(1, 1)), make([]byte, 1000)
	for i := from; i < to; i++ {
		for j := range value {
			value[j] = byte(rng.Uint32())
		}
		rows.Put(fmt.Appendf(nil, "%08d", i), value)
	}
	return rows
}

// tableBytes is how much the sorted files of a store take.
func tableBytes(t *testing.T, fs FS) (n int64) {
	t.Helper()
	names, err := fs.List("data/db")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if path.Ext(name) != ".sst" {
			continue
		}
		if info, err := fs.Stat("data/db/" + name); err == nil {
			n += info.Size()
		}
	}
	return n
}

// becomesSmall waits until a folder has about so many rows only.
func becomesSmall(t *testing.T, fs FS, rows int) {
	t.Helper()
	most := int64(rows*1010 + 50_000)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if tableBytes(t, fs) <= most {
			return
		}
	}
	t.Fatalf("sorted files take %d bytes, more than %d", tableBytes(t, fs), most)
}

// reclaimStore has table 1, which stays, and what is to be dropped: tables 2 (through the memtable), 3 (only grows at its end), 4 (rises), 5 (large
// commit), 6 (written ahead), and a log.
func reclaimStore(t *testing.T, fs FS) *Store {
	t.Helper()
	s := mustOpen(t, Options{FS: fs, Dir: "data", AppendBytes: 1, IngestBytes: 5 << 20, ReclaimAfter: time.Millisecond})
	ahead, err := s.WriteAhead(6)
	if err != nil {
		t.Fatal(err)
	}
	if err := ahead.Add(rowsOf(0, reclaimRows)); err != nil {
		t.Fatal(err)
	}
	if err := ahead.Finish(); err != nil {
		t.Fatal(err)
	}
	defer ahead.Close()
	half := reclaimRows / 2
	several := Changes{Tables: []TableChanges{
		{Table: 1, Runs: []*state.Run{rowsOf(0, half)}},
		{Table: 2, Runs: []*state.Run{rowsOf(0, half)}},
		{Table: 3, Appends: true, Runs: []*state.Run{rowsOf(0, half)}},
		{Table: 4, Rises: true, Runs: []*state.Run{rowsOf(0, half)}},
	}, Log: []LogEntry{{Relation: 7, Data: rowsOf(0, half).Values.Data}}}
	rest := Changes{Tables: []TableChanges{
		{Table: 2, Runs: []*state.Run{rowsOf(half, half*2)}},
		{Table: 3, Appends: true, Runs: []*state.Run{rowsOf(half, half*2)}},
		{Table: 4, Rises: true, Runs: []*state.Run{rowsOf(half, half*2)}},
	}}
	for i, c := range []Changes{
		several, rest,
		{Tables: []TableChanges{{Table: 5, Runs: []*state.Run{rowsOf(0, reclaimRows*3)}}}},
		{Tables: []TableChanges{{Table: 6, Ahead: ahead}}},
	} {
		if err := s.Commit(uint64(i+1), c); err != nil {
			t.Fatal(err)
		}
		if err := s.Publish(uint64(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func dropChanges() Changes {
	c := Changes{TrimLog: []LogTrim{{Relation: 7, Before: math.MaxUint64}}}
	for id := TableID(2); id <= 6; id++ {
		c.Tables = append(c.Tables, TableChanges{Table: id, Drop: true})
	}
	return c
}

// countRows reads all rows of a table from a cursor that is open.
func countRows(t *testing.T, c state.Cursor) (n int) {
	t.Helper()
	for more := true; more; {
		run := &state.Run{}
		var err error
		if more, err = c.Next(run, 100); err != nil {
			t.Fatal(err)
		}
		n += run.Len()
	}
	return n
}

func scanTable(t *testing.T, s *Snapshot, id TableID) state.Cursor {
	t.Helper()
	c, err := s.Table(id).Scan(state.Range{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// checkCount compares how many rows a table has.
func checkCount(t *testing.T, s *Store, id TableID, want int) {
	t.Helper()
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	c := scanTable(t, snapshot, id)
	if got := countRows(t, c); got != want {
		t.Errorf("table %d has %d rows, want %d", id, got, want)
	}
	mustClose(t, c)
	mustClose(t, snapshot)
}

// TestDropGivesSpaceBack: some time after tables are dropped their files are gone, though nothing more is written; who has opened a snapshot
// before reads them to the end.
func TestDropGivesSpaceBack(t *testing.T) {
	fs := NewCrashFS()
	s := reclaimStore(t, fs)
	before, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	open := scanTable(t, before, 3)
	if err := s.Commit(5, dropChanges()); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(5); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	for id, want := range map[TableID]int{2: reclaimRows, 4: reclaimRows, 5: 3 * reclaimRows, 6: reclaimRows} {
		c := scanTable(t, before, id)
		if got := countRows(t, c); got != want {
			t.Errorf("table %d has %d rows in the snapshot, want %d", id, got, want)
		}
		mustClose(t, c)
	}
	mustClose(t, before)
	if got := countRows(t, open); got != reclaimRows {
		t.Errorf("the cursor has %d rows", got)
	}
	after, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	kept := scanTable(t, after, 1) // its iterator sees the files that are to go, and is idle later
	mustClose(t, open)
	for s.reclaim.done.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if got := countRows(t, kept); got != reclaimRows/2 {
		t.Errorf("the table that stays has %d rows", got)
	}
	mustClose(t, kept)
	mustClose(t, after)
	becomesSmall(t, fs, reclaimRows/2)
	mustClose(t, s)
}

// TestDropAndCrash: a crash at any time after tables were dropped loses nothing, and leaves no space taken for good.
func TestDropAndCrash(t *testing.T) {
	for _, wait := range []time.Duration{0, 1, 5, 20, 50, 100} {
		fs := NewCrashFS()
		s := reclaimStore(t, fs)
		if err := s.Commit(5, dropChanges()); err != nil {
			t.Fatal(err)
		}
		if err := s.Publish(5); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait * time.Millisecond)
		crashed := fs.Crash(50, uint64(wait))
		mustClose(t, s)
		s = mustOpen(t, Options{FS: crashed, Dir: "data", ReclaimAfter: time.Millisecond})
		snapshot, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[TableID]int{1: reclaimRows / 2, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0} {
			c := scanTable(t, snapshot, id)
			if got := countRows(t, c); got != want {
				t.Errorf("table %d has %d rows after a crash at %d ms, want %d", id, got, wait, want)
			}
			mustClose(t, c)
		}
		mustClose(t, snapshot)
		becomesSmall(t, crashed, reclaimRows/2)
		mustClose(t, s)
	}
}

// TestDropAndWriteAgain: a table that is written to again keeps what it has got.
func TestDropAndWriteAgain(t *testing.T) {
	fs := NewCrashFS()
	s := reclaimStore(t, fs)
	if err := s.Commit(5, dropChanges()); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(6, Changes{Tables: []TableChanges{{Table: 5, Runs: []*state.Run{rowsOf(10, 20)}}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(6); err != nil {
		t.Fatal(err)
	}
	for s.reclaim.done.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	checkCount(t, s, 5, 10)
	mustClose(t, s)
}

// TestShrinksGivesSpaceBack: so it is where all rows of a table are deleted one by one, and new ones come.
func TestShrinksGivesSpaceBack(t *testing.T) {
	fs := NewCrashFS()
	s := reclaimStore(t, fs)
	c := Changes{Shrinks: true}
	for _, id := range []TableID{2, 3, 4, 5, 6} {
		rows := &state.Run{}
		for i := range 3 * reclaimRows {
			rows.Delete(fmt.Appendf(nil, "%08d", i))
		}
		c.Tables = append(c.Tables, TableChanges{Table: id, Runs: []*state.Run{rows}})
	}
	c.TrimLog = dropChanges().TrimLog
	if err := s.Commit(5, c); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(6, Changes{Tables: []TableChanges{{Table: 5, Runs: []*state.Run{rowsOf(10, 20)}}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(6); err != nil {
		t.Fatal(err)
	}
	becomesSmall(t, fs, reclaimRows/2+10)
	mustClose(t, s)
}

// TestEmptiedGivesSpaceBack: so it is where a table is dropped and written to again, in the same epoch or later.
func TestEmptiedGivesSpaceBack(t *testing.T) {
	drop := TableChanges{Table: 5, Drop: true}
	rows := TableChanges{Table: 5, Runs: []*state.Run{rowsOf(10, 20)}}
	both := drop
	both.Runs = rows.Runs
	for name, epochs := range map[string][]TableChanges{"same epoch": {both}, "later": {drop, rows}} {
		t.Run(name, func(t *testing.T) {
			fs := NewCrashFS()
			s := reclaimStore(t, fs)
			for i, c := range epochs {
				if err := s.Commit(uint64(5+i), Changes{Tables: []TableChanges{c}}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Publish(uint64(4 + len(epochs))); err != nil {
				t.Fatal(err)
			}
			becomesSmall(t, fs, 5*reclaimRows+500) // of the other tables and the log; table 5 alone had 6000
			checkCount(t, s, 5, 10)
			mustClose(t, s)
		})
	}
}
