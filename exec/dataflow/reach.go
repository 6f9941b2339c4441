package dataflow

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
)

// A tick visits the graphs that its input can reach and no others, however many there are: those that are roused, since rows come to them, or time,
// or a change of what there is, and all that read from these. What they are is known before the first row is pushed.

// rouse lets the tick whose input is being taken, or the next one, begin with a graph.
func (r *Runtime) rouse(g *graph) {
	if !g.roused {
		g.roused = true
		r.roused = append(r.roused, g)
	}
}

// visit has the tick whose input is being taken, or the next one, visit all of a graph, whether rows come to it or not.
func (r *Runtime) visit(g *graph) {
	g.time.Store(true)
	r.rouse(g)
}

// rouseReaders rouses the graphs that read a feed.
func (r *Runtime) rouseReaders(f *feed) {
	for _, n := range f.nodes {
		r.rouse(n.graph)
	}
}

// settleDown forgets who was roused for a tick that is not run. The next one looks at all graphs for what is left of it.
func (r *Runtime) settleDown() {
	for _, g := range r.roused {
		g.roused = false
	}
	r.roused = r.roused[:0]
	r.due = dueNow
}

// reach finds the graphs that the tick can reach, in their order, puts their nodes into stages and tells them what time it is.
func (r *Runtime) reach(t *tickRun) {
	r.rouseByTime(t)
	r.reached = append(r.reached[:0], r.roused...)
	for i := 0; i < len(r.reached); i++ {
		g := r.reached[i]
		if g.rows != nil {
			for _, e := range g.rows.outputs {
				r.rouseBehind(e.to.graph)
			}
		}
		for _, late := range g.def.Graph.Late {
			if to := r.byID[late.Relation]; to != nil {
				r.rouseBehind(to)
			}
		}
	}
	slices.SortFunc(r.reached, func(a, b *graph) int { return cmp.Compare(a.number, b.number) })
	for i := range r.stages {
		clear(r.stages[i]) // of graphs that may be gone
		r.stages[i] = r.stages[i][:0]
	}
	r.stages = r.stages[:0]
	for _, g := range r.reached {
		g.roused = false
		g.numbers.begin(t.Epoch)
		for _, e := range g.evals {
			e.Now = t.Now
		}
		r.addStages(g)
	}
	r.roused = r.roused[:0]
}

// checkReached tells that a tick has called a graph that it was not expected to.
func (r *Runtime) checkReached() {
	for _, g := range r.graphs {
		if g.touched() && !slices.Contains(r.reached, g) {
			invariants.Assertf(false, "graph %d was called in a tick that does not reach it", g.id())
		}
	}
}

// rouseBehind adds a graph to those that are reached.
func (r *Runtime) rouseBehind(g *graph) {
	if !g.roused {
		g.roused = true
		r.reached = append(r.reached, g)
	}
}

// rouseByTime rouses the graphs whose timers fire, and those that read what has been taken of sources or whose time moves.
func (r *Runtime) rouseByTime(t *tickRun) {
	if r.due <= t.Now {
		for _, g := range r.graphs {
			if g.wake <= t.Now {
				g.time.Store(true)
			}
			if g.time.Load() {
				r.rouse(g)
			}
		}
	}
	for _, k := range t.taken {
		r.rouseReaders(k.partition.feed)
	}
	for _, f := range r.feeds() {
		f.tellTime(t.Now)
		if f.private || f.next != f.watermark {
			r.rouseReaders(f)
		}
	}
}

// addStages puts the nodes of a graph into the stages of the tick.
func (r *Runtime) addStages(g *graph) {
	for stage, nodes := range g.stages {
		if len(r.stages) == stage {
			r.stages = slices.Grow(r.stages, 1)[:stage+1] // one that an earlier tick has had keeps its memory
		}
		if len(nodes) > 0 {
			r.stages[stage] = append(r.stages[stage], segment{g, nodes})
		}
	}
}

// plan puts the nodes of all graphs into stages, and numbers the graphs in their order.
func (r *Runtime) plan() {
	behind := map[flow.RelationID]int{} // stages of relations of late rows
	for _, g := range r.graphs {
		r.planGraph(g, behind[g.id()])
		for _, late := range g.def.Graph.Late {
			behind[late.Relation] = max(behind[late.Relation], len(g.stages))
		}
	}
}

// planGraph puts the nodes of a graph into stages, from first on, and the graph behind those that have been planned before.
func (r *Runtime) planGraph(g *graph, first int) {
	r.planned++
	g.number = r.planned
	g.stages = nil
	for _, n := range g.nodes {
		n.stage = first
		for _, e := range n.inputs {
			stage := e.from.stage
			// A node that is on all workers sees the time of one that is not, which another worker ends: a barrier lies between.
			if e.exchange != nil || e.from.single && !n.single {
				stage++
			}
			n.stage = max(n.stage, stage)
		}
		for len(g.stages) <= n.stage {
			g.stages = append(g.stages, nil)
		}
		g.stages[n.stage] = append(g.stages[n.stage], n)
	}
}

// dueNow is before any time.
const dueNow = 0

// tellDue finds out when a graph has something to do the next time though nothing comes, or a time before that: a tick that has visited some graphs
// knows of those only, and one that comes at the time looks at all.
func (r *Runtime) tellDue(now int64) {
	visited := r.reached
	if r.due <= now {
		visited, r.due = r.graphs, op.Never
	}
	for _, g := range visited {
		if g.time.Load() {
			r.due = dueNow
			return
		}
		r.due = min(r.due, g.wake)
	}
}
