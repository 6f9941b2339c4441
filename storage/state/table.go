package state

import (
	"math"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/key"
)

// Table is an operator's side of one state table, on one worker: it reads what is durable, and notes what the tick changes. Operators
// keep what they use in memory and come here for what they do not have: a miss in a table that is not Fresh.
//
// A tick's changes are not seen by its reads: the operator has them in memory until the epoch is durable. One goroutine uses a Table.
type Table struct {
	reader  Reader
	fresh   bool
	keys    key.Keys
	values  key.Keys
	deleted []bool
	ranges  []Range
	expired int64
	sorter  key.Sorter
	sorted  Run   // what has been noted, for Take
	spare   []Run // memory for the next changes
}

// NewTable returns the side of one worker. A nil reader is a table that has nothing durable.
func NewTable(r Reader) *Table { return &Table{reader: r, fresh: r == nil, expired: math.MinInt64} }

// Fresh tells that nothing of the table was durable when the operator was built, so that all that is alive is in the operator's memory and
// a miss there needs no read.
func (t *Table) Fresh() bool { return t.fresh }

// SetReader gives the table the last durable epoch to read. It stays Fresh if it was.
func (t *Table) SetReader(r Reader) { t.reader = r }

// Get is Reader.Get; nothing is found in a fresh table.
func (t *Table) Get(dst, k []byte) (value []byte, ok bool, err error) {
	if t.reader == nil {
		return dst, false, nil
	}
	return t.reader.Get(dst, k)
}

// GetMany is Reader.GetMany; nothing is found in a fresh table.
func (t *Table) GetMany(keys, values *key.Keys, found []bool) ([]bool, error) {
	if t.reader == nil {
		for range keys.Len() {
			values.Append(nil)
			found = append(found, false)
		}
		return found, nil
	}
	return t.reader.GetMany(keys, values, found)
}

// Scan is Reader.Scan; a fresh table has no rows.
func (t *Table) Scan(r Range) (Cursor, error) {
	if t.reader == nil {
		return noRows{}, nil
	}
	return t.reader.Scan(r)
}

// noRows is the cursor over nothing.
type noRows struct{}

func (noRows) Next(*Run, int) (bool, error) { return false, nil }
func (noRows) Close() error                 { return nil }

// Put notes that the tick sets the value of a key. Each key is noted once a tick, in any order.
func (t *Table) Put(k, value []byte) {
	t.keys.Append(k)
	t.values.Append(value)
	t.deleted = append(t.deleted, false)
}

// Delete notes that the tick takes a key away. A key that was never durable needs none.
func (t *Table) Delete(k []byte) {
	t.keys.Append(k)
	t.values.Append(nil)
	t.deleted = append(t.deleted, true)
}

// DeleteRange notes that the tick takes all keys of a range away that were there before it.
func (t *Table) DeleteRange(r Range) { t.ranges = append(t.ranges, r) }

// Expire notes that all rows whose bound is at most a time are gone. They need no Delete.
func (t *Table) Expire(bound int64) { t.expired = max(t.expired, bound) }

// Changes are what a tick did to a table on one worker.
type Changes struct {
	Run          Run
	DeleteRanges []Range
	// ExpiredTo is math.MinInt64 if nothing has expired yet.
	ExpiredTo int64
}

// Sort puts what has been noted in order, and nothing more is noted until Take. Without it Take does that; but Take is called by the one goroutine that
// collects what all workers have changed.
func (t *Table) Sort() {
	if t.keys.Len() == 0 {
		return
	}
	run := &t.sorted
	invariants.Assertf(run.Len() == 0, "changes of a table are sorted twice")
	if n := len(t.spare); n > 0 {
		*run, t.spare = t.spare[n-1], t.spare[:n-1]
	}
	run.Keys.Grow(t.keys.Len(), len(t.keys.Data))
	run.Values.Grow(t.values.Len(), len(t.values.Data))
	for _, i := range t.sorter.Sort(&t.keys) {
		if t.deleted[i] {
			run.Delete(t.keys.At(int(i)))
		} else {
			run.Put(t.keys.At(int(i)), t.values.At(int(i)))
		}
	}
	t.keys.Reset()
	t.values.Reset()
	t.deleted = t.deleted[:0]
}

// Take moves what was noted since the last Take to c, which is empty, in the order of the keys. It is the runtime's, at the end of a tick.
func (t *Table) Take(c *Changes) {
	t.Sort()
	c.Run, t.sorted = t.sorted, Run{}
	c.DeleteRanges = append(c.DeleteRanges, t.ranges...)
	c.ExpiredTo = t.expired
	t.ranges = t.ranges[:0]
}

// spareRuns is how many runs are kept: as many as are on their way to the disk while a tick runs.
const spareRuns = 2

// GiveBack takes the memory of a run back that came of Take, and that nobody reads any more. If much more than the run needed, it is given up.
func (t *Table) GiveBack(r *Run) {
	if len(t.spare) < spareRuns && cap(r.Keys.Data)+cap(r.Values.Data) <= 4*r.Bytes() {
		r.Reset()
		t.spare = append(t.spare, *r)
	}
}
