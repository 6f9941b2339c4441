package dataflow

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/state"
)

// Few rows are enough to fill several runs and blocks of numbers.
func init() { blockNumbers, numberedRunBytes = 4, 100 }

// LimitTxns sets how many bytes of rows a transaction may write, and returns what sets it back.
func LimitTxns(bytes int) (restore func()) {
	before := txnBytesMax
	txnBytesMax = bytes
	return func() { txnBytesMax = before }
}

// LimitTicks sets how many rows of transactions a tick takes, and returns what sets it back.
func LimitTicks(rows int) (restore func()) {
	before := writeRowsMax
	writeRowsMax = rows
	return func() { writeRowsMax = before }
}

// Note notes a read of a range of keys, and returns how many reads the transaction has.
func (t *Txn) Note(id flow.RelationID, arrangement int, from, to []byte) int {
	t.note(read{id, arrangement, state.Range{From: from, To: to}})
	return len(t.reads)
}

// Tick runs one tick, as the loop does. With AheadAlways its epoch is then not durable.
func (r *Runtime) Tick() error { return r.runTick() }

// LimitBulks sets how many rows of a table a transaction writes ahead of its tick, and returns what sets it back.
func LimitBulks(rows int) (restore func()) {
	before := bulkRows
	bulkRows = rows
	return func() { bulkRows = before }
}

// SetTickBytes sets how many bytes a tick takes of a feed.
func (r *Runtime) SetTickBytes(n int) { r.intake.bytes = n }

// Visited is how many graphs the last tick has visited.
func (r *Runtime) Visited() int { return len(r.reached) }

// Queued is how many transactions and changes wait for a tick.
func (r *Runtime) Queued() int {
	r.in.Lock()
	defer r.in.Unlock()
	return len(r.in.writes) + len(r.in.changes)
}

// Keeps tells whether anything is kept for the next read.
func (a *Again) Keeps() bool { return a.run != nil }
