package dataflow

import (
	"context"
	"errors"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// An index is built as a view is: by a temporary graph that scans the relation and keeps its rows in the order of the index, in the table that the
// index will have. Each tick gives it the next rows and changes of those that it has, so that a build takes no more memory than a tick does,
// and nothing waits for it. When the graph has all rows, a change takes it away and gives its table to the relation, which writes to it from that tick
// on. Until then nobody knows of the index; as of every temporary graph, nothing is left of it after a crash. So is another form of a table
// (Rewrite), whose rows such a graph computes.

// Build builds the indexes and the new forms of tables of a change that is to be made next, and returns when they have all rows. Afterwards the change
// has to be made, even if it is canceled: it takes them over or removes them. With an error they are gone: that of rows which do not fit into a unique
// index (23505), cannot be computed or do not fulfil a check, or of c.Canceled. m is committed with the beginning. Where there is nothing to build it
// is not committed, and Build does nothing.
//
// Change does this itself for what was not built. Build is for who must do something else between the two.
func (r *Runtime) Build(ctx context.Context, c *Change, m meta.Changes) error {
	if !c.toBuild() {
		return nil
	}
	begin := Change{Meta: m, Canceled: c.Canceled}
	next := *c
	next.Indexes, next.Rewrites, next.built = slices.Clone(c.Indexes), slices.Clone(c.Rewrites), true
	for i := range next.Rewrites {
		if w := &next.Rewrites[i]; w.reads() {
			graphs, err := r.formGraphs(w)
			if err != nil {
				return err
			}
			begin.Graphs = append(begin.Graphs, graphs...)
		}
	}
	for i := range next.Indexes {
		index := &next.Indexes[i]
		from, err := r.publishedRelation(index.Relation)
		if err != nil {
			return err
		}
		graph := r.indexGraph(index.Relation, from, index.Arrangement, []string{index.Constraint})
		index.built = graph.ID
		begin.Graphs = append(begin.Graphs, graph)
	}
	_, err := r.Change(ctx, begin)
	if err != nil {
		r.removeBuilt(ctx, &next)
		var failed *FailedError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return err
	}
	*c = next
	return nil
}

// toBuild tells whether a change has something that Build has to make first, and has not made.
func (c *Change) toBuild() bool {
	return !c.built && (len(c.Indexes) > 0 || slices.ContainsFunc(c.Rewrites, func(w Rewrite) bool { return w.reads() }))
}

// removeBuilt drops graphs that have built for a change what is not wanted any more.
func (r *Runtime) removeBuilt(ctx context.Context, c *Change) {
	var built []flow.RelationID
	for _, w := range c.Rewrites {
		built = append(built, w.built...)
	}
	for _, index := range c.Indexes {
		built = append(built, index.built)
	}
	for _, id := range slices.Backward(built) {
		// Each by itself: there may be none, since it was never made, or went with its relation.
		_, _ = r.Change(context.WithoutCancel(ctx), Change{Drop: []flow.RelationID{id}})
	}
}

// publishedRelation answers the form of a relation as readers see it.
func (r *Runtime) publishedRelation(id flow.RelationID) (*relation, error) {
	r.published.RLock()
	defer r.published.RUnlock()
	seen := r.published.view.relations.Get(id)
	if seen == nil {
		return nil, undefined(id)
	}
	return seen.rel, nil
}

// indexGraph makes the graph that builds an index for a relation, of its own rows or of those that another form of it will have.
func (r *Runtime) indexGraph(builtFor flow.RelationID, of *relation, index flow.Arrangement, constraints []string) GraphDef {
	from := &of.def
	id := flow.RelationID(r.TemporaryID())
	into := flow.Relation{ID: id, Name: from.Name, Columns: from.Columns, Arrangements: []flow.Arrangement{index}}
	graph := &flow.Graph{Nodes: []flow.Node{
		{Spec: &flow.Scan{Relation: from.ID, Columns: of.primary().all}, Columns: from.Columns},
		{Spec: &flow.Materialize{Relation: into}, Columns: from.Columns, Inputs: []flow.Input{{Node: 0}}},
	}}
	return GraphDef{ID: id, Graph: graph, Constraints: constraints, Temporary: true, Wait: true, building: building{builtFor, of}}
}

// takeOver takes graphs away that have built something. Their tables are another relation's from now on, unless they go too.
func (r *Runtime) takeOver(t *tickRun, ids []flow.RelationID, tables bool) error {
	for _, id := range slices.Backward(ids) { // each is behind what it scans
		g := r.byID[id]
		switch {
		case g == nil:
			return undefined(id)
		case g.status == Failed: // by rows that came behind the others
			return g.err
		case g.status == Filling:
			return invariants.Errorf("graph %d has not all rows that it is to have", id)
		case tables:
			if err := r.drop(t, id); err != nil {
				return err
			}
			continue
		}
		r.remove(t, g)
		r.setGraph(id, nil)
		t.changes.Meta.DropGraphs = append(t.changes.Meta.DropGraphs, meta.GraphID(id))
		t.changes.Meta.ResetSettings = append(t.changes.Meta.ResetSettings, r.settingsOf(g)...)
	}
	return nil
}
