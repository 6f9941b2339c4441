package dataflow

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// pendingChange is a Change that waits for its tick, and perhaps for its graphs to catch up.
type pendingChange struct {
	Change
	result chan writeResult
	// write is Txn in the tick that the change was applied in; nil without one.
	write *pendingWrite
	// before is what there was, if the change has been applied in a tick that is not committed.
	before *catalog
	epoch  uint64
	waits  []flow.RelationID
	// gone is why a graph that is waited for was taken away.
	gone error
}

// canceled is why the change is not to be made any more, nil if it is.
func (c *pendingChange) canceled() error {
	if c.Canceled == nil {
		return nil
	}
	return c.Canceled()
}

func (c *pendingChange) answer(epoch uint64, err error) {
	if c.Txn != nil {
		c.Txn.dropAhead()
	}
	c.result <- writeResult{epoch, err}
}

// Change brings a change into the next tick, and returns when its epoch is durable and published, or why it was refused. If ctx ends
// first, the change may be made or not.
func (r *Runtime) Change(ctx context.Context, c Change) (uint64, error) {
	if err := r.Build(ctx, &c, meta.Changes{}); err != nil {
		return 0, err
	}
	epoch, err := r.change(ctx, c)
	if err != nil && c.built {
		r.removeBuilt(ctx, &c)
	}
	return epoch, err
}

func (r *Runtime) change(ctx context.Context, c Change) (uint64, error) {
	p := &pendingChange{Change: c, result: make(chan writeResult, 1)}
	for i := range c.Graphs {
		if c.Graphs[i].Wait {
			p.waits = append(p.waits, c.Graphs[i].ID)
		}
	}
	for _, s := range c.Meta.Settings {
		if strings.HasPrefix(s.Name, reservedSetting) {
			return 0, invariants.Errorf("setting %q is the runtime's own", s.Name)
		}
	}
	r.in.Lock()
	if err := r.admits(); err != nil {
		r.in.Unlock()
		return 0, err
	}
	if c.Txn != nil {
		c.Txn.given = true
	}
	r.in.changes = append(r.in.changes, p)
	r.in.Unlock()
	r.signal()
	for {
		if !r.running() {
			if _, err := r.Step(ctx); err != nil {
				return 0, err
			}
		}
		select {
		case result := <-p.result:
			return result.epoch, result.err
		case <-ctx.Done():
			return 0, ctx.Err()
		default:
		}
		if r.running() {
			select {
			case result := <-p.result:
				return result.epoch, result.err
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
	}
}

// Restore tells a runtime that was not started what the catalog says exists. Relations, sources and graphs come in the order in which
// they were made; the rest of the Change must be empty. How far graphs and sources are comes from the store.
func (r *Runtime) Restore(c Change) error {
	r.tick.Lock()
	defer r.tick.Unlock()
	contents, err := r.committed.Meta()
	if err != nil {
		return err
	}
	for _, s := range c.Sources {
		r.addSource(s)
	}
	records, err := r.readRecords(contents)
	if err != nil {
		return err
	}
	if err := r.findLeftOver(records); err != nil {
		return err
	}
	for _, rel := range c.Relations {
		g, err := r.addTable(rel, true)
		if err != nil {
			return err
		}
		g.initTime(records)
		if err := g.initLog(records); err != nil {
			return err
		}
	}
	for i := range c.Graphs {
		if err := r.addGraph(r.ctx, c.Graphs[i], records); err != nil {
			return err
		}
	}
	r.wire()
	for _, g := range r.graphs {
		if err := r.equipAll(g); err != nil {
			return err
		}
	}
	r.publish()
	r.startDeliveries()
	return nil
}

// takeChange applies one change that waits.
func (r *Runtime) takeChange(t *tickRun) error {
	for {
		r.in.Lock()
		if len(r.in.changes) == 0 {
			r.in.Unlock()
			return nil
		}
		c := r.in.changes[0]
		r.in.changes = r.in.changes[1:]
		r.in.Unlock()
		c.before = r.catalog()
		r.before = c.before
		err := r.applyWith(t, c)
		r.before = nil
		if err != nil {
			r.closeNewFeeds(c)
			r.restoreCatalog(c.before)
			t.changes.Tables = nil
			t.changes.Meta = meta.Changes{}
			t.changes.TrimLog, t.changes.Shrinks, t.relogged, t.narrowed, t.alone = nil, false, nil, nil, false
			t.work, t.rows = nil, 0
			r.settleDown()
			c.answer(0, err)
			continue
		}
		t.change = c
		return nil
	}
}

// applyWith makes a change part of a tick, with the transaction that is to be committed with it. What that has read is looked at first, since
// the change may drop it; its rows come into what is left.
func (r *Runtime) applyWith(t *tickRun, c *pendingChange) error {
	if c.Txn == nil {
		return r.apply(t, c)
	}
	if err := r.sequencer.checkReads(c.Txn); err != nil {
		return err
	}
	if err := r.apply(t, c); err != nil {
		return err
	}
	for _, id := range c.Drop {
		c.Txn.discard(id)
	}
	w := &pendingWrite{txn: c.Txn, result: make(chan writeResult, 1)}
	if err := r.sequencer.admitRows(w, false); err != nil {
		return err
	}
	c.write, t.writes = w, append(t.writes, w)
	for i := range w.admitted {
		r.take(t, &w.admitted[i], false)
	}
	return nil
}

// apply makes a change part of a tick.
func (r *Runtime) apply(t *tickRun, c *pendingChange) error {
	t.changes.Meta = copyMeta(c.Meta)
	for _, id := range c.Drop {
		if err := r.drop(t, id); err != nil {
			return err
		}
	}
	if err := r.abandon(t, c.Abandon); err != nil {
		return err
	}
	if len(c.Drop) > 0 {
		if err := errors.Join(r.dropTemporary(t), r.checkDropped()); err != nil {
			return err
		}
	}
	var fresh []*graph
	for _, rel := range c.Relations {
		g, err := r.addTable(rel, false)
		if err != nil {
			return err
		}
		fresh = append(fresh, g)
		if rel.Temporary {
			t.changes.Meta.Settings = append(t.changes.Meta.Settings, g.temporaryRecord())
		}
	}
	for _, w := range c.Rewrites {
		if err := r.rewrite(t, w); err != nil {
			return err
		}
	}
	for _, i := range c.Indexes {
		if err := r.addIndex(t, i); err != nil {
			return err
		}
	}
	for _, s := range c.Sources {
		if r.sources[s.ID] != nil || r.byID[s.ID] != nil {
			return invariants.Errorf("source %d is there already", s.ID)
		}
		r.addSource(s)
	}
	for i := range c.Graphs {
		if err := r.addGraph(r.ctx, c.Graphs[i], nil); err != nil {
			return err
		}
		g := r.byID[c.Graphs[i].ID]
		fresh = append(fresh, g)
		t.changes.Meta.Settings = append(t.changes.Meta.Settings, g.record())
	}
	for _, id := range c.Resume {
		again, err := r.resume(t, id)
		if err != nil {
			return err
		}
		fresh = append(fresh, again...)
	}
	for _, a := range c.Advance {
		if err := r.advanceTime(a); err != nil {
			return err
		}
	}
	r.hook(fresh)
	for _, g := range fresh {
		if err := r.equipAll(g); err != nil {
			return err
		}
		for _, e := range g.evals {
			e.Now = t.Now
		}
		r.visit(g) // its first tick visits all of it
	}
	if len(c.Truncate) > 0 && c.Txn != nil {
		return invariants.Errorf("a change truncates and has a transaction") // which may write to what is truncated
	}
	for _, id := range c.Truncate {
		if err := r.truncate(t, id, c.canceled); err != nil {
			return err
		}
	}
	return nil
}

// copyMeta copies the lists that the runtime appends to.
func copyMeta(m meta.Changes) meta.Changes {
	m.DropGraphs = slices.Clip(m.DropGraphs)
	m.Offsets = slices.Clip(m.Offsets)
	m.Watermarks = slices.Clip(m.Watermarks)
	m.ResetSettings = slices.Clip(m.ResetSettings)
	m.Settings = slices.Clip(m.Settings)
	return m
}

func (r *Runtime) addSource(def SourceDef) {
	r.sources[def.ID] = newSource(def)
	r.unpublished[def.ID] = true
}

// addTable makes the graph of a table.
func (r *Runtime) addTable(def RelationDef, restored bool) (*graph, error) {
	if r.byID[def.ID] != nil {
		return nil, invariants.Errorf("relation %d is there already", def.ID)
	}
	g, err := r.newGraph(tableGraph(def), newRelation(def))
	if err != nil {
		return nil, err
	}
	g.committed, g.complete = restored, true
	r.graphs = append(r.graphs, g)
	r.setGraph(def.ID, g)
	r.start(g)
	g.initTime(nil)
	if err := g.initLog(nil); err != nil {
		return nil, err
	}
	r.listLog(g)
	return g, nil
}

// addGraph makes a view or a sink. records say how far it was, nil if it is new.
func (r *Runtime) addGraph(ctx context.Context, def GraphDef, records *records) error {
	if r.byID[def.ID] != nil {
		return invariants.Errorf("graph %d is there already", def.ID)
	}
	if of := r.byID[def.builtFor]; def.form != nil && of != nil { // else it was dropped meanwhile
		if err := r.beingFilledFrom(of, def.form); err != nil {
			return err
		}
	}
	rel, err := def.materialized()
	if err != nil {
		return err
	}
	g, err := r.newGraph(def, rel)
	if err != nil {
		return err
	}
	if from := r.failedInput(g); from != nil && records == nil {
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "materialized view %q, which it reads, has failed", from.relation.def.Name).
			WithHint("It is as it was when it failed. Resume it first: ALTER MATERIALIZED VIEW ... RESUME.")
	}
	g.committed = records != nil
	r.setGraph(def.ID, g)
	r.start(g)
	g.initTime(nil)
	if err := g.initLog(records); err != nil {
		return err
	}
	if def.Replay {
		if err := r.addDelivery(ctx, g, records); err != nil {
			return err
		}
	}
	if r.standsAside(g, records) {
		return nil
	}
	r.graphs = append(r.graphs, g)
	r.listLog(g)
	if def.Sink != nil && !def.Replay && !def.opened {
		if _, err := def.Sink.Open(ctx); err != nil {
			return err
		}
	}
	if err := r.addFills(g, records); err != nil {
		return err
	}
	if err := r.attachSources(ctx, g, records); err != nil {
		return err
	}
	if err := r.putLateBehind(g); err != nil {
		return err
	}
	g.expired = make([]int64, len(def.Graph.Tables))
	for i := range g.expired {
		g.expired[i] = op.NoWatermark
	}
	g.settle(r)
	return nil
}

// hook joins the nodes of new graphs, and puts them behind all others. Those that they scan come before them.
func (r *Runtime) hook(fresh []*graph) {
	late := false
	for _, g := range fresh {
		r.joinNodes(g)
		r.planGraph(g, 0)
		late = late || len(g.def.Graph.Late) > 0
	}
	if late { // their relations are behind it, and others behind these
		r.plan()
	}
	r.listFeeds()
	r.mail.forget()
}

// unhook takes a graph from those that it scans.
func (g *graph) unhook() {
	for _, n := range g.nodes {
		for _, e := range n.inputs {
			from := e.from
			if from.graph == g {
				continue
			}
			from.outputs = slices.DeleteFunc(from.outputs, func(o *edge) bool { return o == e })
			for _, p := range from.procs {
				if p != nil {
					p.lanes = slices.DeleteFunc(p.lanes, func(l *lane) bool { return l.edge == e })
				}
			}
		}
	}
}

// joinNodes lets the nodes that a graph's nodes read from give them what they emit.
func (r *Runtime) joinNodes(g *graph) {
	for _, n := range g.nodes {
		for _, e := range n.inputs {
			e.from.outputs = append(e.from.outputs, e)
			for _, from := range e.from.procs {
				if from != nil {
					from.lanes = append(from.lanes, newLane(r, e, from))
				}
			}
		}
	}
}

// wire joins the nodes of all graphs anew, and puts them into stages.
func (r *Runtime) wire() {
	for _, g := range r.graphs {
		for _, n := range g.nodes {
			n.outputs = nil
			for _, p := range n.procs {
				if p != nil {
					p.lanes = nil
				}
			}
		}
	}
	for _, g := range r.graphs {
		r.joinNodes(g)
	}
	r.listFeeds()
	r.mail.forget()
	r.plan()
}

// drop takes a graph, an index or a source away.
func (r *Runtime) drop(t *tickRun, id flow.RelationID) error {
	if s := r.sources[id]; s != nil {
		delete(r.sources, id)
		r.unpublished[id] = true
		t.changes.Meta.DropGraphs = append(t.changes.Meta.DropGraphs, meta.GraphID(id))
		r.stats.errors.drop(&t.changes, id)
		return nil
	}
	g := r.byID[id]
	if g == nil {
		return r.dropIndex(t, id)
	}
	r.remove(t, g)
	r.setGraph(id, nil)
	g.dropTables(&t.changes)
	r.stats.errors.drop(&t.changes, id)
	t.changes.Meta.ResetSettings = append(t.changes.Meta.ResetSettings, r.settingsOf(g)...)
	return nil
}

// remove takes a graph out of the dataflow. What it keeps stays in the store.
func (r *Runtime) remove(t *tickRun, g *graph) {
	r.graphs = slices.DeleteFunc(r.graphs, func(o *graph) bool { return o == g })
	g.unhook()
	r.unlistLog(g)
	r.detachSources(t, g)
	maps.DeleteFunc(r.fills, func(id fillID, _ *fill) bool { return id.graph == g.id() })
}

// checkDropped tells that something is gone that others need.
func (r *Runtime) checkDropped() error {
	for id, g := range r.before.byID {
		if g != nil && g.rows != nil && r.byID[id] == nil && len(g.rows.outputs) > 0 {
			return invariants.Errorf("graph %d scans relation %d, which is dropped", g.rows.outputs[0].to.graph.id(), id)
		}
	}
	for id := range r.before.sources {
		if r.sources[id] != nil {
			continue
		}
		for _, f := range r.before.feedsOf(id) {
			if len(f.nodes) > 0 {
				return invariants.Errorf("graph %d reads source %d, which is dropped", f.nodes[0].graph.id(), id)
			}
		}
	}
	return nil
}

// done answers the change, when its epoch is published.
func (c *pendingChange) done(r *Runtime) {
	for id, s := range c.before.sources {
		if r.sources[id] != s {
			if err := s.close(); err != nil {
				r.config.Logger.Warn("a source did not close", "source", id, "error", err)
			}
		}
	}
	for id, g := range c.before.byID {
		if g == nil || r.byID[id] != nil { // it is new, or was resumed
			continue
		}
		r.tellGone(g, c.before.reasons[g])
		if err := r.endSink(g); err != nil {
			r.config.Logger.Warn("a sink did not close", "sink", id, "error", err)
		}
		r.dropMemory(g)
	}
	r.startDeliveries()
	c.before = nil
	c.epoch = r.epoch.Epoch
	if !c.caughtUp(r) {
		r.waiting = append(r.waiting, c)
	}
}

// tellGone tells those who follow a graph, or wait for it to catch up, that it was taken away; reason is nil if it was dropped itself.
func (r *Runtime) tellGone(g *graph, reason error) {
	g.endFollowers(reason)
	for _, w := range r.waiting {
		if slices.Contains(w.waits, g.id()) {
			w.gone = reason
		}
	}
}

// caughtUp answers the change if its graphs have caught up, and tells whether it has answered.
func (c *pendingChange) caughtUp(r *Runtime) bool {
	if err := c.canceled(); err != nil && len(c.waits) > 0 {
		c.answer(c.epoch, err)
		return true
	}
	filling := false
	for _, id := range c.waits {
		g := r.byID[id]
		switch {
		case g == nil:
			c.answer(c.epoch, cmp.Or(c.gone, undefined(id)))
			return true
		case g.status == Failed:
			c.answer(c.epoch, &FailedError{id, g.err})
			return true
		case g.status == Filling:
			filling = true
		}
	}
	if filling {
		return false
	}
	c.answer(c.epoch, nil)
	return true
}
