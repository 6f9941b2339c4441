package server

import (
	"runtime"
	"runtime/metrics"
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

func gcPercent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
