package dataflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/blackhole"
	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
)

// benchRuntime is a running runtime on disk.
func benchRuntime(b *testing.B, workers int) *dataflow.Runtime {
	b.Helper()
	store, err := storage.Open(storage.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	run, err := dataflow.New(dataflow.Config{Store: store, Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := run.Close(); err != nil {
			b.Error(err)
		}
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	return run
}

func mustChange(b *testing.B, run *dataflow.Runtime, c dataflow.Change) {
	b.Helper()
	if _, err := run.Change(b.Context(), c); err != nil {
		b.Fatal(err)
	}
}

func insert(b *testing.B, run *dataflow.Runtime, tab *dataflow.RelationDef, from, n int) {
	b.Helper()
	s, err := run.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	rows := batch.New(columnTypes(tab.Columns)...)
	for i := from; i < from+n; i++ {
		for c := range rows.Cols {
			rows.Cols[c].Ints = append(rows.Cols[c].Ints, int64(i))
		}
		rows.AppendDiff(1)
	}
	txn := dataflow.Begin(s)
	if err := txn.Write(tab.ID, rows); err != nil {
		b.Fatal(err)
	}
	if _, err := run.Write(b.Context(), txn); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkInsert is one row in one transaction, until it is durable and in the views.
func BenchmarkInsert(b *testing.B) {
	for _, views := range []int{0, 10, 1000} {
		b.Run(fmt.Sprintf("views=%d", views), func(b *testing.B) {
			run := benchRuntime(b, 2)
			run.Start()
			tab := table(1, "t", "a", "b")
			idle := table(2, "idle", "a", "b")
			mustChange(b, run, dataflow.Change{Relations: []dataflow.RelationDef{*tab, *idle}})
			for i := range views {
				def, _ := divided(idle, flow.RelationID(10+i), dataflow.ErrorNull)
				mustChange(b, run, dataflow.Change{Graphs: []dataflow.GraphDef{def}})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				insert(b, run, tab, i, 1)
			}
		})
	}
}

// BenchmarkBulkInsert is rows per second of large transactions.
func BenchmarkBulkInsert(b *testing.B) {
	run := benchRuntime(b, 2)
	run.Start()
	tab := table(1, "t", "a", "b")
	mustChange(b, run, dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	const n = 10_000
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		insert(b, run, tab, i*n, n)
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkLookup is a point read.
func BenchmarkLookup(b *testing.B) {
	run := benchRuntime(b, 2)
	run.Start()
	tab := table(1, "t", "a", "b")
	mustChange(b, run, dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	insert(b, run, tab, 0, 100_000)
	var g builder
	g.add(&flow.Output{}, tab.Columns, g.scan(&tab.Relation, &flow.Access{Equal: []flow.Expr{number(77)}}))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		s, err := run.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		err = run.Read(b.Context(), dataflow.ReadOptions{Snapshot: s, Graph: &g.g}, func(b *batch.Batch) error {
			n += b.Len()
			return nil
		})
		if err != nil || n != 1 {
			b.Fatal(n, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSource is rows of a generator through a filter into a blackhole, or a view.
func BenchmarkSource(b *testing.B) {
	for _, into := range []string{"blackhole", "view"} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("into=%s/workers=%d", into, workers), func(b *testing.B) {
				rows := 4_000_000
				if into == "view" {
					rows = 500_000
				}
				for range b.N {
					benchSource(b, into, workers, rows)
				}
				b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

func benchSource(b *testing.B, into string, workers, rows int) {
	run := benchRuntime(b, workers)
	list := []connector.Setting{
		{Name: "rows", Value: fmt.Sprint(rows)},
		{Name: "fields.id.kind", Value: "sequence"},
		{Name: "fields.x.kind", Value: "sequence"},
	}
	v, err := gen.Datagen.ParseOptions(list)
	if err != nil {
		b.Fatal(err)
	}
	s, err := gen.Datagen.Source(connector.Config{Options: v, Columns: sourceColumns})
	if err != nil {
		b.Fatal(err)
	}
	mustChange(b, run, dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: s, Columns: sourceColumns}}})
	var g builder
	in := g.add(&flow.Source{Relation: 1, Columns: []int{0, 1}}, fields("id", "x"))
	in = g.add(&flow.Filter{Cond: above(1, 100), Columns: columnTypes(fields("id", "x"))}, fields("id", "x"), in)
	if into == "view" {
		def, _ := g.view(2, "v", 0, in)
		def.Wait = false
		mustChange(b, run, dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	} else {
		g.add(&flow.Output{Sink: 2}, fields("id", "x"), in)
		mustChange(b, run, dataflow.Change{Graphs: []dataflow.GraphDef{{ID: 2, Graph: &g.g, Sink: &blackhole.Sink{}}}})
	}
	run.Start()
	for {
		time.Sleep(5 * time.Millisecond)
		stats := run.Stats()
		if len(stats.Sources) == 1 && stats.Sources[0].Ended {
			return
		}
	}
}
