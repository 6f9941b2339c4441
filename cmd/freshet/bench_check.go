package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchCheckCommand() *cobra.Command {
	var o bench.CheckOptions
	cmd := &cobra.Command{
		Use: "check [flags]", Short: "Check all queries with several numbers of workers and sizes of ticks", Args: cobra.NoArgs,
		Long: `Check runs each query with each number of workers and each size of ticks, on a server that is a process of its own, kills it with SIGKILL and
starts it again on what it has left, and compares the view with the independent computation when all events are in. It prints a line for each
combination, and ends with the first that is wrong. The server is this program.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return check(ctx, cmd, o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Queries, "query", bench.AllQueries(), "the queries that are checked")
	f.Int64Var(&o.Events, "events", 300_000, "how many events there are, of all kinds together")
	f.IntSliceVar(&o.AllWorkers, "workers", []int{1, 2, 4}, "how many workers run the dataflow")
	f.IntSliceVar(&o.AllTickRows, "tick-rows", []int{2048, 50_000, 0}, "how many rows of sources a tick takes; 0 is as many as take a twentieth to a tenth of a second")
	f.IntVar(&o.Kills, "kills", 1, "how often the server is killed in each run")
	f.Uint64Var(&o.Seed, "seed", 0, "repeats a run: it decides when the server is killed; 0 is another one each time")
	f.StringVar(&o.Program, "program", "", "the freshet to run; empty is this one")
	f.StringVar(&o.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	return cmd
}

func check(ctx context.Context, cmd *cobra.Command, o bench.CheckOptions) (err error) {
	if slices.Min(append(o.AllWorkers, 1)) < 1 {
		return errors.New("--workers must be at least 1")
	}
	if slices.Min(append(o.AllTickRows, o.Kills)) < 0 {
		return errors.New("--tick-rows and --kills cannot be negative")
	}
	if err := orThisProgram(&o.Program); err != nil {
		return err
	}
	if o.Seed == 0 {
		o.Seed = 1 + rand.Uint64N(1_000_000)
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "seed %d\n", o.Seed); err != nil {
		return err
	}
	return bench.Check(ctx, o, cmd.OutOrStdout())
}
