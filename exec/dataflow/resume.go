package dataflow

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// resume lets a failed graph try again, with those that failed because of it. They go on from where they stand, if they can; else they are made
// anew, from the beginning of their inputs, and what they kept is gone with the same epoch.
func (r *Runtime) resume(t *tickRun, id flow.RelationID) ([]*graph, error) {
	g := r.byID[id]
	if g == nil {
		return nil, undefined(id)
	}
	if g.status != Failed {
		return nil, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "relation with OID %d has not failed", id)
	}
	again := r.failedWith(g)
	for _, o := range again {
		if from := r.failedInput(o); from != nil && !slices.Contains(again, from) {
			return nil, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "materialized view %q, which it reads, has failed", from.relation.def.Name).
				WithHint("Resume that one: what has failed because of it goes on with it.")
		}
		if o.def.Replay {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "a sink that has failed cannot be resumed where its target keeps what it was given").
				WithHint("Drop it, and create it again with another target.")
		}
	}
	saved, err := r.standing(again)
	if err != nil {
		return nil, err
	}
	if saved != nil {
		return r.goOn(t, again, saved)
	}
	for _, o := range again {
		o.dropTables(&t.changes)
		r.stats.errors.drop(&t.changes, o.id())
		t.changes.Meta.ResetSettings = append(t.changes.Meta.ResetSettings, r.settingsOf(o)...)
		if o.misfit { // the plan that has written its records had other nodes
			if t.changes.Meta.ResetSettings, err = r.appendRecords(t.changes.Meta.ResetSettings, o.id()); err != nil {
				return nil, err
			}
		}
		r.setGraph(o.id(), nil)
	}
	fresh := make([]*graph, 0, len(again))
	for _, o := range again {
		def := o.def
		def.opened, def.Misfit = true, ""
		if err := r.addGraph(r.ctx, def, nil); err != nil {
			return nil, err
		}
		o = r.byID[o.id()]
		t.changes.Meta.Settings = append(t.changes.Meta.Settings, o.formRecord())
		fresh = append(fresh, o)
	}
	return fresh, nil
}

// failedWith are a failed graph and those failed ones that depend on it, in the order in which they were made.
func (r *Runtime) failedWith(g *graph) []*graph {
	again := []*graph{g}
	for _, o := range r.failedByID() {
		if o != g && o.dependsOn(again) {
			again = append(again, o)
		}
	}
	return again
}

// failedByID are the failed graphs in the order in which they were made, which is that of their ids.
func (r *Runtime) failedByID() []*graph {
	var out []*graph
	for _, g := range r.byID {
		if g.status == Failed {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *graph) int { return cmp.Compare(a.id(), b.id()) })
	return out
}

// dependsOn tells whether the graph scans what one of the others keeps.
func (g *graph) dependsOn(others []*graph) bool {
	return slices.ContainsFunc(g.nodes, func(n *node) bool {
		scan, ok := n.spec.(*flow.Scan)
		return ok && slices.ContainsFunc(others, func(o *graph) bool { return o.id() == scan.Relation })
	})
}
