package bench

import (
	"context"
	"fmt"
	"io"
)

// CheckOptions say what is checked: each query with each number of workers and each size of ticks. Workers and TickRows of the Process are
// those of each run.
type CheckOptions struct {
	Process
	// Queries are those that are checked, of all benchmarks.
	Queries []string
	Events  int64
	// AllWorkers are the numbers of workers, AllTickRows the rows of a tick; 0: it adapts.
	AllWorkers, AllTickRows []int
	// Kills is how often the server is killed in each run, Seed what decides when.
	Kills int
	Seed  uint64
}

// AllQueries are the names of the queries of all benchmarks.
func AllQueries() []string { return append(Queries("nexmark"), Queries("ysb")...) }

// Check runs all combinations, each on a server that is a process of its own, and writes a line for each. It ends with the first whose view is
// not what the independent computation has.
func Check(ctx context.Context, o CheckOptions, w io.Writer) error {
	for _, name := range o.Queries {
		if err := o.checkQuery(ctx, name, w); err != nil {
			return err
		}
	}
	return nil
}

func (o *CheckOptions) checkQuery(ctx context.Context, name string, w io.Writer) error {
	run := SurviveOptions{Process: o.Process, Benchmark: "nexmark", Query: name, Events: o.Events, Kills: o.Kills, Seed: o.Seed}
	if name == "ysb" {
		run.Benchmark = name
	}
	var want *rows
	for _, run.Workers = range o.AllWorkers {
		for _, run.TickRows = range o.AllTickRows {
			s, err := newSurvivor(run)
			if err != nil {
				return err
			}
			s.want = want
			if err := s.run(ctx); err != nil {
				return err
			}
			want = s.want
			if err := s.result.writeLine(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeLine writes one run of a check.
func (r *SurviveResult) writeLine(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s: %d workers, ticks of %s, %d epochs, %d of %d kills in the middle, %d rows as computed\n",
		r.Query, r.Workers, tickText(r.TickRows), r.Epochs, r.inMiddle(), len(r.Kills), r.Rows)
	return err
}
