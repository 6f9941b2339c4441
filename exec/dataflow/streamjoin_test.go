package dataflow_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// TestStreamJoinInFiles joins a stream with itself, whose rows never expire and lie in files, through crashes and with other numbers of workers.
func TestStreamJoinInFiles(t *testing.T) {
	const count = 12_000
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 1024
		w := newWorld(t, c)
		w.source(1, dataflow.SourceDef{}, makeSource(t, gen.Datagen,
			"rows", fmt.Sprint(count), "fields.id.kind", "sequence", "fields.x.kind", "sequence"))
		var b builder
		side := func() flow.Input {
			in := b.add(&flow.Source{Relation: 1, Columns: []int{0}}, fields("id"))
			in = b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("%", bigint, column(0), number(1000))}}, fields("id", "m"), in)
			in.Exchange = &flow.Exchange{Keys: []int{1}}
			return in
		}
		b.g.Tables = []flow.StateTable{{ID: 501, Appends: true}, {ID: 502, Appends: true}, {ID: 503}}
		left, right := side(), side()
		in := b.add(&flow.Join{
			Kind: flow.InnerJoin, Left: columnTypes(fields("id", "m")), Right: columnTypes(fields("id", "m")), LeftKeys: []int{1}, RightKeys: []int{1},
			NullSafe: []bool{false}, LeftTable: 0, RightTable: 1, LeftLate: -1, RightLate: -1, AppendOnly: true,
		}, fields("a", "m", "b", "n"), left, right)
		in.Exchange = &flow.Exchange{Keys: []int{1}}
		in = b.add(&flow.Aggregate{
			Columns: columnTypes(fields("a", "m", "b", "n")), Keys: []int{1}, Late: -1, Table: 2,
			Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}},
		}, fields("m", "pairs"), in)
		def, view := b.view(2, "v", 0, in)
		def.Wait = false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		// pairs are those of the first n rows.
		pairs := func(n int) string {
			return bag(t, fields("m", "pairs"), list(min(n, 1000), func(m int) string {
				times := (n + 999 - m) / 1000
				return fmt.Sprintf("%d %d", m, times*times)
			}))
		}
		files, seen := uint64(0), 0
		for n := 0; seen < count; n++ {
			if n > count {
				t.Fatalf("only %d rows have come", seen)
			}
			w.step()
			got := w.rows(view)
			if seen = joinedRows(t, got); got != pairs(seen) {
				t.Fatalf("after %d steps: %.300s", n, got)
			}
			files = max(files, w.store.Metrics().Ingested)
			switch n % 3 {
			case 1:
				w.crash(uint64(n))
			case 2:
				w.config.Workers = 1 + n%4
				w.restart()
			}
		}
		if files == 0 {
			t.Error("no epoch went through files")
		}
	})
}

// joinedRows is of how many rows the numbers of pairs are: n rows of one key are n squared pairs.
func joinedRows(t *testing.T, counts string) int {
	t.Helper()
	rows := 0
	for line := range strings.Lines(counts) {
		var diff, m, pairs int
		if _, err := fmt.Sscan(line, &diff, &m, &pairs); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		rows += int(math.Sqrt(float64(pairs)))
	}
	return rows
}
