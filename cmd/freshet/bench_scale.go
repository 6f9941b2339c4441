package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchScaleCommand() *cobra.Command {
	o := bench.ScaleOptions{Options: bench.Options{Verify: true, Connectors: all.Kinds()}}
	var only []string
	cmd := &cobra.Command{
		Use: "scale [flags]", Short: "Measure queries with one and two workers, on one and two cores", Args: cobra.NoArgs,
		Long: `Scale measures queries with one worker on one core, one worker on two cores, where commits and the taking of input go on beside it,
and two workers, in turn, and prints a table in Markdown: rates, how many of two cores one worker keeps busy, and what a second one can bring
then at most. Every result is compared with the independent computation.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Count < 1 || o.Share <= 0 {
				return errors.New("--count must be at least 1, --share positive")
			}
			o.Only = map[string]bool{}
			for _, q := range only {
				if !slices.ContainsFunc(bench.Cases, func(c bench.Case) bool { return c.Query == q }) {
					return fmt.Errorf("how %q scales is not measured", q)
				}
				o.Only[q] = true
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			o.Progress = cmd.ErrOrStderr()
			return bench.Scale(ctx, o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Count, "count", 3, "how many runs there are of each kind; the median is printed")
	f.Float64Var(&o.Share, "share", 1, "by what the events of each query are multiplied; 1 is 5 to 20 seconds a run")
	f.StringSliceVar(&only, "query", nil, "the queries that are measured, such as q5,q15; all if it is left out")
	f.StringVar(&o.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	return cmd
}
