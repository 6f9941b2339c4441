package server

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// State lies outside of the Go heap, and what is in it is small: so a server at work would collect garbage all the time, as that is done whenever the
// heap has doubled. While it is at work the heap may grow by busyGrowthBytes at least, within the limit of memory; a server that has nothing to
// do stays small.
const (
	calmGCPercent   = 100
	mostGCPercent   = 1000
	busyGrowthBytes = 128 << 20
)

// The server is at work when so many collections come one soon after the other, and is not when one comes late.
const (
	busyCollections = 5
	soon            = time.Second
	late            = 10 * time.Second
)

// gcPacer sets how much the heap may grow until the next collection by how soon the last ones came. The setting is the process's.
type gcPacer struct {
	mu      sync.Mutex
	last    time.Time // of a collection
	row     int       // collections that came soon
	busy    bool
	percent int
	ended   bool
}

// paceGC begins with that, until restore is called. GOGC in the environment is left as it is.
func paceGC() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	p := &gcPacer{last: time.Now(), percent: calmGCPercent}
	old := debug.SetGCPercent(p.percent)
	p.await()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ended = true
		debug.SetGCPercent(old)
	}
}

// await has collected called after the next collection: nobody holds the object that it is about.
func (p *gcPacer) await() {
	garbage := &struct{ self *gcPacer }{p} // with a pointer: small objects without are allocated several at a time, and freed together
	runtime.AddCleanup(garbage, func(p *gcPacer) { p.collected(time.Now()) }, p)
}

func (p *gcPacer) collected(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	percent := calmGCPercent
	if p.atWork(now) {
		percent = busyGCPercent(liveBytes())
	}
	if percent != p.percent {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	p.await()
}

// atWork tells whether the server is at work after a collection.
func (p *gcPacer) atWork(now time.Time) bool {
	between := now.Sub(p.last)
	p.last = now
	switch {
	case between > late:
		p.row, p.busy = 0, false
	case between > soon:
		p.row = 0
	default:
		p.row++
		p.busy = p.busy || p.row >= busyCollections
	}
	return p.busy
}

// busyGCPercent is by how much a heap grows that is so large.
func busyGCPercent(live uint64) int {
	return int(min(max(100*busyGrowthBytes/max(live, 1), calmGCPercent), mostGCPercent))
}

// liveBytes is what the last collection has left.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
