package dataflow

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// An index is built as a view is: by a temporary graph that scans the relation and keeps its rows in the order of the index, in the table that the
// index will have. Each tick gives it the next rows and changes of those that it has, so that a build takes no more memory than a tick does,
// and nothing waits for it. When the graph has all rows, a change takes it away and gives its table to the relation, which writes to it from that tick
// on. Until then nobody knows of the index; as of every temporary graph, nothing is left of it after a crash.

// Build builds the indexes of a change that is to be made next, and returns when they have all rows. Afterwards the change has to be made, even if it
// is canceled: it takes them over or removes them. With an error they are gone: that of rows which do not fit into a unique index (23505), or of
// c.Canceled. m is committed with the beginning.
//
// Change does this itself for what was not built. Build is for who must do something else between the two.
func (r *Runtime) Build(ctx context.Context, c *Change, m meta.Changes) error {
	begin := Change{Meta: m, Canceled: c.Canceled}
	indexes := append([]IndexDef(nil), c.Indexes...)
	for i := range indexes {
		graph, err := r.indexGraph(&indexes[i])
		if err != nil {
			return err
		}
		begin.Graphs = append(begin.Graphs, graph)
	}
	_, err := r.Change(ctx, begin)
	if err != nil {
		r.removeBuilt(ctx, indexes)
		var failed *FailedError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return err
	}
	c.Indexes = indexes
	return nil
}

// removeBuilt drops graphs that have built indexes which are not wanted any more.
func (r *Runtime) removeBuilt(ctx context.Context, indexes []IndexDef) {
	for _, index := range indexes {
		// Each by itself: there may be none, since it was never made, or went with its relation.
		_, _ = r.Change(context.WithoutCancel(ctx), Change{Drop: []flow.RelationID{index.built}})
	}
}

// indexGraph makes the graph that builds an index, and gives the index its id.
func (r *Runtime) indexGraph(index *IndexDef) (GraphDef, error) {
	r.published.RLock()
	seen := r.published.view.relations.Get(index.Relation)
	r.published.RUnlock()
	if seen == nil {
		return GraphDef{}, undefined(index.Relation)
	}
	from := &seen.rel.def
	index.built = flow.RelationID(r.TemporaryID())
	into := flow.Relation{ID: index.built, Name: from.Name, Columns: from.Columns, Arrangements: []flow.Arrangement{index.Arrangement}}
	graph := &flow.Graph{Nodes: []flow.Node{
		{Spec: &flow.Scan{Relation: from.ID, Columns: seen.rel.primary().all}, Columns: from.Columns},
		{Spec: &flow.Materialize{Relation: into}, Columns: from.Columns, Inputs: []flow.Input{{Node: 0}}},
	}}
	return GraphDef{ID: index.built, Graph: graph, Constraints: []string{index.Constraint}, Temporary: true, indexOf: seen.rel, Wait: true}, nil
}
