package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/internal/bench"
)

func newBenchEntriesCommand() *cobra.Command {
	events := &count{10_000_000, "events", "how many events there are, of all kinds together"}
	return newProcessBenchCommand(processBench{
		use: "entries", short: "Measure the memory of an entry of the state of q16 and q18",
		long: `Entries makes the views of Nexmark's q16 and q18, compares the server's resident memory with what it was before, and divides it by
the number of entries: of q16 the groups and the different bidders and auctions of each, of q18 the rows. The views are compared with the independent computation.`,
		run: func(ctx context.Context, p bench.Process) (report, error) {
			return bench.Entries(ctx, bench.EntriesOptions{Process: p, Events: int64(events.value), Settle: 10 * time.Second})
		},
	}, events)
}
