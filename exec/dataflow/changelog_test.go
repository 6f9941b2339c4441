package dataflow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

const day = 86_400_000_000

// logWorld is a table and a view on it, both with history, and a view without.
type logWorld struct {
	*world
	table     *dataflow.RelationDef
	relations []*flow.Relation
	// states are the rows of each relation at each epoch.
	states []map[uint64]string
	used   map[int]int // rows of the table
	random *rand.Rand
	epoch  uint64
}

func newLogWorld(t testT, c dataflow.Config, seed uint64) *logWorld {
	w := &logWorld{world: newWorld(t, c), used: map[int]int{}, random: rand.New(rand.NewPCG(seed, 0))}
	w.table = table(1, "t", "a", "b")
	w.table.RetainMicros = day
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*w.table}})
	w.relations = []*flow.Relation{&w.table.Relation}
	for id := flow.RelationID(2); id <= 3; id++ {
		retain := int64(3-id) * day // the second has none
		var b builder
		in := b.scan(&w.table.Relation, nil)
		in = b.add(&flow.Project{Exprs: []flow.Expr{column(1)}}, fields("b"), in)
		def, view := b.view(id, fmt.Sprintf("v%d", id), -1, in)
		def.RetainMicros = retain
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		w.relations = append(w.relations, view)
	}
	for range w.relations {
		w.states = append(w.states, map[uint64]string{})
	}
	w.write(t)
	return w
}

// write changes some rows, and notes what there is then.
func (w *logWorld) write(t testT) {
	t.Helper()
	for before := w.epoch; w.epoch == before; { // what takes back what it adds makes no epoch
		w.writeSome()
	}
	for i, rel := range w.relations {
		w.states[i][w.epoch] = w.rows(rel)
	}
}

func (w *logWorld) writeSome() {
	var rows strings.Builder
	for range 1 + w.random.IntN(40) {
		a := w.random.IntN(60)
		b, there := w.used[a]
		if there {
			fmt.Fprintf(&rows, "-1 %d %d\n", a, b)
			delete(w.used, a)
		}
		if !there || w.random.IntN(2) == 0 {
			w.used[a] = w.random.IntN(5)
			fmt.Fprintf(&rows, "+1 %d %d\n", a, w.used[a])
		}
	}
	w.now += 1000
	w.mustWrite(w.table, strings.TrimSuffix(rows.String(), "\n"))
	w.epoch = w.step()
}

// replica applies what a follower gives.
type replica struct {
	t    testT
	f    *dataflow.Follower
	rows *batch.Batch
	at   uint64
}

func (w *logWorld) follow(t testT, rel *flow.Relation, from dataflow.At) *replica {
	t.Helper()
	f, err := w.run.Follow(rel.ID, from)
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{t: t, f: f, rows: batch.New(columnTypes(rel.Columns)...)}
	r.at, _ = f.Start()
	if err := f.Rows(t.Context(), func(b *batch.Batch) error { r.apply(b); return nil }); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *replica) apply(b *batch.Batch) {
	for i := range b.Len() {
		r.rows.AppendRow(b, i, b.DiffAt(i))
	}
}

// bag answers the rows, summed up.
func (r *replica) bag() string {
	net := batch.New()
	*net = *r.rows
	sum := batch.Consolidator{}
	out := r.rows
	fresh := newLike(out)
	sum.Consolidate(fresh, out)
	r.rows = fresh
	return batch.Bag(fresh)
}

func newLike(b *batch.Batch) *batch.Batch {
	out := batch.New()
	for i := range b.Cols {
		out.Cols = append(out.Cols, batch.NewVec(b.Cols[i].Type()))
	}
	return out
}

// next takes the changes of the epochs up to one.
func (r *replica) next(upTo uint64) {
	r.t.Helper()
	last := r.at
	at, _, err := r.f.Next(r.t.Context(), upTo, func(epoch uint64, _ int64, b *batch.Batch) error {
		if epoch <= r.at || epoch < last {
			r.t.Fatalf("changes of epoch %d come behind those of %d", epoch, last)
		}
		last = epoch
		r.apply(b)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.at = at
}

func (r *replica) close() {
	if err := r.f.Close(); err != nil {
		r.t.Error(err)
	}
}

// TestFollow: who follows a relation has its rows at each epoch, from now on or from any epoch of its history, over restarts and crashes.
func TestFollow(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newLogWorld(t, c, 1)
		for life := range 6 {
			var live []*replica
			for _, rel := range w.relations {
				live = append(live, w.follow(t, rel, dataflow.At{}))
			}
			for range 8 {
				w.write(t)
				for i, r := range live {
					r.next(w.epoch)
					if got, want := r.bag(), w.states[i][w.epoch]; r.at != w.epoch || got != want {
						t.Fatalf("relation %d at epoch %d: %s, want %s at %d", i, r.at, got, want, w.epoch)
					}
				}
			}
			for i, rel := range w.relations[:2] {
				for epoch, want := range w.states[i] {
					r := w.follow(t, rel, dataflow.At{ByEpoch: true, Epoch: epoch})
					if got := r.bag(); got != want {
						t.Fatalf("relation %d as of epoch %d: %s, want %s", i, epoch, got, want)
					}
					for r.at < w.epoch {
						to := r.at + 1 + uint64(w.random.IntN(int(w.epoch-r.at)))
						r.next(to)
						if want, known := w.states[i][to]; r.at != to || known && r.bag() != want {
							t.Fatalf("relation %d from epoch %d to %d: %s, want %s", i, epoch, to, r.bag(), want)
						}
					}
					r.close()
				}
			}
			for _, r := range live {
				r.close()
			}
			if life%2 == 0 {
				w.restart()
			} else {
				w.crash(uint64(life))
			}
			if w.epoch = w.step(); w.rows(w.relations[1]) != w.states[1][w.epoch] {
				t.Logf("epoch %d after the restart", w.epoch)
			}
		}
	})
}

// TestHistoryEnds: what is older than retain_history goes, the state at its beginning can still be read, and a relation without history says so.
func TestHistoryEnds(t *testing.T) {
	w := newLogWorld(t, dataflow.Config{}, 2)
	w.write(t)
	old := w.epoch
	w.now += day / 2
	w.write(t)
	kept := w.epoch
	w.now += day/2 + 1_000_000
	w.write(t)
	w.write(t)
	if _, err := w.run.Follow(w.table.ID, dataflow.At{ByEpoch: true, Epoch: old - 1}); pgerr.CodeOf(err) != pgerr.ObjectNotInPrerequisiteState {
		t.Errorf("epoch %d: %v", old-1, err)
	}
	for _, epoch := range []uint64{old, kept} {
		r := w.follow(t, w.relations[0], dataflow.At{ByEpoch: true, Epoch: epoch})
		if got, want := r.bag(), w.states[0][epoch]; got != want {
			t.Errorf("epoch %d: %s, want %s", epoch, got, want)
		}
		r.close()
	}
	r := w.follow(t, w.relations[0], dataflow.At{ByTime: true, Time: w.now - day/2 - 2_000_000})
	if at, _ := r.f.Start(); at != kept && at != kept-1 {
		t.Errorf("the epoch half a day ago is %d, want %d", at, kept)
	}
	r.close()
	if _, err := w.run.Follow(3, dataflow.At{ByEpoch: true, Epoch: kept}); pgerr.CodeOf(err) != pgerr.ObjectNotInPrerequisiteState {
		t.Errorf("without history: %v", err)
	}
	if _, err := w.run.Follow(1, dataflow.At{ByEpoch: true, Epoch: w.epoch + 10}); pgerr.CodeOf(err) != pgerr.InvalidParameterValue {
		t.Errorf("a future epoch: %v", err)
	}
}

// TestFollowerEnds: one that is slow ends when too much waits for it, and all end when the relation is dropped.
func TestFollowerEnds(t *testing.T) {
	w := newLogWorld(t, dataflow.Config{FollowBytes: 1 << 16}, 3)
	slow, kept := w.follow(t, w.relations[2], dataflow.At{}), w.follow(t, w.relations[1], dataflow.At{})
	defer slow.close()
	defer kept.close()
	for n := range 16 {
		var rows strings.Builder
		for i := range 1 << 9 {
			fmt.Fprintf(&rows, "%d %d\n", 1000+n<<9+i, math.MaxInt64-i)
		}
		w.mustWrite(w.table, strings.TrimSuffix(rows.String(), "\n"))
	}
	_, _, err := slow.f.Next(t.Context(), math.MaxUint64, func(uint64, int64, *batch.Batch) error { return nil })
	if pgerr.CodeOf(err) != pgerr.ProgramLimitExceeded {
		t.Errorf("the slow one: %v", err)
	}
	kept.next(math.MaxUint64)
	if got, want := kept.bag(), w.rows(w.relations[1]); got != want {
		t.Errorf("the one with history has %d bytes of rows, want %d", len(got), len(want))
	}
	if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{2, 3}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := kept.f.Next(t.Context(), math.MaxUint64, nil); pgerr.CodeOf(err) != pgerr.UndefinedTable {
		t.Errorf("after the drop: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	r := w.follow(t, w.relations[0], dataflow.At{})
	defer r.close()
	if _, _, err := r.f.Next(ctx, math.MaxUint64, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing new: %v", err)
	}
}

// target is what a sink writes to. It outlives the sink, and has whole epochs only.
type target struct {
	mu    sync.Mutex
	rows  *batch.Batch
	epoch uint64
	// failures are how often the sink does not take what it is given.
	failures int
	flushes  int
}

type targetSink struct {
	*target
	held *batch.Batch
	pace time.Duration
}

func (s *targetSink) Pace() (time.Duration, int64) { return s.pace, 1 << 20 }

func (s *targetSink) Open(context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = batch.New(bigint)
	return s.epoch, nil
}

func (s *targetSink) Write(_ context.Context, epoch uint64, b *batch.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures > 0 {
		s.failures--
		return errors.New("the target is full")
	}
	if epoch <= s.epoch {
		return fmt.Errorf("epoch %d again", epoch)
	}
	for i := range b.Len() {
		s.held.AppendRow(b, i, b.DiffAt(i))
	}
	return nil
}

func (s *targetSink) Flush(_ context.Context, epoch uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.held.Len() {
		s.rows.AppendRow(s.held, i, s.held.DiffAt(i))
	}
	s.held.Reset()
	s.epoch = epoch
	s.flushes++
	return nil
}

func (s *targetSink) Close() error { return nil }

// sinkGraph is a sink for the second column of the table.
func (w *logWorld) sinkGraph(id flow.RelationID, s connector.Sink) dataflow.GraphDef {
	var b builder
	in := b.scan(&w.table.Relation, nil)
	in = b.add(&flow.Project{Exprs: []flow.Expr{column(1)}}, fields("b"), in)
	b.add(&flow.Output{}, fields("b"), in)
	return dataflow.GraphDef{ID: id, Graph: &b.g, Sink: s, Replay: true, Wait: true}
}

// sum answers the rows of a target.
func (x *target) sum() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	out, sum := batch.New(bigint), batch.Consolidator{}
	sum.Consolidate(out, x.rows)
	return batch.Bag(out)
}

// TestReplay: a sink that keeps the epoch with the data has each change once, whatever fails between the commit and the flush.
func TestReplay(t *testing.T) {
	for _, pace := range []time.Duration{0, 5 * time.Millisecond, time.Hour} {
		t.Run(pace.String(), func(t *testing.T) {
			w := newLogWorld(t, dataflow.Config{Workers: 2}, 4)
			x := &target{rows: batch.New(bigint)}
			w.change(dataflow.Change{Graphs: []dataflow.GraphDef{w.sinkGraph(7, &targetSink{target: x, pace: pace})}})
			for life := range 8 {
				if life == 3 {
					x.mu.Lock()
					x.failures = 2
					x.mu.Unlock()
				}
				for range 5 {
					w.write(t)
					time.Sleep(time.Duration(w.random.IntN(3)) * time.Millisecond)
				}
				if life%2 == 0 {
					w.crash(uint64(life))
				} else {
					w.restart()
				}
			}
			if pace == time.Hour {
				w.restart() // a stop in good order flushes
			}
			if err := w.run.Delivered(t.Context(), w.epoch); err != nil {
				t.Fatal(err)
			}
			if got, want := x.sum(), w.rows(w.relations[1]); got != want {
				t.Fatalf("the target has %s, want %s", got, want)
			}
			stats := w.run.Stats().Graphs
			if s := stats[len(stats)-1].Sink; s == nil || s.Flushed < w.epoch || s.LagBytes != 0 {
				t.Errorf("figures of the sink: %+v", s)
			}
		})
	}
}

// TestSinkFails: a sink that takes nothing, or lags too far, has failed; the others go on, and it stays so after a restart.
func TestSinkFails(t *testing.T) {
	w := newLogWorld(t, dataflow.Config{}, 5)
	x, y := &target{rows: batch.New(bigint), failures: 1000}, &target{rows: batch.New(bigint)}
	broken, slow := w.sinkGraph(7, &targetSink{target: x}), w.sinkGraph(8, &targetSink{target: y, pace: time.Hour})
	slow.LagBytes = 4 << 10
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{broken, slow}})
	reason := func(id flow.RelationID) string {
		for _, g := range w.run.Stats().Graphs {
			if g.ID == id && g.Status == dataflow.Failed {
				return g.Err.Error()
			}
		}
		return ""
	}
	for deadline := time.Now().Add(time.Minute); reason(7) == "" || reason(8) == ""; {
		w.write(t)
		if time.Now().After(deadline) {
			t.Fatalf("reasons: %q, %q", reason(7), reason(8))
		}
	}
	if !strings.Contains(reason(7), "the target is full") || !strings.Contains(reason(8), "wait for the sink") {
		t.Errorf("reasons: %q, %q", reason(7), reason(8))
	}
	w.write(t)
	w.crash(1)
	if reason(7) == "" || reason(8) == "" {
		t.Errorf("they have not failed after a restart: %q, %q", reason(7), reason(8))
	}
	w.write(t)
	if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{7, 8}}); err != nil {
		t.Fatal(err)
	}
	used := w.sinkGraph(9, &targetSink{target: &target{rows: batch.New(bigint), epoch: 3}})
	if _, err := w.run.Change(t.Context(), dataflow.Change{Graphs: []dataflow.GraphDef{used}}); pgerr.CodeOf(err) != pgerr.ObjectInUse {
		t.Errorf("a target that is another sink's: %v", err)
	}
	w.made.Graphs = w.made.Graphs[:2]
}

// TestTemporary: a temporary view goes with what it reads, and what it has kept goes after a crash.
func TestTemporary(t *testing.T) {
	w := newLogWorld(t, dataflow.Config{}, 6)
	temporary := func() *flow.Relation {
		t.Helper()
		id := flow.RelationID(w.run.TemporaryID())
		var b builder
		def, view := b.view(id, "q", -1, b.scan(&w.table.Relation, nil))
		def.Temporary = true
		if _, err := w.run.Change(t.Context(), dataflow.Change{Graphs: []dataflow.GraphDef{def}}); err != nil {
			t.Fatal(err)
		}
		return view
	}
	view := temporary()
	r := w.follow(t, view, dataflow.At{})
	w.write(t)
	if r.next(w.epoch); r.bag() != w.states[0][w.epoch] {
		t.Errorf("%s, want %s", r.bag(), w.states[0][w.epoch])
	}
	r.close()
	w.crash(1)
	again := temporary()
	if again.ID == view.ID || w.rows(again) != w.rows(&w.table.Relation) {
		t.Errorf("the next one is %d behind %d", again.ID, view.ID)
	}
	r = w.follow(t, again, dataflow.At{})
	if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{3, 2, 1}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.f.Next(t.Context(), math.MaxUint64, nil); pgerr.CodeOf(err) != pgerr.UndefinedTable {
		t.Errorf("after the drop: %v", err)
	}
	r.close()
	s, err := w.store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	contents, err := s.Meta()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range contents.Settings {
		t.Errorf("left over: %s", x.Name)
	}
	for _, id := range []flow.RelationID{view.ID, again.ID} {
		cursor, err := s.Table(key.TableID(id)).Scan(state.Range{})
		if err != nil {
			t.Fatal(err)
		}
		var run state.Run
		if _, err := cursor.Next(&run, 10); err != nil || run.Len() > 0 {
			t.Errorf("relation %d has %d rows left: %v", id, run.Len(), err)
		}
		if err := cursor.Close(); err != nil {
			t.Error(err)
		}
	}
	w.made = dataflow.Change{}
}

// TestPieceFormat holds the bytes of docs/formats.md.
func TestPieceFormat(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	w.now = 7
	tab := table(1, "t", "a", "b")
	tab.RetainMicros = day
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "7 NULL\n8 1")
	w.mustWrite(tab, "-1 7 NULL\n+1 7 2")
	s, err := w.store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := s.Log(key.TableID(tab.ID), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, want := range []string{"010000000000000007" + "02020e" + "02001002", "010000000000000007" + "01020e" + "02000e04"} {
		_, piece, ok, err := l.Next()
		if got := fmt.Sprintf("%x", piece); err != nil || !ok || got != want {
			t.Errorf("a piece is %s, want %s: %v", got, want, err)
		}
	}
}
