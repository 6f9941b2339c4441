package storage

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"sort"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/state"
)

// Rows that change at places all over a table are dear to write one by one: each is an insert into the memtable, at a place that is in no
// cache of the processor. What an epoch changes comes sorted, as runs. So where it changes much of a table, its batch has the run as one value,
// which makes it durable, and the run itself is kept in memory, as a layer above what Pebble has of the table. Layers are merged as they
// become many, so that a row that changes in each epoch is there a few times only, and spilled (spill.go) when they are large.
//
// While a table has layers, all its changes become layers, for they hide what Pebble has. Tables that expire, only grow at their end, or lose whole
// ranges have none. Open makes layers of the values that it finds.

// layer is one run of a table, which does not change any more.
type layer struct {
	run    *state.Run
	merged int // of so many runs of epochs
}

// layersMerged is how many layers, merged of equally many runs, become one. Every one of them is looked into for a key that is in none.
const layersMerged = 8

// buffer is what a store keeps in memory; under the lock of commit.
type buffer struct {
	// layers are those of each table, from the oldest to the newest. Versions share map and slices, which are replaced and never changed.
	layers map[TableID][]layer
	bytes  int // of layers
	logged int // bytes of values that Open would read
	spill  *spill
	// spilledTo is the last epoch whose values the next batch deletes, since Pebble has what they say; 0 is none.
	spilledTo uint64
	value     []byte // scratch
}

// keptRun is a run that becomes a layer when its epoch is durable.
type keptRun struct {
	table TableID
	run   *state.Run
}

// kept divides an epoch into the runs that become layers, which are copies, and the rest.
func (s *Store) kept(c *Changes) (kept []keptRun, rest *Changes) {
	runs := map[TableID][]*state.Run{}
	for i := range c.Tables {
		t := &c.Tables[i]
		runs[t.Table] = append(runs[t.Table], t.Runs...)
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		if _, layered := s.commit.buffer.layers[t.Table]; !layered && (!s.plain(t) || !s.worthwhile(runs[t.Table])) {
			delete(runs, t.Table)
		}
	}
	if len(runs) == 0 {
		return nil, c
	}
	clone := *c
	clone.Tables = slices.Clone(c.Tables)
	for i := range clone.Tables {
		t := &clone.Tables[i]
		all, keep := runs[t.Table]
		if !keep {
			continue
		}
		t.Runs = nil
		if len(all) > 0 {
			if run := mergeRuns(all); run.Len() > 0 {
				kept = append(kept, keptRun{t.Table, run})
			}
			runs[t.Table] = nil
		}
	}
	return kept, &clone
}

// bufferedRowBytes is the size of rows from which it costs as much to copy them into a value, a layer and a file as to insert them one by one.
const bufferedRowBytes = 128

// worthwhile tells whether runs of a table that has no layers are to become some.
func (s *Store) worthwhile(runs []*state.Run) bool {
	size, rows := 0, 0
	for _, r := range runs {
		size, rows = size+r.Bytes(), rows+r.Len()
	}
	return size >= s.options.BufferBytes && size <= rows*bufferedRowBytes
}

// plain tells whether changes do nothing to a table but set and delete rows.
func (s *Store) plain(t *TableChanges) bool {
	_, expires := s.commit.expired[t.Table]
	_, grows := s.commit.lastKeys[t.Table]
	return !expires && !grows && !t.Drop && !t.Expires && !t.Appends && len(t.DeleteRanges) == 0
}

// unlayers tells whether changes are such that a table they are of must not have layers.
func (s *Store) unlayers(c *Changes) bool {
	return slices.ContainsFunc(c.Tables, func(t TableChanges) bool {
		_, layered := s.commit.buffer.layers[t.Table]
		return layered && !s.plain(&t)
	})
}

// add makes runs whose epoch is durable layers.
func (b *buffer) add(kept []keptRun) {
	if len(kept) == 0 {
		return
	}
	all := maps.Clone(b.layers)
	for _, k := range kept {
		all[k.table] = mergeLayers(append(slices.Clone(all[k.table]), layer{k.run, 1}), b.spill.layersOf(k.table))
	}
	b.replace(all)
}

func (b *buffer) replace(layers map[TableID][]layer) {
	b.layers, b.bytes = layers, 0
	for _, of := range layers {
		for _, l := range of {
			b.bytes += l.run.Bytes()
		}
	}
}

// mergeLayers merges the last layers while enough of them are of one size. The first ones may be fixed.
func mergeLayers(layers []layer, fixed int) []layer {
	for {
		from := len(layers) - layersMerged
		if from < fixed || layers[from].merged != layers[len(layers)-1].merged {
			return layers
		}
		runs := make([]*state.Run, layersMerged)
		for i, l := range layers[from:] {
			runs[i] = l.run
		}
		layers = append(layers[:from], layer{mergeRuns(runs), layers[from].merged * layersMerged})
	}
}

// lookUp finds a key in the layers of a table: the run and the entry in it that count, run being nil if no layer has the key.
func lookUp(layers []layer, k []byte) (run *state.Run, at int) {
	for i := len(layers) - 1; i >= 0; i-- {
		run := layers[i].run
		if at := seek(run, k); at < run.Len() && bytes.Equal(run.Keys.At(at), k) {
			return run, at
		}
	}
	return nil, 0
}

// seek is the first entry of a run whose key is at least k.
func seek(run *state.Run, k []byte) int {
	return sort.Search(run.Len(), func(i int) bool { return bytes.Compare(run.Keys.At(i), k) >= 0 })
}

// runVersion is the version of a run as a value, which is part of the format of a data folder.
const runVersion = 1

// appendRun appends what a run is stored as: version, table, the number of entries, the bytes of all keys; of each entry the length of its key, twice and 1
// more if it is deleted, and that of its value; all keys; all values.
func appendRun(dst []byte, table TableID, r *state.Run) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, runVersion), uint32(table))
	dst = binary.AppendUvarint(dst, uint64(r.Len()))
	dst = binary.AppendUvarint(dst, uint64(len(r.Keys.Data)))
	for i := range r.Len() {
		length := uint64(len(r.Keys.At(i))) << 1
		if r.IsDeleted(i) {
			length |= 1
		}
		dst = binary.AppendUvarint(dst, length)
		dst = binary.AppendUvarint(dst, uint64(len(r.Values.At(i))))
	}
	return append(append(dst, r.Keys.Data...), r.Values.Data...)
}

// decodeRun is the run that a value has.
func decodeRun(b []byte) (keptRun, error) {
	size := len(b)
	malformed := func() (keptRun, error) {
		return keptRun{}, invariants.Errorf("a stored run of %d bytes is malformed", size)
	}
	if size < 1+4 || b[0] != runVersion {
		return malformed()
	}
	k := keptRun{table: TableID(binary.BigEndian.Uint32(b[1:])), run: &state.Run{}}
	b = b[1+4:]
	cut := false
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		if cut = cut || size <= 0; cut {
			return 0
		}
		b = b[size:]
		return n
	}
	entries, keyBytes := number(), number()
	if entries > uint64(len(b)) {
		return malformed()
	}
	keys, values, deleted := uint64(0), uint64(0), make([]bool, entries)
	for i := range entries {
		length := number()
		keys, values, deleted[i] = keys+length>>1, values+number(), length&1 != 0
		k.run.Keys.Ends = append(k.run.Keys.Ends, uint32(keys))
		k.run.Values.Ends = append(k.run.Values.Ends, uint32(values))
	}
	if rest := uint64(len(b)); cut || keys != keyBytes || keys > rest || values != rest-keys {
		return malformed()
	}
	k.run.Keys.Data, k.run.Values.Data = bytes.Clone(b[:keys]), bytes.Clone(b[keys:])
	if slices.Contains(deleted, true) {
		k.run.Deleted = deleted
	}
	return k, nil
}

// writeRuns writes the values of an epoch's runs, and deletes those of epochs that have been spilled.
func (s *Store) writeRuns(w sink, e *epochRecords) error {
	b := &s.commit.buffer
	if b.spilledTo > 0 {
		if err := w.deleteRange(appendRunKey(nil, 0, 0), appendRunKey(nil, b.spilledTo+1, 0)); err != nil {
			return err
		}
	}
	e.logged = 0
	for i, k := range e.kept {
		b.value = appendRun(b.value[:0], k.table, k.run)
		if err := w.set(nil, appendRunKey(nil, e.epoch.Number, uint32(i)), b.value); err != nil {
			return err
		}
		e.logged += len(b.value)
	}
	return nil
}

// loadRuns makes layers of the values that a version has.
func (s *Store) loadRuns(v *version) error {
	it, err := v.iterator([]byte{spaceRun}, []byte{spaceRun + 1})
	if err != nil {
		return err
	}
	b := &s.commit.buffer
	b.layers = map[TableID][]layer{}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var value []byte
		var k keptRun
		if value, err = it.ValueAndErr(); err == nil {
			k, err = decodeRun(value)
		}
		if err == nil {
			b.add([]keptRun{k})
			b.logged += len(value)
		}
	}
	if putErr := v.put(it); err == nil {
		err = putErr
	}
	return err
}
