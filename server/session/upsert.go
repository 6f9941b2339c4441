package session

import (
	"context"
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// upsert is ON CONFLICT: for each row that is to be inserted the row that is there is looked up by its key, and what the statement
// has written before counts, too.
type upsert struct {
	// lookups find the row that is there, one for each constraint that may be hit.
	lookups []lookup
	// places are the places of New's columns in the table.
	places []int
}

// lookup reads a row by a unique key. Its parameters are the key's values.
type lookup struct {
	graph *flow.Graph
	key   []int     // places in the table
	where flow.Expr // of a partial index, over all columns of the table; else nil
}

func newUpsert(m *planner.Mutation, relation *flow.Relation) (*upsert, error) {
	if relation == nil {
		return nil, invariants.Errorf("table %q is nowhere", m.Table.Name)
	}
	u := &upsert{}
	for i, c := range m.Table.Columns {
		if !c.Hidden {
			u.places = append(u.places, i)
		}
	}
	for i, a := range relation.Arrangements {
		if !a.Unique || a.Where != nil && m.OnConflict.Columns != nil {
			continue
		}
		var key []int
		hidden := false
		for _, k := range a.Key {
			key = append(key, k.Column)
			hidden = hidden || m.Table.Columns[k.Column].Hidden
		}
		if want := m.OnConflict.Columns; hidden || want != nil && !sameSet(key, want) {
			continue
		}
		u.lookups = append(u.lookups, lookup{graph: pointRead(relation, i), key: key, where: a.Where})
	}
	if len(u.lookups) == 0 && m.OnConflict.Columns != nil { // the index is younger than the epoch
		return nil, &dataflow.ConflictError{Relation: relation.ID}
	}
	return u, nil
}

func sameSet(a, b []int) bool {
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(x, y)
}

// pointRead is the graph that reads the row with a key.
func pointRead(r *flow.Relation, arrangement int) *flow.Graph {
	a := &r.Arrangements[arrangement]
	scan := &flow.Scan{Relation: r.ID, Access: &flow.Access{Arrangement: arrangement, Index: a.ID, Key: a.Key}}
	for i := range r.Columns {
		scan.Columns = append(scan.Columns, i)
	}
	for i, k := range a.Key {
		scan.Access.Equal = append(scan.Access.Equal, &flow.Param{Index: i, Typ: r.Columns[k.Column].Type})
	}
	return &flow.Graph{Nodes: []flow.Node{
		{Spec: scan, Columns: r.Columns},
		{Spec: &flow.Output{}, Columns: r.Columns, Inputs: []flow.Input{{Node: 0}}},
	}}
}

// upsert writes rows one after the other. What it writes is gathered: a lookup sees what earlier statements have written, and
// the keys of this one are known.
func (w *rowWriter) upsert(ctx context.Context, s *Session, b *batch.Batch) error {
	m := w.plan.planned
	if err := w.plan.checks.check(&w.ctx, b); err != nil {
		return err
	}
	w.gathered = batch.New(m.Table.Types()...)
	for i := range b.Len() {
		row := rowOf(b, i)
		if w.own(row) {
			if m.OnConflict.Sets == nil {
				continue
			}
			return pgerr.New(pgerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
				WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
		}
		existing, err := w.existing(ctx, s, row)
		if err == nil && existing == nil {
			err = w.insert(row)
		} else if err == nil && m.OnConflict.Sets != nil {
			err = w.update(existing, row)
		}
		if err != nil {
			return err
		}
	}
	if w.gathered.Len() == 0 {
		return nil
	}
	return w.txn.Write(w.id, w.gathered)
}

// insert writes a row that is in nobody's way.
func (w *rowWriter) insert(row *batch.Batch) error {
	w.gathered.AppendRow(whole(w.plan.planned.Table, row), 0, 1)
	w.wrote(row)
	w.result.count++
	return w.give(row)
}

// rowOf is one row of a batch.
func rowOf(b *batch.Batch, i int) *batch.Batch {
	one := &batch.Batch{Cols: b.Cols}
	one.SetLen(b.Len())
	kinds := make([]types.Type, len(b.Cols))
	for c := range b.Cols {
		kinds[c] = b.Cols[c].Type()
	}
	row := batch.New(kinds...)
	row.AppendRow(one, i, 1)
	return row
}

// existing is the row that a new one conflicts with, nil if there is none.
func (w *rowWriter) existing(ctx context.Context, s *Session, row *batch.Batch) (*batch.Batch, error) {
	u := w.plan.upsert
	for n, l := range u.lookups {
		if !w.covers(l, row) || len(w.gone) > 0 && w.gone[w.keyText(n, l, row)] {
			continue
		}
		args := make([]types.Value, len(l.key))
		null := false
		for k, place := range l.key {
			args[k] = row.Cols[slices.Index(u.places, place)].Value(0)
			null = null || args[k].Null
		}
		if null { // nulls are not equal
			continue
		}
		var found *batch.Batch
		err := s.engine.runtime.Read(ctx, dataflow.ReadOptions{
			Snapshot: s.tx.snapshot, Graph: l.graph, Params: args, Environment: w.ctx.Environment, Txn: w.txn,
		}, func(b *batch.Batch) error {
			found = copyRows(b, 0, len(b.Cols))
			return nil
		})
		if err != nil || found != nil {
			return found, err
		}
	}
	return nil, nil
}

// covers tells whether the index of a lookup has a row. One for which that cannot be computed is refused when it is written.
func (w *rowWriter) covers(l lookup, row *batch.Batch) bool {
	if l.where == nil {
		return true
	}
	v, err := w.eval(l.where, whole(w.plan.planned.Table, row))
	return err == nil && !v.Null && v.Int != 0
}

// update runs DO UPDATE for a row that is there.
func (w *rowWriter) update(existing, row *batch.Batch) error {
	m := w.plan.planned
	both := &batch.Batch{Cols: append(slices.Clone(existing.Cols), row.Cols...)}
	both.SetLen(1)
	if m.OnConflict.Where != nil {
		v, err := w.eval(m.OnConflict.Where, both)
		if err != nil || v.Null || v.Int == 0 {
			return err
		}
	}
	var kinds []types.Type
	for _, place := range w.plan.upsert.places {
		kinds = append(kinds, m.Table.Columns[place].Type)
	}
	next := batch.New(kinds...)
	for i, e := range m.OnConflict.Sets {
		v, err := w.eval(e, both)
		if err != nil {
			return err
		}
		next.Cols[i].Append(v)
	}
	next.SetLen(1)
	if err := w.plan.checks.check(&w.ctx, next); err != nil {
		return err
	}
	full := whole(m.Table, next)
	for i, c := range m.Table.Columns { // it stays the same row
		if c.Hidden {
			full.Cols[i] = existing.Cols[i]
		}
	}
	w.gathered.AppendRow(existing, 0, -1)
	w.gathered.AppendRow(full, 0, 1)
	w.wrote(next)
	w.leaves(existing)
	w.result.count++
	return w.give(next)
}

// eval computes an expression over one row.
func (w *rowWriter) eval(e flow.Expr, row *batch.Batch) (types.Value, error) {
	w.ctx.Errors.Truncate(0)
	v := eval.Compile(e).Eval(&w.ctx, row).Value(0)
	if w.ctx.Errors.Len() > 0 {
		return v, w.ctx.Errors.Errs[0]
	}
	return v, nil
}

// wrote notes the keys of a row that this statement has written.
func (w *rowWriter) wrote(row *batch.Batch) {
	if w.written == nil {
		w.written = map[string]bool{}
	}
	for n, l := range w.plan.upsert.lookups {
		w.written[w.keyText(n, l, row)] = true
	}
}

// leaves notes the keys of a row, with all columns of the table, that another one has taken the place of, if that has others.
func (w *rowWriter) leaves(existing *batch.Batch) {
	row := &batch.Batch{}
	for _, place := range w.plan.upsert.places {
		row.Cols = append(row.Cols, existing.Cols[place])
	}
	row.SetLen(1)
	for n, l := range w.plan.upsert.lookups {
		if key := w.keyText(n, l, row); !w.written[key] {
			if w.gone == nil {
				w.gone = map[string]bool{}
			}
			w.gone[key] = true
		}
	}
}

// own tells whether this statement has written a row with one of the keys.
func (w *rowWriter) own(row *batch.Batch) bool {
	for n, l := range w.plan.upsert.lookups {
		if w.written[w.keyText(n, l, row)] {
			return true
		}
	}
	return false
}

// keyText is a key in a form that is the same for equal keys, and for no others: nulls differ, and so do rows that the index does not have.
func (w *rowWriter) keyText(n int, l lookup, row *batch.Batch) string {
	text := []byte{byte(n)}
	differs := func() string { return strconv.Itoa(len(w.written)) + " differs" }
	if !w.covers(l, row) {
		return differs()
	}
	for _, place := range l.key {
		v := row.Cols[slices.Index(w.plan.upsert.places, place)].Value(0)
		t := w.plan.planned.Table.Columns[place].Type
		if v.Null {
			return differs()
		}
		if codec, ok := types.CodecOf(t.OID); ok && t.Kind() == types.Bytes {
			v.Bytes = codec.AppendNormal(nil, v.Bytes)
		}
		text = append(append(text, 0), types.Text(t, v, types.DefaultSettings)...)
	}
	return string(text)
}
