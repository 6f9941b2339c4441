package server

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestGCPacer: collections that come soon let the heap grow, a few do not, and a late one ends it.
func TestGCPacer(t *testing.T) {
	now := time.Unix(0, 0)
	p := &gcPacer{last: now}
	for i, step := range []struct {
		after time.Duration
		times int
		want  bool
	}{
		{after: time.Millisecond, times: busyCollections - 1, want: false},
		{after: 2 * time.Second, times: 1, want: false},
		{after: time.Millisecond, times: busyCollections - 1, want: false},
		{after: time.Millisecond, times: 1, want: true},
		{after: 5 * time.Second, times: 9, want: true},
		{after: 11 * time.Second, times: 1, want: false},
	} {
		got := false
		for range step.times {
			now = now.Add(step.after)
			got = p.atWork(now)
		}
		if got != step.want {
			t.Errorf("step %d: at work: %v", i, got)
		}
	}
	for live, want := range map[uint64]int{0: mostGCPercent, 1 << 20: mostGCPercent, busyGrowthBytes / 4: 400, busyGrowthBytes: 100, 1 << 40: calmGCPercent} {
		if got := busyGCPercent(live); got != want {
			t.Errorf("%d bytes: %d %%, not %d", live, got, want)
		}
	}
}

// TestPaceGC: the process's setting follows its collections, and is what it was in the end.
func TestPaceGC(t *testing.T) {
	t.Setenv("GOGC", "")
	before := gcPercent()
	restore := paceGC()
	for begun := time.Now(); gcPercent() == calmGCPercent; {
		if time.Since(begun) > time.Minute {
			t.Fatal("many collections, and the heap may not grow")
		}
		runtime.GC()
		time.Sleep(time.Millisecond) // the cleanup runs in a goroutine
	}
	restore()
	runtime.GC()
	if got := gcPercent(); got != before {
		t.Errorf("%d %% behind the end, before it was %d", got, before)
	}
}

// TestGCPacerTidies: memory is given back when there is some, nothing is allocated any more, and not again before something has been.
func TestGCPacerTidies(t *testing.T) {
	const mb = 1 << 20
	p := &gcPacer{glances: time.NewTimer(time.Hour)}
	for i, step := range []struct {
		allocated, spare uint64
		want             bool
	}{
		{allocated: 100 * mb, spare: 50 * mb, want: false}, // still at work
		{allocated: 200 * mb, spare: 50 * mb, want: false},
		{allocated: 200*mb + 1, spare: tidyBytes - 1, want: false},
		{allocated: 200*mb + 1, spare: tidyBytes, want: true},
		{allocated: 200*mb + 2, spare: tidyBytes, want: false}, // all that was to be had
		{allocated: 230 * mb, spare: tidyBytes, want: false},
		{allocated: 230 * mb, spare: tidyBytes, want: true},
	} {
		if got := p.tidies(step.allocated, step.spare); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

// TestIdleServerTidies: a server that has nothing to do collects its garbage, and one at work does not.
func TestIdleServerTidies(t *testing.T) {
	p := &gcPacer{glances: time.NewTimer(time.Hour)}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // no collection but those that are asked for
	runtime.GC()
	sink = make([]byte, 4*tidyBytes)
	runtime.KeepAlive(sink)
	sink = nil
	forced := func() uint64 { return runtimeMetric("/gc/cycles/forced:gc-cycles") }
	before := forced()
	p.look()
	if got := forced(); got != before {
		t.Error("garbage is collected at work")
	}
	p.look()
	if got := forced(); got == before {
		t.Errorf("%d bytes are left to the next collection", spareBytes())
	}
}

var sink []byte

func gcPercent() uint64 { return runtimeMetric("/gc/gogc:percent") }
