package dataflow

import "time"

// stopwatch tells how long the operators of one worker take: it runs for one of them at a time. Where one goroutine works for all workers, each
// one's stopwatch runs on while the others' operators are called from its own, so that figures are a little too high then.
type stopwatch struct {
	running *proc
	since   time.Duration // since begun
}

// begun is what stopwatches count from, without the clock on the wall.
var begun = time.Now()

// turn lets the stopwatch run for p from now on, or for none, and answers for which it has run before.
func (w *stopwatch) turn(p *proc) (before *proc) {
	now := time.Since(begun)
	before = w.running
	if before != nil {
		before.nanos += int64(now - w.since)
	}
	w.running, w.since = p, now
	return before
}
