package storage

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

func TestMain(m *testing.M) {
	// A pebble.Open that fails leaves this goroutine behind; TestErrors makes it fail on purpose.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/cockroachdb/pebble/v2.(*ConcurrencyLimitScheduler).periodicGranter"))
}

// model is what a store must hold: a plain map for each table, at one epoch.
type model struct {
	epoch   uint64
	now     int64
	tables  map[TableID]map[string]string
	expired map[TableID]int64
	offset  uint64 // as many as there were commits: it must agree with the epoch
	log     []string
}

func newModel() *model {
	return &model{tables: map[TableID]map[string]string{}, expired: map[TableID]int64{}}
}

func (m *model) clone() *model {
	c := *m
	c.tables, c.expired, c.log = map[TableID]map[string]string{}, maps.Clone(m.expired), slices.Clone(m.log)
	for id, rows := range m.tables {
		c.tables[id] = maps.Clone(rows)
	}
	return &c
}

// expiringTable has a bound in its keys; plainTable and the last possible table have not.
const (
	plainTable    TableID = 1
	expiringTable TableID = 2
	growingTable  TableID = 3 // only at its end
	aheadTable    TableID = 4 // written ahead of commits at times
	risingTable   TableID = 5 // mostly at its end
	lastTable     TableID = ^TableID(0)
)

var modelTables = []TableID{plainTable, expiringTable, growingTable, aheadTable, risingTable, lastTable}

// drawChanges makes a commit and applies it to the model. If there is a store, rows may be in files of it already.
func drawChanges(t *rapid.T, s *Store, m *model) Changes {
	m.epoch += rapid.Uint64Range(1, 2).Draw(t, "epochs")
	m.now += rapid.Int64Range(0, 2*expireEvery).Draw(t, "time")
	m.offset++
	c := Changes{Now: m.now, Meta: meta.Changes{
		Offsets: []meta.Offset{{Graph: 1, Partition: "p", Position: fmt.Append(nil, m.offset)}},
	}}
	for _, id := range modelTables {
		if rapid.IntRange(0, 3).Draw(t, "untouched") == 0 {
			continue
		}
		if id == growingTable {
			c.Tables = append(c.Tables, drawGrowth(t, m))
			continue
		}
		if id == risingTable {
			c.Tables = append(c.Tables, drawRise(t, m))
			continue
		}
		if id == aheadTable && s != nil && rapid.Bool().Draw(t, "ahead") {
			c.Tables = append(c.Tables, TableChanges{Table: id, Ahead: drawAhead(t, s, m)})
			continue
		}
		c.Tables = append(c.Tables, drawTable(t, m, id)...)
	}
	if rapid.Bool().Draw(t, "log") {
		for i := range rapid.IntRange(1, 3).Draw(t, "entries") {
			text := fmt.Sprintf("%d/%d", m.epoch, i)
			c.Log = append(c.Log, LogEntry{Relation: 5, Data: []byte(text)}, LogEntry{Relation: 6, Data: []byte("other")})
			m.log = append(m.log, text)
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "trim") == 0 {
		before := rapid.Uint64Range(0, m.epoch).Draw(t, "before")
		c.TrimLog = append(c.TrimLog, LogTrim{Relation: 5, Before: before})
		m.log = slices.DeleteFunc(m.log, func(s string) bool {
			var e uint64
			_, err := fmt.Sscanf(s, "%d/", &e)
			return err == nil && e < before
		})
	}
	return c
}

func drawKey(t *rapid.T, id TableID) []byte {
	var k []byte
	if id == expiringTable {
		k = key.AppendBound(k, rapid.Int64Range(0, 5).Draw(t, "bound"))
	}
	return append(k, rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 0xFF}), 0, 3).Draw(t, "key")...)
}

func drawTable(t *rapid.T, m *model, id TableID) []TableChanges {
	c := TableChanges{Table: id, Rises: id == aheadTable || id == lastTable}
	rows := m.tables[id]
	if rows == nil {
		rows = map[string]string{}
	}
	if rapid.IntRange(0, 9).Draw(t, "drop") == 0 {
		c.Drop = true
		clear(rows)
		delete(m.expired, id)
	}
	if rapid.IntRange(0, 3).Draw(t, "delete range") == 0 {
		r := state.Range{From: drawKey(t, id), To: drawKey(t, id)}
		if rapid.IntRange(0, 3).Draw(t, "open") == 0 {
			r.To = nil
		}
		c.DeleteRanges = append(c.DeleteRanges, r)
		maps.DeleteFunc(rows, func(k, _ string) bool { return inRange([]byte(k), r) })
	}
	entries := map[string]string{}
	gone := map[string]bool{}
	for range rapid.IntRange(0, 8).Draw(t, "rows") {
		k := string(drawKey(t, id))
		if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
			gone[k] = true
			delete(entries, k)
			delete(rows, k)
		} else {
			v := rapid.StringN(0, 5, -1).Draw(t, "value")
			entries[k], rows[k] = v, v
			delete(gone, k)
		}
	}
	// Two runs that interleave, as two workers make them; one in TableChanges of its own.
	runs := []*state.Run{{}, {}}
	all := slices.Sorted(maps.Keys(entries))
	for k := range gone {
		all = append(all, k)
	}
	slices.Sort(all)
	for i, k := range all {
		if gone[k] {
			runs[i%2].Delete([]byte(k))
		} else {
			runs[i%2].Put([]byte(k), []byte(entries[k]))
		}
	}
	c.Runs = runs[:1]
	m.tables[id] = rows
	if id == expiringTable {
		c.Expires = true
		c.ExpiredTo = max(m.expired[id], rapid.Int64Range(-1, 4).Draw(t, "expired to"))
		if _, ok := m.expired[id]; !ok && c.Drop {
			c.ExpiredTo = -1
		}
		m.expired[id] = c.ExpiredTo
		maps.DeleteFunc(rows, func(k, _ string) bool {
			bound, _, _ := key.BoundOf([]byte(k))
			return bound <= c.ExpiredTo
		})
	}
	return []TableChanges{c, {Table: id, Runs: runs[1:]}}
}

// drawGrowth appends rows to the table that grows, by up to two workers.
func drawGrowth(t *rapid.T, m *model) TableChanges {
	c := TableChanges{Table: growingTable, Appends: true, Runs: []*state.Run{{}, {}}}
	rows := m.tables[growingTable]
	if rows == nil || rapid.IntRange(0, 9).Draw(t, "drop") == 0 {
		c.Drop = rows != nil
		rows = map[string]string{}
		m.tables[growingTable] = rows
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "rows") {
		k := fmt.Sprintf("a%06d.%d", m.epoch, i)
		v := rapid.StringN(0, 5, -1).Draw(t, "value")
		c.Runs[1-i/3].Put([]byte(k), []byte(v))
		rows[k] = v
	}
	return c
}

// drawRise adds rows at the end of the table whose keys rise, and sets and deletes some that are there, by two workers.
func drawRise(t *rapid.T, m *model) TableChanges {
	c := TableChanges{Table: risingTable, Rises: true, Runs: []*state.Run{{}, {}}}
	rows := m.tables[risingTable]
	if rows == nil || rapid.IntRange(0, 15).Draw(t, "drop") == 0 {
		c.Drop = rows != nil
		rows = map[string]string{}
		m.tables[risingTable] = rows
	}
	there := slices.Sorted(maps.Keys(rows))
	for _, k := range there[max(0, len(there)-6):] {
		worker := int(k[len(k)-1]) % 2
		switch rapid.IntRange(0, 5).Draw(t, "change") {
		case 0:
			c.Runs[worker].Delete([]byte(k))
			delete(rows, k)
		case 1:
			v := rapid.StringN(0, 5, -1).Draw(t, "value")
			c.Runs[worker].Put([]byte(k), []byte(v))
			rows[k] = v
		}
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "rows") {
		k := fmt.Sprintf("a%06d.%d", m.epoch, i)
		v := rapid.StringN(0, 5, -1).Draw(t, "value")
		c.Runs[i%2].Put([]byte(k), []byte(v))
		rows[k] = v
	}
	return c
}

// drawAhead writes rows ahead of their commit, in up to three runs.
func drawAhead(t *rapid.T, s *Store, m *model) *Ahead {
	a, err := s.WriteAhead(aheadTable)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for range rapid.IntRange(0, 8).Draw(t, "rows") {
		rows[string(drawKey(t, aheadTable))] = rapid.StringN(0, 5, -1).Draw(t, "value")
	}
	runs := []*state.Run{{}, {}, {}}
	for i, k := range slices.Sorted(maps.Keys(rows)) {
		runs[min(i/3, 2)].Put([]byte(k), []byte(rows[k]))
	}
	for _, run := range runs {
		if err := a.Add(run); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Finish(); err != nil {
		t.Fatal(err)
	}
	if m.tables[aheadTable] == nil {
		m.tables[aheadTable] = map[string]string{}
	}
	maps.Copy(m.tables[aheadTable], rows)
	return a
}

// closeAhead does what whoever has written ahead does after the commit.
func closeAhead(c *Changes) {
	for _, t := range c.Tables {
		if t.Ahead != nil {
			t.Ahead.Close()
		}
	}
}

// checkNoFiles checks that nothing is left of what was written ahead.
func checkNoFiles(t fataler, s *Store) {
	t.Helper()
	names, err := s.options.FS.List(s.folder.path(aheadDir))
	if err == nil && len(names) > 0 {
		t.Fatalf("files of transactions are left: %q", names)
	}
}

func inRange(k []byte, r state.Range) bool {
	return bytes.Compare(k, r.From) >= 0 && (r.To == nil || bytes.Compare(k, r.To) < 0)
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// checkSnapshot compares all that a snapshot shows with the model.
func checkSnapshot(t fataler, s *Snapshot, m *model) {
	t.Helper()
	if e := s.Epoch(); e.Number != m.epoch || e.Now != m.now {
		t.Fatalf("snapshot at %v, want epoch %d at %d", e, m.epoch, m.now)
	}
	contents, err := s.Meta()
	if err != nil {
		t.Fatal(err)
	}
	offset := ""
	for _, o := range contents.Offsets {
		offset = string(o.Position)
	}
	if want := fmt.Sprint(m.offset); m.offset > 0 && offset != want || contents.Epoch.Number != m.epoch {
		t.Fatalf("offset %q at epoch %d, want %q at %d", offset, contents.Epoch.Number, want, m.epoch)
	}
	for _, id := range modelTables {
		checkTable(t, s.Table(id), id, m.tables[id])
	}
	log, err := s.Log(5, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		epoch, data, ok, err := log.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if !bytes.HasPrefix(data, fmt.Appendf(nil, "%d/", epoch)) {
			t.Fatalf("epoch %d has the entry %q", epoch, data)
		}
		got = append(got, string(data))
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, m.log) {
		t.Fatalf("log %q, want %q", got, m.log)
	}
}

func checkTable(t fataler, r state.Reader, id TableID, rows map[string]string) {
	t.Helper()
	sorted := slices.Sorted(maps.Keys(rows))
	ranges := []state.Range{{}, {Reverse: true}, state.Prefix([]byte{'a'}), {From: []byte{0}, To: []byte{'a', 0}}, {From: []byte("b"), To: []byte("a")}}
	for _, scan := range ranges {
		want := []string{}
		for _, k := range sorted {
			if inRange([]byte(k), scan) {
				want = append(want, k+"="+rows[k])
			}
		}
		if scan.Reverse {
			slices.Reverse(want)
		}
		if diff := gocmp.Diff(want, scanAll(t, r, scan)); diff != "" {
			t.Fatalf("table %d, range %v: %s", id, scan, diff)
		}
	}
	var keys, values key.Keys
	probes := append(slices.Clone(sorted), "", "b", string(key.AppendBound(nil, 1)), "\xff\xff\xff\xff")
	slices.Sort(probes)
	for _, k := range probes {
		keys.Append([]byte(k))
	}
	found, err := r.GetMany(&keys, &values, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range probes {
		want, there := rows[k]
		if found[i] != there || string(values.At(i)) != want {
			t.Fatalf("table %d: key %q: got %q, %v, want %q, %v", id, k, values.At(i), found[i], want, there)
		}
		got, ok, err := r.Get([]byte("dst"), []byte(k))
		if err != nil || ok != there || string(got) != "dst"+want {
			t.Fatalf("table %d: Get %q: got %q, %v, %v, want %q, %v", id, k, got, ok, err, want, there)
		}
	}
}

// scanAll reads a range twice: with keys, and the values alone, which must be the same.
func scanAll(t fataler, r state.Reader, scan state.Range) []string {
	t.Helper()
	run, values := readAll(t, r, scan, false), readAll(t, r, scan, true)
	if values.Len() != run.Len() || len(values.Keys.Data) > 0 || !bytes.Equal(values.Values.Data, run.Values.Data) {
		t.Fatalf("range %v: the values alone are %q, with keys %q", scan, values.Values.Data, run.Values.Data)
	}
	got := []string{}
	for i := range run.Len() {
		got = append(got, string(run.Keys.At(i))+"="+string(run.Values.At(i)))
	}
	return got
}

func readAll(t fataler, r state.Reader, scan state.Range, valuesOnly bool) *state.Run {
	t.Helper()
	c, err := r.Scan(scan)
	if err != nil {
		t.Fatal(err)
	}
	run := &state.Run{ValuesOnly: valuesOnly}
	for more := true; more; {
		if more, err = c.Next(run, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return run
}

// held is a snapshot that stays open over commits, and what it must go on showing.
type held struct {
	s *Snapshot
	m *model
}

// TestModel runs random commits, snapshots, restarts and crashes against plain maps.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := NewCrashFS()
		options := Options{FS: fs, Dir: "data", MemTableBytes: 256 << 10}
		if rapid.Bool().Draw(t, "appends by files") {
			options.AppendBytes = 1
		}
		if rapid.Bool().Draw(t, "by files") {
			options.IngestBytes = 1
		}
		if rapid.Bool().Draw(t, "buffered") {
			options.BufferBytes = rapid.SampledFrom([]int{1, 20}).Draw(t, "from")
			options.SpillBytes = rapid.SampledFrom([]int{1, 100, DefaultSpillBytes}).Draw(t, "spilled from")
		}
		s, err := Open(options)
		if err != nil {
			t.Fatal(err)
		}
		durable, published := newModel(), newModel()
		var open []held
		closeAll := func() {
			for _, h := range open {
				checkSnapshot(t, h.s, h.m)
				if err := h.s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			open = nil
		}
		reopen := func() {
			closeAll()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(options); err != nil {
				t.Fatal(err)
			}
			published = durable.clone()
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				c := drawChanges(t, s, durable)
				if err := s.Commit(durable.epoch, c); err != nil {
					t.Fatal(err)
				}
				closeAhead(&c)
				checkNoFiles(t, s)
			},
			"give up": func(t *rapid.T) {
				drawAhead(t, s, newModel()).Close()
				checkNoFiles(t, s)
			},
			"publish": func(t *rapid.T) {
				if published.epoch == durable.epoch {
					t.Skip("nothing to publish")
				}
				if err := s.Publish(durable.epoch); err != nil {
					t.Fatal(err)
				}
				published = durable.clone()
			},
			"snapshot": func(t *rapid.T) {
				snapshot, err := s.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				open = append(open, held{snapshot, published.clone()})
			},
			"release": func(*rapid.T) { closeAll() },
			"restart": func(*rapid.T) { reopen() },
			"crash": func(t *rapid.T) {
				closeAll()
				given := drawAhead(t, s, newModel()) // by a transaction that runs
				crashed := fs.Crash(rapid.SampledFrom([]int{0, 50}).Draw(t, "percent"), rapid.Uint64().Draw(t, "seed"))
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				fs, options.FS = crashed, crashed
				given.Close()
				if s, err = Open(options); err != nil {
					t.Fatal(err)
				}
				checkNoFiles(t, s)
				published = durable.clone()
			},
			"": func(t *rapid.T) {
				for _, c := range []struct {
					take func() (*Snapshot, error)
					m    *model
				}{{s.Snapshot, published}, {s.Committed, durable}} {
					snapshot, err := c.take()
					if err != nil {
						t.Fatal(err)
					}
					checkSnapshot(t, snapshot, c.m)
					if err := snapshot.Close(); err != nil {
						t.Fatal(err)
					}
				}
			},
		})
		closeAll()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// dump is all of a store at its last epoch, key by key.
func dump(s *Store) [][2]string {
	it, err := s.db.NewIter(nil)
	if err != nil {
		panic(err)
	}
	var all [][2]string
	for ok := it.First(); ok; ok = it.Next() {
		all = append(all, [2]string{fmt.Sprintf("%x", it.Key()), fmt.Sprintf("%x", it.Value())})
	}
	if err := it.Close(); err != nil {
		panic(err)
	}
	slices.SortFunc(all, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return all
}
