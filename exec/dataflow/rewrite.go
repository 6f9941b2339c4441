package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
)

// Rewrite is another form of a table: ALTER TABLE. Its columns stay at their places, so that graphs which scan it go on; new ones are behind
// them. All rows are computed anew, into tables that nothing has been written to, before the rest of the Change is made (Runtime.Build).
type Rewrite struct {
	// Relation is the new form. If the rows stay as they are so do its arrangements, else all their tables are new.
	Relation RelationDef
	// Values are the columns of the new form over those of the old one; nil: the rows stay as they are. A row that leaves is computed as it was when
	// it came, so they must not be volatile.
	Values []flow.Expr
	// Gone are the places of columns that nobody is to read any more. They stay, as hidden ones.
	Gone []int
	// Checks are what all rows must fulfil, over the columns of the new form.
	Checks []RowCheck
	// Environment is what functions in Values and Checks read.
	Environment fn.Environment
	// built are the graphs that have built the new form: that of its rows, which has them in the first arrangement, and those of the others.
	built []flow.RelationID
}

// RowCheck is a condition, and the error of rows that do not fulfil it. A null fulfils it, as in CHECK.
type RowCheck struct {
	Condition flow.Expr
	Error     *pgerr.Error
}

// reads tells whether all rows are looked at.
func (w *Rewrite) reads() bool { return w.Values != nil || len(w.Checks) > 0 }

// formGraphs makes the graphs that compute the rows of a table's new form, or only look at them. Each arrangement has a graph of its own: what is unique
// is only told where all rows with a key come to the same worker.
func (r *Runtime) formGraphs(w *Rewrite) ([]GraphDef, error) {
	from, err := r.publishedRelation(w.Relation.ID)
	if err != nil {
		return nil, err
	}
	id := flow.RelationID(r.TemporaryID())
	form := flow.Relation{ID: id, Name: from.def.Name, Columns: w.Relation.Columns, Arrangements: slices.Clone(w.Relation.Arrangements[:1])}
	exprs := w.Values
	if w.Values == nil { // no row comes so far
		form.Columns, form.Arrangements[0].Table = from.def.Columns, flow.TableID(r.TemporaryID())
		for i, c := range form.Columns {
			exprs = append(exprs, &flow.Column{Index: i, Typ: c.Type})
		}
	}
	w.built = []flow.RelationID{id}
	graphs := []GraphDef{{
		ID: id, Temporary: true, Wait: true, form: w, building: building{builtFor: from.def.ID}, Constraints: w.Relation.constraintAt(0),
		Graph: &flow.Graph{Nodes: []flow.Node{
			{Spec: &flow.Scan{Relation: from.def.ID, Columns: from.primary().all}, Columns: from.def.Columns},
			// One worker computes all rows: what functions ask of a session is not for several at once.
			{Spec: &flow.Project{Exprs: exprs}, Columns: form.Columns, Inputs: []flow.Input{{Node: 0, Exchange: &flow.Exchange{}}}},
			{Spec: &flow.Materialize{Relation: form}, Columns: form.Columns, Inputs: []flow.Input{{Node: 1}}},
		}},
	}}
	if w.Values == nil {
		return graphs, nil
	}
	rows := newRelation(RelationDef{Relation: form, RowID: -1})
	for i, a := range w.Relation.Arrangements[1:] {
		index := r.indexGraph(from.def.ID, rows, a, w.Relation.constraintAt(i+1))
		w.built = append(w.built, index.ID)
		graphs = append(graphs, index)
	}
	return graphs, nil
}

// constraintAt is the name of one arrangement for errors, in a list of its own.
func (d *RelationDef) constraintAt(place int) []string {
	if place < len(d.Constraints) {
		return d.Constraints[place : place+1]
	}
	return nil
}

// rewrite gives a table its new form: what Build has made, which has all rows of the last epoch. Those of this tick come into it.
func (r *Runtime) rewrite(t *tickRun, w Rewrite) error {
	g := r.byID[w.Relation.ID]
	if g == nil || g.relation == nil {
		return undefined(w.Relation.ID)
	}
	old, next := g.relation, newRelation(w.Relation)
	if !g.isTable || len(next.types) < len(old.types) {
		return invariants.Errorf("relation %d is no table, or loses columns", w.Relation.ID)
	}
	if err := r.takeOver(t, w.built, w.Values == nil); err != nil {
		return err
	}
	if err := r.beingFilledFrom(g, &w); err != nil {
		return err
	}
	if err := r.endReaders(t, g, &w); err != nil {
		return err
	}
	r.noteRelation(g)
	if w.Values != nil || !slices.Equal(old.types, next.types) {
		t.relog(g)
	} else if len(w.Gone) > 0 {
		t.narrowed = append(t.narrowed, g)
	}
	if w.Values != nil {
		for _, a := range old.arrangements {
			t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(a.Table), Drop: true})
		}
		r.sequencer.history.forget(g.id(), r.epoch.Epoch+1)
	}
	g.reform(next)
	r.equipRows(g)
	return nil
}

// reform gives the graph of a table another form of its rows.
func (g *graph) reform(rel *relation) {
	g.relation, g.deal = rel, nil
	if g.isTable {
		g.rows.types = rel.types
	}
}

// beingFilledFrom refuses to give a table another order whose rows a view is being given: how far that is, is a place in the order. Views that are filled
// otherwise go on with the rows of the new form.
func (r *Runtime) beingFilledFrom(g *graph, w *Rewrite) error {
	if w.keepsOrder(g.relation) {
		return nil
	}
	for _, other := range r.graphs {
		if other.status == Filling && !other.def.Temporary && slices.ContainsFunc(other.nodes, func(n *node) bool { return n.scans(g) }) {
			return pgerr.Newf(pgerr.ObjectInUse, "table %q is being read by a materialized view that has not caught up", g.relation.def.Name).
				WithHint("Wait until SHOW JOBS has no job for it.")
		}
	}
	return nil
}

// endReaders ends subscriptions to queries that cannot go on with the new form of a table: what they read of it has other values, or has got another
// identity, or they are being filled in an order that is no more. Nobody has asked whether they mean the same as before, as for views in the catalog.
func (r *Runtime) endReaders(t *tickRun, g *graph, w *Rewrite) error {
	identified := slices.Equal(g.relation.primary().cols, newArrangement(w.Relation.Arrangements[0], w.Relation.Columns, true).cols)
	for _, other := range slices.Clone(r.graphs) {
		if !other.def.Temporary || !slices.ContainsFunc(other.nodes, func(n *node) bool {
			return n.scans(g) && (!identified || n.fill != nil && !w.keepsOrder(g.relation) || slices.ContainsFunc(n.spec.(*flow.Scan).Columns, w.changes))
		}) {
			continue
		}
		r.before.reasons[other] = otherColumns(g.relation)
		if err := r.drop(t, other.id()); err != nil {
			return err
		}
	}
	return nil
}

// otherColumns is what readers are told of a relation whose rows have got another form.
func otherColumns(rel *relation) error {
	return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "relation %q has got other columns", rel.def.Name)
}

// scans tells whether a node reads the relation of a graph.
func (n *node) scans(g *graph) bool {
	scan, ok := n.spec.(*flow.Scan)
	return ok && scan.Relation == g.id()
}

// changes tells whether a column has other values in the new form.
func (w *Rewrite) changes(column int) bool {
	if slices.Contains(w.Gone, column) {
		return true
	}
	if w.Values == nil {
		return false
	}
	c, ok := w.Values[column].(*flow.Column)
	return !ok || c.Index != column
}

// keepsOrder tells whether the rows of the new form have the keys that they had.
func (w *Rewrite) keepsOrder(old *relation) bool {
	return slices.Equal(old.primary().Key, w.Relation.Arrangements[0].Key) && !slices.ContainsFunc(old.primary().cols, w.changes)
}

// formOp computes the rows of a table's new form and checks them. A row that cannot be computed, or does not fulfil a check, makes its graph fail.
type formOp struct {
	values, checks []*eval.Evaluator
	errors         []*pgerr.Error // of the checks
	ctx            eval.Context
	out            *batch.Batch
	stays          bool // the rows stay as they are
}

func newFormOp(w *Rewrite, n *node) *formOp {
	o := &formOp{out: batch.New(n.types...), stays: w.Values == nil}
	o.ctx.Environment = w.Environment
	for _, e := range w.Values {
		o.values = append(o.values, eval.Compile(e))
	}
	for _, c := range w.Checks {
		o.checks, o.errors = append(o.checks, eval.Compile(c.Condition)), append(o.errors, c.Error)
	}
	return o
}

func (o *formOp) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if o.stays {
		return o.check(b)
	}
	o.out.Reset()
	o.ctx.Errors.Truncate(0)
	for i, e := range o.values {
		v := e.Eval(&o.ctx, b)
		if o.ctx.Errors.Len() > 0 {
			return o.ctx.Errors.Errs[0]
		}
		to := &o.out.Cols[i]
		if !v.Const {
			to.AppendRange(v.Vec, 0, b.Len())
			continue
		}
		for range b.Len() {
			to.AppendFrom(v.Vec, 0)
		}
	}
	o.out.Diff = append(o.out.Diff, b.Diff...)
	o.out.SetLen(b.Len())
	if err := o.check(o.out); err != nil {
		return err
	}
	return emit(o.out)
}

// check refuses rows that do not fulfil the checks. Those that leave have been looked at when they came.
func (o *formOp) check(rows *batch.Batch) error {
	o.ctx.Errors.Truncate(0)
	for i, c := range o.checks {
		v := c.Eval(&o.ctx, rows)
		if o.ctx.Errors.Len() > 0 {
			return o.ctx.Errors.Errs[0]
		}
		for row := range rows.Len() {
			n := row
			if v.Const {
				n = 0
			}
			if rows.DiffAt(row) > 0 && !v.IsNull(n) && !v.Bools[n] {
				return o.errors[i]
			}
		}
	}
	return nil
}

func (o *formOp) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	return op.Outcome{Watermark: t.Watermarks[0], Wake: op.Never}, nil
}
