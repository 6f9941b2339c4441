package dataflow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
)

// changelog is who wants the net changes of a graph: its history, its sink, those who follow it.
type changelog struct {
	// keep is for how many microseconds changes are kept; 0: the relation has no history.
	keep int64
	// since is from where on the history reaches, nil while there is none. Readers in other goroutines look at it.
	since atomic.Pointer[moment]
	// trimAt is the time of the tick at which the history is looked at next.
	trimAt int64
	// delivery hands the changes of a sink on that is given them again after a restart; nil: there is none.
	delivery *delivery
	// followers are those of a relation. One that has no history gives them its changes in memory.
	followers []*Follower
	// listed tells that the graph is in Runtime.logged.
	listed bool
	// tick are the pieces of the tick that runs.
	tick [][]byte
}

// wanted tells whether anybody wants to be told of epochs.
func (l *changelog) wanted() bool { return l.keep > 0 || l.delivery != nil || len(l.followers) > 0 }

// listLog makes a graph one of those whose logs every epoch looks at, if somebody wants its changes.
func (r *Runtime) listLog(g *graph) {
	if g.log.wanted() && !g.log.listed {
		g.log.listed = true
		r.logged = append(r.logged, g)
	}
}

// unlistLog takes a graph away from them.
func (r *Runtime) unlistLog(g *graph) {
	if g.log.listed {
		g.log.listed = false
		r.logged = slices.DeleteFunc(r.logged, func(o *graph) bool { return o == g })
	}
}

// moment is an epoch with its time.
type moment struct {
	epoch uint64
	now   int64
}

// historySetting is the name of the record from where on a relation's history reaches.
func historySetting(id flow.RelationID) string {
	return fmt.Sprintf("%shistory.%d", reservedSetting, id)
}

func (m moment) record(id flow.RelationID) meta.Setting {
	value := binary.AppendVarint(binary.AppendUvarint(nil, m.epoch), m.now)
	return meta.Setting{Name: historySetting(id), Value: string(value)}
}

func readMoment(value string) (*moment, error) {
	epoch, n := binary.Uvarint([]byte(value))
	if n > 0 {
		if now, m := binary.Varint([]byte(value[n:])); m > 0 {
			return &moment{epoch, now}, nil
		}
	}
	return nil, invariants.Errorf("malformed record %q of a history", value)
}

// logID is the log of a graph in the store.
func (g *graph) logID() storage.TableID { return key.TableID(g.id()) }

// logged tells whether the commits of epochs hold the changes of the graph.
func (g *graph) logged() bool { return g.log.keep > 0 || g.log.delivery != nil }

// logging tells whether anybody wants the changes of the tick that runs. The rows that a new view is filled with are no changes: it
// cannot be read before.
func (g *graph) logging() bool {
	if g.relation == nil {
		return g.log.delivery != nil
	}
	return g.status == Running && (g.log.keep > 0 || len(g.log.followers) > 0)
}

// initLog prepares the log of a graph. records say from where on it reaches, nil if the graph is new.
func (g *graph) initLog(saved *records) error {
	g.log.keep = g.def.RetainMicros
	if g.relation != nil {
		g.log.keep = g.relation.def.RetainMicros
	}
	if saved == nil {
		return nil
	}
	if value, ok := saved.settings[historySetting(g.id())]; ok {
		m, err := readMoment(value)
		if err != nil {
			return err
		}
		g.log.since.Store(m)
	}
	return nil
}

// logger is an operator that encodes the net changes of a tick where somebody wants them.
type logger interface{ changes() *changeEncoder }

func (m *materialize) changes() *changeEncoder { return m.log }

func (o *outputOp) changes() *changeEncoder { return o.log }

// collectLog takes the changes of a graph for those who want them.
func (r *Runtime) collectLog(g *graph, c *storage.Changes) {
	end := g.rows
	if g.output != nil {
		end = g.output
	}
	p := pieces{now: c.Now, list: g.log.tick[:0], free: &r.freePieces}
	for _, part := range [2]func(e *changeEncoder) *chunks{
		func(e *changeEncoder) *chunks { return &e.gone },
		func(e *changeEncoder) *chunks { return &e.came },
	} {
		for _, proc := range end.procs {
			if proc == nil {
				continue
			}
			if e := proc.op.(logger).changes(); e != nil {
				p.add(part(e))
				part(e).reset()
			}
		}
	}
	g.log.tick = p.list
	if len(p.list) == 0 || !g.logged() {
		return
	}
	for _, piece := range p.list {
		c.Log = append(c.Log, storage.LogEntry{Relation: g.logID(), Data: piece})
	}
}

// beginHistories begins the histories that an epoch is the first of, and ends those of tables that have got another form.
func (r *Runtime) beginHistories(t *tickRun) {
	for _, g := range t.relogged {
		g.endFollowers(otherColumns(g.relation))
		g.log.since.Store(nil)
	}
	for _, g := range t.narrowed { // what is kept of changes stays
		g.endFollowers(otherColumns(g.relation))
	}
	for _, g := range r.logged {
		if g.log.begins() && g.status == Running {
			at := moment{t.Epoch, t.Now}
			g.log.since.Store(&at)
			r.pendingMeta.Settings = append(r.pendingMeta.Settings, at.record(g.id()))
		}
	}
}

// begins tells whether there is to be a history that has not begun.
func (l *changelog) begins() bool { return l.keep > 0 && l.since.Load() == nil }

// unlistLogs takes those away whose changes nobody wants any more.
func (r *Runtime) unlistLogs() {
	r.logged = slices.DeleteFunc(r.logged, func(g *graph) bool {
		g.log.listed = g.log.wanted()
		return !g.log.listed
	})
}

// undoLogs forgets the changes of a tick that failed.
func (r *Runtime) undoLogs() {
	for _, g := range r.logged {
		release(&r.freePieces, g.log.tick)
		g.log.tick = nil
	}
}

// relog makes the changelog of a table begin anew: its rows have got another form, which is no change of theirs.
func (t *tickRun) relog(g *graph) {
	t.relogged = append(t.relogged, g)
	g.dropLogBefore(&t.changes, t.Epoch)
}

// dropLog removes the log of a graph.
func (g *graph) dropLog(c *storage.Changes) { g.dropLogBefore(c, math.MaxUint64) }

func (g *graph) dropLogBefore(c *storage.Changes, epoch uint64) {
	if g.def.Replay || g.log.keep > 0 {
		c.TrimLog = append(c.TrimLog, storage.LogTrim{Relation: g.logID(), Before: epoch})
	}
}

// trimMicros is the least time of ticks between two looks at what a log can do without: each removal is a tombstone that readers step over.
const trimMicros = 1_000_000

// trimLogs removes what histories need no more and what sinks have, in a tick that is committed anyway.
func (r *Runtime) trimLogs(t *tickRun) error {
	for _, g := range r.logged {
		if !g.logged() || t.Now < g.log.trimAt {
			continue
		}
		g.log.trimAt = t.Now + max(trimMicros, g.log.keep/16)
		if d := g.log.delivery; d != nil {
			if flushed := d.flushed.Load(); flushed > d.trimmed {
				d.trimmed = flushed
				t.changes.TrimLog = append(t.changes.TrimLog, storage.LogTrim{Relation: g.logID(), Before: flushed + 1})
				t.changes.Meta.Settings = append(t.changes.Meta.Settings, deliveredRecord(g.id(), flushed))
			}
			continue
		}
		if err := r.trimHistory(g, t); err != nil {
			return err
		}
	}
	return nil
}

// trimHistory moves the beginning of a history to the last change that is older than what is to be kept.
func (r *Runtime) trimHistory(g *graph, t *tickRun) error {
	since := g.log.since.Load()
	if since == nil || since.now >= t.Now-g.log.keep {
		return nil
	}
	last, err := lastChange(r.committed, g.logID(), *since, func(m moment) bool { return m.now <= t.Now-g.log.keep })
	if err != nil || last.epoch == since.epoch {
		return err
	}
	// Readers learn of it before the epoch is published that does not have the changes any more.
	g.log.since.Store(&last)
	t.changes.TrimLog = append(t.changes.TrimLog, storage.LogTrim{Relation: g.logID(), Before: last.epoch + 1})
	t.changes.Meta.Settings = append(t.changes.Meta.Settings, last.record(g.id()))
	return nil
}

// lastChange finds the last change in a log, behind from, that is not after what is asked for: from if there is none. Times grow with epochs.
func lastChange(s *storage.Snapshot, log storage.TableID, from moment, before func(m moment) bool) (moment, error) {
	last := from
	for low, high := from.epoch+1, s.Epoch().Number+1; low < high; {
		middle := low + (high-low)/2
		found, ok, err := firstChange(s, log, middle)
		switch {
		case err != nil:
			return last, err
		case !ok || !before(found):
			high = middle
		default:
			last = found
			low = found.epoch + 1
		}
	}
	return last, nil
}

// firstChange finds the first change of a log whose epoch is at least from.
func firstChange(s *storage.Snapshot, log storage.TableID, from uint64) (m moment, ok bool, err error) {
	l, err := s.Log(log, from)
	if err != nil {
		return m, false, err
	}
	epoch, piece, ok, err := l.Next()
	if ok && err == nil {
		m.epoch = epoch
		m.now, err = pieceTime(piece)
	}
	return m, ok, errors.Join(err, l.Close())
}
