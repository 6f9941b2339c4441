package dataflow

import (
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// truncate takes all rows of a table away. Where somebody scans the table or wants its changes, each row is seen to leave; else its ranges of
// the store are deleted, whatever they hold.
func (r *Runtime) truncate(t *tickRun, id flow.RelationID, canceled func() error) error {
	g := r.byID[id]
	if g == nil {
		return undefined(id)
	}
	if !g.isTable {
		return invariants.Errorf("relation %d is no table", id)
	}
	if g.emptied {
		return nil
	}
	if g.watched() || g.built != nil {
		return r.deleteAll(t, g, canceled)
	}
	r.noteRelation(g)
	g.built, g.emptied = map[flow.TableID]*state.Run{}, true
	for _, a := range g.relation.arrangements {
		g.built[a.Table] = &state.Run{} // what the tick writes lies above nothing
	}
	r.visit(g) // so that it is collected
	r.sequencer.touched[id] = true
	r.sequencer.noteAll(g)
	return nil
}

// deleteAll takes the rows of a table away one by one.
func (r *Runtime) deleteAll(t *tickRun, g *graph, canceled func() error) error {
	w := &pendingWrite{txn: &Txn{}}
	err := r.everyRow(g.relation, canceled, func(b *batch.Batch) error {
		rows := g.relation.newBatch()
		rows.AppendAll(b)
		rows.Negate()
		w.txn.writes = append(w.txn.writes, write{g.id(), rows})
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.sequencer.admit(w, false); err != nil {
		return err
	}
	for _, a := range w.admitted {
		r.deal(t, a.graph, a.rows)
	}
	t.changes.Shrinks = true
	return nil
}
