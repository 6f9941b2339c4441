package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/exec/op"
)

// A tick looks at every graph there is several times, and most ticks of a server with many views have nothing for any of them: they only ask the
// sources, or let time pass. Such a tick ends before it comes to the graphs.

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

// wakeGraphs lets those graphs begin whose timers fire, and tells all of them what time it is.
func (r *Runtime) wakeGraphs(t *tickRun) {
	for _, g := range r.graphs {
		if g.wake <= t.Now {
			g.time.Store(true)
		}
		for _, e := range g.evals {
			e.Now = t.Now
		}
	}
}

// dueNow is before any time.
const dueNow = 0

// tellDue finds out when a graph has something to do the next time though nothing comes.
func (r *Runtime) tellDue() {
	r.due = op.Never
	for _, g := range r.graphs {
		if g.time.Load() {
			r.due = dueNow
			return
		}
		r.due = min(r.due, g.wake)
	}
}
