package dataflow_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bigint = types.Of(types.OIDInt8)

// testT is a *testing.T or a *rapid.T.
type testT interface {
	Helper()
	Context() context.Context
	Cleanup(f func())
	Error(args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is a store with a runtime over it, which can be taken down and set up again.
type world struct {
	t      testT
	fs     *storage.CrashFS
	full   atomic.Bool // there is no space for sorted files
	ingest int         // IngestBytes of the store
	store  *storage.Store
	run    *dataflow.Runtime
	config dataflow.Config
	now    int64
	onTick func() // is called once, when a tick begins
	// made is what Restore is told after a restart.
	made dataflow.Change
	// sources makes connectors anew, which end with their runtime.
	sources map[flow.RelationID]func() connector.Source
}

func newWorld(t testT, config dataflow.Config) *world {
	t.Helper()
	w := &world{t: t, fs: storage.NewCrashFS(), config: config, now: 1_000_000, sources: map[flow.RelationID]func() connector.Source{}}
	w.open()
	t.Cleanup(w.close)
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.store, err = storage.Open(storage.Options{
		FS: storage.FillingFS{FS: w.fs, Full: &w.full}, MemTableBytes: 1 << 20, CacheBytes: 1 << 20, AppendBytes: 1, IngestBytes: w.ingest,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	config := w.config
	config.Store = w.store
	config.Clock = func() int64 {
		if f := w.onTick; f != nil {
			w.onTick = nil
			f()
		}
		return w.now
	}
	if w.run, err = dataflow.New(config); err != nil {
		w.t.Fatal(err)
	}
	restored := w.made
	for i := range restored.Sources {
		restored.Sources[i].Connector = w.sources[restored.Sources[i].ID]()
	}
	if err := w.run.Restore(restored); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) close() {
	if err := errors.Join(w.run.Close(), w.store.Close()); err != nil {
		w.t.Error(err)
	}
}

// restart takes all down in order and sets it up again.
func (w *world) restart() {
	w.t.Helper()
	w.close()
	w.open()
}

// crash loses power.
func (w *world) crash(seed uint64) {
	w.t.Helper()
	fs := w.fs.Crash(50, seed)
	w.close()
	w.fs = fs
	w.open()
}

// change makes a change, and remembers it for restarts.
func (w *world) change(c dataflow.Change) {
	w.t.Helper()
	if _, err := w.run.Change(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
	w.made.Relations = append(w.made.Relations, c.Relations...)
	w.made.Sources = append(w.made.Sources, c.Sources...)
	w.made.Graphs = append(w.made.Graphs, c.Graphs...)
}

func (w *world) step() uint64 {
	w.t.Helper()
	epoch, err := w.run.Step(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return epoch
}

// finish steps until there is nothing left to do.
func (w *world) finish() {
	w.t.Helper()
	for epoch, before := w.step(), uint64(0); epoch != before; {
		before, epoch = epoch, w.step()
	}
}

// begin makes a transaction; end closes its snapshot.
func (w *world) begin() (txn *dataflow.Txn, end func()) {
	w.t.Helper()
	s, err := w.run.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	return dataflow.Begin(s), func() {
		if err := s.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// write writes signed rows, in batch's text form, in a transaction of its own.
func (w *world) write(table *dataflow.RelationDef, rows string) error {
	w.t.Helper()
	txn, end := w.begin()
	defer end()
	b, err := batch.Parse(columnTypes(table.Columns), signed(rows))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := txn.Write(table.ID, b); err != nil {
		return err
	}
	_, err = w.run.Write(w.t.Context(), txn)
	return err
}

func (w *world) mustWrite(table *dataflow.RelationDef, rows string) {
	w.t.Helper()
	if err := w.write(table, rows); err != nil {
		w.t.Fatal(err)
	}
}

// read answers the bag of rows of a graph.
func (w *world) read(g *flow.Graph, o dataflow.ReadOptions) (string, error) {
	w.t.Helper()
	s, err := w.run.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			w.t.Fatal(err)
		}
	}()
	if o.Snapshot == nil {
		o.Snapshot = s
	}
	o.Graph = g
	all := batch.New(columnTypes(g.Output().Columns)...)
	err = w.run.Read(w.t.Context(), o, func(b *batch.Batch) error {
		for i := range b.Len() {
			all.AppendRow(b, i, b.DiffAt(i))
		}
		return nil
	})
	return batch.Bag(all), err
}

// rows answers all rows of a relation.
func (w *world) rows(rel *flow.Relation) string {
	w.t.Helper()
	got, err := w.read(scanAll(rel), dataflow.ReadOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// signed puts a multiplicity of 1 before rows that have none.
func signed(rows string) string {
	lines := strings.Split(rows, "\n")
	for i, l := range lines {
		if l != "" && l[0] != '+' && (l[0] != '-' || l[1] == ' ') {
			lines[i] = "+1 " + l
		}
	}
	return strings.Join(lines, "\n")
}

// bag is the form of rows that read answers.
func bag(t testT, columns []flow.Field, rows string) string {
	t.Helper()
	b, err := batch.Parse(columnTypes(columns), signed(rows))
	if err != nil {
		t.Fatal(err)
	}
	return batch.Bag(b)
}

func columnTypes(fields []flow.Field) []types.Type {
	out := make([]types.Type, len(fields))
	for i, f := range fields {
		out[i] = f.Type
	}
	return out
}

func fields(names ...string) []flow.Field {
	out := make([]flow.Field, len(names))
	for i, n := range names {
		out[i] = flow.Field{Name: n, Type: bigint}
	}
	return out
}

// table defines a table of bigints whose first column is its key.
func table(id flow.RelationID, name string, columns ...string) *dataflow.RelationDef {
	return &dataflow.RelationDef{
		Relation: flow.Relation{
			ID: id, Name: name, Columns: fields(columns...),
			Arrangements: []flow.Arrangement{{ID: id, Table: flow.TableID(id), Key: []flow.SortKey{{Column: 0}}, Unique: true}},
		},
		RowID:       -1,
		Constraints: []string{name + "_pkey"},
	}
}

// builder makes graphs.
type builder struct{ g flow.Graph }

func (b *builder) add(spec flow.Spec, columns []flow.Field, inputs ...flow.Input) flow.Input {
	b.g.Nodes = append(b.g.Nodes, flow.Node{Spec: spec, Columns: columns, Inputs: inputs})
	return flow.Input{Node: flow.NodeID(len(b.g.Nodes) - 1)}
}

func (b *builder) scan(rel *flow.Relation, access *flow.Access) flow.Input {
	all := make([]int, len(rel.Columns))
	for i := range all {
		all[i] = i
	}
	return b.add(&flow.Scan{Relation: rel.ID, Columns: all, Access: access}, rel.Columns)
}

func scanAll(rel *flow.Relation) *flow.Graph {
	var b builder
	in := b.scan(rel, nil)
	b.add(&flow.Output{}, rel.Columns, in)
	return &b.g
}

// view ends a graph in a relation: keyed by a column, or a bag if that is negative.
func (b *builder) view(id flow.RelationID, name string, keyColumn int, in flow.Input) (dataflow.GraphDef, *flow.Relation) {
	columns := b.g.Nodes[in.Node].Columns
	rel := flow.Relation{ID: id, Name: name, Columns: columns}
	a := flow.Arrangement{ID: id, Table: flow.TableID(id)}
	if keyColumn >= 0 {
		a.Key, a.Unique = []flow.SortKey{{Column: keyColumn}}, true
	}
	rel.Arrangements = []flow.Arrangement{a}
	b.add(&flow.Materialize{Relation: rel}, columns, in)
	return dataflow.GraphDef{ID: id, Graph: &b.g, Wait: true}, &rel
}

func column(i int) flow.Expr { return &flow.Column{Index: i, Typ: bigint} }

func number(n int64) flow.Expr { return &flow.Const{Typ: bigint, Value: types.IntValue(n)} }

func call(symbol string, result types.Type, args ...flow.Expr) flow.Expr {
	for _, o := range fn.Builtins().Operators(symbol) {
		if o.Left == types.OIDInt8 && o.Right == types.OIDInt8 {
			return &flow.Call{Function: o.Function, Args: args, Typ: result}
		}
	}
	panic("no operator " + symbol)
}

func above(col int, n int64) flow.Expr {
	return call(">", types.Of(types.OIDBool), column(col), number(n))
}

func plus(a, b flow.Expr) flow.Expr { return call("+", bigint, a, b) }

// errors answers the errors of a relation that are kept, and how many there are.
func (w *world) errors(id flow.RelationID) (kept []dataflow.RowError, count int64) {
	w.t.Helper()
	s, err := w.run.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	err = s.RowErrors(id, func(e *dataflow.RowError) bool {
		kept = append(kept, *e)
		return true
	})
	if err := errors.Join(err, s.Close()); err != nil {
		w.t.Fatal(err)
	}
	return kept, w.run.RowErrorCount(id)
}

// indexWorld has a table with two columns, which is written to in every tick in which an index or another form of it is built.
type indexWorld struct {
	*world
	t       *rapid.T
	tab     *dataflow.RelationDef
	rows    map[int64]int64
	results []chan error
	random  *rand.Rand // for what is chosen in ticks, which other goroutines may run
	// truncating tells that the last that waits is a TRUNCATE.
	truncating bool
}

// newIndexWorld has rows already, any number of workers, and gives a graph that is being filled few rows in a tick.
func newIndexWorld(t *rapid.T) *indexWorld {
	w := &indexWorld{t: t, tab: table(1, "t", "a", "b"), rows: map[int64]int64{}}
	w.random = rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "beside"), 0))
	w.world = newWorld(t, dataflow.Config{
		Workers:  rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "workers"),
		Parallel: rapid.SampledFrom([]dataflow.Parallel{dataflow.ParallelNever, dataflow.ParallelAlways}).Draw(t, "parallel"),
		FillRows: rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "rows of a tick"),
	})
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*w.tab}})
	for range 4 {
		w.mustWrite(w.tab, w.draw())
	}
	return w
}

// draw draws changes of rows.
func (w *indexWorld) draw() string {
	return w.changes(func(n int) int { return rapid.IntRange(0, n-1).Draw(w.t, "row") })
}

// changes are changes of rows, which a choice of n makes.
func (w *indexWorld) changes(choose func(n int) int) string {
	var change strings.Builder
	for k := range int64(16) {
		if choose(4) > 0 {
			continue
		}
		if old, there := w.rows[k]; there {
			fmt.Fprintf(&change, "-1 %d %s\n", k, value(old))
			delete(w.rows, k)
		}
		if choose(2) > 0 {
			w.rows[k] = int64(choose(8)) - 1
			fmt.Fprintf(&change, "+1 %d %s\n", k, value(w.rows[k]))
		}
	}
	return strings.TrimSpace(change.String())
}

// writeBeside has a transaction wait for the next tick, or a TRUNCATE.
func (w *indexWorld) writeBeside() {
	if w.truncating = w.truncating && w.run.Queued() > 0; w.truncating { // what was planned before would be refused
		return
	}
	if w.random.IntN(8) == 0 && w.run.Queued() == 0 {
		clear(w.rows)
		w.truncating = true
		w.beside(func() error { return w.truncate(w.tab) })
		return
	}
	txn, end := w.begin()
	rows, err := batch.Parse(columnTypes(w.tab.Columns), w.changes(w.random.IntN))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := txn.Write(w.tab.ID, rows); err != nil {
		w.t.Fatal(err)
	}
	w.beside(func() error {
		_, err := w.run.Write(w.t.Context(), txn)
		end()
		return err
	})
}

// beside has something wait for the next tick.
func (w *indexWorld) beside(do func() error) {
	result, queued := make(chan error, 1), w.run.Queued()
	go func() { result <- do() }()
	for w.run.Queued() == queued {
		runtime.Gosched()
	}
	w.results = append(w.results, result)
}

// written waits for what was written beside.
func (w *indexWorld) written() {
	w.t.Helper()
	for _, result := range w.results {
		if err := <-result; err != nil {
			w.t.Fatal(err)
		}
	}
	w.results = nil
}

// hasTable tells whether the store has rows of a table.
func (w *world) hasTable(id key.TableID) bool {
	w.t.Helper()
	s, err := w.store.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	cursor, err := s.Table(id).Scan(state.Range{})
	if err != nil {
		w.t.Fatal(err)
	}
	var run state.Run
	_, err = cursor.Next(&run, 1)
	if err := errors.Join(err, cursor.Close()); err != nil {
		w.t.Fatal(err)
	}
	return run.Len() > 0
}

// tenRows have a key each, and two of them the same b.
func tenRows(t *testing.T, c dataflow.Config) (*world, *dataflow.RelationDef) {
	c.FillRows = 2
	w := newWorld(t, c)
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 10\n2 20\n3 30\n4 40\n5 50\n6 60\n7 70\n8 80\n9 90\n10 20")
	return w, tab
}
