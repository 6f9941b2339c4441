package dataflow

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// materialize is the operator that keeps its input as a relation: it sums the changes of a tick up, turns them into changes of
// the relation's arrangements, and hands them on to those who scan it.
type materialize struct {
	rel *relation
	// reader gives the last durable epoch; bags need it for their counts.
	reader func(a *arrangement) state.Reader

	input   *batch.Batch
	net     *batch.Batch
	piece   *batch.Batch
	sum     batch.Consolidator
	writers []*arrangementWriter
	sel     []int32
	graph   *graph
	isNet   bool  // what comes in a tick is net already
	written bool  // an operator writes the primary arrangement
	time    int64 // that the last tick ended with

	numberer *numberer // flow.Relation.Numbered; nil for others

	emptying func() *emptying // of a table; nil for others

	log *changeEncoder // of what goes into the changelog
}

func newMaterialize(g *graph, reader func(a *arrangement) state.Reader) *materialize {
	rel := g.relation
	m := &materialize{graph: g, time: op.NoWatermark, rel: rel, reader: reader, input: rel.newBatch(), net: rel.newBatch(), piece: rel.newBatch()}
	if in := g.rows.inputs; len(in) > 0 {
		spec := g.rows.spec.(*flow.Materialize)
		m.isNet, m.written = in[0].from.appendOnly || spec.Net, spec.Written
	}
	if rel.def.Numbered {
		m.numberer = newNumberer(rel.types)
	}
	for _, a := range rel.arrangements {
		m.writers = append(m.writers, newArrangementWriter(a))
	}
	return m
}

func (m *materialize) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if m.numberer != nil {
		return m.pushNumbered(b, emit)
	}
	m.input.AppendAll(b)
	return nil
}

// watermark is the time of a table, which has no input but transactions.
func (m *materialize) watermark() int64 {
	if !m.graph.isTable {
		return m.time
	}
	return m.graph.next
}

func (m *materialize) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	out := op.Outcome{Watermark: m.watermark(), Wake: op.Never}
	if len(t.Watermarks) > 0 {
		out.Watermark = t.Watermarks[0]
	}
	m.time = out.Watermark
	if m.numberer != nil {
		return out, m.endNumbered()
	}
	if m.graph.showsLeaving() {
		return out, m.emptying().run(func(gone *batch.Batch) error {
			m.logNet(gone)
			return emit(gone)
		})
	}
	if m.input.Len() == 0 {
		return out, nil
	}
	net := m.input
	admitted := m.graph.isTable && len(m.input.Diff) == 0 && m.rel.primary().Unique // the sequencer has seen that they differ
	if m.input.Len() > 1 && !m.isNet && !admitted {
		m.net.Reset()
		m.sum.Consolidate(m.net, m.input)
		net = m.net
	}
	if invariants.Enabled && m.isNet {
		assertNet(&m.sum, m.net, net)
	}
	if m.graph.adopted != t.Epoch {
		for i, w := range m.writers {
			if i == 0 && m.written {
				continue
			}
			if err := m.write(w, net); err != nil {
				return out, err
			}
		}
	}
	m.logNet(net)
	err := emitPieces(net, m.piece, emit)
	m.input.Reset()
	return out, err
}

// assertNet asserts that no row of a tick both comes and goes. scratch is overwritten.
func assertNet(sum *batch.Consolidator, scratch, rows *batch.Batch) {
	changes := func(b *batch.Batch) (n int64) {
		for i := range b.Len() {
			n += max(b.DiffAt(i), -b.DiffAt(i))
		}
		return n
	}
	scratch.Reset()
	sum.Consolidate(scratch, rows)
	invariants.Assertf(changes(scratch) == changes(rows), "of %d changes that are to be net %d are", changes(rows), changes(scratch))
	scratch.Reset()
}

// write makes changes of an arrangement out of net changes.
func (m *materialize) write(w *arrangementWriter, net *batch.Batch) error {
	if m.rel.def.builtFor != 0 && w.a.Unique { // the rows of the relation may not fit into it
		u := &uniqueCheck{rel: m.rel, a: w.a, current: func(keys *key.Keys) ([]entry, error) { return lookup(m.reader(w.a), keys) }}
		return u.check(net, w.run)
	}
	err := w.write(net, m.reader(w.a))
	var twice *duplicateError
	if errors.As(err, &twice) {
		return invariants.Errorf("%v", twice)
	}
	return err
}

// logNet notes net changes for those who want them.
func (m *materialize) logNet(net *batch.Batch) {
	if !m.graph.logging() {
		return
	}
	if m.log == nil {
		m.log = newChangeEncoder(len(m.rel.types))
	}
	m.log.add(net)
}

// emitPieces hands a batch of any size on in batches of the usual size.
func emitPieces(b, piece *batch.Batch, emit op.Emit) error {
	if b.Len() == 0 {
		return nil
	}
	if b.Len() <= batch.Rows {
		return emit(b)
	}
	for from := 0; from < b.Len(); from += batch.Rows {
		piece.Reset()
		piece.AppendRange(b, from, min(from+batch.Rows, b.Len()))
		if err := emit(piece); err != nil {
			return err
		}
	}
	return nil
}

// identity answers 0 to n-1, in memory that is kept for that alone.
func identity(scratch *[]int32, n int) []int32 {
	for len(*scratch) < n {
		*scratch = append(*scratch, int32(len(*scratch)))
	}
	return (*scratch)[:n]
}

// arrangementWriter makes the changes of one arrangement out of net changes of its relation.
type arrangementWriter struct {
	a      *arrangement
	where  *partial
	run    *state.Run
	full   []*state.Run   // of numbered rows: those before it; or what the sequencer made
	files  *storage.Ahead // instead of runs: what was written ahead
	spare  []*state.Run   // memory for the next
	taken  int            // bytes of the values of the last tick with numbered rows
	packer state.Packer   // of numbered rows
	keys   key.Keys
	rows   []int32 // of the net changes, one for each key
	sorter key.Sorter
	order  []int32
	groups []int32 // the first of each group of equal keys in order
	lookup key.Keys
	found  []bool
	values key.Keys
	buf    []byte
}

func newArrangementWriter(a *arrangement) *arrangementWriter {
	return &arrangementWriter{a: a, where: newPartial(a), run: &state.Run{}}
}

// take gives the run of the tick away.
func (w *arrangementWriter) take() *state.Run {
	r := w.run
	w.run = w.fresh()
	return r
}

// fresh answers an empty run.
func (w *arrangementWriter) fresh() *state.Run {
	n := len(w.spare)
	if n == 0 {
		return &state.Run{}
	}
	r := w.spare[n-1]
	w.spare = w.spare[:n-1]
	return r
}

// spareRuns is how many empty runs are kept: as many as two ticks of wide numbered rows have.
const spareRuns = 12

// GiveBack takes the memory of a run back that nobody reads any more. If it is much more than a tick needs by now, it is given up: that the last of
// several runs has few rows says nothing.
func (w *arrangementWriter) GiveBack(r *state.Run) {
	if cap(r.Values.Data) > 4*max(len(r.Values.Data), w.taken) || len(w.spare) == spareRuns {
		return
	}
	r.Reset()
	w.spare = append(w.spare, r)
}

func (w *arrangementWriter) write(net *batch.Batch, reader state.Reader) error {
	w.sort(net)
	if w.a.Unique {
		return w.writeUnique(net)
	}
	return w.writeBag(net, reader)
}

// sort encodes the keys of the rows and puts them into order, what leaves before what comes.
func (w *arrangementWriter) sort(net *batch.Batch) {
	w.keys.Reset()
	w.rows = w.where.rows(net, w.rows[:0])
	if w.where == nil && w.a.Unique && !w.a.nullsDiffer {
		w.a.enc.AppendBatch(&w.keys, net, w.a.cols)
	} else {
		for n, i := range w.rows {
			w.keys.Data = w.a.appendKey(w.keys.Data, net, int(i))
			if w.keys.End(); n == 0 { // the others may be as long
				w.keys.Grow(len(w.rows), len(w.rows)*len(w.keys.Data))
			}
		}
	}
	w.order = w.sorter.Sort(&w.keys)
	w.groups = w.groups[:0]
	w.groups = slices.Grow(w.groups, len(w.order))
	for n, x := range w.order {
		if n == 0 || !bytes.Equal(w.keys.At(int(x)), w.keys.At(int(w.order[n-1]))) {
			w.groups = append(w.groups, int32(n))
		}
	}
	for g := 0; len(w.groups) < len(w.order) && g < len(w.groups); g++ {
		if group := w.group(g); len(group) > 1 {
			slices.SortFunc(group, func(x, y int32) int { return cmp.Compare(net.DiffAt(int(w.rows[x])), net.DiffAt(int(w.rows[y]))) })
		}
	}
}

// group answers the rows of group g.
func (w *arrangementWriter) group(g int) []int32 {
	if g+1 < len(w.groups) {
		return w.order[w.groups[g]:w.groups[g+1]]
	}
	return w.order[w.groups[g]:]
}

// groupKeys are the keys in order, each once; borrowed until the next sort.
func (w *arrangementWriter) groupKeys() *key.Keys {
	if len(w.groups) == len(w.order) && slices.IsSorted(w.order) {
		return &w.keys // they came in order
	}
	keys := &w.lookup
	keys.Reset()
	keys.Grow(len(w.groups), len(w.keys.Data))
	for g := range w.groups {
		keys.Append(w.keys.At(int(w.group(g)[0])))
	}
	return keys
}

// writeUnique sets the row that a key has at the end of the tick. It need not know what was there.
func (w *arrangementWriter) writeUnique(net *batch.Batch) error {
	values := &w.run.Values
	w.run.Keys.Grow(len(w.groups), len(w.keys.Data))
	for g := range w.groups {
		group := w.group(g)
		last := group[len(group)-1]
		row := int(w.rows[last])
		if diff := net.DiffAt(row); diff < 0 {
			w.run.Delete(w.keys.At(int(last)))
			continue
		} else if diff > 1 || (len(group) > 1 && net.DiffAt(int(w.rows[group[len(group)-2]])) > 0) {
			return &duplicateError{a: w.a, key: bytes.Clone(w.keys.At(int(last))), row: row}
		}
		w.run.PutKey(w.keys.At(int(last)))
		values.Data = w.a.appendRow(values.Data, net, row)
		if values.End(); w.run.Len() == 1 { // the others may be as long
			values.Grow(len(w.groups), len(w.groups)*len(values.Data))
		}
	}
	return nil
}

// growRun makes room for keys with values of a size: what grows entry by entry is copied several times.
func growRun(run *state.Run, keys, keyBytes, valueBytes int) {
	run.Keys.Grow(keys, keyBytes)
	run.Values.Grow(keys, keys*valueBytes)
}

// writeBag adds to the counts of rows.
func (w *arrangementWriter) writeBag(net *batch.Batch, reader state.Reader) error {
	w.values.Reset()
	w.found = w.found[:0]
	var err error
	keys := w.groupKeys()
	if w.a.once && !invariants.Enabled {
		w.assumeOnce(net)
	} else if w.found, err = reader.GetMany(keys, &w.values, w.found); err != nil {
		return err
	}
	for g := range w.groups {
		var count int64
		if w.found[g] {
			if count, err = countOf(w.values.At(g)); err != nil {
				return err
			}
		}
		count += w.change(g, net)
		switch {
		case count > 0:
			w.buf = binary.AppendVarint(w.buf[:0], count)
			w.run.Put(keys.At(g), w.buf)
		case count == 0:
			if w.found[g] {
				w.run.Delete(keys.At(g))
			}
		default:
			return invariants.Errorf("relation %d: row %x has count %d", w.a.ID, keys.At(g), count)
		}
	}
	return nil
}

// change is how often more the row of a group is there.
func (w *arrangementWriter) change(g int, net *batch.Batch) (count int64) {
	for _, n := range w.group(g) {
		count += net.DiffAt(int(w.rows[n]))
	}
	return count
}

// assumeOnce tells without a look what was there of rows of which none is there twice: those that leave.
func (w *arrangementWriter) assumeOnce(net *batch.Batch) {
	w.found = w.found[:0]
	for g := range w.groups {
		leaves := w.change(g, net) < 0
		w.found = append(w.found, leaves)
		w.buf = w.buf[:0]
		if leaves {
			w.buf = binary.AppendVarint(w.buf, 1)
		}
		w.values.Append(w.buf)
	}
}

// duplicateError says that a unique key is to have two rows.
type duplicateError struct {
	a   *arrangement
	key []byte
	row int // of the net changes
}

func (e *duplicateError) Error() string {
	return fmt.Sprintf("relation %d: key %x of table %d has more than one row", e.a.ID, e.key, e.a.Table)
}
