package dataflow

import (
	"bytes"
	"maps"
	"slices"
	"sort"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// Txn is what a transaction has read and wants to write. One goroutine uses it, and not after it was given to Write.
type Txn struct {
	// Planned is for the caller: the version of the catalog by which the statements were planned that write.
	Planned  uint64
	snapshot *Snapshot
	writes   []write
	bytes    int // of the rows of writes
	written  map[flow.RelationID]*written
	given    bool // to Write: whoever answers it closes it
	reads    []read
	noted    map[readKey]bool // reads
	allotted int64            // row ids given out for own reads, counted down from 0
	view     *View            // of all that is written; nil since the last change
}

// write is one batch of signed rows.
type write struct {
	relation flow.RelationID
	rows     *batch.Batch
}

// txnBytesMax is how many bytes of rows a transaction may write: what is made of them for an epoch has offsets of 32 bits, and all of it is in memory.
// Tests make it smaller.
var txnBytesMax = 2 << 30

// written is what a transaction has written to one table so far.
type written struct {
	rows    int
	changes bool  // not all rows come, or they are not to be written ahead
	bulk    *bulk // of all rows; nil: there are too few, or it cannot be
}

// bulkRows is how many rows of a table make what a transaction writes into it a bulk: fewer fit into the memtable well, where a key is found in
// half of the time that it takes in a file. Tests make it smaller.
var bulkRows = 256 << 10

// read is a range of an arrangement that was read.
type read struct {
	relation    flow.RelationID
	arrangement int
	keys        state.Range
}

// readKey is a read to be compared; that of a whole relation has its name alone.
type readKey struct {
	relation    flow.RelationID
	arrangement int
	from, to    string
	bounded     bool
}

func (r *read) key() readKey {
	k := r.keys
	if k.From == nil && k.To == nil {
		return readKey{relation: r.relation}
	}
	return readKey{r.relation, r.arrangement, string(k.From), string(k.To), k.To != nil}
}

// Begin makes a transaction that reads from a snapshot, which must stay open until the transaction has been given to Write.
func Begin(s *Snapshot) *Txn { return &Txn{snapshot: s} }

// Write notes signed rows of a table: all its columns, in their order. The batch is copied. Rows of a table with a hidden key that are
// to come in have null there; they get a negative one, which is replaced when the transaction is admitted.
func (t *Txn) Write(id flow.RelationID, b *batch.Batch) error {
	rel, err := t.snapshot.relation(id)
	if err != nil {
		return err
	}
	if !rel.takes(b) {
		return &ConflictError{id} // the table has got another form since the statement was planned
	}
	rows := rel.newBatch()
	rows.AppendAll(b)
	if rel.def.RowID >= 0 {
		ids := &rows.Cols[rel.def.RowID]
		for i := range rows.Len() {
			if ids.IsNull(i) {
				t.allotted--
				ids.Nulls[i/64] &^= 1 << (i % 64)
				ids.Ints[i] = t.allotted
			}
		}
	}
	if t.bytes += rows.Bytes(); t.bytes > txnBytesMax {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "a transaction changes more than %d bytes of rows", txnBytesMax).
			WithHint("Divide it into several transactions.")
	}
	t.writes, t.view = append(t.writes, write{id, rows}), nil
	return t.writeAhead(rel, rows)
}

// takes tells whether rows have the columns of a relation.
func (r *relation) takes(b *batch.Batch) bool {
	return slices.EqualFunc(b.Cols, r.types, func(c batch.Vec, t types.Type) bool { return c.Kind() == t.Kind() })
}

// writeAhead has rows that were written encoded, if there are many.
func (t *Txn) writeAhead(rel *relation, rows *batch.Batch) error {
	w := t.count(rel.def.ID, rows)
	switch {
	case w.bulk != nil && (w.changes || w.bulk.rel != rel):
		w.bulk.close()
		w.bulk, w.changes = nil, true
	case w.bulk != nil:
		w.bulk.add(rows)
	case w.rows >= bulkRows && !w.changes && rel.writesAhead():
		b, err := newBulk(t.snapshot.files, rel)
		if err != nil {
			return err
		}
		w.bulk = b
		for _, earlier := range t.writes {
			if earlier.relation == rel.def.ID {
				w.bulk.add(earlier.rows)
			}
		}
	}
	return nil
}

func (t *Txn) count(id flow.RelationID, rows *batch.Batch) *written {
	w := t.written[id]
	if w == nil {
		if t.written == nil {
			t.written = map[flow.RelationID]*written{}
		}
		w = &written{}
		t.written[id] = w
	}
	w.rows += rows.Len()
	w.changes = w.changes || len(rows.Diff) > 0
	return w
}

// bulk is what was written ahead of all that goes into a relation, nil if nothing was.
func (t *Txn) bulk(rel *relation) *bulk {
	if w := t.written[rel.def.ID]; w != nil && w.bulk != nil && w.bulk.rel == rel {
		return w.bulk
	}
	return nil
}

// isBulk tells whether something was written ahead.
func (t *Txn) isBulk() bool {
	for _, w := range t.written {
		if w.bulk != nil {
			return true
		}
	}
	return false
}

// finishAhead ends what is written ahead, before the transaction is admitted.
func (t *Txn) finishAhead() error {
	for _, w := range t.written {
		if w.bulk == nil {
			continue
		}
		if err := w.bulk.finish(); err != nil {
			return err
		}
	}
	return nil
}

// Close gives a transaction up that was not given to Write. Nil, and one that was, are left alone.
func (t *Txn) Close() {
	if t != nil && !t.given {
		t.dropAhead()
	}
}

// dropAhead removes what was written ahead.
func (t *Txn) dropAhead() {
	for _, w := range t.written {
		if w.bulk != nil {
			w.bulk.close()
		}
	}
	t.written = nil
}

// Read notes that the transaction depends on all rows of a relation. What Read of the runtime scans for it is noted there.
func (t *Txn) Read(id flow.RelationID) { t.note(read{relation: id}) }

// note notes a read, if it has not been noted yet. There are many: INSERT with ON CONFLICT reads once for each row.
func (t *Txn) note(r read) {
	key := r.key()
	if t.noted[readKey{relation: r.relation}] || t.noted[key] {
		return
	}
	if t.noted == nil {
		t.noted = map[readKey]bool{}
	}
	r.keys.From, r.keys.To = bytes.Clone(r.keys.From), bytes.Clone(r.keys.To)
	t.reads, t.noted[key] = append(t.reads, r), true
}

// Empty tells that the transaction writes nothing.
func (t *Txn) Empty() bool { return len(t.writes) == 0 }

// Unused tells that the transaction has neither read nor written anything yet.
func (t *Txn) Unused() bool { return len(t.writes)+len(t.reads) == 0 }

// Writes tells whether the transaction writes to a table.
func (t *Txn) Writes(id flow.RelationID) bool {
	return slices.ContainsFunc(t.writes, func(w write) bool { return w.relation == id })
}

// Forget forgets what was read of a relation that the transaction itself has given another form.
func (t *Txn) Forget(id flow.RelationID) {
	t.reads = slices.DeleteFunc(t.reads, func(r read) bool { return r.relation == id })
	maps.DeleteFunc(t.noted, func(k readKey, _ bool) bool { return k.relation == id })
	t.view = nil
}

// Discard forgets what was read of a relation that the transaction has dropped, and written to it.
func (t *Txn) Discard(id flow.RelationID) {
	t.discard(id)
	t.Forget(id)
}

// discard forgets what was written to a relation.
func (t *Txn) discard(id flow.RelationID) {
	if t.Writes(id) {
		t.writes, t.view = slices.DeleteFunc(slices.Clone(t.writes), func(w write) bool { return w.relation == id }), nil
		t.weigh()
	}
}

// Relations are the tables that the transaction writes to.
func (t *Txn) Relations() []flow.RelationID { return t.relations() }

// Mark is a place in a transaction to roll back to. What was read stays noted.
func (t *Txn) Mark() int { return len(t.writes) }

// Rollback drops what was written since a mark. Views that were made before keep what they have.
func (t *Txn) Rollback(mark int) {
	t.writes, t.view = slices.Clip(t.writes[:mark]), nil
	t.weigh()
}

// weigh finds out how much the rows of writes are, when some have gone.
func (t *Txn) weigh() {
	t.dropAhead()
	t.bytes = 0
	for _, w := range t.writes {
		t.bytes += w.rows.Bytes()
		t.count(w.relation, w.rows)
	}
}

// View is what a transaction has written up to now. It stays what it is when the transaction writes on.
func (t *Txn) View() *View {
	if t.view == nil {
		t.view = &View{snapshot: t.snapshot, writes: slices.Clip(t.writes), overlays: map[overlayID]*overlay{}}
	}
	return t.view
}

// View is what a transaction had written at some moment. The zero View is that of one that had written nothing. One goroutine uses it.
type View struct {
	snapshot *Snapshot
	writes   []write
	overlays map[overlayID]*overlay
}

// rows answers the net changes of a relation, nil if there are none.
func (t *Txn) rows(rel *relation) *batch.Batch { return netRows(t.writes, rel) }

func netRows(writes []write, rel *relation) *batch.Batch {
	var all *batch.Batch
	n := 0
	for _, w := range writes {
		if w.relation == rel.def.ID {
			n += w.rows.Len()
		}
	}
	for _, w := range writes {
		if w.relation != rel.def.ID {
			continue
		}
		if all == nil {
			all = rel.newBatch()
			all.Grow(n)
		}
		all.AppendAll(w.rows)
	}
	if all == nil || all.Len() < 2 || len(all.Diff) == 0 && rel.primary().Unique {
		return all // if all rows come, those that are equal break the constraint
	}
	net := rel.newBatch()
	new(batch.Consolidator).Consolidate(net, all)
	return net
}

// overlayID names an arrangement.
type overlayID struct {
	relation    flow.RelationID
	arrangement int
}

// overlay is what a transaction's own writes do to one arrangement: entries in the order of their keys.
type overlay struct{ run *state.Run }

// overlay answers the changes of an arrangement, nil if there are none.
func (v *View) overlay(rel *relation, arrangement int) (*overlay, error) {
	if len(v.writes) == 0 {
		return nil, nil
	}
	id := overlayID{rel.def.ID, arrangement}
	if o, known := v.overlays[id]; known {
		return o, nil
	}
	var o *overlay
	if net := netRows(v.writes, rel); net != nil && net.Len() > 0 {
		a := rel.arrangements[arrangement]
		w := newArrangementWriter(a)
		var reader state.Reader
		if !a.Unique {
			reader = v.snapshot.store.Table(key.TableID(a.Table))
		}
		if err := w.write(net, reader); err != nil {
			return nil, err
		}
		o = &overlay{w.take()}
	}
	v.overlays[id] = o
	return o, nil
}

// find answers the first entry whose key is at least k.
func (o *overlay) find(k []byte) int {
	return sort.Search(o.run.Len(), func(i int) bool { return bytes.Compare(o.run.Keys.At(i), k) >= 0 })
}

// get answers what the overlay says about a key; known is false if it says nothing.
func (o *overlay) get(dst, k []byte) (value []byte, there, known bool) {
	if i := o.find(k); i < o.run.Len() && bytes.Equal(o.run.Keys.At(i), k) {
		if o.run.IsDeleted(i) {
			return dst, false, true
		}
		return append(dst, o.run.Values.At(i)...), true, true
	}
	return dst, false, false
}

// overlaid is a cursor that shows a transaction's own writes over a snapshot.
type overlaid struct {
	below   state.Cursor
	reverse bool
	overlay *overlay
	next    int // in the overlay, within [low, high)
	low     int
	high    int
	fetched state.Run
	at      int
	more    bool
}

func newOverlaid(below state.Cursor, o *overlay, r state.Range) *overlaid {
	c := &overlaid{below: below, reverse: r.Reverse, overlay: o, high: o.run.Len(), more: true}
	if r.From != nil {
		c.low = o.find(r.From)
	}
	if r.To != nil {
		c.high = o.find(r.To)
	}
	if c.next = c.low; r.Reverse {
		c.next = c.high - 1
	}
	return c
}

// peek answers the next entry of the overlay.
func (c *overlaid) peek() ([]byte, bool) {
	if c.next < c.low || c.next >= c.high {
		return nil, false
	}
	return c.overlay.run.Keys.At(c.next), true
}

func (c *overlaid) step() {
	if c.reverse {
		c.next--
	} else {
		c.next++
	}
}

func (c *overlaid) Next(out *state.Run, rows int) (bool, error) {
	for rows > 0 {
		if c.at == c.fetched.Len() && c.more {
			c.fetched.Reset()
			c.at = 0
			var err error
			if c.more, err = c.below.Next(&c.fetched, rows); err != nil {
				return false, err
			}
			continue
		}
		own, there := c.peek()
		if c.at == c.fetched.Len() {
			if !there {
				return false, nil
			}
			rows -= c.putOwn(out)
			continue
		}
		if there {
			order := bytes.Compare(own, c.fetched.Keys.At(c.at))
			if order == 0 {
				c.at++ // the transaction's own is newer
				rows -= c.putOwn(out)
				continue
			}
			if order < 0 != c.reverse {
				rows -= c.putOwn(out)
				continue
			}
		}
		out.Put(c.fetched.Keys.At(c.at), c.fetched.Values.At(c.at))
		c.at++
		rows--
	}
	_, there := c.peek()
	return there || c.at < c.fetched.Len() || c.more, nil
}

// putOwn hands the next entry of the overlay on, and answers how many rows that is.
func (c *overlaid) putOwn(out *state.Run) int {
	i := c.next
	c.step()
	if c.overlay.run.IsDeleted(i) {
		return 0
	}
	out.Put(c.overlay.run.Keys.At(i), c.overlay.run.Values.At(i))
	return 1
}

func (c *overlaid) Close() error { return c.below.Close() }
