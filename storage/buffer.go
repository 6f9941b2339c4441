package storage

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// Rows that change at places all over a table are dear to write one by one: each is an insert into the memtable, at a place that is in no
// cache of the processor. What an epoch changes comes sorted, as runs. So where it changes much of a table, its batch has the run as one value,
// which makes it durable, and the run itself is kept in memory, as a layer above what Pebble has of the table. Layers are merged as they
// become many, so that a row that changes in each epoch is there a few times only, and spilled (spill.go) when they are large.
//
// While a table has layers, all its changes become layers, for they hide what Pebble has. Tables that only grow at their end or lose whole
// ranges have none. Open makes layers of the values that it finds.
//
// What has expired is never spilled: a layer of which all has expired is forgotten, and so is a value when no layer has anything of it. The state of
// windows that close within some ticks is written once, as values in the log.

// layer is one run of a table, which does not change any more.
type layer struct {
	run    *state.Run
	merged int    // of so many runs of epochs
	since  uint64 // the first of these epochs
	fences fences
}

func newLayer(run *state.Run, merged int, since uint64) layer {
	return layer{run, merged, since, newFences(run)}
}

// seek is the first entry whose key is at least k.
func (l *layer) seek(k []byte) int { return l.fences.seek(l.run, k) }

// layersMerged is how many layers, merged of equally many runs, become one. Every one of them is looked into for a key that is in none.
const layersMerged = 8

// buffer is what a store keeps in memory; under the lock of commit.
type buffer struct {
	// layers are those of each table, from the oldest to the newest. Versions share map and slices, which are replaced and never changed.
	layers map[TableID][]layer
	bytes  int // of layers
	// values are those that Open would read, of one epoch each.
	values []loggedValues
	logged int // bytes of values
	spill  *spill
	// doneTo is the last epoch whose values the next batch deletes, since Pebble has what they say, or it has expired; 0 is none.
	doneTo uint64
	value  []byte // scratch
}

// loggedValues are the values that make an epoch's runs durable.
type loggedValues struct {
	epoch uint64
	bytes int
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
		if _, keep := runs[t.Table]; !keep {
			continue
		}
		for _, run := range t.Runs {
			if run.Len() > 0 {
				kept = append(kept, keptRun{t.Table, run.Clone()})
			}
		}
		t.Runs = nil
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

// plain tells whether changes do nothing to a table but set and delete rows, and let rows expire.
func (s *Store) plain(t *TableChanges) bool {
	_, grows := s.commit.lastKeys[t.Table]
	return !grows && !t.Drop && !t.Appends && len(t.DeleteRanges) == 0
}

// unlayers tells whether changes are such that a table they are of must have neither layers nor values of layers that have expired: a table that is
// dropped has not expired any more.
func (s *Store) unlayers(c *Changes) bool {
	b := &s.commit.buffer
	return slices.ContainsFunc(c.Tables, func(t TableChanges) bool {
		_, layered := b.layers[t.Table]
		_, expires := s.commit.expired[t.Table]
		return (layered || expires && len(b.values) > 0) && !s.plain(&t)
	})
}

// add makes runs of an epoch that is durable layers. Layers of which all has expired go.
func (b *buffer) add(epoch uint64, kept []keptRun, bounds map[TableID]int64) {
	all := maps.Clone(b.layers)
	for _, k := range kept {
		all[k.table] = append(slices.Clip(all[k.table]), newLayer(k.run, 1, epoch))
	}
	for id, layers := range all {
		fixed := b.spill.layersOf(id)
		if _, expires := bounds[id]; expires {
			layers = alive(layers, fixed, bounds[id])
		}
		if layers = mergeLayers(layers, fixed, aliveFrom(bounds, id)); len(layers) == 0 {
			delete(all, id)
		} else {
			all[id] = layers
		}
	}
	b.replace(all)
}

// aliveFrom answers the first key of a table's rows that has not expired; nil is the first of all.
func aliveFrom(bounds map[TableID]int64, id TableID) []byte {
	if bound, expires := bounds[id]; expires && bound < math.MaxInt64 {
		return key.AppendBound(nil, bound+1)
	}
	return nil
}

// alive are the layers of which not all has expired, and the first ones, which are fixed.
func alive(layers []layer, fixed int, expiredTo int64) []layer {
	kept := slices.Clone(layers[:fixed])
	for _, l := range layers[fixed:] {
		if last, _, ok := key.BoundOf(l.run.Keys.At(l.run.Len() - 1)); !ok || last > expiredTo {
			kept = append(kept, l)
		}
	}
	return kept
}

func (b *buffer) replace(layers map[TableID][]layer) {
	b.layers, b.bytes = layers, 0
	for _, of := range layers {
		for _, l := range of {
			b.bytes += l.run.Bytes()
		}
	}
}

// log notes the values of an epoch, and forgets those of which no layer has anything if they are many: each deletion is a tombstone.
func (b *buffer) log(v loggedValues, manyBytes int) {
	if v.bytes > 0 {
		b.values, b.logged = append(b.values, v), b.logged+v.bytes
	}
	needed := v.epoch + 1
	for _, layers := range b.layers {
		needed = min(needed, layers[0].since)
	}
	done := 0
	for _, v := range b.values {
		if v.epoch < needed {
			done += v.bytes
		}
	}
	if done >= manyBytes {
		b.forgetTo(needed - 1)
	}
}

// forgetTo has the next batch delete the values of all epochs up to one.
func (b *buffer) forgetTo(epoch uint64) {
	b.doneTo = epoch
	b.values = slices.DeleteFunc(b.values, func(v loggedValues) bool { return v.epoch <= epoch })
	b.logged = 0
	for _, v := range b.values {
		b.logged += v.bytes
	}
}

// mergeLayers merges the last layers while enough of them are of one size, without what lies before the key first. The first ones may be fixed.
func mergeLayers(layers []layer, fixed int, first []byte) []layer {
	for {
		from := len(layers) - layersMerged
		if from < fixed || layers[from].merged != layers[len(layers)-1].merged {
			return layers
		}
		runs := make([]*state.Run, layersMerged)
		for i, l := range layers[from:] {
			runs[i] = l.run
		}
		layers = append(slices.Clip(layers[:from]), newLayer(mergeRuns(runs, first), layers[from].merged*layersMerged, layers[from].since))
	}
}

// lookUp finds a key in the layers of a table: the run and the entry in it that count, run being nil if no layer has the key.
func lookUp(layers []layer, k []byte) (run *state.Run, at int) {
	for i := len(layers) - 1; i >= 0; i-- {
		run := layers[i].run
		if at := layers[i].seek(k); at < run.Len() && bytes.Equal(run.Keys.At(at), k) {
			return run, at
		}
	}
	return nil, 0
}

// seek is the first entry of a run whose key is at least k.
func seek(run *state.Run, k []byte) int { return seekWithin(run, 0, run.Len(), k) }

// seekWithin is seek among the entries [from, to): those before have lower keys, and those behind none that is lower.
func seekWithin(run *state.Run, from, to int, k []byte) int {
	for from < to {
		if middle := int(uint(from+to) >> 1); bytes.Compare(run.Keys.At(middle), k) < 0 {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from
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

// writeRuns writes the values of an epoch's runs, and deletes those of epochs that are not needed any more.
func (s *Store) writeRuns(w sink, e *epochRecords) error {
	b := &s.commit.buffer
	if b.doneTo > 0 {
		if err := w.deleteRange(appendRunKey(nil, 0, 0), appendRunKey(nil, b.doneTo+1, 0)); err != nil {
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
			epoch := binary.BigEndian.Uint64(it.Key()[1:])
			b.add(epoch, []keptRun{k}, v.expired)
			b.log(loggedValues{epoch, len(value)}, math.MaxInt)
		}
	}
	if putErr := v.put(it); err == nil {
		err = putErr
	}
	return err
}
