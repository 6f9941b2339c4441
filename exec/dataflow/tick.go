package dataflow

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// segment is the nodes of one graph in one stage of a tick, in topological order.
type segment struct {
	graph *graph
	nodes []*node
}

// tickRun is one tick.
type tickRun struct {
	op.Tick
	change  *pendingChange
	alone   bool            // the change lets nothing be written beside it
	writes  []*pendingWrite // admitted
	work    []work
	rows    int // of input, about
	changes storage.Changes
	// output tells that sinks get something, which needs an epoch.
	output bool
	// relogged are tables that have got another form: their changelogs begin anew.
	relogged []*graph
	// narrowed are tables that have lost a column, whose followers end.
	narrowed []*graph
	// taken is what the sources gave.
	taken    []*taken
	snapshot *storage.Snapshot // of the tick's epoch, when that is durable
	// lent are runs in changes, to be given back when those are durable.
	lent []lentRun
}

// lentRun is a run and whose memory it is.
type lentRun struct {
	owner interface{ GiveBack(run *state.Run) }
	run   *state.Run
}

// giveBack gives the memory of runs back.
func (t *tickRun) giveBack() {
	for _, l := range t.lent {
		l.owner.GiveBack(l.run)
	}
}

// work is one piece of input. One worker does it.
type work struct {
	worker int  // that must do it, -1 for any
	leads  bool // it is done before others begin
	do     func(worker int) error
}

// Step runs one tick: what waits for it, and what the sources have now. It answers the last epoch, which is a new one only if there
// was something to do. It is for tests, and for the loop.
func (r *Runtime) Step(ctx context.Context) (uint64, error) {
	r.tick.Lock()
	defer r.tick.Unlock()
	r.inStep = true
	defer func() { r.inStep = false }()
	_, err := r.tickOnce(ctx)
	if err == nil && r.inflight != nil {
		_, err = r.tickOnce(ctx)
	}
	return r.epoch.Epoch, errors.Join(err, r.settle())
}

// tickOnce runs one tick. Its epoch may still be on its way to the disk then.
func (r *Runtime) tickOnce(ctx context.Context) (uint64, error) {
	switch {
	case r.closed:
		return 0, shutdown()
	case r.failed != nil:
		return r.epoch.Epoch, r.failed
	}
	for {
		err := r.step(ctx)
		var fault *graphError
		var unread *feedError
		if err == nil || !errors.As(err, &fault) && !errors.As(err, &unread) || r.failed != nil {
			return r.epoch.Epoch, err
		}
		// The tick was undone; do it again, now without the graph if that has failed for good.
	}
}

func (r *Runtime) step(ctx context.Context) error {
	if r.inflight != nil && (r.inflight.finished() || r.somebodyWaits()) {
		if err := r.settle(); err != nil {
			return err
		}
	}
	if r.inflight == nil {
		r.failSinks()
	}
	now := max(r.config.Clock(), r.epoch.Now)
	t := &tickRun{Tick: op.Tick{Epoch: r.epoch.Epoch + 1, Now: now}}
	begun := time.Now() // not Clock, which tests set
	if err := r.begin(ctx, t); err != nil {
		return r.undo(t, err)
	}
	if r.still(t) {
		r.rest(t)
		return nil
	}
	r.reach(t)
	if err := r.execute(t); err != nil {
		return r.undo(t, err)
	}
	if invariants.Enabled {
		r.checkReached()
	}
	if err := r.collect(t); err != nil {
		return r.undo(t, err)
	}
	r.adapt(t, time.Since(begun).Microseconds())
	if err := r.settle(); err != nil {
		return err // it had no statements: they are not taken ahead
	}
	r.collectLeftOver(t)
	if t.idle() {
		r.finish(t, false)
		return nil
	}
	if err := r.trimLogs(t); err != nil {
		return r.undo(t, err)
	}
	if r.mayBeFollowed(t) {
		r.commitBehind(t, begun)
		return nil
	}
	snapshot, err := r.commit(t, begun, time.Now())
	if err != nil {
		return r.notCommitted(t, err)
	}
	t.snapshot = snapshot
	r.finish(t, true)
	return nil
}

// begin takes the input of a tick.
func (r *Runtime) begin(ctx context.Context, t *tickRun) error {
	r.sequencer.begin(t)
	if r.inflight != nil {
		return r.takeSources(ctx, t)
	}
	if err := r.takeChange(t); err != nil {
		return err
	}
	t.changes.Meta.DropGraphs = append(t.changes.Meta.DropGraphs, r.pendingMeta.DropGraphs...)
	for _, s := range r.pendingMeta.Settings {
		if !slices.Contains(t.changes.Meta.ResetSettings, s.Name) { // else the change has dropped or resumed what it is about
			t.changes.Meta.Settings = append(t.changes.Meta.Settings, s)
		}
	}
	t.changes.Meta.Offsets = append(t.changes.Meta.Offsets, r.pendingMeta.Offsets...)
	t.changes.Meta.Watermarks = append(t.changes.Meta.Watermarks, r.pendingMeta.Watermarks...)
	r.takeWrites(t)
	if err := r.takeFills(t); err != nil {
		return err
	}
	return r.takeSources(ctx, t)
}

// execute pushes the input through all graphs.
func (r *Runtime) execute(t *tickRun) error {
	r.parallel = r.config.Workers > 1 && (r.config.Parallel == ParallelAlways ||
		r.config.Parallel == ParallelBySize && t.rows >= 4*batch.Rows)
	if r.parallel {
		return r.executeParallel(t)
	}
	for i := range t.work {
		w := &t.work[i]
		if err := w.do(max(w.worker, 0)); err != nil {
			return err
		}
	}
	r.tellTime(t)
	for _, segments := range r.stages {
		for w := range r.config.Workers {
			if err := r.endStage(t, segments, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// endStage ends the tick of the nodes of a stage on one worker.
func (r *Runtime) endStage(t *tickRun, segments []segment, w int) error {
	for _, s := range segments {
		if !s.graph.active[w] && !s.graph.time.Load() {
			continue
		}
		for _, n := range s.nodes {
			p := n.procs[w]
			if p == nil {
				continue
			}
			err := p.end(&t.Tick)
			if err == nil && r.parallel {
				err = p.flush()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// touched tells whether anything of the graph was called in this tick.
func (g *graph) touched() bool { return g.time.Load() || slices.Contains(g.active, true) }

// finish makes the tick's epoch the last one, and tells all who wait.
func (r *Runtime) finish(t *tickRun, committed bool) {
	r.stats.ticks.Add(1)
	t.giveBack()
	r.epoch.Now = t.Now // also where nothing was committed: operators and buckets have seen it
	if committed {
		r.pendingMeta = meta.Changes{}
		r.temporary.leftOver = nil
		r.stats.errors.finish()
	}
	filling := len(r.fills)+len(r.private) > 0 // else no graph waits for one that is being filled
	r.finishFills()
	acks := r.finishSources(t, committed)
	r.acknowledge(acks)
	r.finishJoin()
	if filling {
		r.settleFilling()
	}
	if committed {
		if err := r.advance(t); err != nil {
			r.fail(t, err)
			return
		}
	}
	if committed {
		r.beginHistories(t)
		h := r.handOver(t)
		h.do()
		r.handedOver(h)
	} else {
		r.undoLogs()
	}
	r.unlistLogs()
	for _, g := range r.reached {
		if g.touched() {
			g.endTick()
			g.committed = g.committed || committed
		}
	}
	r.failSinks()
	r.tellDue(t.Now)
	r.sequencer.undo()
	if committed {
		r.stats.epochs.Add(1)
	}
	r.answer(t)
}

// endTick makes the graph ready for the next tick.
func (g *graph) endTick() {
	clear(g.active)
	g.time.Store(false)
	g.high = g.next
	g.wake = op.Never
	for _, n := range g.nodes {
		for _, p := range n.procs {
			if p != nil {
				g.wake = min(g.wake, p.outcome.Wake)
			}
		}
	}
	g.forgetErrors()
}

// advance publishes the epoch and makes it what operators read.
func (r *Runtime) advance(t *tickRun) error {
	old := r.committed
	r.committed = t.snapshot
	r.epoch.Epoch = t.Epoch
	if err := old.Close(); err != nil {
		return err
	}
	return r.publishEpoch(t.Epoch)
}

// answer tells those who wait for the tick.
func (r *Runtime) answer(t *tickRun) {
	for _, w := range t.writes {
		w.answer(r.epoch.Epoch, nil)
	}
	if t.change != nil {
		t.change.done(r)
	}
	r.waiting = slices.DeleteFunc(r.waiting, func(c *pendingChange) bool { return c.caughtUp(r) })
}

// fail is for a store that takes nothing more: all who wait get the error, and so do all who come.
func (r *Runtime) fail(t *tickRun, err error) {
	r.failed = err
	r.in.Lock()
	r.in.failed = err
	r.in.Unlock()
	for _, w := range t.writes {
		w.answer(0, err)
	}
	if t.change != nil {
		t.change.answer(0, err)
	}
	for _, c := range r.waiting {
		c.answer(0, err)
	}
	r.waiting = nil
	r.refuse(err)
}

// notCommitted is for a tick whose epoch could not be made durable. If the store goes on, as where rows for files of their own found the disk full, all
// statements of the tick are refused, it is undone, and so does the runtime; else the runtime fails.
func (r *Runtime) notCommitted(t *tickRun, err error) error {
	if r.lostCommit(err) {
		r.fail(t, err)
		return err
	}
	for _, w := range t.writes {
		w.answer(0, err)
	}
	t.writes = nil
	if c := t.change; c != nil {
		r.closeNewFeeds(c)
		r.restoreCatalog(c.before)
		t.change = nil
		c.answer(0, err)
	}
	return r.undo(t, err)
}

// lostCommit tells whether nothing can be committed behind an error of a commit.
func (r *Runtime) lostCommit(err error) bool {
	var ours *invariants.Violation
	return r.config.Store.Failed() || errors.As(err, &ours)
}

// undo takes everything back that a failed tick has done: input waits again, and the operators that have seen something are made
// again over the last durable epoch.
func (r *Runtime) undo(t *tickRun, err error) error {
	r.mail.clear()
	if lost := r.settle(); lost != nil {
		for _, k := range t.taken {
			k.release()
		}
		return lost
	}
	var fault *graphError
	errors.As(err, &fault)
	isNew := fault != nil && t.change != nil && t.change.before.isNew(fault.graph)
	var unread *feedError
	if errors.As(err, &unread) {
		unread.partition.retry.failed(t.Now)
		r.stats.sourceError(unread.partition.feed.source.def.ID, unread.partition.name, unread.err)
	}
	r.settleDown()
	r.undoSources(t)
	r.undoFills()
	r.undoLogs()
	r.sequencer.undo()
	for _, w := range slices.Backward(t.writes) {
		if t.change == nil || w != t.change.write { // else it comes again with the change
			r.requeue(w)
		}
	}
	if t.change != nil {
		r.undoChange(t.change, fault, unread)
	}
	if fault != nil && !isNew {
		if err := r.stumble(fault, t.Epoch); err != nil {
			r.fail(&tickRun{}, err)
			return err
		}
	}
	if rebuilt := r.rebuild(); rebuilt != nil {
		r.fail(&tickRun{}, rebuilt)
		return rebuilt
	}
	return err
}

// stumble notes that a graph has failed: the second time at an epoch, it has failed for good, and so have those that depend on it.
func (r *Runtime) stumble(fault *graphError, epoch uint64) error {
	g := fault.graph
	r.config.Logger.Log(context.Background(), g.failureLevel(slog.LevelWarn), "a graph has failed in a tick", "graph", g.id(), "epoch", epoch, "error", fault.err)
	if g.stumbled != epoch {
		g.stumbled = epoch
		return nil
	}
	return r.markFailed(g, fault.err)
}

// rebuild makes the operators again that a tick has touched, in the order in which they depend on each other.
func (r *Runtime) rebuild() error {
	for _, g := range r.graphs {
		if !g.touched() {
			continue
		}
		clear(g.active)
		g.time.Store(false)
		g.adopted = 0
		g.forgetErrors()
		g.next = g.high
		if err := r.equipAll(g); err != nil {
			return invariants.Errorf("graph %d cannot be made again: %v", g.id(), err)
		}
		if !g.committed {
			g.time.Store(true)
		}
	}
	return nil
}

// tablesOf are all tables of the store that a graph has.
func (g *graph) tablesOf() []flow.TableID {
	var ids []flow.TableID
	for _, t := range g.def.Graph.Tables {
		if !t.View { // else it is among those of the relation
			ids = append(ids, t.ID)
		}
	}
	if g.relation != nil {
		for _, a := range g.relation.arrangements {
			ids = append(ids, a.Table)
		}
	}
	return ids
}

// dropTables removes all that a graph has in the store.
func (g *graph) dropTables(c *storage.Changes) {
	for _, id := range g.tablesOf() {
		c.Tables = append(c.Tables, storage.TableChanges{Table: key.TableID(id), Drop: true})
	}
	g.dropLog(c)
	c.Meta.DropGraphs = append(c.Meta.DropGraphs, meta.GraphID(g.id()))
}
