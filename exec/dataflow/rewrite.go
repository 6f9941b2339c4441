package dataflow

import (
	"errors"
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// Rewrite is another form of a table: ALTER TABLE. Its columns stay at their places, so that graphs which scan it go on; new ones are behind
// them. All rows are computed anew from those of the last epoch, into tables that nothing has been written to.
type Rewrite struct {
	// Relation is the new form. If the rows stay as they are so do its arrangements, else all their tables are new.
	Relation RelationDef
	// Values are the columns of the new form over those of the old one; nil: the rows stay as they are.
	Values []flow.Expr
	// Checks are what all rows must fulfil, over the columns of the new form.
	Checks []RowCheck
}

// RowCheck is a condition, and the error of rows that do not fulfil it. A null fulfils it, as in CHECK.
type RowCheck struct {
	Condition flow.Expr
	Error     *pgerr.Error
}

// rewrite brings a table into its new form.
func (r *Runtime) rewrite(t *tickRun, w Rewrite, canceled func() error) error {
	g := r.byID[w.Relation.ID]
	if g == nil || g.relation == nil {
		return undefined(w.Relation.ID)
	}
	if !g.isTable {
		return invariants.Errorf("relation %d is no table", w.Relation.ID)
	}
	if err := r.beingFilledFrom(g); err != nil {
		return err
	}
	old, next := g.relation, newRelation(w.Relation)
	if len(next.types) < len(old.types) {
		return invariants.Errorf("relation %d loses columns", w.Relation.ID)
	}
	rows, err := r.rewritten(old, next, w, canceled)
	if err != nil {
		return err
	}
	r.noteRelation(g)
	if w.Values != nil || !slices.Equal(old.types, next.types) {
		t.relog(g)
	}
	if w.Values == nil {
		g.reform(next)
		r.equipRows(g)
		return nil
	}
	if g.built == nil {
		g.built = map[flow.TableID]*state.Run{}
	}
	for i, a := range next.arrangements {
		writer := newArrangementWriter(a)
		err := writer.write(rows, state.NewTable(nil))
		var twice *duplicateError
		if errors.As(err, &twice) {
			u := &uniqueCheck{rel: next, place: i, a: a}
			names, values := u.keyText(rows, twice.row)
			return pgerr.Newf(uniqueViolation, "could not create unique index %q", w.Relation.Constraints[i]).
				WithDetail("Key (%s)=(%s) is duplicated.", names, values)
		}
		if err = errors.Join(err, canceled()); err != nil {
			return err
		}
		g.built[a.Table] = writer.take()
	}
	for _, a := range old.arrangements {
		t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(a.Table), Drop: true})
	}
	r.visit(g) // so that it is collected
	g.reform(next)
	r.equipRows(g)
	r.sequencer.history.forget(g.id(), r.epoch.Epoch+1)
	return nil
}

// reform gives the graph of a table another form of its rows.
func (g *graph) reform(rel *relation) {
	g.relation, g.deal = rel, nil
	if g.isTable {
		g.rows.types = rel.types
	}
}

// beingFilledFrom refuses to change a table whose rows a new view is being given.
func (r *Runtime) beingFilledFrom(g *graph) error {
	for _, other := range r.graphs {
		if other.status == Filling && slices.ContainsFunc(other.nodes, func(n *node) bool {
			scan, ok := n.spec.(*flow.Scan)
			return ok && scan.Relation == g.id()
		}) {
			return pgerr.Newf(pgerr.ObjectInUse, "table %q is being read by a materialized view that has not caught up", g.relation.def.Name).
				WithHint("Wait until SHOW JOBS has no job for it.")
		}
	}
	return nil
}

// rewritten are all rows of a table in its new form, checked. They are nil if they stay as they are.
func (r *Runtime) rewritten(old, next *relation, w Rewrite, canceled func() error) (*batch.Batch, error) {
	var values []*eval.Evaluator
	for _, e := range w.Values {
		values = append(values, eval.Compile(e))
	}
	checks := make([]*eval.Evaluator, len(w.Checks))
	for i, c := range w.Checks {
		checks[i] = eval.Compile(c.Condition)
	}
	var all *batch.Batch
	if w.Values != nil {
		all = next.newBatch()
	}
	ctx := &eval.Context{}
	ctx.Now = r.epoch.Now
	err := r.everyRow(old, canceled, func(b *batch.Batch) error {
		rows := b
		if w.Values != nil {
			rows = next.newBatch()
			for i, e := range values {
				ctx.Errors.Truncate(0)
				v := e.Eval(ctx, b)
				if ctx.Errors.Len() > 0 {
					return ctx.Errors.Errs[0]
				}
				for n := range b.Len() {
					if v.Const {
						n = 0
					}
					rows.Cols[i].AppendFrom(v.Vec, n)
				}
			}
			rows.SetLen(b.Len())
		}
		for i, c := range checks {
			ctx.Errors.Truncate(0)
			v := c.Eval(ctx, rows)
			if ctx.Errors.Len() > 0 {
				return ctx.Errors.Errs[0]
			}
			for n := range rows.Len() {
				if v.Const {
					n = 0
				}
				if !v.IsNull(n) && !v.Bools[n] {
					return w.Checks[i].Error
				}
			}
		}
		if all != nil {
			all.AppendAll(rows)
		}
		return nil
	})
	return all, err
}
