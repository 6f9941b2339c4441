package storage

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/storage/state"
)

// changeAtRandom draws a run of a table and applies it to the rows.
func changeAtRandom(rng *rand.Rand, rows map[string]string) *state.Run {
	changed := map[string]bool{}
	for range rng.IntN(60) {
		changed[fmt.Sprintf("k%03d", rng.IntN(400))] = true
	}
	run := &state.Run{}
	for _, k := range slices.Sorted(maps.Keys(changed)) {
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
