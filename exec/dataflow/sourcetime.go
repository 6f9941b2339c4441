package dataflow

import (
	"hash/fnv"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// tellTime computes the watermarks of the tick, when all of its rows are there.
func (r *Runtime) tellTime(t *tickRun) {
	for _, k := range t.taken {
		p := k.partition
		p.nextTime = max(p.nextTime, k.time)
	}
	for _, f := range r.feeds() {
		f.tellTime(t.Now)
	}
	for _, f := range r.private {
		f.followShared(slices.Contains(r.joining, f))
	}
	for _, f := range r.feeds() {
		if f.next == f.watermark {
			continue
		}
		for _, n := range f.nodes {
			n.graph.time.Store(true)
		}
	}
}

// tellTime sets the watermark of the tick: the least of the partitions that are neither idle nor at their end.
func (f *feed) tellTime(now int64) {
	f.next = f.watermark
	if !f.opened || len(f.partitions) == 0 {
		return
	}
	low, ended := int64(op.Complete), true
	for _, p := range f.partitions {
		p.tellSilence(now)
		if !p.nextEnd {
			ended = false
			if !p.idle {
				low = min(low, p.nextTime)
			}
		}
	}
	switch {
	case ended:
		f.next = op.Complete
	case low != op.Complete && f.clock != nil:
		f.next = max(f.next, low)
	}
}

// tellSilence says whether a partition is idle: it was asked, and has had nothing for long. One that cannot be read has rows for all that
// is known; one that is idle already has been left behind, and stays so until rows come.
func (p *partition) tellSilence(now int64) {
	timeout := p.feed.source.def.IdleTimeoutMicros
	switch {
	case p.next.Compare(p.position) != 0: // rows came
		p.silentSince, p.idle = now, false
	case !p.idle && !p.quiet:
		p.silentSince = now
	}
	p.idle = timeout > 0 && now-p.silentSince >= timeout
}

// followShared keeps the time of a private feed within that of the shared one, and sets it to that in the tick with which it joins: the
// epoch that says so has the time that the graph goes on with, also after a restart.
func (f *feed) followShared(joins bool) {
	shared := f.source.shared
	switch {
	case shared == nil:
	case joins:
		f.next = max(f.watermark, shared.next)
	default:
		f.next = max(f.watermark, min(f.next, shared.next))
	}
}

// feeds are all feeds there are, in a fixed order.
func (r *Runtime) feeds() []*feed { return r.allFeeds }

// listFeeds lists the feeds anew, when graphs or their feeds have changed.
func (r *Runtime) listFeeds() {
	r.allFeeds = slices.Clone(r.private)
	for _, id := range slices.Sorted(maps.Keys(r.sources)) {
		if f := r.sources[id].shared; f != nil && len(f.nodes) > 0 {
			r.allFeeds = append(r.allFeeds, f)
		}
	}
	groupFeeds(r.allFeeds)
}

// input is the number of a partition's watermark among the records of a feed.
func (p *partition) input() uint32 { return inputNumber(p.feed.source.def.ID, p.name) }

// inputNumber numbers the watermarks of a graph by what they are of; no name is the source as a whole.
func inputNumber(source flow.RelationID, partition string) uint32 {
	h := fnv.New32a()
	id := uint32(source)
	_, _ = h.Write([]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)})
	_, _ = h.Write([]byte(partition))
	return h.Sum32()
}

// collectSources writes how far sources are.
func (r *Runtime) collectSources(t *tickRun) {
	m := &t.changes.Meta
	for _, f := range r.feeds() {
		if slices.Contains(r.joining, f) {
			continue
		}
		if f.rewrite && f.private {
			m.Settings = append(m.Settings, meta.Setting{Name: privateSetting(flow.RelationID(f.graph), f.source.def.ID)})
		}
		for _, p := range f.partitions {
			if f.rewrite || p.next.Compare(p.position) != 0 || p.nextEnd != p.ended {
				m.Offsets = append(m.Offsets, meta.Offset{
					Graph: f.graph, Source: uint32(f.source.def.ID), Partition: p.name, Position: p.next,
				})
			}
			if f.rewrite || p.nextTime != p.storedTime || p.idle != p.storedIdle {
				m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: f.graph, Input: p.input(), Time: p.nextTime, Idle: p.idle})
			}
			p.collectTotals(t)
		}
		if f.rewrite || f.next != f.watermark {
			m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: f.graph, Input: inputNumber(f.source.def.ID, ""), Time: f.next})
		}
	}
}

// finishSources makes what the tick has taken the place to go on from. Readers are to be told when that is durable.
func (r *Runtime) finishSources(t *tickRun, committed bool) (acks []ack) {
	for _, k := range t.taken {
		k.partition.begun = k.partition.begun || k.rows > 0
		k.partition.recovered(r)
		if f := k.partition.feed; f.private {
			f.nodes[0].graph.progress.rows.Add(k.rows)
		}
		if k.rows > 0 && k.bytes > 0 {
			k.partition.rowBytes = k.bytes / int(k.rows)
		}
	}
	for _, f := range r.feeds() {
		f.notePace(t)
		f.watermark, f.rewrite = f.next, f.rewrite && !committed
		for _, p := range f.partitions {
			moved := p.next.Compare(p.position) != 0
			p.position, p.time, p.ended = p.next, p.nextTime, p.nextEnd
			p.storedTime, p.storedIdle = p.nextTime, p.idle
			p.totals.finish()
			if moved && committed {
				acks = append(acks, ack{p, p.position})
			}
		}
	}
	return acks
}
