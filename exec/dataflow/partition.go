package dataflow

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// partitionTotals are what has come of a partition in all, as of an epoch: part of it, like its watermark.
type partitionTotals struct {
	totals
	next totals // with the tick that runs
}

type totals struct {
	// rows were decoded; future of them were too far in the future to move the watermark.
	rows, future int64
	// lastRows is when rows came last, 0 if none did.
	lastRows int64
}

func (t *partitionTotals) finish() { t.totals = t.next }

// The names of the inputs that totals are kept as, among the watermarks of a feed. No partition's name begins like them.
const (
	rowsInput   = "\x00rows\x00"
	futureInput = "\x00future\x00"
	lastInput   = "\x00last\x00"
)

// fields are the totals by what they are kept as.
func (t *totals) fields() [3]struct {
	input string
	value *int64
} {
	return [3]struct {
		input string
		value *int64
	}{{rowsInput, &t.rows}, {futureInput, &t.future}, {lastInput, &t.lastRows}}
}

// collectTotals adds what the tick has taken, and writes what has changed.
func (p *partition) collectTotals(t *tickRun) {
	p.totals.next = p.totals.totals
	for _, k := range t.taken {
		if k.partition == p && k.rows > 0 {
			p.totals.next.rows += k.rows
			p.totals.next.future += k.future
			p.totals.next.lastRows = t.Now
		}
	}
	before, next := p.totals.fields(), p.totals.next.fields()
	for i, f := range next {
		if *f.value != *before[i].value || p.feed.rewrite && *f.value != 0 {
			t.changes.Meta.Watermarks = append(t.changes.Meta.Watermarks, meta.Watermark{
				Graph: p.feed.graph, Input: inputNumber(p.feed.source.def.ID, f.input+p.name), Time: *f.value,
			})
		}
	}
}

// restore makes a partition what it was at the last epoch.
func (p *partition) restore(saved *records, now int64) {
	f := p.feed
	p.position, p.resumed = saved.offsets[offsetID{f.graph, uint32(f.source.def.ID), p.name}]
	p.next = p.position
	if w, ok := saved.watermarks[watermarkID{f.graph, p.input()}]; ok {
		p.time, p.nextTime, p.idle = w.Time, w.Time, w.Idle
	}
	if p.idle { // as it was, until rows come
		p.silentSince = now - f.source.def.IdleTimeoutMicros
	}
	for _, field := range p.totals.fields() {
		*field.value = saved.watermarks[watermarkID{f.graph, inputNumber(f.source.def.ID, field.input+p.name)}].Time
	}
	p.totals.next = p.totals.totals
}

// recovered forgets that a partition could not be read.
func (p *partition) recovered(r *Runtime) {
	if p.retry.failures > 0 {
		p.retry = backoff{}
		r.stats.sourceError(p.feed.source.def.ID, p.name, nil)
	}
}

// lag is how much there is still to be read, -1 if nobody knows.
func (p *partition) lag() int64 {
	if p.ended || p.waiter.waiting() {
		return 0
	}
	if l, ok := p.reader.(connector.Lagging); ok && p.reader != nil {
		return l.Lag()
	}
	return -1
}

// AdvanceTime moves the watermark of a table, or of all partitions of a source, to at least a time, as a row of that time would. The next tick
// has it.
type AdvanceTime struct {
	Relation flow.RelationID
	Time     int64 // microseconds since 1970-01-01 UTC
}

// advanceTime applies it.
func (r *Runtime) advanceTime(a AdvanceTime) error {
	if s := r.sources[a.Relation]; s != nil && s.shared != nil && s.shared.opened && s.shared.clock != nil {
		for _, p := range s.shared.partitions {
			p.nextTime = max(p.nextTime, a.Time)
		}
		return nil
	}
	if g := r.byID[a.Relation]; g != nil && g.clock != nil {
		if a.Time > g.next {
			g.next = a.Time
			r.visit(g)
		}
		return nil
	}
	return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "relation with OID %d has no watermark that could be moved", a.Relation).
		WithHint("A table has one with WATERMARK FOR; a source has one when a view with a watermark reads it.")
}
