package dataflow

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
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

func (w *pendingWrite) answer(epoch uint64, err error) {
	w.txn.dropAhead()
	w.result <- writeResult{epoch, err}
}

// admission is the net changes of one table in one transaction.
type admission struct {
	graph *graph
	count int
	rows  *batch.Batch // nil where nobody wants to see them
	// made are what they do to each arrangement; nil if one of them is not unique.
	made []madeRows
}

// madeRows are the changes of one arrangement, in its form: in memory or in files.
type madeRows struct {
	run   *state.Run
	files *storage.Ahead
}

// Write brings a transaction into the next tick, and returns when its epoch is durable and published. An error is that of a constraint
// (23505), a *ConflictError, which is 40001 to a client, or what keeps the store from committing; then nothing of the transaction was
// written. If ctx ends while the transaction still waits for a tick, it is the caller's again, and nothing of it is written either.
//
// A transaction that writes nothing is checked all the same: what it has read was then true at the epoch that is answered.
func (r *Runtime) Write(ctx context.Context, t *Txn) (uint64, error) {
	w := &pendingWrite{txn: t, result: make(chan writeResult, 1)}
	if err := t.finishAhead(); err != nil {
		return 0, err
	}
	r.in.Lock()
	if err := r.admits(); err != nil {
		r.in.Unlock()
		return 0, err
	}
	t.given = true
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
		if r.withdraw(w) {
			return 0, ctx.Err()
		}
		result := <-w.result
		return result.epoch, result.err
	}
}

// withdraw takes a transaction back that waits for a tick. It is false if one has taken it: then it is committed or not, and is told.
func (r *Runtime) withdraw(w *pendingWrite) bool {
	r.in.Lock()
	defer r.in.Unlock()
	i := slices.Index(r.in.writes, w)
	if i < 0 {
		return false
	}
	r.in.writes = slices.Delete(slices.Clone(r.in.writes), i, i+1)
	w.txn.given = false
	return true
}

// requeue puts a transaction of a tick that was undone before all others.
func (r *Runtime) requeue(w *pendingWrite) {
	w.admitted = nil
	r.in.Lock()
	r.in.writes = append([]*pendingWrite{w}, r.in.writes...)
	r.in.Unlock()
	r.signal()
}

// writeRowsMax bounds what one tick takes of transactions; one that is larger alone is taken whole. Tests make it smaller.
var writeRowsMax = 256 << 10

// takeWrites admits what waits, and makes it input of the tick.
func (r *Runtime) takeWrites(t *tickRun) {
	rows := 0
	for rows < writeRowsMax && !t.alone {
		r.in.Lock()
		if len(r.in.writes) == 0 {
			r.in.Unlock()
			break
		}
		w := r.in.writes[0]
		alone := len(t.writes) == 0 && t.change == nil
		if !alone && w.txn.isBulk() { // it gets a tick of its own
			r.in.Unlock()
			break
		}
		r.in.writes[0] = nil
		r.in.writes = r.in.writes[1:]
		r.in.Unlock()
		if err := r.sequencer.admit(w, alone); err != nil {
			w.answer(0, err)
			continue
		}
		t.writes = append(t.writes, w)
		for _, a := range w.admitted {
			rows += a.count
		}
		if w.txn.isBulk() {
			rows = max(rows, writeRowsMax) // the tick's last
		}
		for _, a := range w.admitted {
			r.take(t, &a, alone && rows >= writeRowsMax)
		}
	}
}

// take makes what a transaction changes of a table input of the tick.
func (r *Runtime) take(t *tickRun, a *admission, alone bool) {
	r.rouse(a.graph)
	adopted := alone && a.made != nil
	if adopted {
		a.graph.adopt(t.Epoch, a)
	}
	if !adopted || a.graph.watched() {
		r.deal(t, a.graph, a.rows)
	}
	if a.rows != nil {
		a.graph.tellTime(a.rows)
	}
}

// adopt makes what the sequencer has checked the tick's changes of a table: it has the form of the arrangements already. That can be done
// for a transaction that is the only one of its tick, for no key is to be in two runs.
func (g *graph) adopt(epoch uint64, a *admission) {
	g.adopted = epoch
	p := g.rows.procs[0]
	p.touched, g.active[0] = true, true
	for i, w := range p.op.(*materialize).writers {
		if made := a.made[i]; made.files != nil {
			w.files = made.files
		} else {
			w.full = append(w.full, made.run)
		}
	}
}

// watched tells whether somebody wants to see the changes of the rows that the graph keeps.
func (g *graph) watched() bool { return len(g.rows.procs[0].lanes) > 0 || g.logging() }

// needsRows tells whether rows of a transaction are looked at that are in the form of the arrangements already.
func (g *graph) needsRows() bool { return g.watched() || g.clock != nil }

// deal makes rows of a relation input of the node that keeps it, on the workers that they belong to.
func (r *Runtime) deal(t *tickRun, g *graph, rows *batch.Batch) {
	t.rows += rows.Len()
	r.rouse(g)
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
