package dataflow

import (
	"context"
	"log/slog"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// owner is whom the memory of a graph is counted for.
func owner(g *graph) state.Owner { return state.Owner(g.id()) }

// dropMemory gives the memory of a graph back.
func (r *Runtime) dropMemory(g *graph) { r.config.Pool.Drop(owner(g)) }

// graphOf answers the graph that keeps a relation, nil if there is none.
func (r *Runtime) graphOf(id flow.RelationID) *graph {
	if g := r.byID[id]; g != nil && g.rows != nil {
		return g
	}
	return nil
}

// time is the watermark of a node's output over all workers.
func (n *node) time() int64 {
	low := int64(op.Complete)
	for _, p := range n.procs {
		if p != nil {
			low = min(low, p.outcome.Watermark)
		}
	}
	return low
}

// markFailed takes a graph out of the dataflow for good, and those that depend on it. What they keep can still be read, as of the last
// good epoch. The next epoch says so in the store.
func (r *Runtime) markFailed(g *graph, err error) error {
	r.config.Logger.Log(context.Background(), g.failureLevel(slog.LevelError), "a graph has failed and is kept up to date no more", "graph", g.id(), "error", err)
	r.leaveOut(g, err)
	r.wire()
	r.signal()
	return nil
}

// failureLevel is how loudly a failure of the graph is logged: rows that do not fit into an index or another form are told to who wants it, and are nobody else's trouble.
func (g *graph) failureLevel(other slog.Level) slog.Level {
	if g.def.builtFor != 0 {
		return slog.LevelDebug
	}
	return other
}

func (r *Runtime) leaveOut(g *graph, err error) {
	if g.status == Failed {
		return
	}
	g.status, g.err = Failed, err
	r.unpublished[g.id()] = true
	g.endFollowers(&FailedError{g.id(), err})
	if d := g.log.delivery; d != nil && d.cancel != nil {
		d.cancel()
	}
	r.standStill(g)
	t := &tickRun{}
	r.remove(t, g)
	r.pendingMeta.DropGraphs = append(r.pendingMeta.DropGraphs, t.changes.Meta.DropGraphs...)
	r.pendingMeta.Settings = append(r.pendingMeta.Settings, meta.Setting{Name: failedSetting(g.id()), Value: err.Error()})
	for _, p := range allProcs(g) {
		p.touched = false
	}
	r.dropMemory(g)
	for _, o := range append([]*graph(nil), r.graphs...) {
		for _, n := range o.nodes {
			if scan, ok := n.spec.(*flow.Scan); ok && scan.Relation == g.id() {
				r.leaveOut(o, &FailedError{g.id(), err})
				break
			}
		}
	}
}

func allProcs(g *graph) []*proc {
	var all []*proc
	for _, n := range g.nodes {
		for _, p := range n.procs {
			if p != nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// sinkFailed stops a sink whose target takes nothing. It does not stop the others.
func (r *Runtime) sinkFailed(g *graph, err error) { _ = r.markFailed(g, err) }
