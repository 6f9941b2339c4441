package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/sql/batch"
)

// SurviveOptions say which query is to survive what.
type SurviveOptions struct {
	Process
	// Benchmark is nexmark or ysb, Query one of Queries.
	Benchmark, Query string
	Events           int64
	// RowsPerSecond is the rate of each source; 0: as fast as they can be taken.
	RowsPerSecond int
	// Kills is how often the server is killed while events come, Seed what decides when.
	Kills int
	Seed  uint64
}

// SurviveResult is what was seen of it.
type SurviveResult struct {
	Benchmark string `json:"benchmark"`
	Query     string `json:"query"`
	Events    int64  `json:"events"`
	Workers   int    `json:"workers"`
	Seed      uint64 `json:"seed"`
	Kills     []Kill `json:"kills"`
	// Rows is how many rows the view has in the end; they are those of the independent computation.
	Rows int64 `json:"rows"`
}

// Kill is one SIGKILL: how many rows of sources could be seen before it, and after the restart, and how long the restart took to the first answer.
type Kill struct {
	RowsBefore int64   `json:"rows_before"`
	RowsAfter  int64   `json:"rows_after"`
	RestartMS  float64 `json:"restart_ms"`
}

// Survive kills a server with SIGKILL in the middle of a query, again and again, starts it again on what it has left, and compares the view with
// the independent computation when all events are in.
func Survive(ctx context.Context, o SurviveOptions) (r SurviveResult, err error) {
	s := &survivor{SurviveOptions: o, random: rand.New(rand.NewPCG(o.Seed, 1))}
	if s.query, err = findQuery(o.Benchmark, o.Query); err != nil {
		return r, err
	}
	if o.Events <= 0 {
		return r, errors.New("events must be at least 1")
	}
	s.result = SurviveResult{Benchmark: o.Benchmark, Query: o.Query, Events: o.Events, Workers: o.Workers, Seed: o.Seed}
	if s.process, err = startProcess(ctx, o.Process); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.process.stop(context.WithoutCancel(ctx))) }()
	if err := s.run(ctx); err != nil {
		return r, fmt.Errorf("%s %s, seed %d: %w", o.Benchmark, o.Query, o.Seed, err)
	}
	return s.result, nil
}

// survivor is one run.
type survivor struct {
	SurviveOptions
	query   *query
	inputs  inputs
	rows    int64 // of all sources
	random  *rand.Rand
	process *process
	result  SurviveResult
}

func (s *survivor) run(ctx context.Context) error {
	s.inputs = s.query.inputs(s.Events, 0)
	if err := s.define(ctx); err != nil {
		return err
	}
	for kill := range s.Kills {
		// Somewhere in its share of the events.
		share := s.rows / int64(s.Kills+1)
		at := share*int64(kill) + s.random.Int64N(max(share, 1)) + 1
		if err := s.kill(ctx, at); err != nil {
			return fmt.Errorf("kill %d: %w", kill+1, err)
		}
	}
	if _, err := s.waitFor(ctx, s.rows, 20*time.Millisecond); err != nil {
		return err
	}
	return s.verify()
}

// define makes the sources and the view, and counts the rows of the sources.
func (s *survivor) define(ctx context.Context) error {
	b := &bench{Options: Options{Benchmark: s.Benchmark, Query: s.Query, Events: s.Events, Source: "gen"}, query: s.query, inputs: s.inputs}
	statements, err := b.statements(ctx)
	if err != nil {
		return err
	}
	for _, text := range statements {
		if s.RowsPerSecond > 0 {
			text = strings.Replace(text, " WITH (", fmt.Sprintf(" WITH (rows_per_second = %d, ", s.RowsPerSecond), 1)
		}
		if err := s.process.do(text); err != nil {
			return err
		}
	}
	for _, name := range s.query.streams {
		err := s.inputs[name].each([]string{eventTimes[s.Benchmark]}, func(b *batch.Batch) error {
			s.rows += int64(b.Len())
			return nil
		})
		if err != nil {
			return err
		}
	}
	text, err := s.query.text(s.query.name + ".sql")
	if err != nil {
		return err
	}
	return s.process.do("CREATE MATERIALIZED VIEW result AS\n" + text)
}

// rowsIn is how many rows of sources are in what can be seen.
func (s *survivor) rowsIn() (int64, error) {
	text, err := s.process.askOne("SELECT coalesce(sum(rows), 0) FROM sys.sources")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// waitFor waits until so many rows are in, and answers how many are.
func (s *survivor) waitFor(ctx context.Context, want int64, every time.Duration) (int64, error) {
	for {
		rows, err := s.rowsIn()
		if err != nil || rows >= want {
			return rows, err
		}
		if err := pause(ctx, every); err != nil {
			return rows, err
		}
	}
}

// kill waits until so many rows are in, kills the server, and starts it again.
func (s *survivor) kill(ctx context.Context, at int64) error {
	before, err := s.waitFor(ctx, at, time.Millisecond)
	if err != nil {
		return err
	}
	if before >= s.rows {
		return errors.New("all events were in before it: there must be more of them, or they must come more slowly")
	}
	if err := errors.Join(s.process.kill(), s.process.start(ctx)); err != nil {
		return err
	}
	after, err := s.rowsIn()
	if err != nil {
		return err
	}
	s.result.Kills = append(s.result.Kills, Kill{before, after, s.process.firstQuery.Seconds() * 1000})
	if after < before {
		return fmt.Errorf("%d rows of sources could be seen before, and %d after the restart", before, after)
	}
	return nil
}

// verify compares the view with the independent computation.
func (s *survivor) verify() error {
	seeds := newSeeds()
	want, got := &rows{seeds: seeds}, &rows{seeds: seeds}
	if err := s.query.answer(s.inputs, want); err != nil {
		return fmt.Errorf("the independent computation: %w", err)
	}
	read := s.query.read
	if read == "" {
		read = "SELECT * FROM result"
	}
	c := s.process.client
	c.line = func(line []byte) {
		for field := range bytes.SplitSeq(bytes.TrimSuffix(line, []byte("\n")), []byte("\t")) {
			got.bytes(field)
		}
		got.end()
	}
	defer func() { c.line = nil }()
	if err := s.process.do("COPY (" + read + ") TO STDOUT"); err != nil {
		return fmt.Errorf("reading the view: %w", err)
	}
	if got.sum != want.sum {
		return fmt.Errorf("the view has %s, and the independent computation %s", got.sum, want.sum)
	}
	s.result.Rows = want.sum.rows
	return nil
}

// WriteJSON writes one object in a line.
func (r *SurviveResult) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteText writes a line for people, and one a kill.
func (r *SurviveResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s %s: %d events, %d kills (seed %d), %d rows equal to the independent computation\n",
		r.Benchmark, r.Query, r.Events, len(r.Kills), r.Seed, r.Rows)
	for i, k := range r.Kills {
		_, werr := fmt.Fprintf(w, "  kill %d: %d rows of sources before, %d after a restart of %.0f ms\n", i+1, k.RowsBefore, k.RowsAfter, k.RestartMS)
		err = errors.Join(err, werr)
	}
	return err
}
