package dataflow

import (
	"errors"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// addIndex gives a relation one more arrangement: what Build has made, which has all rows of the last epoch. Those of this tick come into it as
// into the others.
func (r *Runtime) addIndex(t *tickRun, def IndexDef) error {
	g, built := r.byID[def.Relation], r.byID[def.built]
	switch {
	case g == nil || g.relation == nil || built == nil:
		return undefined(def.Relation)
	case !slices.Equal(built.relation.types, g.relation.types):
		return invariants.Errorf("index %d has other rows than relation %d", def.Arrangement.ID, def.Relation)
	}
	if err := r.takeOver(t, []flow.RelationID{def.built}, false); err != nil {
		return err
	}
	changed := g.relation.def
	changed.Arrangements = append(slices.Clip(changed.Arrangements), def.Arrangement)
	for len(changed.Constraints) < len(g.relation.def.Arrangements) {
		changed.Constraints = append(slices.Clip(changed.Constraints), "")
	}
	changed.Constraints = append(slices.Clip(changed.Constraints), def.Constraint)
	r.noteRelation(g)
	g.relation = newRelation(changed)
	r.equipRows(g)
	return nil
}

// reader reads an arrangement as of the last epoch, or as what the tick has made of it before it writes. Of a graph that is new there is nothing, even if it is made
// in place of one that has failed, whose rows leave with the same epoch.
func (r *Runtime) reader(g *graph, a *arrangement) state.Reader {
	if g.emptied || !g.committed {
		return state.NewTable(nil)
	}
	return r.live(a.Table)
}

// dropIndex takes an arrangement away.
func (r *Runtime) dropIndex(t *tickRun, id flow.RelationID) error {
	for _, g := range r.byID {
		if g.relation == nil {
			continue
		}
		i := slices.IndexFunc(g.relation.arrangements, func(a *arrangement) bool { return a.ID == id })
		if i <= 0 {
			continue
		}
		changed := g.relation.def
		table := changed.Arrangements[i].Table
		changed.Arrangements = slices.Delete(slices.Clone(changed.Arrangements), i, i+1)
		if i < len(changed.Constraints) {
			changed.Constraints = slices.Delete(slices.Clone(changed.Constraints), i, i+1)
		}
		t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(table), Drop: true})
		r.noteRelation(g)
		g.relation = newRelation(changed)
		r.equipRows(g)
		r.sequencer.history.forget(g.id(), r.epoch.Epoch+1)
		return nil
	}
	return undefined(id)
}

// equipRows makes the operators anew that keep a relation whose arrangements have changed. They hold nothing between ticks.
func (r *Runtime) equipRows(g *graph) {
	for _, p := range g.rows.procs {
		if p != nil {
			r.equip(p)
		}
	}
}

// everyRow gives all rows of a relation in the last epoch, unless that is canceled.
func (r *Runtime) everyRow(rel *relation, canceled func() error, emit func(b *batch.Batch) error) error {
	a := rel.primary()
	d := newDecoder(a, rel.types, a.all)
	cursor, err := r.live(a.Table).Scan(state.Range{})
	if err != nil {
		return err
	}
	err = d.scan(cursor, func(b *batch.Batch) error {
		if err := canceled(); err != nil {
			return err
		}
		return emit(b)
	})
	return errors.Join(err, cursor.Close())
}
