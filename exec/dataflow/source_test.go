package dataflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/blackhole"
	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

var sourceColumns = []connector.Column{{Name: "id", Type: bigint}, {Name: "x", Type: bigint}}

func makeSource(t *testing.T, kind *connector.Kind, settings ...string) func() connector.Source {
	t.Helper()
	return func() connector.Source {
		var list []connector.Setting
		for i := 0; i < len(settings); i += 2 {
			list = append(list, connector.Setting{Name: settings[i], Value: settings[i+1]})
		}
		v, err := kind.ParseOptions(list)
		if err != nil {
			t.Fatal(err)
		}
		s, err := kind.Source(connector.Config{Options: v, Columns: sourceColumns})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// source declares a source, and remembers how to make it after a restart.
func (w *world) source(id flow.RelationID, def dataflow.SourceDef, connect func() connector.Source) {
	w.t.Helper()
	w.sources[id] = connect
	def.ID, def.Connector, def.Columns = id, connect(), sourceColumns
	w.change(dataflow.Change{Sources: []dataflow.SourceDef{def}})
}

// sourceView is a view of columns of a source.
func sourceView(id, source flow.RelationID, columns ...int) (dataflow.GraphDef, *flow.Relation) {
	var b builder
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = sourceColumns[c].Name
	}
	in := b.add(&flow.Source{Relation: source, Columns: columns, Watermark: &flow.Watermark{Expr: column(0), Column: 0}}, fields(names...))
	def, rel := b.view(id, fmt.Sprint("v", id), 0, in)
	def.Wait = false
	return def, rel
}

// sequence is what a view of ids and their double has.
func sequence(t *testing.T, n int, double bool) string {
	t.Helper()
	b := batch.New(bigint, bigint)
	if !double {
		b = batch.New(bigint)
	}
	for i := range n {
		b.Cols[0].Ints = append(b.Cols[0].Ints, int64(i))
		if double {
			b.Cols[1].Ints = append(b.Cols[1].Ints, int64(2*i))
		}
		b.AppendDiff(1)
	}
	return batch.Bag(b)
}

func jsonLines(from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "{\"id\":%d,\"x\":%d}\n", i, 2*i)
	}
	return b.String()
}

// TestSourceExactlyOnce: rows come once, whatever is lost in between.
func TestSourceExactlyOnce(t *testing.T) {
	for _, kind := range []string{"datagen", "file"} {
		t.Run(kind, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				rows := 9000
				if kind == "file" {
					rows = 30_000
				}
				c.TickRows = 2048
				w := newWorld(t, c)
				path := filepath.Join(t.TempDir(), "in.json")
				connect := makeSource(t, file.Kind, "path", path)
				if kind == "datagen" {
					connect = makeSource(t, gen.Datagen, "rows", fmt.Sprint(rows), "fields.id.kind", "sequence", "fields.x.kind", "sequence")
				} else if err := os.WriteFile(path, []byte(jsonLines(0, rows)), 0o600); err != nil {
					t.Fatal(err)
				}
				w.source(1, dataflow.SourceDef{}, connect)
				def, view := sourceView(2, 1, 0)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
				epoch, ticks := uint64(0), 0
				for {
					next := w.step()
					if next == epoch {
						break
					}
					epoch = next
					if ticks++; ticks%2 == 0 {
						w.crash(uint64(ticks))
					}
				}
				if ticks < 3 {
					t.Errorf("all rows came in %d ticks", ticks)
				}
				if got, want := w.rows(view), sequence(t, rows, false); got != want {
					t.Errorf("%d bytes, want %d", len(got), len(want))
				}
				if s := w.run.Stats(); len(s.Sources) != 1 || !s.Sources[0].Ended || s.Sources[0].Watermark != int64(rows-1) {
					t.Errorf("%+v", s.Sources)
				}
			})
		})
	}
}

// TestLateView: a view made later reads from the beginning until it has reached the others, and then goes on with them.
func TestLateView(t *testing.T) {
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprint("crash ", crash), func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				c.TickRows = 2048
				w := newWorld(t, c)
				path := filepath.Join(t.TempDir(), "in.json")
				if err := os.WriteFile(path, []byte(jsonLines(0, 20_000)), 0o600); err != nil {
					t.Fatal(err)
				}
				w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
				first, one := sourceView(2, 1, 0)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{first}})
				for range 4 {
					w.step()
				}
				second, two := sourceView(3, 1, 0, 1)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{second}})
				status := func() dataflow.Status {
					for _, g := range w.run.Stats().Graphs {
						if g.ID == 3 {
							return g.Status
						}
					}
					t.Fatal("no view")
					return 0
				}
				if status() != dataflow.Filling {
					t.Fatalf("the new view is %v", status())
				}
				if _, err := w.read(scanAll(two), dataflow.ReadOptions{}); err == nil {
					t.Fatal("a view that has not caught up can be read")
				}
				for n := 0; status() == dataflow.Filling; n++ {
					if n > 100 {
						t.Fatal("the view does not catch up")
					}
					w.step()
					if crash && n%2 == 1 {
						w.crash(uint64(n))
					}
				}
				n := strings.Count(w.rows(one), "\n")
				if n < 9000 || strings.Count(w.rows(two), "\n") != n {
					t.Fatalf("the views have %d and %d rows", n, strings.Count(w.rows(two), "\n"))
				}
				for epoch := uint64(0); ; {
					next := w.step()
					if next == epoch {
						break
					}
					if epoch = next; crash && epoch%3 == 0 {
						w.crash(epoch)
					}
				}
				if got, want := w.rows(one), sequence(t, 20_000, false); got != want {
					t.Errorf("first view: %d bytes, want %d", len(got), len(want))
				}
				if got, want := w.rows(two), sequence(t, 20_000, true); got != want {
					t.Errorf("second view: %d bytes, want %d", len(got), len(want))
				}
			})
		})
	}
}

// TestSlowPartitions: of a source that is read slowly all partitions get their share.
func TestSlowPartitions(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	folder := t.TempDir()
	for i := range 4 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i, ".json")), []byte(jsonLines(100*i, 100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.source(1, dataflow.SourceDef{RowsPerSecond: 10}, makeSource(t, file.Kind, "path", filepath.Join(folder, "*.json")))
	def, _ := sourceView(2, 1, 0)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	for range 40 {
		w.now += 100_000
		w.step()
	}
	for _, s := range w.run.Stats().Sources {
		if s.Rows == 0 || s.Rows > 20 {
			t.Errorf("partition %s has given %d rows", s.Partition, s.Rows)
		}
	}
}

// TestTicksOfFiles: of a file whose rows nobody has counted a tick takes about as many as it may, and in the end all have come once.
func TestTicksOfFiles(t *testing.T) {
	const n, perTick = 60_000, 20_000
	var lines strings.Builder
	pad := strings.Repeat("-", 100)
	for i := range n {
		fmt.Fprintf(&lines, "{\"id\":%d,\"pad\":%q}\n", i, pad)
	}
	path := filepath.Join(t.TempDir(), "rows.json")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dataflow.Config{TickRows: perTick, Workers: 2})
	w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
	def, view := sourceView(2, 1, 0)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	for range 2 * n / perTick {
		w.step()
	}
	if got := w.rows(view); got != sequence(t, n, false) {
		t.Errorf("the view has %d bytes of rows, not those of %d", len(got), n)
	}
	taken := int64(0)
	for _, e := range w.run.Epochs() {
		if e.RowsIn > perTick*5/4 {
			t.Errorf("epoch %d has taken about %d rows", e.Epoch, e.RowsIn)
		}
		taken += e.RowsIn
	}
	if taken < n*3/4 {
		t.Errorf("about %d rows were taken in all", taken)
	}
}

// TestTicksOfWideRows: of a file with wide rows a tick takes few, though it may take many: four times as many bytes, which are not all in memory.
func TestTicksOfWideRows(t *testing.T) {
	const n, wide, mostBytes, unread = 20_000, 2_000, 2 << 20, 4
	var lines strings.Builder
	pad := strings.Repeat("-", wide)
	for i := range n {
		fmt.Fprintf(&lines, "{\"id\":%d,\"pad\":%q}\n", i, pad)
	}
	path := filepath.Join(t.TempDir(), "rows.json")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dataflow.Config{Workers: 2})
	w.run.SetTickBytes(mostBytes)
	w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
	def, view := sourceView(2, 1, 0)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	const pieceBytes = 4 << 20 // the last piece may reach behind the bound
	most := int64(0)
	w.step() // which may be more than one tick
	for before := w.run.Stats().Sources[0].Rows; before < n; {
		w.step()
		rows := w.run.Stats().Sources[0].Rows
		if rows == before || (rows-before)*wide > unread*mostBytes+pieceBytes {
			t.Fatalf("a tick has taken %d rows", rows-before)
		}
		most, before = max(most, rows-before), rows
	}
	if most*wide < mostBytes+pieceBytes {
		t.Errorf("no tick has taken more than %d rows", most)
	}
	if got := w.rows(view); got != sequence(t, n, false) {
		t.Errorf("the view has %d bytes of rows, not those of %d", len(got), n)
	}
}

// TestSink: a sink gets the net changes of every epoch.
func TestSink(t *testing.T) {
	w := newWorld(t, dataflow.Config{Workers: 2})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	sink := &blackhole.Sink{}
	var b builder
	b.add(&flow.Output{Sink: 2}, fields("b"), b.add(&flow.Project{Exprs: []flow.Expr{column(1)}}, fields("b"), b.scan(&tab.Relation, nil)))
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{{ID: 2, Graph: &b.g, Sink: sink}}})
	w.mustWrite(tab, "1 10\n2 10\n3 20")
	w.mustWrite(tab, "-1 3 20\n4 20\n-1 1 10")
	if in, out, _ := sink.Counts(); in != 3 || out != 1 {
		t.Errorf("%d rows came and %d went", in, out)
	}
	if _, err := w.run.Change(t.Context(), dataflow.Change{Drop: []flow.RelationID{1, 2}}); err != nil {
		t.Fatal(err)
	}
	w.made = dataflow.Change{}
}
