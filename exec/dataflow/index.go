package dataflow

import (
	"errors"
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// addIndex gives a relation one more arrangement, built from the rows of the last epoch; the rows of this tick come into it as
// into the others.
func (r *Runtime) addIndex(t *tickRun, def IndexDef, canceled func() error) error {
	g := r.byID[def.Relation]
	if g == nil || g.relation == nil {
		return undefined(def.Relation)
	}
	changed := g.relation.def
	changed.Arrangements = append(slices.Clip(changed.Arrangements), def.Arrangement)
	for len(changed.Constraints) < len(g.relation.def.Arrangements) {
		changed.Constraints = append(slices.Clip(changed.Constraints), "")
	}
	changed.Constraints = append(slices.Clip(changed.Constraints), def.Constraint)
	rel := newRelation(changed)
	a := rel.arrangements[len(rel.arrangements)-1]
	rows := rel.newBatch()
	err := r.everyRow(g.relation, canceled, func(b *batch.Batch) error {
		rows.AppendAll(b)
		return nil
	})
	if err != nil {
		return err
	}
	w := newArrangementWriter(a)
	err = w.write(rows, state.NewTable(nil))
	var twice *duplicateError
	if errors.As(err, &twice) {
		u := &uniqueCheck{rel: rel, place: len(rel.arrangements) - 1, a: a}
		names, values := u.keyText(rows, twice.row)
		return pgerr.Newf(uniqueViolation, "could not create unique index %q", def.Constraint).
			WithDetail("Key (%s)=(%s) is duplicated.", names, values)
	}
	if err = errors.Join(err, canceled()); err != nil {
		return err
	}
	if g.status == Failed {
		t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(a.Table), Runs: []*state.Run{w.take()}})
	} else {
		if g.built == nil {
			g.built = map[flow.TableID]*state.Run{}
		}
		g.built[a.Table] = w.take()
		r.visit(g) // so that it is collected
	}
	r.noteRelation(g)
	g.relation = rel
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
