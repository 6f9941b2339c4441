package dataflow

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
)

// Feeds that meet in a graph are read in step by event time. What is ahead of the others waits in state until they have come there too: an auction
// for its bids, and of both as many rows are not equally much time. So each is given as many rows as take all of them to the same time. That
// is for feeds with a backlog: one that has nothing to give now holds nobody back, and one that is far ahead still gets a
// little.
//
// In a tick the one with the most rows for its time comes last: its rows find what they are joined with, and need not wait for it.

// aheadShare is the part of a group's rows that a feed gets at least, however far it is ahead.
const aheadShare = 64

// pacedBy is after how many ticks with rows, of which none has moved its time, a feed is read as one without.
const pacedBy = 8

// pace is how many rows of a feed go with how much event time, of the last ticks.
type pace struct {
	rows, micros float64
	timeless     int // ticks whose rows have not moved the time
}

// density is in rows per microsecond.
func (p *pace) density() float64 { return p.rows / p.micros }

// known tells whether the time can be told from the rows.
func (p *pace) known() bool { return p.rows > 0 && p.micros > 0 }

// latest is the greatest time of a row up to the last epoch.
func (f *feed) latest() int64 {
	latest := int64(op.NoWatermark)
	for _, p := range f.partitions {
		latest = max(latest, p.time)
	}
	return latest
}

// notePace notes what a tick has taken, before that becomes what the feed goes on from. What was before counts half as much as it did.
func (f *feed) notePace(t *tickRun) {
	rows, before, after := int64(0), f.latest(), f.latest()
	for _, k := range t.taken {
		if k.partition.feed == f {
			rows += k.rows
		}
	}
	for _, p := range f.partitions {
		after = max(after, p.nextTime)
	}
	switch {
	case rows == 0:
	case before == op.NoWatermark || after == before:
		f.pace.timeless++
	default:
		f.pace = pace{rows: f.pace.rows/2 + float64(rows), micros: f.pace.micros/2 + float64(after-before)}
	}
}

// aligned tells whether the feed is to be read in step with others: it has a time, and had more to give when it was asked last.
func (f *feed) aligned(now int64) bool {
	return f.clock != nil && (f.pace.known() || f.pace.timeless < pacedBy) && f.backlog(now)
}

// backlog tells whether the feed had more to give when it was asked last.
func (f *feed) backlog(now int64) bool {
	return slices.ContainsFunc(f.partitions, func(p *partition) bool { return !p.nextEnd && !p.quiet && !p.retry.wait(now) })
}

// groupFeeds numbers feeds so that those that meet in a graph, or through others do, have the same number.
func groupFeeds(feeds []*feed) {
	for i, f := range feeds {
		f.group = i
	}
	for _, f := range feeds {
		for _, n := range f.nodes {
			for _, m := range n.graph.nodes {
				if o := m.feed; o != nil && o.group != f.group {
					joinGroups(feeds, o.group, f.group)
				}
			}
		}
	}
}

func joinGroups(feeds []*feed, from, to int) {
	for _, f := range feeds {
		if f.group == from {
			f.group = to
		}
	}
}

// share divides the rows of a tick among feeds: each gets the same, but for what those of one group have to have others than that to come to the same
// time. How they go with time is not known in the first ticks: then they get little.
func share(feeds []*feed, rows int, now int64) []int {
	shares := make([]int, len(feeds))
	for i, f := range feeds {
		shares[i], f.leads = max(rows/len(feeds), tickRowsMin), false
	}
	for i, f := range feeds {
		if slices.ContainsFunc(feeds[:i], func(o *feed) bool { return o.group == f.group }) {
			continue
		}
		var places []int
		sum, paced := 0, true
		for j, o := range feeds {
			if o.group == f.group && o.aligned(now) {
				places, sum, paced = append(places, j), sum+shares[j], paced && o.pace.known()
			}
		}
		switch {
		case len(places) < 2:
		case paced:
			align(feeds, places, shares, sum)
		default:
			for _, j := range places {
				shares[j] = tickRowsMin
			}
		}
	}
	return shares
}

// align sets the shares of the feeds at the given places, which are rows together, to what takes them to the same time.
func align(feeds []*feed, places []int, shares []int, rows int) {
	slices.SortFunc(places, func(i, j int) int { return cmp.Compare(feeds[i].latest(), feeds[j].latest()) })
	first := feeds[places[0]].latest()
	ahead := func(i int) float64 { return float64(feeds[i].latest() - first) }
	// Those that are behind come to this time, if they get all the rows: the next one takes part if it is not ahead of that.
	time, density, weighted := 0.0, 0.0, 0.0
	for n, i := range places {
		if n > 0 && ahead(i) >= time {
			break
		}
		d := feeds[i].pace.density()
		density, weighted = density+d, weighted+d*ahead(i)
		time = (float64(rows) + weighted) / density
	}
	densest := slices.MaxFunc(places, func(i, j int) int { return cmp.Compare(feeds[i].pace.density(), feeds[j].pace.density()) })
	for _, i := range places {
		feeds[i].leads = i != densest
		shares[i] = max(int((time-ahead(i))*feeds[i].pace.density()), rows/aheadShare)
	}
}

// flushInput sends on what a worker has of input that is to be there before other input is read.
func (r *Runtime) flushInput(worker int) error {
	for _, g := range r.reached {
		for _, n := range g.nodes {
			if p := n.procs[worker]; p != nil && n.stage == 0 {
				if err := p.flush(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
