package dataflow_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// quotients is a view of k, b / a of a table of k, a, b.
func quotients(tab *dataflow.RelationDef, id flow.RelationID) (dataflow.GraphDef, *flow.Relation) {
	var b builder
	in := b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("/", bigint, column(2), column(1))}}, fields("k", "q"), b.scan(&tab.Relation, nil))
	return b.view(id, "q", 0, in)
}

// counted are errors as their samples with their counts.
func counted(kept []dataflow.RowError) map[string]int64 {
	m := map[string]int64{}
	for _, e := range kept {
		m[e.Sample] += e.Count
	}
	return m
}

// TestErrorsEquation: whatever ticks and crashes there are, the errors that are kept are those of the rows that are there.
func TestErrorsEquation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, dataflow.Config{Workers: rapid.IntRange(1, 3).Draw(t, "workers"), Parallel: dataflow.ParallelAlways})
		tab := table(1, "t", "k", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		def, _ := quotients(tab, 2)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		rows := map[int]string{}
		for range rapid.IntRange(1, 8).Draw(t, "ticks") {
			var change []string
			for range rapid.IntRange(1, 6).Draw(t, "rows") {
				k := rapid.IntRange(0, 9).Draw(t, "k")
				if old := rows[k]; old != "" {
					change = append(change, "-1 "+old)
					delete(rows, k)
				}
				if rapid.Bool().Draw(t, "put") {
					rows[k] = fmt.Sprintf("%d %d %d", k, rapid.IntRange(0, 1).Draw(t, "a"), rapid.IntRange(0, 2).Draw(t, "b"))
					change = append(change, "+1 "+rows[k])
				}
			}
			if len(change) > 0 {
				w.mustWrite(tab, strings.Join(change, "\n"))
			}
			switch rapid.SampledFrom([]string{"", "crash", "restart"}).Draw(t, "then") {
			case "crash":
				w.crash(rapid.Uint64().Draw(t, "seed"))
			case "restart":
				w.restart()
			}
			want := map[string]int64{}
			for _, row := range rows {
				if f := strings.Fields(row); f[1] == "0" {
					want[strings.Join(f, ", ")]++
				}
			}
			kept, n := w.errors(2)
			if diff := cmp.Diff(want, counted(kept)); diff != "" || n != int64(len(want)) {
				t.Fatalf("%d errors (-want +got):\n%s", n, diff)
			}
		}
	})
}

// TestErrorsTrimmed: the newest errors are kept, and the others counted; what is counted only can be taken back too.
func TestErrorsTrimmed(t *testing.T) {
	w := newWorld(t, dataflow.Config{ErrorsKept: 20})
	tab := table(1, "t", "k", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	def, _ := quotients(tab, 2)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	for k := range 50 {
		w.mustWrite(tab, fmt.Sprintf("%d 0 1", k))
	}
	check := func(when string, count int64, want ...int) {
		t.Helper()
		kept, n := w.errors(2)
		var got []string
		for _, e := range kept {
			got = append(got, e.Sample)
		}
		var samples []string
		for _, k := range want {
			samples = append(samples, fmt.Sprintf("%d, 0, 1", k))
		}
		if diff := cmp.Diff(samples, got); diff != "" || n != count {
			t.Errorf("%s: %d errors (-want +got):\n%s", when, n, diff)
		}
	}
	last := []int{30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49}
	check("50 rows", 50, last...)
	w.crash(1)
	check("after a crash", 50, last...)
	w.mustWrite(tab, "-1 3 0 1\n-1 49 0 1")
	check("two left", 48, last[:19]...)
	w.mustWrite(tab, "3 0 1\n60 0 1\n61 0 1")
	check("three came", 51, append(slices.Clone(last[2:19]), 3, 60, 61)...)
	if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{2}}); err != nil {
		t.Fatal(err)
	}
	w.made.Graphs = nil
	check("dropped", 0)
	w.restart()
	check("dropped, and restarted", 0)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	if _, n := w.errors(2); n != 51 {
		t.Errorf("made again: %d errors", n)
	}
}

// TestErrorStorm: of very many errors in a tick some are kept, and all are counted and can be taken back.
func TestErrorStorm(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "k", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		def, _ := quotients(tab, 2)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		var rows []string
		for k := range 5000 {
			rows = append(rows, fmt.Sprintf("%d 0 1", k))
		}
		w.mustWrite(tab, strings.Join(rows, "\n"))
		kept, n := w.errors(2)
		if samples := slices.Collect(maps.Keys(counted(kept))); n != 5000 || len(samples) != 1000 {
			t.Errorf("%d errors, %d are kept", n, len(samples))
		}
		w.mustWrite(tab, "-1 "+strings.Join(rows[1:], "\n-1 "))
		if kept, n := w.errors(2); n != 1 || len(kept) > 1 {
			t.Errorf("%d errors, %v are kept", n, kept)
		}
	})
}
