package bench

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// stepped runs a view tick by tick.
type stepped struct {
	query    *query
	events   int64
	gap      int64 // between two events, in microseconds
	workers  int
	micros   int64 // of a tick; sources give a row a microsecond
	restarts int   // that come in the middle
	// watch, if not nil, sees the figures after each tick.
	watch  func(dataflow.Stats)
	now    int64
	server *server.Server
	local  *server.Local
}

// run runs the query to its end and adds the rows of the view.
func (s *stepped) run(t *testing.T, got *rows) {
	t.Helper()
	s.now = 1_700_000_000_000_000
	data := filepath.Join(t.TempDir(), "data")
	s.open(t, data)
	b := &bench{Options: Options{Benchmark: "nexmark", Query: s.query.name, Events: s.events, Source: "gen"}, query: s.query, inputs: s.query.inputs(s.events, 0)}
	for name, table := range b.inputs {
		table.eventGapMicros = max(s.gap, table.eventGapMicros)
		b.inputs[name] = table
	}
	statements, err := b.statements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range statements {
		s.exec(t, strings.Replace(text, " WITH (", " WITH (rows_per_second = 1000000, ", 1))
	}
	text, err := s.query.text(s.query.name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	s.exec(t, "CREATE MATERIALIZED VIEW result AS\n"+text)
	random := rand.New(rand.NewPCG(1, uint64(s.workers)))
	left := s.restarts
	for !s.ended() {
		s.step(t)
		if s.watch != nil {
			s.watch(s.server.Runtime().Stats())
		}
		if left > 0 && s.rowsIn() > 0 && random.IntN(2) == 0 {
			left--
			s.close(t)
			s.open(t, data)
		}
	}
	if left > 0 {
		t.Errorf("%d of %d restarts have not been", left, s.restarts)
	}
	read := "SELECT * FROM result"
	if s.query.read != "" {
		read = strings.ReplaceAll(s.query.read, "now()", "timestamptz '2023-11-15'")
	}
	err = s.local.Read(t.Context(), read, func(columns []types.Type, b *batch.Batch) error {
		addBatch(got, columns, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.close(t)
}

func (s *stepped) open(t *testing.T, data string) {
	t.Helper()
	var err error
	s.server, err = server.Start(t.Context(), server.Config{
		Data: data, Listen: server.None, HTTP: server.None, Workers: s.workers, Connectors: all.Kinds(), Manual: true,
		Clock: func() int64 { return s.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.local, err = s.server.OpenLocal(t.Context(), "freshet", "freshet"); err != nil {
		t.Fatal(err)
	}
}

func (s *stepped) close(t *testing.T) {
	t.Helper()
	s.local.Close()
	if err := s.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *stepped) step(t *testing.T) {
	t.Helper()
	s.now += s.micros
	if _, err := s.server.Runtime().Step(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exec runs a statement, and ticks until it is done.
func (s *stepped) exec(t *testing.T, sql string) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := s.local.Exec(t.Context(), sql)
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			return
		default:
			if _, err := s.server.Runtime().Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// ended tells whether the sources have been read to their ends.
func (s *stepped) ended() bool {
	stats := s.server.Runtime().Stats()
	for _, f := range stats.Sources {
		if !f.Ended {
			return false
		}
	}
	return len(stats.Sources) > 0
}

func (s *stepped) rowsIn() int64 {
	n := int64(0)
	for _, g := range s.server.Runtime().Stats().Graphs {
		if !g.Table {
			n += g.RowsIn
		}
	}
	return n
}

// TestStateExpires checks that views whose rows are done with as time passes keep no more in the last four minutes of events than
// they kept in the first four.
func TestStateExpires(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q5", "q7", "q11"} {
		q, err := findQuery("nexmark", name)
		if err != nil {
			t.Fatal(err)
		}
		const events, gap = 96_000, 5000 // eight minutes
		var kept []int64                 // bytes, after each tick until a source has ended
		s := stepped{query: q, events: events, gap: gap, workers: 1, micros: events / 160}
		s.watch = func(stats dataflow.Stats) {
			for _, f := range stats.Sources {
				if f.Ended {
					return
				}
			}
			for _, g := range stats.Graphs {
				if !g.Table {
					kept = append(kept, g.StateBytes)
				}
			}
		}
		s.run(t, &rows{seeds: newSeeds()})
		if len(kept) < 20 {
			t.Fatalf("%s: there were %d ticks", name, len(kept))
		}
		first, last := slices.Max(kept[:len(kept)/2]), slices.Max(kept[len(kept)/2:])
		t.Logf("%s: at most %d bytes of state in the first half, %d in the second", name, first, last)
		if first == 0 || last > first*5/4 {
			t.Errorf("%s: at most %d bytes of state in the first half, %d in the second", name, first, last)
		}
	}
}
