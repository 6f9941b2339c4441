package dataflow

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// pendingWrite is a transaction that waits for its tick, and then for its epoch.
type pendingWrite struct {
	txn    *Txn
	result chan writeResult // has room for the one answer
	// admitted are the net changes of each table, as the sequencer let them in.
	admitted []admission
}

type writeResult struct {
	epoch uint64
	err   error
}

func (w *pendingWrite) answer(epoch uint64, err error) { w.result <- writeResult{epoch, err} }

// admission is the net changes of one table in one transaction.
type admission struct {
	graph *graph
	rows  *batch.Batch
}

// Write brings a transaction into the next tick, and returns when its epoch is durable and published. An error is that of a constraint
// (23505), a *ConflictError, which is 40001 to a client, or what keeps the store from committing; then nothing of the transaction was
// written. If ctx ends first the transaction may be written or not.
//
// A transaction that writes nothing is checked all the same: what it has read was then true at the epoch that is answered.
func (r *Runtime) Write(ctx context.Context, t *Txn) (uint64, error) {
	w := &pendingWrite{txn: t, result: make(chan writeResult, 1)}
	r.in.Lock()
	if r.in.closed {
		r.in.Unlock()
		return 0, shutdown()
	}
	r.in.writes = append(r.in.writes, w)
	r.in.Unlock()
	r.signal()
	if !r.running() {
		if _, err := r.Step(ctx); err != nil {
			return 0, err
		}
	}
	select {
	case result := <-w.result:
		return result.epoch, result.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// requeue puts a transaction of a tick that was undone before all others.
func (r *Runtime) requeue(w *pendingWrite) {
	w.admitted = nil
	r.in.Lock()
	r.in.writes = append([]*pendingWrite{w}, r.in.writes...)
	r.in.Unlock()
	r.signal()
}

// writeRowsMax bounds what one tick takes of transactions; one that is larger alone is taken whole.
const writeRowsMax = 256 << 10

// takeWrites admits what waits, and makes it input of the tick.
func (r *Runtime) takeWrites(t *tickRun) {
	rows := 0
	for rows < writeRowsMax {
		r.in.Lock()
		if len(r.in.writes) == 0 {
			r.in.Unlock()
			break
		}
		w := r.in.writes[0]
		r.in.writes[0] = nil
		r.in.writes = r.in.writes[1:]
		r.in.Unlock()
		if err := r.sequencer.admit(w); err != nil {
			w.answer(0, err)
			continue
		}
		t.writes = append(t.writes, w)
		for _, a := range w.admitted {
			rows += a.rows.Len()
			r.deal(t, a.graph, a.rows)
			a.graph.tellTime(a.rows)
		}
	}
}

// deal makes rows of a relation input of the node that keeps it, on the workers that they belong to.
func (r *Runtime) deal(t *tickRun, g *graph, rows *batch.Batch) {
	t.rows += rows.Len()
	r.dealTo(t, g, rows, func(worker int, part *batch.Batch) error {
		return g.rows.procs[worker].push(0, part)
	})
}

// dealTo makes work of rows of a relation for each worker that some belong to.
func (r *Runtime) dealTo(t *tickRun, g *graph, rows *batch.Batch, do func(worker int, part *batch.Batch) error) {
	if r.config.Workers == 1 || g.rows.single {
		t.work = append(t.work, work{worker: 0, do: func(int) error { return do(0, rows) }})
		return
	}
	if g.deal == nil {
		g.deal = newExchange(g.rows.rowsDistribution(), g.relation.types)
	}
	memory := dealt{sels: make([][]int32, r.config.Workers)}
	g.deal.deal(rows, &memory)
	for w, sel := range memory.sels {
		if len(sel) == 0 {
			continue
		}
		part := g.relation.newBatch()
		part.Gather(rows, sel)
		t.work = append(t.work, work{worker: w, do: func(int) error { return do(w, part) }})
	}
}

// rowsDistribution are the columns by which the rows of a relation are dealt to workers.
func (n *node) rowsDistribution() []int {
	if len(n.inputs) > 0 {
		if dist := n.inputs[0].distribution(); dist != nil {
			return dist
		}
	}
	a := n.graph.relation.primary()
	if a.Unique {
		return a.cols
	}
	return a.all
}

// sequencer decides which transactions come into a tick, and in which order.
type sequencer struct {
	runtime *Runtime
	epoch   uint64 // of the tick
	// current is what the tick's transactions have done to the keys of unique arrangements so far.
	current map[overlayID]map[string]entry
	// changed are the keys of tables that this tick has changed, for reads of later transactions in it.
	changed map[overlayID]*sortedKeys
	// touched are the tables that this tick has changed.
	touched map[flow.RelationID]bool
	// history are the keys that the last epochs have changed.
	history history
	// rowIDs are the next hidden keys of tables.
	rowIDs map[flow.RelationID]*rowIDs
}

// entry is what a key of a unique arrangement holds.
type entry struct {
	row   []byte
	there bool
}

func (s *sequencer) init(r *Runtime) {
	s.runtime = r
	s.rowIDs = map[flow.RelationID]*rowIDs{}
	s.history.init(r.epoch.Epoch)
	s.undo()
}

func (s *sequencer) begin(t *tickRun) {
	s.epoch = t.Epoch
	s.undo()
}

// undo forgets what the tick has admitted.
func (s *sequencer) undo() {
	if len(s.touched) == 0 && s.touched != nil {
		return
	}
	s.current = map[overlayID]map[string]entry{}
	s.changed = map[overlayID]*sortedKeys{}
	s.touched = map[flow.RelationID]bool{}
}

// admit checks a transaction and notes what it does. After an error nothing of it is noted.
func (s *sequencer) admit(w *pendingWrite) error {
	t := w.txn
	for _, read := range t.reads {
		if s.hasChanged(read, t.snapshot.Epoch()) {
			return &ConflictError{read.relation}
		}
	}
	var checked []checkedRows
	for _, id := range t.relations() {
		g := s.runtime.byID[id]
		if g == nil || !g.isTable {
			return undefined(id)
		}
		rows := t.rows(g.relation)
		if rows.Len() == 0 {
			continue
		}
		fresh := s.allot(g.relation, rows) == rows.Len()
		c, err := s.check(g.relation, rows, fresh)
		if err != nil {
			return err
		}
		checked = append(checked, c...)
		w.admitted = append(w.admitted, admission{g, rows})
	}
	for _, c := range checked {
		s.apply(c)
	}
	for _, a := range w.admitted {
		s.touched[a.graph.id()] = true
	}
	return nil
}

// relations are the tables that a transaction writes, in the order in which it first did.
func (t *Txn) relations() []flow.RelationID {
	var ids []flow.RelationID
	seen := map[flow.RelationID]bool{}
	for _, w := range t.writes {
		if !seen[w.relation] {
			seen[w.relation] = true
			ids = append(ids, w.relation)
		}
	}
	return ids
}

// checkedRows are the changes of one arrangement, in the order of its keys.
type checkedRows struct {
	id  overlayID
	a   *arrangement
	run *state.Run
}

// check checks that what leaves is there and that what comes breaks no constraint. fresh tells that the hidden keys of all rows were
// allotted just now, so that none can be there.
func (s *sequencer) check(rel *relation, rows *batch.Batch, fresh bool) ([]checkedRows, error) {
	var all []checkedRows
	for i, a := range rel.arrangements {
		c := checkedRows{id: overlayID{rel.def.ID, i}, a: a, run: &state.Run{}}
		u := &uniqueCheck{rel: rel, place: i, a: a, conflict: true, current: func(keys *key.Keys) ([]entry, error) {
			if fresh && i == 0 {
				return make([]entry, keys.Len()), nil
			}
			return s.currentRows(c.id, a, keys)
		}}
		if err := u.check(rows, c.run); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// currentRows answers what keys of a unique arrangement hold, in ascending order: after what the tick has admitted, else in the last epoch.
func (s *sequencer) currentRows(id overlayID, a *arrangement, keys *key.Keys) ([]entry, error) {
	out, err := lookup(s.runtime.live(a.Table), keys)
	if err != nil {
		return nil, err
	}
	if over := s.current[id]; len(over) > 0 {
		for i := range keys.Len() {
			if e, known := over[string(keys.At(i))]; known {
				out[i] = e
			}
		}
	}
	return out, nil
}

// lookup reads what keys hold.
func lookup(reader state.Reader, keys *key.Keys) ([]entry, error) {
	out := make([]entry, keys.Len())
	if keys.Len() == 1 {
		value, ok, err := reader.Get(nil, keys.At(0))
		out[0] = entry{value, ok}
		return out, err
	}
	var values key.Keys
	found, err := reader.GetMany(keys, &values, nil)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = entry{values.At(i), found[i]}
	}
	return out, nil
}

// apply notes the changes of an arrangement for the transactions behind.
func (s *sequencer) apply(c checkedRows) {
	if c.a.Unique {
		m := s.current[c.id]
		if m == nil {
			m = map[string]entry{}
			s.current[c.id] = m
		}
		for i := range c.run.Len() {
			m[string(c.run.Keys.At(i))] = entry{c.run.Values.At(i), !c.run.IsDeleted(i)}
		}
	}
	keys := s.changed[c.id]
	if keys == nil {
		keys = &sortedKeys{}
		s.changed[c.id] = keys
	}
	keys.runs = append(keys.runs, c.run)
}

// hasChanged tells whether something that was read has changed since an epoch.
func (s *sequencer) hasChanged(read read, since uint64) bool {
	g := s.runtime.byID[read.relation]
	if g == nil {
		return true // dropped
	}
	if !g.isTable {
		// What this tick does to a view is not known before it has run: any change below it counts.
		return s.history.last[read.relation] > since || s.below(g, map[flow.RelationID]bool{})
	}
	if s.touched[read.relation] {
		if read.keys.From == nil && read.keys.To == nil {
			return true
		}
		if keys := s.changed[overlayID{read.relation, read.arrangement}]; keys == nil || keys.any(read.keys) {
			return true
		}
	}
	return s.history.changed(read, since)
}

// below tells whether a graph depends on a table that this tick has changed.
func (s *sequencer) below(g *graph, seen map[flow.RelationID]bool) bool {
	if seen[g.id()] {
		return false
	}
	seen[g.id()] = true
	if s.touched[g.id()] {
		return true
	}
	for _, n := range g.nodes {
		if scan, ok := n.spec.(*flow.Scan); ok {
			if from := s.runtime.byID[scan.Relation]; from != nil && s.below(from, seen) {
				return true
			}
		}
	}
	return false
}

// note keeps what a tick has changed, for transactions with older snapshots.
func (s *sequencer) note(g *graph, arrangement int, runs []*state.Run) {
	if !g.isTable {
		runs = nil // reads of views are not told apart by keys
	}
	s.history.add(s.epoch, overlayID{g.id(), arrangement}, runs)
}

// sortedKeys are keys in several sorted runs.
type sortedKeys struct{ runs []*state.Run }

// any tells whether a key lies in a range.
func (k *sortedKeys) any(r state.Range) bool {
	for _, run := range k.runs {
		if inRun(run, r) {
			return true
		}
	}
	return false
}

func inRun(run *state.Run, r state.Range) bool {
	i := 0
	if r.From != nil {
		i = sort.Search(run.Len(), func(i int) bool { return bytes.Compare(run.Keys.At(i), r.From) >= 0 })
	}
	return i < run.Len() && (r.To == nil || bytes.Compare(run.Keys.At(i), r.To) < 0)
}

// rowIDs are the hidden keys of a table. They are taken from the store in blocks, so that not every epoch writes a record.
type rowIDs struct{ next, reserved int64 }

// rowIDBlock is how many hidden keys are reserved at once. Those that are not used before a restart are left out.
const rowIDBlock = 1 << 16

// rowIDSetting is the name of the record of a table's hidden keys.
func rowIDSetting(id flow.RelationID) string { return fmt.Sprintf("%srowid.%d", reservedSetting, id) }

// allot gives rows that come into a table with a hidden key their values, where they have none, and answers how many that were.
func (s *sequencer) allot(rel *relation, rows *batch.Batch) (allotted int) {
	if rel.def.RowID < 0 {
		return 0
	}
	ids := s.rowIDs[rel.def.ID]
	if ids == nil {
		ids = &rowIDs{next: 1, reserved: 1}
		s.rowIDs[rel.def.ID] = ids
	}
	v := &rows.Cols[rel.def.RowID]
	for i := range rows.Len() {
		if v.Ints[i] < 0 && rows.DiffAt(i) > 0 {
			v.Ints[i] = ids.next
			ids.next++
			allotted++
		}
	}
	return allotted
}

// collect writes the records of hidden keys whose block is used up.
func (s *sequencer) collect(m *meta.Changes) {
	for id := range s.touched {
		ids := s.rowIDs[id]
		if ids == nil || ids.next <= ids.reserved {
			continue
		}
		ids.reserved = ids.next + rowIDBlock
		m.Settings = append(m.Settings, meta.Setting{Name: rowIDSetting(id), Value: string(binary.AppendVarint(nil, ids.reserved))})
	}
}

// restore reads the record of a table's hidden keys.
func (s *sequencer) restore(id flow.RelationID, value string) error {
	n, size := binary.Varint([]byte(value))
	if size <= 0 {
		return invariants.Errorf("malformed record %q of hidden keys", value)
	}
	s.rowIDs[id] = &rowIDs{next: n, reserved: n}
	return nil
}

// uniqueCheck checks net changes of a relation against one of its arrangements.
type uniqueCheck struct {
	rel   *relation
	place int
	a     *arrangement
	// current answers what keys hold, which are in ascending order and each once.
	current func(keys *key.Keys) ([]entry, error)
	// conflict makes it an error that a row that leaves is not there.
	conflict bool
}

// check answers the entries that the changes lead to. The counts of what is not unique are left out.
func (u *uniqueCheck) check(rows *batch.Batch, run *state.Run) error {
	w := newArrangementWriter(u.a)
	w.sort(rows)
	if !u.a.Unique {
		for g := range w.groups {
			run.Put(w.keys.At(int(w.group(g)[0])), nil)
		}
		return nil
	}
	var keys key.Keys
	for g := range w.groups {
		keys.Append(w.keys.At(int(w.group(g)[0])))
	}
	current, err := u.current(&keys)
	if err != nil {
		return err
	}
	for g := range w.groups {
		e := current[g]
		for _, n := range w.group(g) {
			row := int(w.rows[n])
			w.buf = u.a.appendRow(w.buf[:0], rows, row)
			switch diff := rows.DiffAt(row); {
			case diff < 0:
				if u.conflict && (diff < -1 || !e.there || !bytes.Equal(e.row, w.buf)) {
					return &ConflictError{u.rel.def.ID}
				}
				e = entry{}
			case e.there || diff > 1:
				return u.violation(rows, row)
			default:
				e = entry{bytes.Clone(w.buf), true}
			}
		}
		if e.there {
			run.Put(keys.At(g), e.row)
		} else {
			run.Delete(keys.At(g))
		}
	}
	return nil
}

// violation is PostgreSQL's error for a key that is there already.
func (u *uniqueCheck) violation(b *batch.Batch, row int) error {
	name := fmt.Sprint(u.a.ID)
	if u.place < len(u.rel.def.Constraints) {
		name = u.rel.def.Constraints[u.place]
	}
	names, values := u.keyText(b, row)
	err := pgerr.Newf(uniqueViolation, "duplicate key value violates unique constraint %q", name).
		WithDetail("Key (%s)=(%s) already exists.", names, values)
	err.Table, err.Constraint = u.rel.def.Name, name
	return err
}

// keyText writes the columns of a key and their values in a row.
func (u *uniqueCheck) keyText(b *batch.Batch, row int) (names, values string) {
	var n, v []string
	for _, c := range u.a.cols {
		n = append(n, u.rel.def.Columns[c].Name)
		text := "null"
		if !b.Cols[c].IsNull(row) {
			text = types.Text(b.Cols[c].Type(), b.Cols[c].Value(row), types.DefaultSettings)
		}
		v = append(v, text)
	}
	return strings.Join(n, ", "), strings.Join(v, ", ")
}

// Check tells whether what a transaction has written so far breaks a constraint, as seen from its snapshot: for statements inside of
// a transaction, which have to fail at once. Write checks again.
func (t *Txn) Check() error {
	for _, id := range t.relations() {
		rel, err := t.snapshot.relation(id)
		if err != nil {
			return err
		}
		rows := t.rows(rel)
		if rows == nil || rows.Len() == 0 {
			continue
		}
		for i, a := range rel.arrangements {
			u := &uniqueCheck{rel: rel, place: i, a: a, current: func(keys *key.Keys) ([]entry, error) {
				return lookup(t.snapshot.store.Table(key.TableID(a.Table)), keys)
			}}
			if err := u.check(rows, &state.Run{}); err != nil {
				return err
			}
		}
	}
	return nil
}
