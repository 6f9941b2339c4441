package dataflow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// sourceWindows is a view that counts the rows of a source by their first column, which is also when a group is complete, and the relation of
// its late rows.
func sourceWindows(id, source, lateID flow.RelationID) (dataflow.GraphDef, *flow.Relation, *dataflow.RelationDef) {
	var b builder
	_, late := timedTable()
	late.ID, late.Arrangements[0].ID, late.Arrangements[0].Table = lateID, lateID, flow.TableID(lateID)
	in := b.add(&flow.Source{Relation: source, Columns: []int{0, 1}, Watermark: &flow.Watermark{Expr: column(0), Column: 0}}, fields("id", "x"))
	in.Exchange = &flow.Exchange{Keys: []int{0}}
	b.g.Tables = []flow.StateTable{{ID: flow.TableID(id + 500), Bound: true}}
	b.g.Late = []flow.Late{{Relation: lateID, Columns: late.Columns}}
	in = b.add(&flow.Aggregate{
		Columns: columnTypes(fields("id", "x")), Keys: []int{0},
		Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}}, Bound: column(0),
	}, fields("time", "n"), in)
	def, view := b.view(id, "w", 0, in)
	def.Wait = false
	return def, view, late
}

// appendLines writes behind the end of a file.
func appendLines(t testT, path, lines string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(lines)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLatenessEquation: which rows are late, and which partitions are idle, is part of an epoch: a crash after each tick changes nothing.
func TestLatenessEquation(t *testing.T) {
	root := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		dir := filepath.Join(root, fmt.Sprint(runs))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		paths := []string{filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")}
		for _, p := range paths {
			appendLines(t, p, "")
		}
		const timeout = 1000
		var worlds [2]*world
		var view *flow.Relation
		var late *dataflow.RelationDef
		for i := range worlds {
			w := newWorld(t, dataflow.Config{Workers: 1 + i})
			worlds[i] = w
			w.sources[1] = func() connector.Source { return fileSource(t, filepath.Join(dir, "*.json")) }
			w.change(dataflow.Change{Sources: []dataflow.SourceDef{{
				ID: 1, Connector: w.sources[1](), Columns: sourceColumns, IdleTimeoutMicros: timeout, MaxFutureMicros: 1_000_000,
			}}})
			var def dataflow.GraphDef
			def, view, late = sourceWindows(3, 1, 2)
			w.change(dataflow.Change{Relations: []dataflow.RelationDef{*late}})
			w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		}
		for n := range rapid.IntRange(1, 10).Draw(t, "ticks") {
			for i, p := range paths {
				for range rapid.IntRange(0, 2).Draw(t, "rows") {
					id := rapid.IntRange(0, 60).Draw(t, "id")
					if id == 60 {
						id = 1 << 40 // too far in the future
					}
					appendLines(t, p, fmt.Sprintf("{\"id\":%d,\"x\":%d}\n", id, i))
				}
			}
			later := rapid.Bool().Draw(t, "later")
			for _, w := range worlds {
				if later {
					w.now += timeout
				}
				w.step()
			}
			worlds[1].crash(uint64(n))
			for _, rel := range []*flow.Relation{view, &late.Relation} {
				if got, want := worlds[1].rows(rel), worlds[0].rows(rel); got != want {
					t.Fatalf("tick %d, relation %d: after crashes %s, without %s", n, rel.ID, got, want)
				}
			}
			a, b := worlds[0].run.Stats().Sources, worlds[1].run.Stats().Sources
			for i := range a {
				if a[i].Idle != b[i].Idle || a[i].Watermark != b[i].Watermark || a[i].Rows != b[i].Rows || a[i].Future != b[i].Future || a[i].LastRows != b[i].LastRows {
					t.Fatalf("tick %d: after crashes %+v, without %+v", n, b[i], a[i])
				}
			}
		}
	})
}

func fileSource(t testT, path string) connector.Source {
	v, err := file.Kind.ParseOptions([]connector.Setting{{Name: "path", Value: path}, {Name: "follow", Value: "true"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := file.Kind.Source(connector.Config{Options: v, Columns: sourceColumns})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// brokenSource has one partition with one row, which cannot be decoded until it is repaired.
type brokenSource struct {
	empty, repaired bool
	tries           int
}

func (s *brokenSource) Traits() connector.Traits                     { return connector.Traits{} }
func (s *brokenSource) Partitions(context.Context) ([]string, error) { return []string{"p"}, nil }
func (s *brokenSource) Decides(batch.Predicate) bool                 { return false }
func (s *brokenSource) Defers(int) bool                              { return false }
func (s *brokenSource) Close() error                                 { return nil }
func (s *brokenSource) Open(_ context.Context, start connector.Start) (connector.Reader, error) {
	n, err := start.From.Number()
	return &brokenReader{s, n}, err
}

type brokenReader struct {
	source *brokenSource
	at     uint64
}

func (r *brokenReader) Fetch(connector.Limit) (connector.Piece, error) {
	if r.at > 0 || r.source.empty {
		return nil, nil
	}
	r.at++
	return brokenPiece{r.source}, nil
}
func (r *brokenReader) Wait(ctx context.Context) error              { return ctx.Err() }
func (r *brokenReader) Offset() connector.Offset                    { return connector.NumberOffset(r.at) }
func (r *brokenReader) Ack(context.Context, connector.Offset) error { return nil }
func (r *brokenReader) Close() error                                { return nil }

type brokenPiece struct{ source *brokenSource }

func (p brokenPiece) End() connector.Offset { return connector.NumberOffset(1) }
func (p brokenPiece) Size() (int, int)      { return 1, 10 }
func (p brokenPiece) Release()              {}
func (p brokenPiece) Decode(b, _ *batch.Batch, _ connector.Report) (bool, error) {
	p.source.tries++
	if !p.source.repaired {
		return false, errors.New("broken")
	}
	for c := range b.Cols {
		b.Cols[c].Ints = append(b.Cols[c].Ints, 7)
	}
	b.AppendDiff(1)
	return false, nil
}

// TestBrokenPartition: what cannot be decoded is tried less and less often, and its partition is not idle: nobody knows what it has.
func TestBrokenPartition(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	s := &brokenSource{}
	w.source(1, dataflow.SourceDef{IdleTimeoutMicros: 1_000_000}, func() connector.Source { return s })
	def, view := sourceView(2, 1, 0)
	if _, err := w.run.Change(t.Context(), dataflow.Change{Graphs: []dataflow.GraphDef{def}}); err == nil {
		t.Fatal("a view was made whose source cannot be read")
	}
	s.tries, s.empty = 0, true
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	s.empty = false
	for range 300 {
		w.now += 100_000
		w.step()
	}
	if p := w.run.Stats().Sources[0]; s.tries < 6 || s.tries > 12 || p.Idle || p.Err != "broken" {
		t.Errorf("%d tries in 30 seconds: %+v", s.tries, p)
	}
	s.repaired = true
	for range 70 {
		w.now += 100_000
		w.step()
	}
	if got, want := w.rows(view), bag(t, view.Columns, "7"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if p := w.run.Stats().Sources[0]; p.Err != "" || p.Rows != 1 {
		t.Errorf("%+v", p)
	}
}
