package storage

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// changeAtRandom draws a run of a table and applies it to the rows.
func changeAtRandom(rng *rand.Rand, rows map[string]string) *state.Run {
	changed := map[string]bool{}
	for range rng.IntN(60) {
		changed[fmt.Sprintf("k%03d", rng.IntN(400))] = true
	}
	return change(rng, changed, rows)
}

// change makes a run that sets or deletes keys, and applies it to the rows.
func change(rng *rand.Rand, keys map[string]bool, rows map[string]string) *state.Run {
	run := &state.Run{}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if rng.IntN(3) == 0 {
			run.Delete([]byte(k))
			delete(rows, k)
			continue
		}
		v := fmt.Sprint(rng.IntN(1000))
		run.Put([]byte(k), []byte(v))
		rows[k] = v
	}
	return run
}

func checkRows(t *testing.T, s *Store, id TableID, rows map[string]string) {
	t.Helper()
	snapshot, err := s.Committed()
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, snapshot.Table(id), id, rows)
	mustClose(t, snapshot)
}

// TestLayers compares tables that change for hundreds of epochs with maps: over layers that are merged and spilled, checkpoints, restarts and crashes,
// and commits that must not leave layers.
func TestLayers(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 0))
		fs := NewCrashFS()
		options := Options{FS: fs, Dir: "data", BufferBytes: 200, SpillBytes: []int{1 << 10, 8 << 10, 1 << 20}[seed%3], MemTableBytes: 256 << 10}
		s := mustOpen(t, options)
		tables := []map[string]string{{}, {}}
		most, spills := 0, uint64(0)
		for epoch := uint64(1); epoch <= 300; epoch++ {
			c := Changes{Now: int64(epoch)}
			for id, rows := range tables {
				changes := TableChanges{Table: TableID(id), Runs: []*state.Run{changeAtRandom(rng, rows)}}
				if rng.IntN(40) == 0 {
					changes.DeleteRanges = []state.Range{{From: []byte("k1"), To: []byte("k2")}}
					clear(rows)
					changes.Drop, changes.Runs = true, []*state.Run{changeAtRandom(rng, rows)}
				}
				c.Tables = append(c.Tables, changes)
			}
			if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
				t.Fatal(err)
			}
			for _, layers := range s.commit.buffer.layers {
				most = max(most, len(layers))
			}
			switch rng.IntN(20) {
			case 0:
				crashed := fs.Crash(50, epoch)
				spills += s.spilled.Load()
				mustClose(t, s)
				fs, options.FS = crashed, crashed
				s = mustOpen(t, options)
			case 1:
				spills += s.spilled.Load()
				mustClose(t, s)
				s = mustOpen(t, options)
			case 2:
				dir := fmt.Sprint("copy", epoch)
				if _, err := s.Checkpoint(dir); err != nil {
					t.Fatal(err)
				}
				copied := mustOpen(t, Options{FS: fs, Dir: dir, ReadOnly: true})
				checkRows(t, copied, 0, tables[0])
				mustClose(t, copied)
			}
			if rng.IntN(8) == 0 {
				for id, rows := range tables {
					checkRows(t, s, TableID(id), rows)
				}
			}
		}
		spills += s.spilled.Load()
		if most < 3 || most > 3*layersMerged || spills < 3 {
			t.Errorf("up to %d layers, %d spills", most, spills)
		}
		mustClose(t, s)
	}
}

// changeWindows draws a run of rows whose bounds lie from one on, and applies it to the rows.
func changeWindows(rng *rand.Rand, from int64, rows map[string]string) *state.Run {
	changed := map[string]bool{}
	for range rng.IntN(60) {
		changed[string(fmt.Appendf(key.AppendBound(nil, from+rng.Int64N(6)), "k%02d", rng.IntN(40)))] = true
	}
	return change(rng, changed, rows)
}

// checkExpired looks up keys of table 0 that have just expired.
func checkExpired(t *testing.T, s *Store, bound int64) {
	t.Helper()
	snapshot, err := s.Committed()
	if err != nil {
		t.Fatal(err)
	}
	var keys, values key.Keys
	for i := range 40 {
		keys.Append(fmt.Appendf(key.AppendBound(nil, bound), "k%02d", i))
	}
	found, err := snapshot.Table(0).GetMany(&keys, &values, nil)
	if err != nil || slices.Contains(found, true) {
		t.Errorf("keys that have expired are found: %v, %v", found, err)
	}
	mustClose(t, snapshot)
}

// TestLayersExpire compares a table that expires, whose bounds move on, with a map, beside one that stays: over layers that are forgotten, merged
// and spilled, restarts and crashes. At times nothing expires for long, or everything at once, or the table is dropped.
func TestLayersExpire(t *testing.T) {
	for seed := range uint64(9) {
		rng := rand.New(rand.NewPCG(seed, 1))
		fs := NewCrashFS()
		options := Options{FS: fs, Dir: "data", BufferBytes: 200, SpillBytes: []int{1 << 10, 8 << 10, 1 << 20}[seed%3], MemTableBytes: 256 << 10}
		s := mustOpen(t, options)
		windows, other := map[string]string{}, map[string]string{}
		bound, forgotten := int64(0), 0
		for epoch := uint64(1); epoch <= 300; epoch++ {
			if epoch%100 < 60 || rng.IntN(20) == 0 {
				bound += rng.Int64N(4)
			}
			dropped := rng.IntN(30) == 0 || epoch%50 == 0
			if dropped {
				bound = max(bound-20, 0) // a table that comes after it may expire later
				clear(windows)
			}
			allGo := epoch%50 == 49
			if allGo {
				bound += 10
			}
			// Two workers have each half of the keys.
			runs := []*state.Run{{}, {}}
			all := changeWindows(rng, bound-1, windows)
			for i := range all.Len() {
				if allGo {
					break
				}
				half := runs[int(all.Keys.At(i)[len(all.Keys.At(i))-1])%2]
				if all.IsDeleted(i) {
					half.Delete(all.Keys.At(i))
				} else {
					half.Put(all.Keys.At(i), all.Values.At(i))
				}
			}
			maps.DeleteFunc(windows, func(k, _ string) bool { b, _, _ := key.BoundOf([]byte(k)); return b <= bound || allGo })
			c := Changes{Now: int64(epoch) * expireEvery / 3, Tables: []TableChanges{{Table: 0, Drop: dropped, Expires: true, ExpiredTo: bound, Runs: runs}}}
			if seed%2 == 0 {
				c.Tables = append(c.Tables, TableChanges{Table: 1, Runs: []*state.Run{changeAtRandom(rng, other)}})
			}
			before := len(s.commit.buffer.layers[0])
			if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
				t.Fatal(err)
			}
			if len(s.commit.buffer.layers[0]) < before && s.commit.buffer.spill == nil {
				forgotten++
			}
			if rng.IntN(15) == 0 {
				crashed := fs
				if rng.IntN(2) == 0 {
					crashed = fs.Crash(50, epoch)
				}
				mustClose(t, s)
				fs, options.FS = crashed, crashed
				s = mustOpen(t, options)
			}
			if rng.IntN(4) == 0 {
				checkRows(t, s, 0, windows)
				checkRows(t, s, 1, other)
				checkExpired(t, s, bound)
			}
		}
		if forgotten == 0 {
			t.Errorf("seed %d: no layer was forgotten", seed)
		}
		mustClose(t, s)
	}
}

// TestExpiredIsNotSpilled holds what a store keeps, in memory and on disk, of state that lives for some epochs: nothing of it is ever in a sorted file.
func TestExpiredIsNotSpilled(t *testing.T) {
	s := mustOpen(t, Options{BufferBytes: 1, SpillBytes: 16 << 10})
	for epoch := uint64(1); epoch <= 200; epoch++ {
		run := &state.Run{}
		for i := range 100 {
			run.Put(fmt.Appendf(key.AppendBound(nil, int64(epoch)+int64(i/40)), "key %d", 100+i), []byte("a value"))
		}
		c := Changes{Now: int64(epoch), Tables: []TableChanges{{Table: 1, Expires: true, ExpiredTo: int64(epoch) - 1, Runs: []*state.Run{run}}}}
		if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
			t.Fatal(err)
		}
		b := &s.commit.buffer
		if len(b.layers[1]) > 3 || b.logged >= s.options.SpillBytes {
			t.Fatalf("epoch %d: %d layers, %d bytes in values", epoch, len(b.layers[1]), b.logged)
		}
	}
	values, rows := 0, 0
	for _, row := range dump(s) {
		switch row[0][:2] {
		case "04":
			values++
		case "02":
			rows++
		}
	}
	if spills := s.Metrics().Spills; spills > 0 || values > 6 || rows > 0 {
		t.Errorf("%d spills, %d values and %d rows left", spills, values, rows)
	}
	mustClose(t, s)
}

// TestSpillMakesRoom holds what a store keeps for a table that is changed again and again: layers are merged, and the values that made them
// durable go.
func TestSpillMakesRoom(t *testing.T) {
	s := mustOpen(t, Options{BufferBytes: 1, SpillBytes: 16 << 10})
	run := &state.Run{}
	for i := range 100 {
		run.Put(fmt.Appendf(nil, "key %d", 100+i), []byte("a value"))
	}
	for epoch := uint64(1); epoch <= 200; epoch++ {
		if p := s.commit.buffer.spill; p != nil {
			<-p.done
		}
		c := Changes{Now: int64(epoch), Tables: []TableChanges{{Table: 1, Runs: []*state.Run{run}}}}
		if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
			t.Fatal(err)
		}
		b := &s.commit.buffer
		if limit := s.options.SpillBytes + 2*run.Bytes(); b.bytes > limit || b.logged > 2*limit {
			t.Fatalf("epoch %d: %d bytes in layers, %d in values", epoch, b.bytes, b.logged)
		}
	}
	values := 0
	for _, row := range dump(s) {
		if row[0][:2] == "04" {
			values++
		}
	}
	if spills := s.Metrics().Spills; spills < 10 || values > 40 {
		t.Errorf("%d spills, %d values left", spills, values)
	}
	mustClose(t, s)
}

// TestSpillBehind has rows come mostly behind all that a table has, beside one that changes anywhere: what lies behind goes to the lowest level at once, and
// the table reads as it should, also when a key comes that a spill has left out since it was deleted.
func TestSpillBehind(t *testing.T) {
	fs := NewCrashFS()
	options := Options{FS: fs, Dir: "data", BufferBytes: 1, SpillBytes: 8 << 10}
	s := mustOpen(t, options)
	rng := rand.New(rand.NewPCG(1, 2))
	rising, other := map[string]string{}, map[string]string{}
	spills, placed := 0, 0
	for epoch := uint64(1); epoch <= 300; epoch++ {
		run := &state.Run{}
		for i := range 40 {
			k := fmt.Sprintf("k%06d", int(epoch)*30+i) // the first ten are those of the epoch before
			if rng.IntN(8) == 0 {
				run.Delete([]byte(k))
				delete(rising, k)
				continue
			}
			rising[k] = fmt.Sprint(rng.IntN(1000))
			run.Put([]byte(k), []byte(rising[k]))
		}
		before := s.spilled.Load()
		c := Changes{Now: int64(epoch), Tables: []TableChanges{{Table: 0, Runs: []*state.Run{changeAtRandom(rng, other)}}, {Table: 1, Runs: []*state.Run{run}}}}
		if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
			t.Fatal(err)
		}
		if s.spilled.Load() > before {
			spills++
			if inLowestLevel(t, s, 1) {
				placed++
			}
		}
		if p := s.commit.buffer.spill; p != nil {
			<-p.done
		}
		switch {
		case epoch == 61 || epoch == 122:
			crashed := fs.Crash(50, epoch)
			mustClose(t, s)
			fs, options.FS = crashed, crashed
			s = mustOpen(t, options)
		case epoch%7 == 0:
			checkRows(t, s, 0, other)
			checkRows(t, s, 1, rising)
		}
	}
	if spills < 10 || placed < spills/2 {
		t.Errorf("%d spills, %d files in the lowest level", spills, placed)
	}
	mustClose(t, s)
}

// inLowestLevel tells whether there is a file with rows of a table alone in the lowest level.
func inLowestLevel(t *testing.T, s *Store, id TableID) bool {
	t.Helper()
	levels, err := s.db.SSTables()
	if err != nil {
		t.Fatal(err)
	}
	prefix := appendTable(nil, id)
	return slices.ContainsFunc(levels[len(levels)-1], func(f pebble.SSTableInfo) bool {
		return bytes.HasPrefix(f.Smallest.UserKey, prefix) && bytes.HasPrefix(f.Largest.UserKey, prefix)
	})
}

// TestRunValue has a run read as it was written, and refuses what was cut off or has another version.
func TestRunValue(t *testing.T) {
	run := &state.Run{}
	run.Put([]byte("a"), []byte("first"))
	run.Delete([]byte("bb"))
	run.Put([]byte("c"), nil)
	value := appendRun(nil, 9, run)
	got, err := decodeRun(value)
	if err != nil || got.table != 9 {
		t.Fatal(got.table, err)
	}
	got.run.Values.Data, run.Values.Data = append([]byte{}, got.run.Values.Data...), append([]byte{}, run.Values.Data...)
	if diff := gocmp.Diff(run, got.run); diff != "" {
		t.Error(diff)
	}
	for n := range value {
		violates(t, func() error { _, err := decodeRun(value[:n]); return err })
	}
	value[0]++
	violates(t, func() error { _, err := decodeRun(value); return err })
}
