package storage

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// Changes are what one epoch changes. The store borrows all of it until Commit returns.
type Changes struct {
	// Now is the time of the tick: microseconds since 1970-01-01 UTC. It does not go back.
	Now    int64
	Meta   meta.Changes
	Tables []TableChanges
	// Log has the net changes of relations that keep history, in the order in which they are to be read.
	Log     []LogEntry
	TrimLog []LogTrim
	// Shrinks tells that tables of which rows are deleted are to become smaller on disk soon. It costs that they are written anew.
	Shrinks bool
}

// TableChanges are the changes of one table. The order of the fields is the order in which they take effect. A table may be
// in Changes several times, once for each worker, as long as no key is in two runs.
type TableChanges struct {
	Table TableID
	// Drop takes all rows away, and how far the table had expired.
	Drop bool
	// DeleteRanges takes ranges of rows away.
	DeleteRanges []state.Range
	// Expires tells that keys begin with a bound, and that rows whose bound is at most ExpiredTo are gone. It never goes back.
	Expires   bool
	ExpiredTo int64 // microseconds since 1970-01-01 UTC
	// Appends tells that the table only grows at its end: its runs have keys above all that it ever had, and delete nothing.
	Appends bool
	// Rises tells that keys may rise with time: what lies behind all that the table has may go into files of its own.
	Rises bool
	Runs  []*state.Run
	// Ahead are rows in files, of which the store takes what it needs; then the epoch changes nothing else of the table.
	Ahead *Ahead
}

// LogEntry is one piece of a relation's log of changes: what an epoch did to it, in an encoding of the caller's. It keeps what it is
// given: how large one piece is, is the caller's choice.
type LogEntry struct {
	Relation TableID
	Data     []byte
}

// LogTrim takes the epochs below Before from a relation's log.
type LogTrim struct {
	Relation TableID
	Before   uint64
}

// expireEvery is how much time of ticks lies between two range deletions of one table: each is a tombstone that readers step over.
const expireEvery = 1_000_000 // microseconds

// Commit makes an epoch durable, as one atomic step. Its number is above that of the one before. When it returns nil, the epoch is
// on disk, and Committed shows it; Snapshot does after Publish. When it returns an error, the store is at the epoch before, or it
// has failed (see the package comment) and is at either.
func (s *Store) Commit(epoch uint64, c Changes) error {
	s.commit.Lock()
	defer s.commit.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	if epoch <= s.commit.last.Number || c.Now < s.commit.last.Now {
		return invariants.Errorf("epoch %d at %d cannot follow epoch %d at %d", epoch, c.Now, s.commit.last.Number, s.commit.last.Now)
	}
	if invariants.Enabled {
		c.check(s.commit.lastKeys)
	}
	record := meta.Epoch{Number: epoch, Now: c.Now}
	expired := s.expire(&c)
	e := &epochRecords{epoch: record, expired: expired}
	err := s.guard(func() (err error) {
		if e.lastKeys, err = s.lastKeys(&c); err != nil {
			return err
		}
		return s.write(e, &c)
	})
	if err != nil {
		return s.refusal(err)
	}
	s.commit.last = record
	s.commit.lastKeys = e.lastKeys
	s.finishExpire(expired, c.Now)
	s.noteDropped(epoch, &c)
	bounds := boundsOf(expired)
	b := &s.commit.buffer
	b.doneTo = 0
	b.add(epoch, e.kept, bounds)
	b.log(loggedValues{epoch, e.logged}, s.options.SpillBytes/4)
	s.startSpill()
	v := s.newVersion(record, bounds)
	s.versions.Lock()
	s.versions.pending = append(s.versions.pending, v)
	s.versions.Unlock()
	return nil
}

// refusal is what a commit answers that could not be written. Errors at files come to it without an SQLSTATE.
func (s *Store) refusal(err error) error {
	var told *pgerr.Error
	var ours *invariants.Violation
	if errors.As(err, &told) || errors.As(err, &ours) {
		return err
	}
	refused := s.folder.ioError("writing to", err)
	if vfs.IsNoSpaceError(err) && !s.Failed() {
		return refused.WithHint(fullHint)
	}
	return refused.WithHint(mendHint)
}

// epochRecords are the records of an epoch that the store makes itself.
type epochRecords struct {
	epoch    meta.Epoch
	expired  map[TableID]expiry
	lastKeys map[TableID][]byte
	kept     []keptRun
	logged   int // bytes of their values
}

// bytes is about what the values of the runs take.
func (e *epochRecords) bytes() int {
	n := 0
	for _, k := range e.kept {
		n += k.run.Bytes() + 4*k.run.Len()
	}
	return n
}

// write makes an epoch durable in the way that suits its size.
func (s *Store) write(e *epochRecords, c *Changes) error {
	appended, rest := s.appended(c)
	large := rest.bytes() >= s.options.IngestBytes || rest.linksFiles()
	if err := s.makeRoom(large || c.Shrinks || s.unlayers(c)); err != nil {
		return err
	}
	if large {
		return s.ingest(e, c)
	}
	if !c.Shrinks {
		e.kept, rest = s.kept(rest)
	}
	if len(appended) == 0 {
		return s.applyBatch(e, rest)
	}
	return s.append(appended, func() error { return s.applyBatch(e, rest) })
}

// makeRoom finishes a spill whose files are there, or waits for it if too much is in memory. all leaves nothing there.
func (s *Store) makeRoom(all bool) error {
	if all {
		return s.spillAll()
	}
	return s.finishSpill(s.commit.buffer.bytes >= 2*s.options.SpillBytes)
}

// entryOverhead is what an entry takes in a batch beside its key and value: its kind, two lengths, and its table.
const entryOverhead = 1 + 2*2 + tablePrefixSize

func (c *Changes) entries() int {
	n := 0
	for i := range c.Tables {
		for _, r := range c.Tables[i].Runs {
			n += r.Len()
		}
	}
	return n
}

func (c *Changes) bytes() int {
	n := 0
	for i := range c.Tables {
		for _, r := range c.Tables[i].Runs {
			n += r.Bytes()
		}
	}
	for _, e := range c.Log {
		n += len(e.Data)
	}
	return n
}

// check asserts what callers promise. lastKeys are those of tables that only grow at their end.
func (c *Changes) check(lastKeys map[TableID][]byte) {
	for i := range c.Tables {
		t := &c.Tables[i]
		invariants.Assertf(t.Ahead == nil || len(t.Runs) == 0 && len(t.DeleteRanges) == 0 && !t.Drop && !t.Appends && !c.twice(t.Table),
			"table %d has rows in files, and other changes", t.Table)
		for _, r := range t.Runs {
			invariants.Assertf(r.Keys.Len() == r.Values.Len(), "%d keys, %d values", r.Keys.Len(), r.Values.Len())
			for n := 1; n < r.Len(); n++ {
				invariants.Assertf(r.Keys.Compare(n-1, n) < 0, "table %d: entries %d and %d of a run are not in order", t.Table, n-1, n)
			}
			if last, known := lastKeys[t.Table]; known && t.Appends && !t.Drop && r.Len() > 0 {
				invariants.Assertf(bytes.Compare(r.Keys.At(0), last) > 0, "table %d: %x does not come behind %x", t.Table, r.Keys.At(0), last)
			}
		}
	}
}

// expire computes how far tables have expired after the changes.
func (s *Store) expire(c *Changes) map[TableID]expiry {
	expired := maps.Clone(s.commit.expired)
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Drop {
			delete(expired, t.Table)
		}
		if !t.Expires {
			continue
		}
		x, known := expired[t.Table]
		if !known {
			x.bound, x.deletedAt = math.MinInt64, neverDeleted
		}
		if t.ExpiredTo > x.bound || !known {
			x.bound, x.pending = t.ExpiredTo, true
		}
		expired[t.Table] = x
	}
	return expired
}

// boundsOf are the bounds to which tables have expired.
func boundsOf(expired map[TableID]expiry) map[TableID]int64 {
	bounds := make(map[TableID]int64, len(expired))
	for id, x := range expired {
		bounds[id] = x.bound
	}
	return bounds
}

// neverDeleted is deletedAt before the first deletion, and after a restart.
const neverDeleted = math.MinInt64

// due tells whether the rows that have expired are to be deleted by a commit at the given time.
func (x *expiry) due(now int64) bool {
	return x.pending && (x.deletedAt == neverDeleted || now-x.deletedAt >= expireEvery)
}

// finishExpire notes what a commit deleted.
func (s *Store) finishExpire(expired map[TableID]expiry, now int64) {
	for id, x := range expired {
		if x.due(now) {
			x.deletedAt, x.pending = now, false
			expired[id] = x
		}
	}
	s.commit.expired = expired
}

// sink takes the entries of a commit: ranges first, then the others.
type sink interface {
	deleteRange(from, to []byte) error
	set(prefix, k, value []byte) error
	delete(prefix, k []byte) error
}

// batchSink writes into a batch of Pebble's, in which what comes later counts.
type batchSink struct{ b *pebble.Batch }

func (w batchSink) deleteRange(from, to []byte) error { return w.b.DeleteRange(from, to, nil) }

func (w batchSink) set(prefix, k, value []byte) error {
	op := w.b.SetDeferred(len(prefix)+len(k), len(value))
	copy(op.Key[copy(op.Key, prefix):], k)
	copy(op.Value, value)
	return op.Finish()
}

func (w batchSink) delete(prefix, k []byte) error {
	op := w.b.DeleteDeferred(len(prefix) + len(k))
	copy(op.Key[copy(op.Key, prefix):], k)
	return op.Finish()
}

// metaSink is a meta.Writer.
type metaSink struct{ sink }

var metaPrefix = []byte{spaceMeta}

func (w metaSink) Set(k, value []byte) error { return w.set(metaPrefix, k, value) }

func (w metaSink) Delete(k []byte) error { return w.delete(metaPrefix, k) }

func (w metaSink) DeleteRange(from, to []byte) error {
	return w.deleteRange(append(bytes.Clone(metaPrefix), from...), append(bytes.Clone(metaPrefix), to...))
}

// batchKeptBytes is how large a batch may be whose memory is kept for the next: Pebble keeps those of 1 MiB, which a busy tick needs more than.
const batchKeptBytes = 8 << 20

// applyBatch writes an epoch through the write-ahead log and the memtable.
func (s *Store) applyBatch(e *epochRecords, c *Changes) error {
	b := s.db.NewBatchWithSize(c.bytes()+c.entries()*entryOverhead+e.bytes()+4096, pebble.WithMaxRetainedSizeBytes(batchKeptBytes))
	w := batchSink{b}
	err := errors.Join(s.writeMeta(w, e, c), writeTables(w, c, e.expired), writeLog(w, e.epoch.Number, c), s.writeRuns(w, e))
	if err == nil {
		err = s.db.Apply(b, pebble.Sync)
	}
	return errors.Join(err, b.Close())
}

// writeMeta writes the records, the epoch's among them.
func (s *Store) writeMeta(w sink, e *epochRecords, c *Changes) error {
	m := metaSink{w}
	if err := errors.Join(c.Meta.Write(m), e.epoch.Write(m), s.writeLastKeys(m, e)); err != nil {
		return err
	}
	for id, old := range s.commit.expired {
		if _, still := e.expired[id]; !still {
			if err := (meta.Expiry{Table: id, Bound: old.bound}).Remove(m); err != nil {
				return err
			}
		}
	}
	for id, x := range e.expired {
		if old, known := s.commit.expired[id]; known && old.bound == x.bound {
			continue
		}
		if err := (meta.Expiry{Table: id, Bound: x.bound}).Write(m); err != nil {
			return err
		}
	}
	return nil
}

// writeRanges writes the deletions of ranges, which take effect before all rows.
func writeRanges(w sink, c *Changes, expired map[TableID]expiry) error {
	var err error
	remove := func(from, to []byte) {
		if bytes.Compare(from, to) < 0 {
			err = errors.Join(err, w.deleteRange(from, to))
		}
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Drop {
			remove(appendTable(nil, t.Table), appendTableEnd(nil, t.Table))
		}
		for _, r := range t.DeleteRanges {
			to := appendTableEnd(nil, t.Table)
			if r.To != nil {
				to = append(appendTable(nil, t.Table), r.To...)
			}
			remove(append(appendTable(nil, t.Table), r.From...), to)
		}
	}
	for id, x := range expired {
		if x.due(c.Now) {
			end, _ := appendExpiredEnd(nil, id, x.bound)
			remove(appendTable(nil, id), end)
		}
	}
	for _, t := range c.TrimLog {
		remove(appendLog(nil, t.Relation, 0), appendLog(nil, t.Relation, t.Before))
	}
	return err
}

// writeTables writes ranges, and then the rows of all tables in the order of their prefixes.
func writeTables(w sink, c *Changes, expired map[TableID]expiry) error {
	if err := writeRanges(w, c, expired); err != nil {
		return err
	}
	order := slices.SortedStableFunc(slices.Values(c.Tables), func(a, b TableChanges) int { return cmp.Compare(a.Table, b.Table) })
	var prefix [tablePrefixSize]byte
	for i := range order {
		t := &order[i]
		p := appendTable(prefix[:0], t.Table)
		for _, r := range t.Runs {
			if err := writeRun(w, p, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeRun(w sink, prefix []byte, r *state.Run) error {
	for i := range r.Len() {
		var err error
		if r.IsDeleted(i) {
			err = w.delete(prefix, r.Keys.At(i))
		} else {
			err = w.set(prefix, r.Keys.At(i), r.Values.At(i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeLog writes the log of changes: the number of an entry counts those of its relation in the epoch.
func writeLog(w sink, epoch uint64, c *Changes) error {
	numbers := map[TableID]uint32{}
	var number [4]byte
	for _, e := range c.Log {
		binary.BigEndian.PutUint32(number[:], numbers[e.Relation])
		numbers[e.Relation]++
		if err := w.set(appendLog(nil, e.Relation, epoch), number[:], e.Data); err != nil {
			return err
		}
	}
	return nil
}
