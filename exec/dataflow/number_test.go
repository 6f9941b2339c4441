package dataflow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// numberedView makes a view of the rows 0 to count-1 of a source under numbers, with the remainder of 7 and an index on that.
func (w *world) numberedView(t *testing.T, count int) *flow.Relation {
	t.Helper()
	w.source(1, dataflow.SourceDef{}, makeSource(t, gen.Datagen,
		"rows", fmt.Sprint(count), "fields.id.kind", "sequence", "fields.x.kind", "sequence"))
	var b builder
	in := b.add(&flow.Source{Relation: 1, Columns: []int{0}}, fields("id"))
	in = b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("%", bigint, column(0), number(7))}}, fields("id", "m"), in)
	def, rows := b.view(2, "v", -1, in)
	def.Wait = false
	rows.Numbered, rows.Columns = true, fields("id", "m", "number")
	rows.Arrangements = []flow.Arrangement{{ID: 2, Table: 2, Unique: true, Key: []flow.SortKey{{Column: 2}}}, {ID: 9, Table: 9, Key: []flow.SortKey{{Column: 1}}}}
	g := def.Graph
	g.Nodes[len(g.Nodes)-1] = flow.Node{Spec: &flow.Materialize{Relation: *rows}, Columns: rows.Columns, Inputs: g.Nodes[len(g.Nodes)-1].Inputs}
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	return rows
}

// committed is the last epoch of the store.
func (w *world) committed(t *testing.T) meta.Epoch {
	t.Helper()
	snapshot, err := w.store.Committed()
	if err != nil {
		t.Fatal(err)
	}
	epoch := snapshot.Epoch()
	if err := snapshot.Close(); err != nil {
		t.Fatal(err)
	}
	return epoch
}

// TestNumberedRows: rows of all workers go under numbers into files, as those of blocks and runs that are full, and into an index beside them.
func TestNumberedRows(t *testing.T) {
	const count = 12_000
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 1024
		w := newWorld(t, c)
		rows := w.numberedView(t, count)
		seen := 0
		for n := 0; seen < count; n++ {
			if n > count {
				t.Fatalf("only %d rows have come", seen)
			}
			files := w.store.Metrics().Ingested
			w.step()
			files = w.store.Metrics().Ingested - files
			if n%3 == 2 {
				w.crash(uint64(n))
			}
			var ids builder
			ids.add(&flow.Output{}, fields("id"), ids.add(&flow.Scan{Relation: 2, Columns: []int{0}}, fields("id")))
			got, err := w.read(&ids.g, dataflow.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			before := seen
			if got != "" {
				seen = strings.Count(got, "\n") + 1
			}
			if want := bag(t, fields("id"), list(seen, func(i int) string { return fmt.Sprint(i) })); got != want {
				t.Fatalf("%d rows are not the first ones: %.200s", seen, got)
			}
			if n > 0 && seen > before && files == 0 {
				t.Errorf("the rows up to %d did not go through files", seen)
			}
			if all, indexed := w.rows(rows), w.indexed(rows); all != indexed {
				t.Fatalf("the index has %.200s, the view %.200s", indexed, all)
			}
		}
	})
}

// TestRowsBeforePacks: rows of a data folder of format 5 lie one by one under their numbers, and what comes behind them is packed.
func TestRowsBeforePacks(t *testing.T) {
	const old = 100 // these are not of the source
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows, c.FillRows = 64, 16
		w := newWorld(t, c)
		rows := w.numberedView(t, 1000)
		w.step()
		before := w.rows(rows)
		epoch := w.committed(t)
		b := batch.New(columnTypes(rows.Columns)...)
		var run state.Run
		for i := range int64(old) {
			b.AppendValues(1, types.IntValue(-1-i), types.IntValue(i), types.IntValue(int64(epoch.Number+1)<<27+i))
			run.Put(key.NewEncoder(key.Asc(bigint)).AppendRow(nil, b, []int{2}, int(i)), state.AppendRow(nil, b, []int{0, 1, 2}, int(i)))
		}
		err := w.store.Commit(epoch.Number+1, storage.Changes{Now: epoch.Now, Tables: []storage.TableChanges{{Table: 2, Appends: true, Runs: []*state.Run{&run}}}})
		if err != nil {
			t.Fatal(err)
		}
		w.crash(1)
		first, err := batch.Parse(columnTypes(rows.Columns), before)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(batch.Bag(b, first), w.rows(rows)); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
		var above builder
		copied, copies := above.view(3, "w", -1, above.scan(rows, nil))
		copied.Wait = false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{copied}})
		for n := range 100 {
			w.step()
			if n%10 == 3 {
				w.restart()
			}
		}
		all := w.rows(rows)
		if n := strings.Count(all, "\n") + 1; n != 1000+old {
			t.Errorf("%d rows", n)
		}
		if diff := cmp.Diff(all, w.rows(copies)); diff != "" {
			t.Errorf("the view of the view (-want +got):\n%s", diff)
		}
	})
}

// TestFillBehindPackOfOne: a view over one has each row once, also where a tick of filling ends behind a pack of a single row.
func TestFillBehindPackOfOne(t *testing.T) {
	const packs = 20 // these are not of the source
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.FillRows = 1
		w := newWorld(t, c)
		rows := w.numberedView(t, 1)
		w.step()
		epoch := w.committed(t)
		b := batch.New(columnTypes(rows.Columns)...)
		var run state.Run
		var packer state.Packer
		for i := range int64(packs) {
			b.AppendValues(1, types.IntValue(-1-i), types.IntValue(i), types.IntValue(int64(epoch.Number+1)<<27+i))
			k := key.NewEncoder(key.Asc(bigint)).AppendRow(nil, b, []int{2}, int(i))
			run.Put(append(k, 1), packer.Append(nil, b.Cols[:2], int(i), int(i)+1))
		}
		err := w.store.Commit(epoch.Number+1, storage.Changes{Now: epoch.Now, Tables: []storage.TableChanges{{Table: 2, Appends: true, Runs: []*state.Run{&run}}}})
		if err != nil {
			t.Fatal(err)
		}
		w.crash(1)
		var above builder
		copied, copies := above.view(3, "w", -1, above.scan(rows, nil))
		copied.Wait = false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{copied}})
		for n := range 2 * packs {
			w.step()
			if n%7 == 3 {
				w.crash(uint64(n))
			}
		}
		all := w.rows(rows)
		if n := strings.Count(all, "\n") + 1; n != 1+packs {
			t.Fatalf("%d rows", n)
		}
		if diff := cmp.Diff(all, w.rows(copies)); diff != "" {
			t.Errorf("the view of the view (-want +got):\n%s", diff)
		}
	})
}
