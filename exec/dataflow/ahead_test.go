package dataflow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

const aheadRows = 12_000

// aheadWorld has views of one source whose ids count up: rows under their numbers; rows of which 100 come again and again, as a bag, which
// reads the counts of the epoch before; and how many of each there are, whose state is read after a restart.
func aheadWorld(t *testing.T, c dataflow.Config) (w *world, rows, bag, counts *flow.Relation) {
	t.Helper()
	c.Ahead, c.TickRows = dataflow.AheadAlways, 1024
	w = newWorld(t, c)
	w.source(1, dataflow.SourceDef{}, makeSource(t, gen.Datagen,
		"rows", fmt.Sprint(aheadRows), "fields.id.kind", "sequence", "fields.x.kind", "sequence"))
	var change dataflow.Change
	view := func(id flow.RelationID, key int, make func(b *builder, in flow.Input) flow.Input) *flow.Relation {
		var b builder
		in := b.add(&flow.Source{Relation: 1, Columns: []int{0}, Watermark: &flow.Watermark{Expr: column(0), Column: 0}}, fields("id"))
		def, rel := b.view(id, fmt.Sprint("v", id), key, make(&b, in))
		def.Wait = false
		change.Graphs = append(change.Graphs, def)
		return rel
	}
	modulo := func(b *builder, in flow.Input) flow.Input {
		return b.add(&flow.Project{Exprs: []flow.Expr{call("%", bigint, column(0), number(100))}}, fields("m"), in)
	}
	rows = view(2, -1, func(_ *builder, in flow.Input) flow.Input { return in })
	rows.Numbered, rows.Columns = true, fields("id", "number")
	rows.Arrangements = []flow.Arrangement{{ID: 2, Table: 2, Unique: true, Key: []flow.SortKey{{Column: 1}}}}
	g := change.Graphs[0].Graph
	g.Nodes[len(g.Nodes)-1] = flow.Node{
		Spec: &flow.Materialize{Relation: *rows}, Columns: rows.Columns, Inputs: g.Nodes[len(g.Nodes)-1].Inputs,
	}
	bag = view(3, -1, modulo)
	counts = view(4, 0, func(b *builder, in flow.Input) flow.Input {
		in = modulo(b, in)
		in.Exchange = &flow.Exchange{Keys: []int{0}}
		b.g.Tables = []flow.StateTable{{ID: 504}}
		return b.add(&flow.Aggregate{
			Columns: columnTypes(fields("m")), Keys: []int{0}, Late: -1,
			Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}},
		}, fields("m", "n"), in)
	})
	w.change(change)
	return w, rows, bag, counts
}

// checkAhead checks that all views are at one epoch, which has the first so many rows of the source, and answers how many.
func checkAhead(w *world, rows, all, counts *flow.Relation) int {
	w.t.Helper()
	var b builder
	in := b.add(&flow.Scan{Relation: rows.ID, Columns: []int{0}}, fields("id"))
	b.add(&flow.Output{}, fields("id"), in)
	ids, err := w.read(&b.g, dataflow.ReadOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	if ids != "" {
		n = strings.Count(ids, "\n") + 1
	}
	if want := bag(w.t, fields("id"), list(n, func(i int) string { return fmt.Sprint(i) })); ids != want {
		w.t.Fatalf("%d numbered rows are not the first ones: %.200s, want %.200s", n, ids, want)
	}
	times := func(m int) int { return (n + 99 - m) / 100 }
	want := bag(w.t, fields("m"), list(min(n, 100), func(m int) string { return fmt.Sprintf("+%d %d", times(m), m) }))
	if got := w.rows(all); got != want {
		w.t.Fatalf("bag after %d rows: %.200s, want %.200s", n, got, want)
	}
	want = bag(w.t, fields("m", "n"), list(min(n, 100), func(m int) string { return fmt.Sprintf("%d %d", m, times(m)) }))
	if got := w.rows(counts); got != want {
		w.t.Fatalf("counts after %d rows: %.200s, want %.200s", n, got, want)
	}
	return n
}

func list(n int, line func(i int) string) string {
	var lines []string
	for i := range n {
		lines = append(lines, line(i))
	}
	return strings.Join(lines, "\n")
}

// TestAhead pulls the plug in the middle of ticks that run while the epoch before them is not durable.
func TestAhead(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, rows, all, counts := aheadWorld(t, c)
		last, ahead := 0, 0
		for n := 0; last < aheadRows; n++ {
			if n > 10*aheadRows/1024 {
				t.Fatalf("only %d rows have come", last)
			}
			// The second look at the clock in a Step is that of the tick that runs ahead.
			lost := w.fs
			w.onTick = func() {
				w.onTick = func() {
					ahead++
					lost = w.fs.Crash(50, uint64(n))
				}
			}
			w.step()
			w.onTick = nil
			now := checkAhead(w, rows, all, counts)
			if n%3 != 2 {
				last = now
				continue
			}
			// What was not durable in the middle of the Step is lost.
			w.close()
			w.fs = lost
			w.open()
			found := checkAhead(w, rows, all, counts)
			if found < last || found > now {
				t.Fatalf("%d rows after a crash, %d were durable and %d on their way", found, last, now)
			}
			last = found
		}
		if ahead < 3 {
			t.Errorf("%d ticks have run ahead", ahead)
		}
	})
}

// TestStatsAhead asks for figures while an epoch is on its way to the disk: what they tell is durable, and if it is lost they are those of before.
func TestStatsAhead(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, rows, all, counts := aheadWorld(t, c)
		w.step()
		epoch := w.run.Stats().Epoch
		for range 3 {
			if err := w.run.Tick(); err != nil {
				t.Fatal(err)
			}
			s := w.run.Stats()
			if n := checkAhead(w, rows, all, counts); s.Epoch != epoch+1 || s.Sources[0].Rows != int64(n) {
				t.Errorf("figures of epoch %d with %d rows, %d can be read and the epoch before is %d", s.Epoch, s.Sources[0].Rows, n, epoch)
			}
			epoch = s.Epoch
		}
		if err := w.run.Tick(); err != nil {
			t.Fatal(err)
		}
		w.store.Fail(errors.New("the disk is gone"))
		if s := w.run.Stats(); s.Epoch != epoch {
			t.Errorf("figures of epoch %d, %d is durable", s.Epoch, epoch)
		}
		w.restart()
		checkAhead(w, rows, all, counts)
	})
}

// TestAheadOfFailure has the store fail while a tick runs ahead: neither epoch is seen, and both come after a restart.
func TestAheadOfFailure(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, rows, all, counts := aheadWorld(t, c)
		w.step()
		before := checkAhead(w, rows, all, counts)
		failure := errors.New("the disk is gone")
		w.onTick = func() { w.onTick = func() { w.store.Fail(failure) } }
		if _, err := w.run.Step(t.Context()); err == nil {
			t.Fatal("an epoch is durable without a disk")
		}
		w.onTick = nil
		if got := checkAhead(w, rows, all, counts); got != before {
			t.Errorf("%d rows are seen, %d were durable", got, before)
		}
		if err := w.write(&dataflow.RelationDef{Relation: *rows}, "1 1"); err == nil {
			t.Error("a store that has failed takes a transaction")
		}
		w.restart()
		if got := checkAhead(w, rows, all, counts); got != before {
			t.Errorf("%d rows after a restart, %d were durable", got, before)
		}
		for n := 0; checkAhead(w, rows, all, counts) < aheadRows; n++ {
			if n > 100 {
				t.Fatal("the source was not read to its end")
			}
			w.step()
		}
	})
}
