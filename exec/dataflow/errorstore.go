package dataflow

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// DefaultErrorsKept is how many errors of a relation are kept; older ones are only counted.
const DefaultErrorsKept = 1_000_000

// errorStore keeps the errors of rows. They are a multiset beside the rows: an error that happens again is the same with a higher count,
// and the newest again; one whose row is taken back is gone. All of it is in the store, written with the epoch in which it happens;
// here is only how many there are.
type errorStore struct {
	sync.Mutex
	logs map[flow.RelationID]errorLog // of the last epoch
	// next are those that the tick that runs changes.
	next map[flow.RelationID]errorLog
}

// restore reads how many errors there are.
func (s *errorStore) restore(snapshot *storage.Snapshot) (err error) {
	s.logs = map[flow.RelationID]errorLog{}
	cursor, err := snapshot.Table(errorTotals).Scan(state.Range{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	for more := true; more; {
		var run state.Run
		if more, err = cursor.Next(&run, windowBatch); err != nil {
			return err
		}
		for i := range run.Len() {
			k := run.Keys.At(i)
			if len(k) != 4 {
				return invariants.Errorf("malformed key %x of a count of errors", k)
			}
			if s.logs[flow.RelationID(binary.BigEndian.Uint32(k))], err = readErrorLog(run.Values.At(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// RowErrorCount answers how many errors of rows a relation has, with those that are not kept. An error whose row was taken back counts no more.
func (r *Runtime) RowErrorCount(id flow.RelationID) int64 {
	s := &r.stats.errors
	s.Lock()
	defer s.Unlock()
	return s.logs[id].count
}

// drop forgets the errors of a relation.
func (s *errorStore) drop(c *storage.Changes, id flow.RelationID) {
	if _, known := s.logs[id]; !known {
		return
	}
	for _, table := range []key.TableID{errorRows, errorIndex, errorTotals} {
		c.Tables = append(c.Tables, storage.TableChanges{Table: table, DeleteRanges: []state.Range{state.Prefix(relationKey(id))}})
	}
}

// dropped are the relations whose errors a tick forgets.
func droppedErrors(c *storage.Changes) map[flow.RelationID]bool {
	var all map[flow.RelationID]bool
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Table == errorTotals {
			if all == nil {
				all = map[flow.RelationID]bool{}
			}
			all[flow.RelationID(binary.BigEndian.Uint32(t.DeleteRanges[0].From))] = true
		}
	}
	return all
}

// errorWriter notes what a tick changes of errors.
type errorWriter struct {
	runtime             *Runtime
	rows, index, totals *state.Table
	ranges              []state.Range // of rows
	now                 int64
	epoch               uint64
}

// collectErrors writes the errors that the tick has had.
func (r *Runtime) collectErrors(t *tickRun) error {
	s := &r.stats.errors
	s.next = nil
	dropped := droppedErrors(&t.changes)
	if len(dropped) == 0 && !r.hasErrors(t) {
		return nil
	}
	s.next = map[flow.RelationID]errorLog{}
	for id := range dropped {
		s.next[id] = errorLog{}
	}
	w := &errorWriter{runtime: r, now: t.Now, epoch: t.Epoch, rows: state.NewTable(nil), index: state.NewTable(nil), totals: state.NewTable(nil)}
	for _, g := range r.reached {
		if !g.touched() || !g.hasErrors() {
			continue
		}
		changes, rest := g.errorChanges()
		if err := w.write(g.id(), changes, rest, dropped[g.id()]); err != nil {
			return err
		}
	}
	if err := w.writeDecode(t); err != nil {
		return err
	}
	for _, x := range []struct {
		id    key.TableID
		table *state.Table
	}{{errorRows, w.rows}, {errorIndex, w.index}, {errorTotals, w.totals}} {
		var c state.Changes
		x.table.Take(&c)
		out := storage.TableChanges{Table: x.id}
		if x.id == errorRows {
			out.DeleteRanges = w.ranges
		}
		if c.Run.Len() > 0 {
			out.Runs = []*state.Run{&c.Run}
		}
		if len(out.Runs)+len(out.DeleteRanges) > 0 {
			t.changes.Tables = append(t.changes.Tables, out)
		}
	}
	return nil
}

// hasErrors tells whether a row of the tick was in error.
func (r *Runtime) hasErrors(t *tickRun) bool {
	return slices.ContainsFunc(r.reached, func(g *graph) bool { return g.touched() && g.hasErrors() }) ||
		slices.ContainsFunc(t.taken, func(k *taken) bool { return k.errorCount > 0 })
}

// finish makes the counts of a tick whose epoch is durable those that count.
func (s *errorStore) finish() {
	s.Lock()
	defer s.Unlock()
	for id, l := range s.next {
		if l == (errorLog{}) {
			delete(s.logs, id)
		} else {
			s.logs[id] = l
		}
	}
	s.next = nil
}

// errorChange is what a tick does to one error.
type errorChange struct {
	hash uint64
	net  int64
	// error is what it looks like; nil if it is taken back.
	error *keptError
	// number, before and found tell which one is kept.
	number uint64
	before keptError
	found  bool
}

// errorChanges are the errors of a tick: those to be kept or taken back, and the sum of the counts of the others.
func (g *graph) errorChanges() (changes []errorChange, rest int64) {
	net, rest := g.netErrors()
	for w := range g.errors {
		for i := range g.errors[w].details {
			d := &g.errors[w].details[i]
			n := net[d.hash]
			if n <= 0 || len(changes) == tickErrorsMax {
				continue
			}
			delete(net, d.hash)
			changes = append(changes, errorChange{hash: d.hash, net: n, error: &keptError{hash: d.hash, RowError: RowError{
				Kind: evalError, Operator: d.node, Err: d.err, Sample: d.sample,
			}}})
		}
	}
	for hash, n := range net {
		if n > 0 {
			rest += n
		} else if n < 0 {
			changes = append(changes, errorChange{hash: hash, net: n})
		}
	}
	return changes, rest
}

// writeDecode writes the errors of sources. A row of a source is known by its place: one that is read again is no new error.
func (w *errorWriter) writeDecode(t *tickRun) error {
	bySource := map[flow.RelationID][]errorChange{}
	rest := map[flow.RelationID]int64{}
	seen := map[uint64]bool{}
	for _, k := range t.taken {
		if k.errorCount == 0 {
			continue
		}
		id := k.partition.feed.source.def.ID
		kept := int64(0)
		for i := range k.errors {
			e := &k.errors[i]
			hash := decodeHash(e)
			if seen[hash] { // the same row by two readers
				kept++
				continue
			}
			if len(bySource[id]) == tickErrorsMax {
				break
			}
			seen[hash] = true
			kept++
			bySource[id] = append(bySource[id], errorChange{hash: hash, net: 1, error: &keptError{hash: hash, RowError: RowError{
				Kind: decodeError, Column: e.Column, Err: e.Err, Sample: string(e.Sample), Partition: e.Partition, Offset: e.Offset,
			}}})
		}
		rest[id] += k.errorCount - kept
	}
	for _, id := range slices.Sorted(maps.Keys(rest)) {
		if err := w.write(id, bySource[id], rest[id], false); err != nil {
			return err
		}
	}
	return nil
}

func decodeHash(e *connector.RowError) uint64 {
	b := binary.BigEndian.AppendUint64(nil, uint64(e.Offset))
	b = append(append(append(append(b, e.Partition...), 0), e.Column...), 0)
	return key.HashBytes(append(b, e.Sample...))
}

// write notes the errors of one relation. fresh tells that what was kept of it goes with this tick.
func (w *errorWriter) write(id flow.RelationID, changes []errorChange, rest int64, fresh bool) error {
	log := w.runtime.stats.errors.logs[id]
	if fresh {
		log = errorLog{}
	}
	before := log
	if log.kept > 0 {
		if err := w.find(id, changes); err != nil {
			return err
		}
	}
	log.count += rest
	for i := range changes {
		w.apply(id, &log, &changes[i])
	}
	if log == before {
		return nil
	}
	if err := w.trim(id, &log, changes); err != nil {
		return err
	}
	w.runtime.stats.errors.next[id] = log
	w.totals.Put(relationKey(id), log.append(nil))
	return nil
}

// apply notes one change.
func (w *errorWriter) apply(id flow.RelationID, log *errorLog, c *errorChange) {
	if c.found && c.before.Kind == decodeError {
		return
	}
	log.count += c.net
	n := c.net + c.before.Count
	switch {
	case !c.found && c.net < 0: // it was only counted
	case n <= 0:
		w.rows.Delete(errorKey(id, c.number))
		w.index.Delete(errorKey(id, c.hash))
		log.kept--
	case c.error == nil:
		c.before.Count = n
		w.rows.Put(errorKey(id, c.number), c.before.append(nil))
	default:
		if c.found {
			w.rows.Delete(errorKey(id, c.number))
			log.kept--
		}
		c.error.Count, c.error.Time, c.error.Epoch = n, w.now, w.epoch
		w.rows.Put(errorKey(id, log.next), c.error.append(nil))
		w.index.Put(errorKey(id, c.hash), binary.BigEndian.AppendUint64(nil, log.next))
		log.next++
		log.kept++
	}
}

// find looks up which of the errors are kept.
func (w *errorWriter) find(id flow.RelationID, changes []errorChange) error {
	sorted := make([]*errorChange, len(changes))
	for i := range changes {
		sorted[i] = &changes[i]
	}
	slices.SortFunc(sorted, func(a, b *errorChange) int { return cmp.Compare(a.hash, b.hash) })
	var keys, values key.Keys
	for _, c := range sorted {
		keys.Append(errorKey(id, c.hash))
	}
	found, err := w.runtime.live(flow.TableID(errorIndex)).GetMany(&keys, &values, nil)
	if err != nil {
		return err
	}
	var known []*errorChange
	for i, ok := range found {
		if !ok {
			continue
		}
		if len(values.At(i)) != 8 {
			return invariants.Errorf("malformed entry %x of the index of errors", values.At(i))
		}
		sorted[i].number = binary.BigEndian.Uint64(values.At(i))
		known = append(known, sorted[i])
	}
	slices.SortFunc(known, func(a, b *errorChange) int { return cmp.Compare(a.number, b.number) })
	keys.Reset()
	values.Reset()
	for _, c := range known {
		keys.Append(errorKey(id, c.number))
	}
	if found, err = w.runtime.live(flow.TableID(errorRows)).GetMany(&keys, &values, found[:0]); err != nil {
		return err
	}
	for i, c := range known {
		if c.found = found[i]; !c.found {
			return invariants.Errorf("error %d of relation %d is in the index only", c.number, id)
		}
		if c.before, err = readError(id, values.At(i)); err != nil {
			return err
		}
	}
	return nil
}

// trim takes the oldest errors away, where there are too many: a few more are let gather, so that it is not done in every tick.
func (w *errorWriter) trim(id flow.RelationID, log *errorLog, changes []errorChange) (err error) {
	most := int64(w.runtime.config.ErrorsKept)
	if log.kept <= most+most/64 {
		return nil
	}
	changed := map[uint64]bool{}
	for i := range changes {
		if changes[i].found {
			changed[changes[i].number] = true
		}
	}
	cursor, err := w.runtime.live(flow.TableID(errorRows)).Scan(state.Prefix(relationKey(id)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	last, any := uint64(0), false
	for more := true; more && log.kept > most; {
		var run state.Run
		if more, err = cursor.Next(&run, int(min(log.kept-most, windowBatch))); err != nil {
			return err
		}
		for i := range run.Len() {
			if last, err = errorNumber(run.Keys.At(i)); err != nil {
				return err
			}
			any = true
			if changed[last] {
				continue
			}
			e, err := readError(id, run.Values.At(i))
			if err != nil {
				return err
			}
			w.index.Delete(errorKey(id, e.hash))
			log.kept--
		}
	}
	if any {
		w.ranges = append(w.ranges, state.Range{From: relationKey(id), To: errorKey(id, last+1)})
	}
	return nil
}

// RowErrors hands out the errors of a relation that are kept, the oldest first, until yield answers false. They are borrowed for the call.
func (s *Snapshot) RowErrors(id flow.RelationID, yield func(*RowError) bool) (err error) {
	cursor, err := s.store.Table(errorRows).Scan(state.Prefix(relationKey(id)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	for more := true; more; {
		var run state.Run
		if more, err = cursor.Next(&run, 256); err != nil {
			return err
		}
		for i := range run.Len() {
			e, err := readError(id, run.Values.At(i))
			if err != nil {
				return err
			}
			if !yield(&e.RowError) {
				return nil
			}
		}
	}
	return nil
}
