package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the real thing and check what it answers",
		Long: `Bench starts a server on a data folder of its own, lets a query run over all events of a generator or a file, until the
last of them is in a durable epoch, and compares the result with an independent computation over the same events.`,
	}
	cmd.AddCommand(
		newBenchQueryCommand("nexmark", "q5", "Measure a query of the Nexmark benchmark"),
		newBenchQueryCommand("ysb", "ysb", "Measure the Yahoo streaming benchmark"),
		newBenchServeCommand(), newBenchBulkCommand(), newBenchGroupsCommand(), newBenchEntriesCommand(), newBenchViewsCommand(), newBenchSurviveCommand(), newBenchCheckCommand(), newBenchTableCommand(),
		newBenchScaleCommand(), newBenchLongCommand(),
	)
	return cmd
}

// report is the result of a benchmark that runs this program as a server.
type report interface {
	WriteJSON(w io.Writer) error
	WriteText(w io.Writer) error
}

// processBench is such a benchmark: run measures p when the flags that it has added are positive numbers.
type processBench struct {
	use, short, long string
	run              func(ctx context.Context, p bench.Process) (report, error)
}

// count is a flag of a number that must be at least 1.
type count struct {
	value       int
	name, usage string
}

func newProcessBenchCommand(b processBench, counts ...*count) *cobra.Command {
	var p bench.Process
	var asJSON bool
	cmd := &cobra.Command{
		Use: b.use + " [flags]", Short: b.short, Args: cobra.NoArgs,
		Long: b.long + ` The server is this program, in a process of its own on an empty folder; the client is on the same machine.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, c := range counts {
				if c.value < 1 {
					return fmt.Errorf("--%s must be at least 1", c.name)
				}
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if err := orThisProgram(&p.Program); err != nil {
				return err
			}
			r, err := b.run(ctx, p)
			switch {
			case err != nil:
				return err
			case asJSON:
				return r.WriteJSON(cmd.OutOrStdout())
			}
			return r.WriteText(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.Program, "program", "", "the freshet to measure; empty is this one")
	for _, c := range counts {
		f.IntVar(&c.value, c.name, c.value, c.usage)
	}
	f.StringVar(&p.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// orThisProgram sets the program that is to be run to this one, if no other is given.
func orThisProgram(program *string) (err error) {
	if *program == "" {
		*program, err = os.Executable()
	}
	return err
}

func newBenchServeCommand() *cobra.Command {
	rows := &count{100_000, "rows", "how many rows the table has"}
	inserts := &count{1000, "inserts", "how many rows are inserted one by one"}
	seconds := &count{5, "seconds", "how long each part lasts"}
	return newProcessBenchCommand(processBench{
		use: "serve", short: "Measure start, idling, INSERTs and SELECTs by key",
		long: `Serve measures how long a server takes to the first query, what it takes when it has nothing to do, how long an INSERT takes
until a view that depends on it shows it, and SELECTs by key on 1 and on 32 connections, through TCP and through a Unix-domain socket. Every answer is checked.`,
		run: func(ctx context.Context, p bench.Process) (report, error) {
			r, err := bench.Serve(ctx, bench.ServeOptions{Process: p, Rows: rows.value, Inserts: inserts.value, Seconds: seconds.value})
			return &r, err
		},
	}, rows, inserts, seconds)
}

func newBenchBulkCommand() *cobra.Command {
	rows := &count{10_000_000, "rows", "how many rows the table gets"}
	return newProcessBenchCommand(processBench{
		use: "bulk", short: "Measure COPY into a table, and all of its rows out",
		long: `Bulk sends rows of two bigints through COPY into a table with a primary key, and reads all of them with SELECT and COPY. What
the table holds is checked.`,
		run: func(ctx context.Context, p bench.Process) (report, error) {
			r, err := bench.Bulk(ctx, bench.BulkOptions{Process: p, Rows: rows.value})
			return &r, err
		},
	}, rows)
}

func newBenchGroupsCommand() *cobra.Command {
	groups := &count{10_000_000, "groups", "how many groups the view has"}
	return newProcessBenchCommand(processBench{
		use: "groups", short: "Measure the memory of a view with many groups",
		long: `Groups makes a view that counts by a bigint, and compares the server's resident memory with what it was before.`,
		run: func(ctx context.Context, p bench.Process) (report, error) {
			r, err := bench.Groups(ctx, bench.GroupsOptions{Process: p, Groups: groups.value, Settle: 10 * time.Second})
			return &r, err
		},
	}, groups)
}

func newBenchViewsCommand() *cobra.Command {
	views := &count{1000, "views", "how many views there are"}
	rows := &count{1_000_000, "rows", "how many rows the source gives"}
	seconds := &count{5, "seconds", "how long the server is watched doing nothing"}
	return newProcessBenchCommand(processBench{
		use: "views", short: "Measure many views on one source",
		long: `Views makes views on one source, each with its own filter, lets them all see some rows, and tells what they take when nothing
comes. Three of them are checked.`,
		run: func(ctx context.Context, p bench.Process) (report, error) {
			r, err := bench.Views(ctx, bench.ViewsOptions{Process: p, Views: views.value, Rows: rows.value, Seconds: seconds.value})
			return &r, err
		},
	}, views, rows, seconds)
}

// benchFlags are the flags as they were written.
type benchFlags struct {
	options             bench.Options
	count               int
	json, benchstat, no bool
}

func newBenchQueryCommand(benchmark, query, short string) *cobra.Command {
	b := benchFlags{options: bench.Options{Benchmark: benchmark}}
	cmd := &cobra.Command{
		Use:   benchmark + " [flags]",
		Short: short,
		Long: short + `.

The clock runs from the definition of the view or sink to the commit of the epoch that has the last event; event time runs at
10,000 events per second of event time. With --source json the file is written before, and is in the page cache.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd) },
	}
	f, o := cmd.Flags(), &b.options
	f.StringVar(&o.Query, "query", query, "one of "+strings.Join(bench.Queries(benchmark), ", ")+"; all is each of them")
	f.Int64Var(&o.Events, "events", 1_000_000, "how many events there are, of all kinds together")
	f.IntVar(&o.Workers, "workers", 0, "how many workers run the dataflow; 0 is one for each core")
	f.IntVar(&o.TickRows, "tick-rows", 0, "how many rows of sources a tick takes; 0 is as many as take a twentieth to a tenth of a second")
	f.IntVar(&o.Cores, "cores", 0, "how many cores run the server; 0 is all")
	if benchmark == "nexmark" {
		f.IntVar(&o.HotAuctionRatio, "hot-auction-ratio", 0, "all but one in so many bids are for the hot auction of their time; 0 is 2, the benchmark's")
	}
	f.StringVar(&o.Source, "source", "gen", "gen: the generator; json: a file of JSON lines")
	f.StringVar(&o.Into, "into", "view", "view: a materialized view; blackhole: a sink that counts rows and drops them")
	f.StringVar(&o.Input, "input", "", "folder where files of --source json stay for the next run; empty: they are removed")
	f.StringVar(&o.Folder, "folder", "", "folder in which the data folder is made, and removed; empty: that for temporary files")
	f.StringVar(&o.CPUProfile, "cpuprofile", "", "file for a profile of what is measured, of the last run if there are several")
	f.IntVar(&b.count, "count", 1, "how many times to run; the median is printed last")
	f.BoolVar(&b.no, "no-verify", false, "do not check the result")
	f.BoolVar(&b.json, "json", false, "print one JSON object a run, and nothing else")
	f.BoolVar(&b.benchstat, "benchstat", false, "print each run as a line for benchstat, and nothing else")
	cmd.MarkFlagsMutuallyExclusive("json", "benchstat")
	return cmd
}

func (b *benchFlags) run(cmd *cobra.Command) error {
	if b.count < 1 {
		return errors.New("count must be at least 1")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := b.options
	o.Verify, o.Connectors = !b.no, all.Kinds()
	if !b.json && !b.benchstat {
		o.Progress = cmd.ErrOrStderr()
	}
	queries := []string{o.Query}
	if o.Query == "all" {
		queries = bench.Queries(o.Benchmark)
	}
	out := cmd.OutOrStdout()
	for _, q := range queries {
		o.Query = q
		var results []bench.Result
		for range b.count {
			r, err := bench.Run(ctx, o)
			if err != nil {
				return err
			}
			if err := b.write(out, &r); err != nil {
				return err
			}
			results = append(results, r)
		}
		if b.count > 1 && o.Progress != nil {
			m := bench.Median(results)
			if _, err := fmt.Fprintf(out, "median of %d runs: %.3f M events/s, %.2f s of cpu\n\n", b.count, m.EventsPerS/1e6, m.CPUS); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes one run in the form that was asked for.
func (b *benchFlags) write(out io.Writer, r *bench.Result) error {
	switch {
	case b.json:
		return r.WriteJSON(out)
	case b.benchstat:
		return r.WriteBenchstat(out)
	}
	if err := r.WriteText(out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}
