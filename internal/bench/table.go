package bench

import (
	"context"
	"fmt"
	"io"
	"math"
)

// Line is a line of the table in docs/bench: what is measured, and what it is measured by, in million events per second.
type Line struct {
	Name                           string
	Benchmark, Query, Source, Into string
	// First and Near are the goals of the design; 0: there is none.
	First, Near float64
	// Flink is what Flink 2.3.0 was measured at (docs/bench says how); empty: it was not.
	Flink string
}

// Lines are the whole table.
var Lines = []Line{
	{"YSB, JSON file", "ysb", "ysb", "json", "view", 4, 10, "0.46"},
	{"YSB, generator", "ysb", "ysb", "gen", "view", 15, 40, ""},
	{"q0", "nexmark", "q0", "gen", "view", 0.7, 1.5, "1.4-1.9"},
	{"q0 into blackhole", "nexmark", "q0", "gen", "blackhole", 8, 20, "1.4-1.9"},
	{"q1", "nexmark", "q1", "gen", "view", 0.7, 1.5, "1.4-1.9"},
	{"q1 into blackhole", "nexmark", "q1", "gen", "blackhole", 8, 20, "1.4-1.9"},
	{"q2", "nexmark", "q2", "gen", "view", 15, 50, "2.25"},
	{"q2 into blackhole", "nexmark", "q2", "gen", "blackhole", 20, 60, "2.25"},
	{"q3 filter, join", "nexmark", "q3", "gen", "view", 8, 30, "1.03"},
	{"q3 into blackhole", "nexmark", "q3", "gen", "blackhole", 0, 0, "1.03"},
	{"q4 join, max, avg", "nexmark", "q4", "gen", "view", 4, 10, "0.23"},
	{"q4 into blackhole", "nexmark", "q4", "gen", "blackhole", 0, 0, "0.23"},
	{"q5 hot items of HOP windows", "nexmark", "q5", "gen", "view", 2, 5, "0.63-0.68"},
	{"q5 into blackhole", "nexmark", "q5", "gen", "blackhole", 0, 0, "0.63-0.68"},
	{"q6 average of the last sales", "nexmark", "q6", "gen", "view", 0, 0, ""},
	{"q7 highest bids, whole rows", "nexmark", "q7", "gen", "view", 15, 40, "0.165"},
	{"q7 into blackhole", "nexmark", "q7", "gen", "blackhole", 0, 0, "0.165"},
	{"q7 highest price alone", "nexmark", "short/q7", "gen", "view", 15, 40, ""},
	{"q8 window join", "nexmark", "q8", "gen", "view", 8, 20, "1.32"},
	{"q8 into blackhole", "nexmark", "q8", "gen", "blackhole", 0, 0, "1.32"},
	{"q9 winning bids", "nexmark", "q9", "gen", "view", 3, 8, "0.18"},
	{"q9 into blackhole", "nexmark", "q9", "gen", "blackhole", 0, 0, "0.18"},
	{"q10 log", "nexmark", "q10", "gen", "view", 0, 0, ""},
	{"q11 sessions", "nexmark", "q11", "gen", "view", 2, 6, "0.60"},
	{"q11 into blackhole", "nexmark", "q11", "gen", "blackhole", 0, 0, "0.60"},
	{"q12 processing-time window", "nexmark", "q12", "gen", "view", 8, 20, "0.84"},
	{"q12 into blackhole", "nexmark", "q12", "gen", "blackhole", 0, 0, "0.84"},
	{"q13 side input", "nexmark", "q13", "gen", "view", 0, 0, ""},
	{"q14 calculation", "nexmark", "q14", "gen", "view", 0.7, 1.5, "1.28"},
	{"q14 into blackhole", "nexmark", "q14", "gen", "blackhole", 0, 0, "1.28"},
	{"q15 distinct counts", "nexmark", "q15", "gen", "view", 3, 7, "0.35"},
	{"q15 into blackhole", "nexmark", "q15", "gen", "blackhole", 0, 0, "0.35"},
	{"q16 distinct counts by channel", "nexmark", "q16", "gen", "view", 0.4, 1.4, "0.077"},
	{"q16 into blackhole", "nexmark", "q16", "gen", "blackhole", 0, 0, "0.077"},
	{"q17 statistics of a day", "nexmark", "q17", "gen", "view", 3, 8, "0.61"},
	{"q17 into blackhole", "nexmark", "q17", "gen", "blackhole", 0, 0, "0.61"},
	{"q18 last bid", "nexmark", "q18", "gen", "view", 1, 2.2, "0.27"},
	{"q18 into blackhole", "nexmark", "q18", "gen", "blackhole", 0, 0, "0.27"},
	{"q19 top ten", "nexmark", "q19", "gen", "view", 1, 3, "0.30"},
	{"q19 into blackhole", "nexmark", "q19", "gen", "blackhole", 0, 0, "0.30"},
	{"q20 bids with auctions", "nexmark", "q20", "gen", "view", 0.4, 1.1, "0.20"},
	{"q20 into blackhole", "nexmark", "q20", "gen", "blackhole", 0, 0, "0.20"},
	{"q21 channel ids", "nexmark", "q21", "gen", "view", 0.7, 1.5, "0.70"},
	{"q21 into blackhole", "nexmark", "q21", "gen", "blackhole", 0, 0, "0.70"},
	{"q22 directories", "nexmark", "q22", "gen", "view", 0.7, 1.5, "1.11"},
	{"q22 into blackhole", "nexmark", "q22", "gen", "blackhole", 0, 0, "1.11"},
	{"q23 bids with people and auctions", "nexmark", "q23", "gen", "view", 0.4, 1.1, ""},
}

// TableOptions say how a table is measured. Benchmark, Query, Source, Into and Events of the Options are those of each line.
type TableOptions struct {
	Options
	// Program is the freshet that is measured, in a process for each run.
	Program string
	// Seconds is how long each run is to last at least, Count how many there are of each line: the table has their medians.
	Seconds float64
	Count   int
	// EventsMax bounds the events of a run, for what has to fit on the disk and in memory; 0: nothing does.
	EventsMax int64
	// Only are the queries whose lines are measured; empty: all.
	Only map[string]bool
}

// tableHeader are the columns.
const tableHeader = `| query | row, bytes | events | M events/s | M events per cpu-second | GC, % of cpu | MB at the peak | "first" | "near" | Flink |
|---|---|---|---|---|---|---|---|---|---|
`

// Table measures all lines and writes each as soon as it is known, in Markdown. What has reached "first" or "near" is marked.
func Table(ctx context.Context, o TableOptions, w io.Writer) error {
	if _, err := io.WriteString(w, tableHeader); err != nil {
		return err
	}
	for _, l := range Lines {
		if len(o.Only) > 0 && !o.Only[l.Query] {
			continue
		}
		if o.Progress != nil {
			_, _ = fmt.Fprintln(o.Progress, l.Name) // if nobody reads it, nothing is lost
		}
		r, err := o.measure(ctx, l)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, l.row(&r)); err != nil {
			return err
		}
	}
	return nil
}

// measure runs a line: first with few events, to know how many there must be.
func (o *TableOptions) measure(ctx context.Context, l Line) (Result, error) {
	run := o.Options
	run.Benchmark, run.Query, run.Source, run.Into, run.Events = l.Benchmark, l.Query, l.Source, l.Into, trialEvents
	for {
		trial := run
		trial.Verify = false
		r, err := runApart(ctx, o.Program, trial)
		if err != nil {
			return r, err
		}
		enough := r.WallS >= o.Seconds/trialShare
		if run.Events = roundUp(r.EventsPerS * o.Seconds * spareTime); o.EventsMax > 0 && run.Events >= o.EventsMax {
			run.Events, enough = o.EventsMax, true
		}
		if enough {
			break
		}
		run.Events = max(run.Events/trialShare, trialEvents)
	}
	var results []Result
	for range o.Count {
		r, err := runApart(ctx, o.Program, run)
		if err != nil {
			return r, err
		}
		results = append(results, r)
	}
	return Median(results), nil
}

const (
	// A trial has at least trialEvents events, and lasts at least 1/trialShare of what a run does.
	trialEvents = 100_000
	trialShare  = 10
	// spareTime is by how much a run is made longer than it has to be.
	spareTime = 1.1
)

// roundUp rounds a number of events up to two digits.
func roundUp(x float64) int64 {
	unit := math.Pow(10, max(math.Floor(math.Log10(max(x, 1)))-1, 0))
	return int64(math.Ceil(x/unit) * unit)
}

// row is the line with its figures.
func (l *Line) row(r *Result) string {
	rate := fmt.Sprintf("%.2f", r.EventsPerS/1e6)
	switch m := r.EventsPerS / 1e6; {
	case l.Near > 0 && m >= l.Near:
		rate = "**" + rate + "** near"
	case l.First > 0 && m >= l.First:
		rate += " first"
	}
	return fmt.Sprintf("| %s | %.0f | %.1fM | %s | %.2f | %.1f | %d | %s | %s | %s |\n", l.Name, r.RowBytes, float64(r.Events)/1e6, rate, r.PerCore/1e6,
		r.gcPercent(), r.RSSPeakBytes/1e6, goal(l.First), goal(l.Near), l.Flink)
}

func goal(x float64) string {
	if x == 0 {
		return ""
	}
	return fmt.Sprint(x)
}
