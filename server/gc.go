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

// A server that has allocated less than idleBytes in a glance has nothing to do. Its garbage is collected then, and the memory given back to the
// system, if that is tidyBytes or more: the next collection may be hours away. Blocks of the store's cache and memtables are of the heap
// in builds without cgo, which is up to twice its size before a collection, and stays so behind it.
const (
	glance    = 2 * time.Second
	idleBytes = 1 << 20
	tidyBytes = 16 << 20
)

// gcPacer sets how much the heap may grow until the next collection by how soon the last ones came. The setting is the process's.
type gcPacer struct {
	mu      sync.Mutex
	last    time.Time // of a collection
	row     int       // collections that came soon
	busy    bool
	percent int
	ended   bool

	glances   *time.Timer
	allocated uint64 // bytes in all by the last glance
	tidied    uint64 // and when memory was given back
}

// paceGC begins with that, until restore is called. GOGC in the environment is left as it is.
func paceGC() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	p := &gcPacer{last: time.Now(), percent: calmGCPercent}
	old := debug.SetGCPercent(p.percent)
	p.glances = time.AfterFunc(glance, p.look)
	p.await()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ended = true
		p.glances.Stop()
		debug.SetGCPercent(old)
	}
}

// await has afterCollection called after the next collection: nobody holds the object that it is about.
func (p *gcPacer) await() {
	garbage := &struct{ self *gcPacer }{p} // with a pointer: small objects without are allocated several at a time, and freed together
	runtime.AddCleanup(garbage, func(p *gcPacer) { p.afterCollection(time.Now()) }, p)
}

func (p *gcPacer) afterCollection(now time.Time) {
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
	p.glances.Reset(glance)
	p.await()
}

// look gives memory back that a server does not need any more when it has nothing to do. It looks again as long as there is some.
func (p *gcPacer) look() {
	if p.tidies(allocatedBytes(), spareBytes()) {
		debug.FreeOSMemory()
	}
}

// tidies tells whether memory is to be given back, at a glance by which so much has been allocated in all, and so much is spare.
func (p *gcPacer) tidies(allocated, spare uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || spare < tidyBytes || allocated < p.tidied+tidyBytes {
		return false // the next collection begins anew
	}
	idle := allocated < p.allocated+idleBytes
	p.allocated = allocated
	if idle {
		p.tidied = allocated
	} else {
		p.glances.Reset(glance)
	}
	return idle
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
func liveBytes() uint64 { return runtimeMetric("/gc/heap/live:bytes") }

// allocatedBytes is how much has been allocated in all, about.
func allocatedBytes() uint64 { return runtimeMetric("/gc/heap/allocs:bytes") }

// spareBytes is what a collection would give back to the system: garbage, and memory that nothing lies in.
func spareBytes() uint64 {
	used, live := runtimeMetric("/memory/classes/heap/objects:bytes"), liveBytes()
	return used - min(live, used) + runtimeMetric("/memory/classes/heap/free:bytes")
}

func runtimeMetric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
