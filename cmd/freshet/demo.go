package main

import (
	"context"
	_ "embed" // demo.sql
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/server"
)

//go:embed demo.sql
var demoSQL string

// demoQueries are asked every second.
var demoQueries = []struct{ title, sql string }{
	{"bids in windows of 2 seconds (TUMBLE), the latest", `SELECT window_start::time AS "from", window_end::time AS "to", bids, highest, mean FROM per_window ORDER BY window_start DESC LIMIT 3`},
	{"hot auctions of the last 10 seconds (HOP)", `SELECT window_start::time AS "from", auction, bids FROM hot_items WHERE window_start = (SELECT max(window_start) - INTERVAL '8 seconds' FROM per_window) ORDER BY bids DESC, auction LIMIT 3`},
	{"a stream joined with a table", `SELECT kind, bids, volume FROM per_kind ORDER BY kind`},
}

func newDemoCommand() *cobra.Command {
	var seconds int
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show continuous queries over a live stream of auctions",
		Long:  `Demo serves a database in a temporary folder, with a live stream and views on it, and prints what they hold every second.`,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return demo(ctx, cmd.OutOrStdout(), listen, seconds)
		},
	}
	cmd.Flags().IntVar(&seconds, "seconds", 10, "for how long to print")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address for clients; port 0 is a free one")
	return cmd
}

func demo(ctx context.Context, out io.Writer, listen string, seconds int) (err error) {
	dir, err := os.MkdirTemp("", "freshet-demo-")
	if err != nil {
		return err
	}
	defer func() {
		if removeErr := os.RemoveAll(dir); err == nil {
			err = removeErr
		}
	}()
	s, err := server.Start(ctx, server.Config{
		Data: filepath.Join(dir, "data"), Listen: listen, HTTP: server.None, Connectors: all.Kinds(), Version: shortVersion(),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := s.Close(context.WithoutCancel(ctx)); err == nil {
			err = closeErr
		}
	}()
	return runDemo(ctx, out, s, seconds)
}

func runDemo(ctx context.Context, out io.Writer, s *server.Server, seconds int) error {
	local, err := s.OpenLocal(ctx, "freshet", "freshet")
	if err != nil {
		return err
	}
	defer local.Close()
	if _, err := local.Exec(ctx, demoSQL); err != nil {
		return err
	}
	host, port, _ := strings.Cut(s.Address().String(), ":")
	connect := fmt.Sprintf("psql -h %s -p %s -U freshet freshet", host, port)
	if _, err := fmt.Fprintf(out, "%s\nThe views are kept fresh as rows arrive. Meanwhile ask them yourself:  %s\n", strings.TrimSpace(demoSQL), connect); err != nil {
		return err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for second := range seconds {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := printDemo(ctx, out, local, second+1); err != nil {
			return err
		}
	}
	return nil
}

func printDemo(ctx context.Context, out io.Writer, local *server.Local, second int) error {
	if _, err := fmt.Fprintf(out, "\n--- after %d s\n", second); err != nil {
		return err
	}
	for _, q := range demoQueries {
		result, err := local.Exec(ctx, q.sql)
		if err != nil {
			return fmt.Errorf("%s: %w", q.title, err)
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		text := q.title + "\n\t" + strings.Join(result.Columns, "\t") + "\t\n"
		for _, row := range result.Rows {
			for _, v := range row {
				value := "NULL"
				if v != nil {
					value = *v
				}
				text += "\t" + value
			}
			text += "\t\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}
