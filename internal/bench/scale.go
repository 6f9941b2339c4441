package bench

import (
	"context"
	"fmt"
	"io"
)

// Case is a query at a size, of which it is measured how it scales.
type Case struct {
	Name, Query string
	// Events is how many there are: what keeps two cores busy for some 20 seconds, or for five where the answer would not fit into memory.
	Events int64
	// HotAuctionRatio is that of Options.
	HotAuctionRatio int
}

// Cases are those of docs/bench: a filter with a join, windows, the same with nearly all bids for one auction at a time, a join by
// windows, one group, and many rows.
var Cases = []Case{
	{"q3", "q3", 400_000_000, 0},
	{"q5", "q5", 200_000_000, 0},
	{"q5, 99 % of the bids for one auction at a time", "q5", 200_000_000, 100},
	{"q8", "q8", 400_000_000, 0},
	{"q15", "q15", 80_000_000, 0},
	{"q18", "q18", 24_000_000, 0},
}

// ScaleOptions say how scaling is measured. Benchmark, Query, Source, Into, Events, Workers and Cores of the Options are those of
// each run.
type ScaleOptions struct {
	Options
	// Count is how many runs there are of each kind, in turn: the table has their medians.
	Count int
	// Share is by what the events of each case are multiplied.
	Share float64
	// Only are the queries that are measured; empty: all.
	Only map[string]bool
}

// crew is what a run may use.
type crew struct{ workers, cores int }

// crews are one worker on one core, one worker with what runs beside it (commits, compaction, taking from sources) on another core,
// and two workers.
var crews = [...]crew{{1, 1}, {1, 2}, {2, 2}}

// scaleHeader has a column for the cores that one worker keeps busy where there are two, and one for what a second worker can bring at most: if two
// workers had no more work together than one has, and no core were ever idle.
const scaleHeader = `| query | events | 1 worker, 1 core: M events/s | 1 worker, 2 cores | cores busy | 2 workers, 2 cores | 1 to 2 cores | 1 to 2 workers | at most |
|---|---|---|---|---|---|---|---|---|
`

// Scale measures all cases with each crew and writes a line of Markdown as soon as it is known.
func Scale(ctx context.Context, o ScaleOptions, w io.Writer) error {
	if _, err := io.WriteString(w, scaleHeader); err != nil {
		return err
	}
	for _, c := range Cases {
		if len(o.Only) > 0 && !o.Only[c.Query] {
			continue
		}
		runs, err := o.runs(ctx, &c)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, scaleLine(c.Name, runs)); err != nil {
			return err
		}
	}
	return nil
}

// scaleLine is the line of a case, of a run with each crew.
func scaleLine(name string, runs [len(crews)]Result) string {
	rate := func(crew int) float64 { return runs[crew].EventsPerS / 1e6 }
	busy := runs[1].CPUS / runs[1].WallS
	return fmt.Sprintf("| %s | %.1fM | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", name, float64(runs[0].Events)/1e6,
		rate(0), rate(1), busy, rate(2), rate(2)/rate(0), rate(2)/rate(1), float64(crews[1].cores)/busy)
}

// runs are the medians of a case for each crew. The crews run in turn, so that what else the machine does meets all of them.
func (o *ScaleOptions) runs(ctx context.Context, c *Case) (medians [len(crews)]Result, err error) {
	run := o.Options
	run.Benchmark, run.Query, run.Source, run.Into, run.HotAuctionRatio = "nexmark", c.Query, "gen", "view", c.HotAuctionRatio
	run.Events = max(int64(float64(c.Events)*o.Share), 1)
	var results [len(crews)][]Result
	for range o.Count {
		for i, crew := range crews {
			run.Workers, run.Cores = crew.workers, crew.cores
			if o.Progress != nil {
				_, _ = fmt.Fprintf(o.Progress, "%s, %d workers on %d cores\n", c.Name, crew.workers, crew.cores) // if nobody reads it, nothing is lost
			}
			r, err := Run(ctx, run)
			if err != nil {
				return medians, err
			}
			results[i] = append(results[i], r)
		}
	}
	for i := range crews {
		medians[i] = Median(results[i])
	}
	return medians, nil
}
