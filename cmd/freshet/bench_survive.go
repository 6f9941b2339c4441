package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchSurviveCommand() *cobra.Command {
	o := bench.SurviveOptions{Benchmark: "nexmark"}
	var asJSON bool
	cmd := &cobra.Command{
		Use: "survive [flags]", Short: "Kill a server in the middle of queries, and check what they answer", Args: cobra.NoArgs,
		Long: `Survive runs a query of the Nexmark benchmark on a server that is a process of its own, kills it with SIGKILL while events come, starts
it again on what it has left, and compares the view with the independent computation when all events are in. The server is this program.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return survive(ctx, cmd, o, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Query, "query", "all", "a query of freshet bench nexmark; all is each of them")
	f.Int64Var(&o.Events, "events", 1_000_000, "how many events there are, of all kinds together")
	f.IntVar(&o.RowsPerSecond, "rows-per-second", 200_000, "how many rows of each source come per second, or fewer if there are so few, so that a kill finds some; 0 is as fast as they can be taken")
	f.IntVar(&o.Workers, "workers", 0, "how many workers run the dataflow; 0 is one for each core")
	f.IntVar(&o.TickRows, "tick-rows", 0, "how many rows of sources a tick takes; 0 is as many as take a twentieth to a tenth of a second")
	f.IntVar(&o.Kills, "kills", 3, "how often the server is killed")
	f.Uint64Var(&o.Seed, "seed", 0, "repeats a run: it decides when the server is killed; 0 is another one each time")
	f.StringVar(&o.Program, "program", "", "the freshet to run; empty is this one")
	f.StringVar(&o.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	f.BoolVar(&asJSON, "json", false, "print one JSON object a query")
	return cmd
}

func survive(ctx context.Context, cmd *cobra.Command, o bench.SurviveOptions, asJSON bool) (err error) {
	if o.Workers < 0 || o.TickRows < 0 || o.Kills < 0 || o.RowsPerSecond < 0 {
		return fmt.Errorf("--workers, --tick-rows, --kills and --rows-per-second cannot be negative")
	}
	if err := orThisProgram(&o.Program); err != nil {
		return err
	}
	if o.Seed == 0 {
		o.Seed = 1 + rand.Uint64N(1_000_000)
	}
	queries := []string{o.Query}
	if o.Query == "all" {
		queries = bench.Queries(o.Benchmark)
	}
	for _, o.Query = range queries {
		r, err := bench.Survive(ctx, o)
		if err != nil {
			return err
		}
		write := r.WriteText
		if asJSON {
			write = r.WriteJSON
		}
		if err := write(cmd.OutOrStdout()); err != nil {
			return err
		}
	}
	return nil
}
