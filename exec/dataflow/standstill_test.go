package dataflow_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// TestResumeGoesOn: a view over a source that has failed goes on from where it stands, with those that failed because of it, whether others
// have read on meanwhile or not. That it does not begin anew is seen by a source whose beginning has changed.
func TestResumeGoesOn(t *testing.T) {
	for _, others := range []bool{true, false} {
		for _, how := range []string{"running", "crash"} {
			t.Run(fmt.Sprint(others, " ", how), func(t *testing.T) {
				eachMode(t, func(t *testing.T, c dataflow.Config) { resumeGoesOn(t, c, others, how == "crash") })
			})
		}
	}
}

func resumeGoesOn(t *testing.T, c dataflow.Config, others, crash bool) {
	w := newWorld(t, c)
	rows := &rowSource{{2, 4}, {1, 7}}
	again := func() {
		if crash {
			w.crash(3)
		}
	}
	w.source(1, dataflow.SourceDef{}, func() connector.Source { return rows })
	var b builder
	in := b.add(&flow.Source{Relation: 1, Columns: []int{0, 1}, Watermark: &flow.Watermark{Expr: column(0), Column: 0}}, fields("id", "x"))
	in = b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("/", bigint, column(1), column(0))}}, fields("id", "q"), in)
	strict, view := b.view(2, "strict", 0, in)
	strict.OnError, strict.Wait = dataflow.ErrorFail, false
	var on builder
	above, aboveView := on.view(3, "above", 0, on.scan(view, nil))
	above.Wait = false
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{strict}})
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{above}})
	if others {
		lax, _ := sourceView(4, 1, 0)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{lax}})
	}
	w.step()
	w.step()
	*rows = append(*rows, [2]int64{0, 9})
	w.step()
	again()
	w.step()
	if s := status(w, 2); s.Status != dataflow.Failed {
		t.Fatalf("the view is %v", s.Status)
	}
	(*rows)[1][0] = 7 // were it to begin anew, it would see this
	(*rows)[2][0] = 3
	*rows = append(*rows, [2]int64{4, 8})
	w.step()
	again()
	if goesOn, err := w.run.GoesOn(2); !goesOn || err != nil {
		t.Fatalf("it does not go on: %v", err)
	}
	if _, err := w.run.Change(t.Context(), dataflow.Change{Resume: []flow.RelationID{2}}); err != nil {
		t.Fatal(err)
	}
	again()
	for range 5 {
		w.step()
	}
	again()
	*rows = append(*rows, [2]int64{5, 5})
	w.step()
	for _, v := range []*flow.Relation{view, aboveView} {
		if got, want := w.rows(v), bag(t, v.Columns, "2 2\n1 7\n3 3\n4 2\n5 1"); got != want {
			t.Errorf("view %d: %s, want %s", v.ID, got, want)
		}
	}
	if s := w.run.Stats().Sources; len(s) != 1 || s[0].Graph != 0 || s[0].Watermark != 5 {
		t.Errorf("the source is read by %+v", s)
	}
}

// rowSource has rows of two columns in one partition.
type rowSource [][2]int64

func (s *rowSource) Traits() connector.Traits                     { return connector.Traits{} }
func (s *rowSource) Partitions(context.Context) ([]string, error) { return []string{"p"}, nil }
func (s *rowSource) Decides(batch.Predicate) bool                 { return false }
func (s *rowSource) Defers(int) bool                              { return false }
func (s *rowSource) Close() error                                 { return nil }
func (s *rowSource) Open(_ context.Context, start connector.Start) (connector.Reader, error) {
	n, err := start.From.Number()
	return &rowReader{s, start.Columns, n}, err
}

type rowReader struct {
	source  *rowSource
	columns []int
	at      uint64
}

func (r *rowReader) Fetch(connector.Limit) (connector.Piece, error) {
	if r.at == uint64(len(*r.source)) {
		return nil, nil
	}
	r.at++
	return rowPiece{(*r.source)[r.at-1], r.columns, r.at}, nil
}
func (r *rowReader) Wait(ctx context.Context) error              { return ctx.Err() }
func (r *rowReader) Offset() connector.Offset                    { return connector.NumberOffset(r.at) }
func (r *rowReader) Ack(context.Context, connector.Offset) error { return nil }
func (r *rowReader) Close() error                                { return nil }

type rowPiece struct {
	row     [2]int64
	columns []int
	end     uint64
}

func (p rowPiece) End() connector.Offset { return connector.NumberOffset(p.end) }
func (p rowPiece) Size() (int, int)      { return 1, 16 }
func (p rowPiece) Release()              {}
func (p rowPiece) Decode(b, _ *batch.Batch, _ connector.Report) (bool, error) {
	for i, c := range p.columns {
		b.Cols[i].Ints = append(b.Cols[i].Ints, p.row[c])
	}
	b.AppendDiff(1)
	return false, nil
}
