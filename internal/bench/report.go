package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Result is what one run has measured. The keys of its JSON are documented in docs/bench.
type Result struct {
	Benchmark string `json:"benchmark"`
	Query     string `json:"query"`
	Source    string `json:"source"`
	Into      string `json:"into"`
	Events    int64  `json:"events"`
	Workers   int    `json:"workers"`
	// TickRows is how many rows of sources a tick took; 0: it adapted.
	TickRows int     `json:"tick_rows"`
	WallS    float64 `json:"wall_s"`
	CPUS     float64 `json:"cpu_s"`
	// GCCPUS is the part of it that collecting garbage took.
	GCCPUS       float64 `json:"gc_cpu_s"`
	EventsPerS   float64 `json:"events_per_s"`
	PerCore      float64 `json:"events_per_s_per_core"`
	RSSPeakBytes int64   `json:"rss_peak_bytes"`
	DiskBytes    int64   `json:"disk_bytes"`
	Commits      int64   `json:"commits"`
	// The times from a row's intake to its being visible, as visibility measures them.
	VisibleP50MS float64 `json:"visible_p50_ms"`
	VisibleP99MS float64 `json:"visible_p99_ms"`
	// Rows is how many rows the result has, RowBytes how wide one is as text.
	Rows     int64   `json:"rows"`
	RowBytes float64 `json:"row_bytes"`
	Verified bool    `json:"verified"`
}

// finish computes the rates: per core is per second of processor time.
func (r *Result) finish(cpu time.Duration, wall time.Duration) {
	r.WallS, r.CPUS = wall.Seconds(), cpu.Seconds()
	r.EventsPerS = float64(r.Events) / r.WallS
	if r.CPUS > 0 {
		r.PerCore = float64(r.Events) / r.CPUS
	}
}

// gcPercent is the share of the processor time that collecting garbage took.
func (r *Result) gcPercent() float64 {
	if r.CPUS == 0 {
		return 0
	}
	return 100 * r.GCCPUS / r.CPUS
}

// Median is the run in the middle by events per second.
func Median(results []Result) Result {
	sorted := slices.SortedFunc(slices.Values(results), func(a, b Result) int {
		switch {
		case a.EventsPerS < b.EventsPerS:
			return -1
		case a.EventsPerS > b.EventsPerS:
			return 1
		}
		return 0
	})
	return sorted[len(sorted)/2]
}

// WriteJSON writes one object in a line.
func (r *Result) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteBenchstat writes the line of a Go benchmark, which benchstat compares.
func (r *Result) WriteBenchstat(w io.Writer) error {
	_, err := fmt.Fprintf(w, "BenchmarkFreshet/%s/%s/%s/%s-%d\t1\t%.0f ns/op\t%.0f events/s\t%.2f cpu-s\t%d rss-B\t%d disk-B\n",
		r.Benchmark, r.Query, r.Source, r.Into, r.Workers, r.WallS*1e9, r.EventsPerS, r.CPUS, r.RSSPeakBytes, r.DiskBytes)
	return err
}

// WriteText writes a table for people.
func (r *Result) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	verified := "not checked"
	if r.Verified {
		verified = "equal to the independent computation"
	}
	lines := [][2]string{
		{"query", fmt.Sprintf("%s %s from %s into %s", r.Benchmark, r.Query, r.Source, r.Into)},
		{"events", fmt.Sprintf("%d by %d workers", r.Events, r.Workers)},
		{"wall", fmt.Sprintf("%.2f s", r.WallS)},
		{"cpu", fmt.Sprintf("%.2f s, user and system; %.1f %% of it for garbage collection", r.CPUS, r.gcPercent())},
		{"rate", fmt.Sprintf("%.3f M events/s, %.3f M events per second of cpu", r.EventsPerS/1e6, r.PerCore/1e6)},
		{"memory", fmt.Sprintf("%.1f MiB resident at the peak", float64(r.RSSPeakBytes)/(1<<20))},
		{"disk", fmt.Sprintf("%.1f MiB", float64(r.DiskBytes)/(1<<20))},
		{"commits", fmt.Sprintf("%d", r.Commits)},
		{"visible", fmt.Sprintf("after %.1f ms (p50), %.1f ms (p99)", r.VisibleP50MS, r.VisibleP99MS)},
		{"result", fmt.Sprintf("%d rows of %.0f bytes as text, %s", r.Rows, r.RowBytes, verified)},
	}
	for _, l := range lines {
		if _, err := fmt.Fprintf(t, "%s\t%s\n", l[0], l[1]); err != nil {
			return err
		}
	}
	return t.Flush()
}
