package bench

import "testing"

// TestScaleLine: two cores bring at most what one worker leaves idle.
func TestScaleLine(t *testing.T) {
	runs := [len(crews)]Result{
		{Events: 8_000_000, EventsPerS: 2e6, WallS: 4, CPUS: 4},
		{Events: 8_000_000, EventsPerS: 4e6, WallS: 2, CPUS: 2.5},
		{Events: 8_000_000, EventsPerS: 5e6, WallS: 1.6, CPUS: 3},
	}
	if got, want := scaleLine("q3", runs), "| q3 | 8.0M | 2.00 | 4.00 | 1.25 | 5.00 | 2.50 | 1.25 | 1.60 |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
