package dataflow

import (
	"bytes"
	"errors"
	"sort"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// sequencer decides which transactions come into a tick, and in which order.
type sequencer struct {
	runtime *Runtime
	epoch   uint64 // of the tick
	// admitted is what the tick's transactions have done to the keys of unique arrangements so far.
	admitted map[overlayID]*admittedKeys
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
	s.admitted = map[overlayID]*admittedKeys{}
	s.changed = map[overlayID]*sortedKeys{}
	s.touched = map[flow.RelationID]bool{}
}

// admit checks a transaction and notes what it does. After an error nothing of it is noted.
// alone tells that the tick has nothing else that is written: then what was written ahead can be used.
func (s *sequencer) admit(w *pendingWrite, alone bool) error {
	if err := s.checkReads(w.txn); err != nil {
		return err
	}
	return s.admitRows(w, alone)
}

// checkReads refuses a transaction if something that it has read has changed since.
func (s *sequencer) checkReads(t *Txn) error {
	for _, read := range t.reads {
		if s.hasChanged(read, t.snapshot.Epoch()) {
			return &ConflictError{read.relation}
		}
	}
	return nil
}

// admitRows is admit for a transaction whose reads were checked.
func (s *sequencer) admitRows(w *pendingWrite, alone bool) error {
	t := w.txn
	var checked []checkedRows
	for _, id := range t.relations() {
		g := s.runtime.byID[id]
		if g == nil || !g.isTable {
			return undefined(id)
		}
		if g.status == Failed {
			return &FailedError{id, g.err}
		}
		if alone {
			a, err := s.admitFiles(g, t)
			if err != nil {
				return err
			}
			if a != nil {
				w.admitted = append(w.admitted, *a)
				continue
			}
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
		w.admitted = append(w.admitted, admission{g, rows.Len(), rows, runsOf(c)})
	}
	for _, c := range checked {
		s.apply(c)
	}
	for _, a := range w.admitted {
		s.touched[a.graph.id()] = true
	}
	return nil
}

// admitFiles admits what was written ahead of a relation; nil if nothing was, or keys are among those of the store, or of one another:
// then the rows are to be checked.
func (s *sequencer) admitFiles(g *graph, t *Txn) (*admission, error) {
	ahead := t.bulk(g.relation)
	if ahead == nil || g.emptied {
		return nil, nil
	}
	complete, err := ahead.complete(func(a *arrangement) state.Reader { return s.runtime.reader(g, a) })
	if err != nil || !complete {
		return nil, err
	}
	a := &admission{graph: g, count: t.written[g.id()].rows}
	for _, side := range ahead.sides {
		a.made = append(a.made, madeRows{files: side.files})
	}
	if g.needsRows() {
		a.rows = t.rows(g.relation)
	}
	return a, nil
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

// runsOf are the changes of each arrangement, nil if one of them is not unique: of that only the keys are known.
func runsOf(checked []checkedRows) []madeRows {
	made := make([]madeRows, len(checked))
	for i, c := range checked {
		if !c.a.Unique {
			return nil
		}
		made[i].run = c.run
	}
	return made
}

// check checks that what leaves is there and that what comes breaks no constraint. fresh tells that the hidden keys of all rows were
// allotted just now, so that none can be there.
func (s *sequencer) check(rel *relation, rows *batch.Batch, fresh bool) ([]checkedRows, error) {
	var all []checkedRows
	for i, a := range rel.arrangements {
		c := checkedRows{id: overlayID{rel.def.ID, i}, a: a, run: &state.Run{}}
		u := &uniqueCheck{rel: rel, place: i, a: a, conflict: true, current: func(keys *key.Keys) ([]entry, error) {
			if fresh && i == 0 {
				return nil, nil
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
// Nil: none of them is there.
func (s *sequencer) currentRows(id overlayID, a *arrangement, keys *key.Keys) ([]entry, error) {
	out, err := lookup(s.runtime.reader(s.runtime.byID[id.relation], a), keys)
	if err != nil {
		return nil, err
	}
	over := s.admitted[id]
	if over == nil {
		return out, nil
	}
	for i := range keys.Len() {
		e, known := over.find(keys.At(i))
		if !known {
			continue
		}
		if out == nil {
			out = make([]entry, keys.Len())
		}
		out[i] = e
	}
	return out, nil
}

// scannedKeys is how many keys are worth a look whether any lies where they do.
const scannedKeys = 64

// lookup reads what keys hold, in ascending order. Nil: none of them is there.
func lookup(reader state.Reader, keys *key.Keys) ([]entry, error) {
	n := keys.Len()
	if n == 0 {
		return nil, nil
	}
	if n >= scannedKeys {
		if some, err := anyWithin(reader, keys.At(0), keys.At(n-1)); err != nil || !some {
			return nil, err
		}
	}
	out := make([]entry, n)
	if n == 1 {
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

// anyWithin tells whether a table has a key from first to last. Rows that come behind all others, as those of growing numbers do, are
// found to be new by this alone.
func anyWithin(reader state.Reader, first, last []byte) (bool, error) {
	cursor, err := reader.Scan(state.Range{From: first, To: append(bytes.Clone(last), 0)})
	if err != nil {
		return false, err
	}
	var run state.Run
	_, err = cursor.Next(&run, 1)
	return run.Len() > 0, errors.Join(err, cursor.Close())
}

// apply notes the changes of an arrangement for the transactions behind.
func (s *sequencer) apply(c checkedRows) {
	if c.a.Unique {
		if s.admitted[c.id] == nil {
			s.admitted[c.id] = &admittedKeys{}
		}
		s.admitted[c.id].add(c.run)
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

// noteAll notes that a tick may have changed any key of a table.
func (s *sequencer) noteAll(g *graph) { s.history.forget(g.id(), s.epoch) }

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
