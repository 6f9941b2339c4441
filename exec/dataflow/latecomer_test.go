package dataflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// windowedSource is a view that counts the rows of a source by x, which is also when a group is complete. The time of the source is
// its id: half of the groups are complete only when it has ended.
func windowedSource(id, source flow.RelationID, late *dataflow.RelationDef) (dataflow.GraphDef, *flow.Relation) {
	var b builder
	in := b.add(&flow.Source{Relation: source, Columns: []int{0, 1}, Watermark: &flow.Watermark{Expr: column(0), Column: 0}}, fields("id", "x"))
	in.Exchange = &flow.Exchange{Keys: []int{1}}
	spec := &flow.Aggregate{
		Columns: columnTypes(fields("id", "x")), Keys: []int{1},
		Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}},
		Bound: column(1), OnClose: true,
	}
	b.g.Tables = []flow.StateTable{{ID: flow.TableID(id + 500), Bound: true}}
	b.g.Late = []flow.Late{{Relation: late.ID, Columns: late.Columns}}
	def, rel := b.view(id, fmt.Sprint("w", id), 0, b.add(spec, fields("time", "n"), in))
	def.Wait = false
	return def, rel
}

func lateRelation(id flow.RelationID) *dataflow.RelationDef {
	return &dataflow.RelationDef{
		Relation: flow.Relation{
			ID: id, Name: "late", Columns: fields("id", "x", "bound", "watermark", "arrival", "diff"),
			Arrangements: []flow.Arrangement{{ID: id, Table: flow.TableID(id)}},
		},
		RowID: -1,
	}
}

// TestOnCloseOfEndedSource: a source that has ended closes all groups, also those of a view that has come when it had.
func TestOnCloseOfEndedSource(t *testing.T) {
	for _, how := range []string{"running", "crash"} {
		t.Run(how, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				w := newWorld(t, c)
				path := filepath.Join(t.TempDir(), "in.json")
				if err := os.WriteFile(path, []byte(jsonLines(0, 5000)), 0o600); err != nil {
					t.Fatal(err)
				}
				w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
				for _, id := range []flow.RelationID{3, 5} {
					late := lateRelation(id - 1)
					def, view := windowedSource(id, 1, late)
					w.change(dataflow.Change{Relations: []dataflow.RelationDef{*late}, Graphs: []dataflow.GraphDef{def}})
					for n := range 8 {
						if w.step(); how == "crash" {
							w.crash(uint64(n))
						}
					}
					b := batch.New(bigint, bigint)
					for i := range int64(5000) {
						b.Cols[0].Ints = append(b.Cols[0].Ints, 2*i)
						b.Cols[1].Ints = append(b.Cols[1].Ints, 1)
						b.AppendDiff(1)
					}
					if got, want := w.rows(view), batch.Bag(b); got != want {
						t.Errorf("view %d has %d bytes, want %d", id, len(got), len(want))
					}
					if got := w.rows(&late.Relation); got != "" {
						t.Errorf("view %d: %d bytes are late", id, len(got))
					}
				}
			})
		})
	}
}

// TestSharedReaderGoes: the views that read on their own reach the place where the shared reader was, also when all views that
// shared it are gone.
func TestSharedReaderGoes(t *testing.T) {
	for _, how := range []string{"running", "crash"} {
		t.Run(how, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				c.TickRows = 2048
				w := newWorld(t, c)
				path := filepath.Join(t.TempDir(), "in.json")
				if err := os.WriteFile(path, []byte(jsonLines(0, 20_000)), 0o600); err != nil {
					t.Fatal(err)
				}
				w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
				def, _ := sourceView(2, 1, 0)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
				for range 4 {
					w.step()
				}
				three, viewThree := sourceView(3, 1, 0, 1)
				four, viewFour := sourceView(4, 1, 0)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{three}})
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{four}})
				if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{2}}); err != nil {
					t.Fatal(err)
				}
				w.made.Graphs = w.made.Graphs[1:]
				for n := range 40 {
					if w.step(); how == "crash" {
						w.crash(uint64(n))
					}
				}
				if got, want := w.rows(viewThree), sequence(t, 20_000, true); got != want {
					t.Errorf("%d bytes, want %d", len(got), len(want))
				}
				if got, want := w.rows(viewFour), sequence(t, 20_000, false); got != want {
					t.Errorf("%d bytes, want %d", len(got), len(want))
				}
				// With the last of them the place is forgotten.
				if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{3, 4}}); err != nil {
					t.Fatal(err)
				}
				w.made.Graphs = nil
				five, viewFive := sourceView(5, 1, 0)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{five}})
				if s := status(w, 5); s.Status != dataflow.Running {
					t.Errorf("a view that has a source for itself is %v", s.Status)
				}
				for range 20 {
					w.step()
				}
				if got, want := w.rows(viewFive), sequence(t, 20_000, false); got != want {
					t.Errorf("%d bytes, want %d", len(got), len(want))
				}
			})
		})
	}
}
