package dataflow

import "slices"

// Most ticks of a server have nothing for any graph: they only ask the sources, or let time pass. Such a tick ends before it comes to the graphs.

// still tells whether a tick that has begun has nothing to do: nothing came, no graph has something to do without input, and the time of no
// source moves.
func (r *Runtime) still(t *tickRun) bool {
	if r.due <= t.Now || r.inflight != nil || len(t.writes)+len(t.work) > 0 || len(r.fills)+len(r.private)+len(r.waiting) > 0 ||
		len(r.temporary.leftOver) > 0 || !t.idle() {
		return false
	}
	for _, f := range r.feeds() {
		f.tellTime(t.Now)
	}
	return !slices.ContainsFunc(r.feeds(), (*feed).moves)
}

// moves tells whether the tick's epoch has to say something about the feed.
func (f *feed) moves() bool {
	return f.rewrite || f.next != f.watermark || slices.ContainsFunc(f.partitions, (*partition).moves)
}

func (p *partition) moves() bool {
	return p.next.Compare(p.position) != 0 || p.nextEnd != p.ended || p.nextTime != p.storedTime || p.idle != p.storedIdle
}

// rest ends a tick that is still.
func (r *Runtime) rest(t *tickRun) {
	r.stats.ticks.Add(1)
	r.epoch.Now = t.Now // buckets have seen it
}
