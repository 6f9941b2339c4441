package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchLongCommand() *cobra.Command {
	o := bench.LongOptions{Options: bench.Options{Verify: true}}
	cmd := &cobra.Command{
		Use: "long [flags]", Short: "Measure whether queries stay as fast with ten times the events", Args: cobra.NoArgs,
		Long: `Long measures each query with few events and with many, and prints a table in Markdown: the rates, the memory and the disk of both.
Every result is compared with the independent computation. Each run is a process of its own.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Short < 1 || o.Times < 1 {
				return errors.New("--events and --times must be at least 1")
			}
			if err := orThisProgram(&o.Program); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			o.Progress = cmd.ErrOrStderr()
			return bench.Long(ctx, o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Program, "program", "", "the freshet to measure; empty is this one")
	f.StringSliceVar(&o.Queries, "query", bench.Queries("nexmark"), "the queries that are measured")
	f.Int64Var(&o.Short, "events", 10_000_000, "how many events the shorter run has")
	f.Int64Var(&o.Times, "times", 10, "how many times as many the longer run has")
	f.IntVar(&o.Workers, "workers", 0, "how many workers run the dataflow; 0 is one for each core")
	f.StringVar(&o.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	return cmd
}
