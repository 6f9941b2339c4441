package dataflow

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// A tick may run while the epoch before it is on its way to the disk: one, never more. What it does goes nowhere before that epoch is
// durable: if the commit fails, the runtime fails, and with it what was computed ahead. What it reads of the store waits for the commit, so
// operators that have what they need in memory run on, and the others stop at their first look. Only ticks of sources alone are followed
// in this way, and only such run ahead: whoever waits for an answer gets it as soon as without.

// Ahead says when a tick runs while the epoch before it is made durable.
type Ahead uint8

// By default ticks run ahead in a runtime that runs of its own accord while its sources have more than a tick takes. With AheadAlways, for
// tests, Step runs a tick and another one before the first is durable; a commit then begins only when somebody waits for it.
const (
	AheadWhenBusy Ahead = iota
	AheadAlways
	AheadNever
)

// aheadRows is how many rows a tick must have had for the next to run ahead: less is durable before that has begun.
const aheadRows = 4 * batch.Rows

// inflight is an epoch on its way to the disk.
type inflight struct {
	tick     *tickRun
	computed time.Time
	acks     []ack
	start    func()        // lets the commit begin
	done     chan struct{} // closed when what follows is known
	snapshot *storage.Snapshot
	handover *handover
	err      error
}

// wait returns when the epoch is durable and published, or why it is not.
func (c *inflight) wait() (*storage.Snapshot, error) {
	c.start()
	<-c.done
	return c.snapshot, c.err
}

func (c *inflight) finished() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// mayBeFollowed tells whether the next tick may run while the epoch of this one is made durable: whether all it does beside rows of state
// and views is to move sources and to give its changes to those who follow, and whether there is input for another one.
func (r *Runtime) mayBeFollowed(t *tickRun) bool {
	c := &t.changes
	if r.inStep && r.config.Ahead != AheadAlways || r.config.Ahead == AheadNever ||
		t.change != nil || len(t.writes) > 0 || len(r.sinkErrors) > 0 || r.stats.errors.next != nil ||
		len(r.fills)+len(r.private)+len(r.waiting) > 0 || len(r.unpublished) > 0 || len(r.pendingMeta.DropGraphs)+len(r.pendingMeta.Settings) > 0 {
		return false
	}
	if len(c.Meta.DropGraphs) > 0 || slices.ContainsFunc(c.Tables, func(t storage.TableChanges) bool { return t.Drop }) {
		return false
	}
	if slices.ContainsFunc(r.logged, func(g *graph) bool { return g.log.begins() }) ||
		slices.ContainsFunc(r.reached, func(g *graph) bool { return !g.committed || g.status == Filling }) {
		return false
	}
	if r.config.Ahead == AheadAlways {
		return true
	}
	return t.rows >= aheadRows && !r.somebodyWaits() && slices.ContainsFunc(r.feeds(), func(f *feed) bool {
		return f.ready(t.Now, idleMicros) <= 0
	})
}

// somebodyWaits tells whether there are statements for the next tick.
func (r *Runtime) somebodyWaits() bool {
	r.in.Lock()
	defer r.in.Unlock()
	return len(r.in.writes)+len(r.in.changes) > 0
}

// commitBehind makes the epoch of a tick durable in a goroutine of its own, and publishes it. For the runtime the tick is over: it goes on
// from where it has come to.
func (r *Runtime) commitBehind(t *tickRun, begun time.Time) {
	offsets := slices.Clone(t.changes.Meta.Offsets)
	for i := range offsets {
		offsets[i].Position = bytes.Clone(offsets[i].Position)
	}
	t.changes.Meta.Offsets = offsets
	start := make(chan struct{})
	c := &inflight{tick: t, computed: time.Now(), start: sync.OnceFunc(func() { close(start) }), done: make(chan struct{})}
	c.handover = r.handOver(t)
	if r.config.Ahead != AheadAlways {
		c.start()
	}
	r.inflight = c
	go func() {
		<-start
		c.snapshot, c.err = r.commitAgain(t, begun, c.computed)
		if c.err == nil {
			c.err = r.publishEpoch(t.Epoch)
		}
		if c.err == nil {
			c.handover.do()
		}
		close(c.done)
		r.signal()
	}()
	r.stats.ticks.Add(1)
	r.epoch.Epoch, r.epoch.Now = t.Epoch, t.Now
	c.acks = r.finishSources(t, true)
	for _, g := range r.reached {
		if g.touched() {
			g.endTick()
		}
	}
	r.tellDue(t.Now)
	r.sequencer.undo()
}

// commit makes the epoch of a tick durable, and answers it.
func (r *Runtime) commit(t *tickRun, begun, computed time.Time) (*storage.Snapshot, error) {
	if err := r.config.Store.Commit(t.Epoch, t.changes); err != nil {
		return nil, err
	}
	r.stats.log.note(t, begun, computed)
	return r.config.Store.Committed()
}

// commitPause is how long after a commit that the store could not make it is tried again.
const commitPause = time.Second

// commitAgain makes the epoch of a tick durable that others run ahead of, for which there is no way back: where the store goes on after an error, it is
// tried until it can be done. Meanwhile statements are refused.
func (r *Runtime) commitAgain(t *tickRun, begun, computed time.Time) (*storage.Snapshot, error) {
	for {
		snapshot, err := r.commit(t, begun, computed)
		if err == nil || r.lostCommit(err) {
			r.notNow(nil)
			return snapshot, err
		}
		r.config.Logger.Error("an epoch could not be made durable and is tried again", "epoch", t.Epoch, "error", err)
		r.notNow(err)
		select {
		case <-time.After(commitPause):
		case <-r.stop:
			return nil, err
		}
	}
}

// notNow has statements refused with an error, or taken again.
func (r *Runtime) notNow(err error) {
	r.in.Lock()
	r.in.notNow = err
	r.in.Unlock()
}

// settle waits for the epoch that is on its way, if there is one, and then does what had to wait for it. After an error the runtime has
// failed, and what has run ahead is lost.
func (r *Runtime) settle() error {
	c := r.inflight
	if c == nil {
		return nil
	}
	snapshot, err := c.wait()
	r.inflight = nil
	old := r.committed
	if snapshot != nil {
		r.committed = snapshot
		err = errors.Join(err, old.Close())
	}
	if err != nil {
		r.fail(c.tick, err)
		return err
	}
	r.stats.epochs.Add(1)
	c.tick.giveBack()
	r.handedOver(c.handover)
	r.acknowledge(c.acks)
	return nil
}

// durable is the last epoch, for whoever reads the store. It waits for one that is on its way.
func (r *Runtime) durable() (*storage.Snapshot, error) {
	if c := r.inflight; c != nil {
		return c.wait()
	}
	return r.committed, nil
}

// ack tells a partition's reader that everything before a position is durable.
type ack struct {
	partition *partition
	position  connector.Offset
}

func (r *Runtime) acknowledge(acks []ack) {
	for _, a := range acks {
		p := a.partition
		if p.reader == nil {
			continue
		}
		if err := p.reader.Ack(context.Background(), a.position); err != nil {
			r.config.Logger.Warn("a source did not take the acknowledgement", "source", p.feed.source.def.ID, "partition", p.name, "error", err)
		}
	}
}

// lostReader is for what runs ahead of an epoch that could not be made durable.
type lostReader struct{ err error }

func (l lostReader) Get(dst, _ []byte) ([]byte, bool, error) { return dst, false, l.err }

func (l lostReader) GetMany(_, _ *key.Keys, found []bool) ([]bool, error) { return found, l.err }

func (l lostReader) Scan(state.Range) (state.Cursor, error) { return nil, l.err }
