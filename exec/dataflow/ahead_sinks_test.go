package dataflow_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

const sinksRows = 20_000

// sinksWorld has a source, of whose rows a view with history, one without and two sinks get remainders: one sink is given again after a restart
// what it has not taken, the other is not.
type sinksWorld struct {
	*world
	kept, fleeting *flow.Relation
	again, once    *target
	ahead          int // ticks that have run ahead
}

func newSinksWorld(t *testing.T, c dataflow.Config) *sinksWorld {
	c.Ahead, c.TickRows = dataflow.AheadAlways, 1024
	w := &sinksWorld{world: newWorld(t, c), again: &target{rows: batch.New(bigint)}, once: &target{rows: batch.New(bigint)}}
	w.source(1, dataflow.SourceDef{}, makeSource(t, gen.Datagen, "rows", fmt.Sprint(sinksRows), "fields.id.kind", "sequence"))
	remainders := func(b *builder) flow.Input {
		in := b.add(&flow.Source{Relation: 1, Columns: []int{0}, Watermark: &flow.Watermark{Expr: column(0), Column: 0}}, fields("id"))
		return b.add(&flow.Project{Exprs: []flow.Expr{call("%", bigint, column(0), number(100))}}, fields("m"), in)
	}
	var change dataflow.Change
	view := func(id flow.RelationID, retain int64) *flow.Relation {
		var b builder
		def, rel := b.view(id, fmt.Sprint("v", id), -1, remainders(&b))
		def.Wait, def.RetainMicros = false, retain
		change.Graphs = append(change.Graphs, def)
		return rel
	}
	sink := func(id flow.RelationID, x *target, again bool) {
		var b builder
		b.add(&flow.Output{}, fields("m"), remainders(&b))
		change.Graphs = append(change.Graphs, dataflow.GraphDef{ID: id, Graph: &b.g, Sink: &targetSink{target: x}, Replay: again})
	}
	w.kept, w.fleeting = view(2, day), view(3, 0)
	sink(4, w.again, true)
	sink(5, w.once, false)
	w.change(change)
	return w
}

// stepAhead runs two ticks, of which the second begins while the epoch of the first is not durable. then is called in it, if it runs ahead. It answers
// the last epoch.
func (w *sinksWorld) stepAhead(then func()) uint64 {
	defer func() { w.onTick = nil }()
	w.t.Helper()
	w.now += 400_000 // so that what sinks have is trimmed now and then
	w.onTick = func() {
		w.onTick = func() {
			w.ahead++
			w.nothingEarly()
			then()
		}
	}
	return w.step()
}

// nothingEarly checks that no sink has an epoch that is not published.
func (w *sinksWorld) nothingEarly() {
	s, err := w.run.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	for _, x := range []*target{w.again, w.once} {
		x.mu.Lock()
		if x.epoch > s.Epoch() {
			w.t.Error(fmt.Sprintf("a sink has epoch %d, published is %d", x.epoch, s.Epoch()))
		}
		x.mu.Unlock()
	}
}

// take tells whether the targets take anything.
func (w *sinksWorld) take(anything bool) {
	for _, x := range []*target{w.again, w.once} {
		x.mu.Lock()
		x.failures = math.MaxInt
		if anything {
			x.failures = 0
		}
		x.mu.Unlock()
	}
}

func (w *sinksWorld) follow(rel *flow.Relation, from dataflow.At) *replica {
	return (&logWorld{world: w.world}).follow(w.t, rel, from)
}

// untilEnd steps until all rows have come, and checks what those have who are given the changes of each epoch once.
func (w *sinksWorld) untilEnd(replicas ...*replica) {
	w.t.Helper()
	want := bag(w.t, fields("m"), list(100, func(m int) string { return fmt.Sprintf("+%d %d", sinksRows/100, m) }))
	for n := 0; w.rows(w.kept) != want; n++ {
		if n > sinksRows/1024 {
			w.t.Fatalf("only %.200s have come", w.rows(w.kept))
		}
		last := w.stepAhead(func() {})
		for _, r := range replicas {
			for r.at < last {
				r.next(last)
			}
		}
	}
	if err := w.run.Delivered(w.t.Context(), w.step()); err != nil {
		w.t.Fatal(err)
	}
	if got := w.again.sum(); got != want {
		w.t.Fatalf("the sink that is given changes again has %.200s, want %.200s", got, want)
	}
	for _, r := range replicas {
		if got := r.bag(); got != want {
			w.t.Fatalf("who follows has %.200s, want %.200s", got, want)
		}
	}
	if w.ahead < 3 {
		w.t.Error(fmt.Sprintf("%d ticks have run ahead", w.ahead))
	}
}

// TestSinksAhead: sinks, those who follow and readers of history have each change once, and none before it is durable, while ticks run ahead.
func TestSinksAhead(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newSinksWorld(t, c)
		kept, fleeting := w.follow(w.kept, dataflow.At{}), w.follow(w.fleeting, dataflow.At{})
		defer kept.close()
		defer fleeting.close()
		w.untilEnd(kept, fleeting)
		if got, want := w.once.sum(), w.rows(w.kept); got != want {
			t.Errorf("the sink that is given changes once has %.200s, want %.200s", got, want)
		}
		if stats := w.run.Stats().Graphs; len(stats) != 4 {
			t.Errorf("%d graphs are left", len(stats))
		}
	})
}

// TestSinksAheadOfCrash pulls the plug while ticks run ahead.
func TestSinksAheadOfCrash(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newSinksWorld(t, c)
		from := dataflow.At{ByEpoch: true, Epoch: w.step()}
		for n := range 4 {
			lost := w.fs
			w.stepAhead(func() {
				lost = w.fs.Crash(50, uint64(n))
				w.take(false)
			})
			w.close()
			w.fs = lost
			w.take(true)
			w.open()
		}
		w.untilEnd()
		r := w.follow(w.kept, from)
		defer r.close()
		r.next(w.step())
		if got, want := r.bag(), w.rows(w.kept); got != want {
			t.Errorf("the history gives %.200s, want %.200s", got, want)
		}
	})
}

// TestSinkFailsAhead: a sink whose target takes nothing is taken out between two ticks, and nothing else is lost.
func TestSinkFailsAhead(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newSinksWorld(t, c)
		before := w.once.sum()
		w.once.failures = 1
		w.untilEnd()
		if got := w.once.sum(); got != before {
			t.Errorf("the sink had %.200s when it failed, and has %.200s", before, got)
		}
		failed := 0
		for _, g := range w.run.Stats().Graphs {
			if g.Status == dataflow.Failed {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%d sinks have failed", failed)
		}
	})
}
