package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/blackhole"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/server"
)

// Options say what is measured.
type Options struct {
	// Benchmark is nexmark or ysb, Query one of Queries.
	Benchmark, Query string
	// Events is how many there are, of all kinds together.
	Events int64
	// HotAuctionRatio makes all but one in so many bids go to the hot auction of their time; 0: one in two, as the benchmark has it.
	HotAuctionRatio int
	// Workers is how many run the dataflow; 0: one for each core.
	Workers int
	// TickRows is how many rows of sources a tick takes; 0: it adapts.
	TickRows int
	// Cores is how many run Go code at a time; 0: as many as there are.
	Cores int
	// Source is gen, the generator, or json, a file of lines that was written before.
	Source string
	// Into is view, a materialized view, or blackhole, a sink that counts.
	Into string
	// Input is a folder where files for Source json stay for the next run; empty: they are written for this run.
	Input string
	// Folder is where the data folder is made, and removed; empty: the system's folder for temporary files.
	Folder string
	// CPUProfile is a file for a profile of what is measured; empty: none.
	CPUProfile string
	// Verify compares the result with the independent computation.
	Verify bool
	// Connectors are those of the server.
	Connectors []*connector.Kind
	// Progress hears what is being done, for people; nil: nobody.
	Progress io.Writer
}

// bench is one run.
type bench struct {
	Options
	query  *query
	inputs inputs
	dir    string // removed at the end
	seen   visibility
	sink   *blackhole.Sink
	server *server.Server
	local  *server.Local
	result Result
	// before are the figures at the start of the clock.
	before dataflow.Stats
}

// Run measures one query.
func Run(ctx context.Context, o Options) (r Result, err error) {
	b := &bench{Options: o}
	if err := b.check(); err != nil {
		return r, err
	}
	if b.dir, err = os.MkdirTemp(o.Folder, "freshet-bench-"); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.run(ctx); err != nil {
		return r, fmt.Errorf("%s %s: %w", o.Benchmark, o.Query, err)
	}
	return b.result, nil
}

func (b *bench) check() (err error) {
	if b.query, err = findQuery(b.Benchmark, b.Query); err != nil {
		return err
	}
	switch {
	case b.Events <= 0:
		return errors.New("events must be at least 1")
	case b.Workers < 0 || b.Cores < 0 || b.HotAuctionRatio < 0 || b.TickRows < 0:
		return errors.New("workers cannot be negative, nor cores, nor the ratio of the hot auction, nor the rows of a tick")
	case b.Source != "gen" && b.Source != "json":
		return fmt.Errorf("source %q does not exist: it is gen or json", b.Source)
	case b.Into != "view" && b.Into != "blackhole":
		return fmt.Errorf("into %q does not exist: it is view or blackhole", b.Into)
	}
	if b.Workers == 0 {
		b.Workers = runtime.GOMAXPROCS(0)
	}
	b.inputs = b.query.inputs(b.Events, b.HotAuctionRatio)
	b.result = Result{
		Benchmark: b.Benchmark, Query: b.Query, Source: b.Source, Into: b.Into, Events: b.Events, Workers: b.Workers, TickRows: b.TickRows,
	}
	return nil
}

func (b *bench) tell(format string, args ...any) {
	if b.Progress != nil {
		_, _ = fmt.Fprintf(b.Progress, format+"\n", args...) // if nobody reads it, nothing is lost
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.Cores > 0 {
		before := runtime.GOMAXPROCS(b.Cores)
		defer runtime.GOMAXPROCS(before)
	}
	statements, err := b.statements(ctx)
	if err != nil {
		return err
	}
	b.server, err = server.Start(ctx, server.Config{
		Data: filepath.Join(b.dir, "data"), Listen: server.None, HTTP: server.None, Workers: b.Workers, TickRows: b.TickRows, Connectors: b.connectors(),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.server.Close(context.WithoutCancel(ctx))) }()
	if b.local, err = b.server.OpenLocal(ctx, "freshet", "freshet"); err != nil {
		return err
	}
	defer b.local.Close()
	for _, s := range statements {
		if _, err := b.local.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	if !b.Verify {
		return nil
	}
	return b.verify(ctx)
}

// connectors are those of the server, under observation.
func (b *bench) connectors() []*connector.Kind {
	var list []*connector.Kind
	for _, k := range b.Connectors {
		if k.Name == blackhole.Kind.Name {
			list = append(list, b.watchedHole(k))
			continue
		}
		list = append(list, watched(k, &b.seen))
	}
	return list
}

// watchedHole is the connector for blackholes, whose sink is found afterwards.
func (b *bench) watchedHole(k *connector.Kind) *connector.Kind {
	hole := *k
	hole.Sink = func(c connector.Config) (connector.Sink, error) {
		s, err := k.Sink(c)
		b.sink, _ = s.(*blackhole.Sink)
		return s, err
	}
	return &hole
}

// measure runs the query over all events, from its definition to the commit of the last of them.
func (b *bench) measure(ctx context.Context) (err error) {
	text, err := b.query.text(b.query.name + ".sql")
	if err != nil {
		return err
	}
	define := "CREATE MATERIALIZED VIEW result AS\n" + text
	if b.Into == "blackhole" {
		define = "CREATE SINK result AS\n" + text + "\nWITH (connector = 'blackhole')"
	}
	stop, err := b.profile()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	debug.FreeOSMemory() // what a run before has left is not this one's
	resetPeak()
	b.seen.reset()
	b.before = b.server.Runtime().Stats()
	start := readMeter()
	if _, err := b.local.Exec(ctx, define); err != nil {
		return fmt.Errorf("%s: %w", define, err)
	}
	stats, err := b.wait(ctx)
	if err != nil {
		return err
	}
	end := readMeter()
	r := &b.result
	r.finish(end.cpu-start.cpu, end.at.Sub(start.at))
	r.GCCPUS = (end.gc - start.gc).Seconds()
	r.RSSPeakBytes = peakBytes()
	r.DiskBytes = int64(b.server.Store().Metrics().DiskBytes)
	r.Commits = stats.Epochs - b.before.Epochs
	ticks := b.seen.done()
	r.VisibleP50MS = percentile(ticks, 0.50).Seconds() * 1000
	r.VisibleP99MS = percentile(ticks, 0.99).Seconds() * 1000
	return nil
}

// profile begins the profile, if one is wanted.
func (b *bench) profile() (stop func() error, err error) {
	if b.CPUProfile == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(b.CPUProfile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return sync.OnceValue(func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}), nil
}

// pollEvery is how often the figures are asked for the end.
const pollEvery = 5 * time.Millisecond

// wait returns when a committed epoch has all events.
func (b *bench) wait(ctx context.Context) (dataflow.Stats, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		s := b.server.Runtime().Stats()
		if done, err := finished(&s, &b.before); done || err != nil {
			return s, err
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-tick.C:
		}
	}
}

// finished tells whether all sources are at their end. What fails ends a run: a server would try again, or wait until someone mends it.
func finished(s, before *dataflow.Stats) (bool, error) {
	if s.Failing.Err != nil {
		return false, s.Failing.Err
	}
	for _, g := range s.Graphs {
		if g.Status == dataflow.Failed {
			return false, fmt.Errorf("relation %d has failed: %w", g.ID, g.Err)
		}
	}
	if len(s.Graphs) <= len(before.Graphs) || len(s.Sources) == 0 {
		return false, nil
	}
	for _, f := range s.Sources {
		switch {
		case f.Err != "":
			return false, fmt.Errorf("source %d: %s", f.Source, f.Err)
		case !f.Ended:
			return false, nil
		}
	}
	return true, nil
}
