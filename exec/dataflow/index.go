package dataflow

import (
	"errors"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// addIndex gives a relation one more arrangement: what Build has made, which has all rows of the last epoch. Those of this tick come into it as
// into the others.
func (r *Runtime) addIndex(t *tickRun, def IndexDef) error {
	g, built := r.byID[def.Relation], r.byID[def.built]
	switch {
	case g == nil || g.relation == nil || built == nil:
		return undefined(def.Relation)
	case built.status == Failed: // by rows that came behind the others
		return built.err
	case built.status == Filling || !slices.Equal(built.relation.types, g.relation.types):
		return invariants.Errorf("index %d has not all rows of relation %d, or others", def.Arrangement.ID, def.Relation)
	}
	r.remove(t, built)
	r.setGraph(built.id(), nil)
	t.changes.Meta.DropGraphs = append(t.changes.Meta.DropGraphs, meta.GraphID(built.id()))
	t.changes.Meta.ResetSettings = append(t.changes.Meta.ResetSettings, r.settingsOf(built)...)
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

// reader reads an arrangement as of the last epoch. One that this tick builds is not in the store yet.
func (r *Runtime) reader(g *graph, a *arrangement) state.Reader {
	if run := g.built[a.Table]; run != nil {
		return builtReader{&overlay{run}}
	}
	return r.live(a.Table)
}

// builtReader reads an index that was built from the rows of the last epoch.
type builtReader struct{ built *overlay }

func (b builtReader) Get(dst, k []byte) (value []byte, ok bool, err error) {
	value, ok, _ = b.built.get(dst, k)
	return value, ok, nil
}

func (b builtReader) GetMany(keys, values *key.Keys, found []bool) ([]bool, error) {
	var value []byte
	for i := range keys.Len() {
		var there bool
		value, there, _ = b.built.get(value[:0], keys.At(i))
		values.Append(value)
		found = append(found, there)
	}
	return found, nil
}

func (b builtReader) Scan(r state.Range) (state.Cursor, error) {
	none, err := state.NewTable(nil).Scan(r)
	if err != nil {
		return nil, err
	}
	return newOverlaid(none, b.built, r), nil
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
