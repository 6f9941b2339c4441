package bench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/sql/batch"
)

// SurviveOptions say which query is to survive what.
type SurviveOptions struct {
	Process
	// Benchmark is nexmark or ysb, Query one of Queries.
	Benchmark, Query string
	Events           int64
	// RowsPerSecond is the rate of each source, at most: all rows take half a second for each kill, and one more. 0: as fast as they can be taken.
	RowsPerSecond int
	// Kills is how often the server is killed, Seed what decides when. Where the machine is busy all rows may be in before; the result tells.
	Kills int
	Seed  uint64
}

// SurviveResult is what was seen of it.
type SurviveResult struct {
	Benchmark string `json:"benchmark"`
	Query     string `json:"query"`
	Events    int64  `json:"events"`
	Workers   int    `json:"workers"`
	TickRows  int    `json:"tick_rows"`
	// Epochs is how many the sources and the view were made and filled in.
	Epochs int64 `json:"epochs"`
	// SourceRows is how many rows the sources have.
	SourceRows int64  `json:"source_rows"`
	Seed       uint64 `json:"seed"`
	Kills      []Kill `json:"kills"`
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
	s, err := newSurvivor(o)
	if err != nil {
		return r, err
	}
	err = s.run(ctx)
	return s.result, err
}

func newSurvivor(o SurviveOptions) (*survivor, error) {
	q, err := findQuery(o.Benchmark, o.Query)
	switch {
	case err != nil:
		return nil, err
	case o.Events <= 0:
		return nil, errors.New("events must be at least 1")
	}
	return &survivor{
		SurviveOptions: o, query: q, inputs: q.inputs(o.Events, 0),
		random: rand.New(rand.NewPCG(o.Seed, uint64(o.Workers)<<32|uint64(o.TickRows))),
		result: SurviveResult{
			Benchmark: o.Benchmark, Query: o.Query, Events: o.Events, Workers: o.Workers, TickRows: o.TickRows, Seed: o.Seed,
		},
	}, nil
}

// survivor is one run.
type survivor struct {
	SurviveOptions
	query   *query
	inputs  inputs
	want    *rows // the independent computation; nil: not yet computed
	random  *rand.Rand
	process *process
	result  SurviveResult
}

// run runs it all on a server of its own. What fails says how to repeat it.
func (s *survivor) run(ctx context.Context) (err error) {
	if s.process, err = startProcess(ctx, s.Process); err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, s.process.stop(context.WithoutCancel(ctx))); err != nil {
			err = fmt.Errorf("%s %s, %d workers, ticks of %s, seed %d: %w", s.Benchmark, s.Query, s.Workers, tickText(s.TickRows), s.Seed, err)
		}
	}()
	if err := errors.Join(s.defineSources(ctx), s.defineView()); err != nil {
		return err
	}
	for kill := range s.Kills {
		// Somewhere in its share of the events.
		share := s.result.SourceRows / int64(s.Kills+1)
		at := share*int64(kill) + s.random.Int64N(max(share, 1)) + 1
		if s.RowsPerSecond == 0 {
			at -= int64(cmp.Or(s.TickRows, dataflow.DefaultTickRows)) // in the tick that has it: that is the first one, too
		}
		if err := s.kill(ctx, at); err != nil {
			return fmt.Errorf("kill %d: %w", kill+1, err)
		}
	}
	if _, err := s.waitFor(ctx, s.result.SourceRows, 20*time.Millisecond); err != nil {
		return err
	}
	if s.result.Epochs, err = s.askNumber("SELECT max(epoch) FROM sys.epochs"); err != nil {
		return err
	}
	return s.verify()
}

// defineSources makes the sources, and counts their rows.
func (s *survivor) defineSources(ctx context.Context) error {
	b := &bench{Options: Options{Benchmark: s.Benchmark, Query: s.Query, Events: s.Events, Source: "gen"}, query: s.query, inputs: s.inputs}
	statements, err := b.statements(ctx)
	if err != nil {
		return err
	}
	setup := len(statements) - len(s.query.streams)
	for i, text := range statements {
		if i >= setup {
			rows, err := s.countRows(s.query.streams[i-setup])
			if err != nil {
				return err
			}
			s.result.SourceRows += rows
			if s.RowsPerSecond > 0 {
				rate := min(int64(s.RowsPerSecond), max(2*rows/int64(s.Kills+1), 1))
				text = strings.Replace(text, " WITH (", fmt.Sprintf(" WITH (rows_per_second = %d, ", rate), 1)
			}
		}
		if err := s.process.do(text); err != nil {
			return err
		}
	}
	return nil
}

// countRows is how many rows a table of the generator has.
func (s *survivor) countRows(name string) (n int64, err error) {
	err = s.inputs[name].each([]string{eventTimes[s.Benchmark]}, func(b *batch.Batch) error {
		n += int64(b.Len())
		return nil
	})
	return n, err
}

func (s *survivor) defineView() error {
	text, err := s.query.text(s.query.name + ".sql")
	if err != nil {
		return err
	}
	return s.process.do("CREATE MATERIALIZED VIEW result AS\n" + text)
}

// rowsIn is how many rows of sources are in what can be seen.
func (s *survivor) rowsIn() (int64, error) {
	return s.askNumber("SELECT coalesce(sum(rows), 0) FROM sys.sources")
}

// askNumber runs a query that answers a number.
func (s *survivor) askNumber(sql string) (int64, error) {
	text, err := s.process.askOne(sql)
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

// killLater is how long after an epoch a kill may come: some come while a tick runs, some while it is made durable.
const killLater = 20 * time.Millisecond

// kill waits until so many rows are in, kills the server, and starts it again.
func (s *survivor) kill(ctx context.Context, at int64) error {
	if _, err := s.waitFor(ctx, at, time.Millisecond); err != nil {
		return err
	}
	if err := pause(ctx, time.Duration(s.random.Int64N(int64(killLater)))); err != nil {
		return err
	}
	before, err := s.rowsIn()
	if err != nil {
		return err
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
	if s.want == nil {
		s.want = &rows{seeds: newSeeds()}
		if err := s.query.answer(s.inputs, s.want); err != nil {
			return fmt.Errorf("the independent computation: %w", err)
		}
	}
	want, got := s.want, &rows{seeds: s.want.seeds}
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

// inMiddle is how many kills have come before all rows were in.
func (r *SurviveResult) inMiddle() int {
	n := 0
	for _, k := range r.Kills {
		if k.RowsBefore < r.SourceRows {
			n++
		}
	}
	return n
}

// tickText says how large ticks are.
func tickText(rows int) string {
	if rows == 0 {
		return "50 to 100 ms"
	}
	return fmt.Sprintf("%d rows", rows)
}

// WriteText writes a line for people, and one a kill.
func (r *SurviveResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s %s: %d events, %d of %d kills in the middle (seed %d), %d rows equal to the independent computation\n",
		r.Benchmark, r.Query, r.Events, r.inMiddle(), len(r.Kills), r.Seed, r.Rows)
	for i, k := range r.Kills {
		_, werr := fmt.Fprintf(w, "  kill %d: %d rows of sources before, %d after a restart of %.0f ms\n", i+1, k.RowsBefore, k.RowsAfter, k.RestartMS)
		err = errors.Join(err, werr)
	}
	return err
}
