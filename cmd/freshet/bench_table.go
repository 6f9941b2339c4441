package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchTableCommand() *cobra.Command {
	o := bench.TableOptions{Options: bench.Options{Verify: true}}
	var only []string
	cmd := &cobra.Command{
		Use: "table [flags]", Short: "Measure all queries, and print the table of docs/bench", Args: cobra.NoArgs,
		Long: `Table measures each line of the table in docs/bench and prints it in Markdown, beside the goals of the design and what Flink was measured
at. A trial of each line tells how many events make a run of the wanted length. Every result is compared with the independent
computation. Each run is a process of its own, so that its memory is not that of the runs before.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Seconds <= 0 || o.Count < 1 {
				return errors.New("--seconds must be positive, --count at least 1")
			}
			o.Only = map[string]bool{}
			for _, q := range only {
				if !slices.ContainsFunc(bench.Lines, func(l bench.Line) bool { return l.Query == q }) {
					return fmt.Errorf("the table has no line of %q", q)
				}
				o.Only[q] = true
			}
			if err := orThisProgram(&o.Program); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			o.Progress = cmd.ErrOrStderr()
			return bench.Table(ctx, o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Program, "program", "", "the freshet to measure; empty is this one")
	f.Float64Var(&o.Seconds, "seconds", 20, "how long each run is to last at least")
	f.IntVar(&o.Count, "count", 3, "how many runs there are of each line; the median is printed")
	f.Int64Var(&o.EventsMax, "events-max", 200_000_000, "how many events a run has at most; 0 is no limit")
	f.StringSliceVar(&only, "query", nil, "the queries whose lines are measured, such as q5,ysb; all if it is left out")
	f.IntVar(&o.Workers, "workers", 0, "how many workers run the dataflow; 0 is one for each core")
	f.StringVar(&o.Input, "input", "", "folder where files of JSON lines stay for the next run; empty: they are removed")
	f.StringVar(&o.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	return cmd
}
