package bench

import (
	"context"
	"fmt"
	"io"
)

// LongOptions say how it is measured whether queries stay as fast. Benchmark, Query, Source, Into and Events of the Options are
// those of each run.
type LongOptions struct {
	Options
	// Program is the freshet that is measured, in a process for each run.
	Program string
	// Queries are those of Nexmark that are measured.
	Queries []string
	// Short is how many events the shorter run has, Times how many times as many the longer one.
	Short int64
	Times int64
}

const longHeader = `| query | events | M events/s | MB at the peak | MB on disk | events | M events/s | MB at the peak | MB on disk | rate kept, % |
|---|---|---|---|---|---|---|---|---|---|
`

// Long measures each query with few and with many events, and writes a line of Markdown as soon as it is known.
func Long(ctx context.Context, o LongOptions, w io.Writer) error {
	if _, err := io.WriteString(w, longHeader); err != nil {
		return err
	}
	run := o.Options
	run.Benchmark, run.Source, run.Into = "nexmark", "gen", "view"
	for _, run.Query = range o.Queries {
		var results [2]Result
		for i, events := range []int64{o.Short, o.Short * o.Times} {
			if o.Progress != nil {
				_, _ = fmt.Fprintf(o.Progress, "%s, %d events\n", run.Query, events) // if nobody reads it, nothing is lost
			}
			run.Events = events
			var err error
			if results[i], err = runApart(ctx, o.Program, run); err != nil {
				return err
			}
		}
		line := "| " + run.Query
		for i := range results {
			r := &results[i]
			line += fmt.Sprintf(" | %.1fM | %.2f | %d | %d", float64(r.Events)/1e6, r.EventsPerS/1e6, r.RSSPeakBytes/1e6, r.DiskBytes/1e6)
		}
		if _, err := fmt.Fprintf(w, "%s | %.0f |\n", line, 100*results[1].EventsPerS/results[0].EventsPerS); err != nil {
			return err
		}
	}
	return nil
}
