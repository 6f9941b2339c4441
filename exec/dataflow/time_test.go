package dataflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// windowed is a view that counts the rows of a table by their first column, which is also when a group is complete. Late rows go to
// relation late.
func windowed(tab *dataflow.RelationDef, id flow.RelationID, late *dataflow.RelationDef, onClose bool) (dataflow.GraphDef, *flow.Relation) {
	var b builder
	in := b.scan(&tab.Relation, nil)
	in.Exchange = &flow.Exchange{Keys: []int{1}}
	spec := &flow.Aggregate{
		Columns: columnTypes(tab.Columns), Keys: []int{1}, Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}},
		Bound: column(1), OnClose: onClose,
	}
	b.g.Tables = []flow.StateTable{{ID: flow.TableID(id + 500), Bound: true}}
	b.g.Late = []flow.Late{{Relation: late.ID, Columns: late.Columns}}
	return b.view(id, "w", 0, b.add(spec, fields("time", "n"), in))
}

// timedTable is a table whose second column is its time, and the relation of its late rows.
func timedTable() (tab, late *dataflow.RelationDef) {
	tab = table(1, "t", "a", "time")
	tab.Watermark = &flow.Watermark{Expr: column(1), Column: 1}
	late = &dataflow.RelationDef{
		Relation: flow.Relation{
			ID: 2, Name: "w$late", Columns: fields("a", "time", "bound", "watermark", "arrival", "diff"),
			Arrangements: []flow.Arrangement{{ID: 2, Table: 2}},
		},
		RowID: -1,
	}
	return tab, late
}

// TestLateRows: a row is late by the watermark of the epoch before, also over restarts, and is found in the relation of late rows of
// the same epoch, and in views over it.
func TestLateRows(t *testing.T) {
	for _, how := range []string{"running", "restart", "crash"} {
		t.Run(how, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				w := newWorld(t, c)
				again := func() {
					switch how {
					case "restart":
						w.restart()
					case "crash":
						w.crash(7)
					}
				}
				tab, late := timedTable()
				w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab, *late}})
				def, view := windowed(tab, 3, late, false)
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
				var on builder
				copied, copyView := on.view(4, "copy", -1, on.scan(&late.Relation, nil))
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{copied}})
				again()
				w.mustWrite(tab, "1 10\n2 20\n3 10") // the watermark is 20 at the end
				again()
				w.mustWrite(tab, "4 20\n5 21\n6 30")
				again()
				w.mustWrite(tab, "-1 6 30\n-1 5 21\n7 31")
				if got, want := w.rows(view), bag(t, view.Columns, "10 2\n20 1\n21 1\n30 1\n31 1"); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				want := bag(t, late.Columns, "4 20 20 20 1000000 1\n6 30 30 30 1000000 -1\n5 21 21 30 1000000 -1")
				if got := w.rows(&late.Relation); got != want {
					t.Errorf("late: %s, want %s", got, want)
				}
				if got := w.rows(copyView); got != want {
					t.Errorf("view of late rows: %s, want %s", got, want)
				}
			})
		})
	}
}

// TestLateRowsOfResumed: late rows of a view that has failed and was resumed come into the views over them with the same epoch.
func TestLateRowsOfResumed(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab, late := timedTable()
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab, *late}})
		var b builder
		quotient := call("/", bigint, column(0), column(0))
		in := b.add(&flow.Project{Exprs: []flow.Expr{quotient, column(1)}}, tab.Columns, b.scan(&tab.Relation, nil))
		b.g.Tables = []flow.StateTable{{ID: 503, Bound: true}}
		b.g.Late = []flow.Late{{Relation: late.ID, Columns: late.Columns}}
		in.Exchange = &flow.Exchange{Keys: []int{1}}
		in = b.add(&flow.Aggregate{
			Columns: columnTypes(tab.Columns), Keys: []int{1}, Calls: []flow.AggCall{{Filter: -1, Result: bigint, Function: aggregate("count", true)}},
			Bound: column(1),
		}, fields("time", "n"), in)
		def, view := b.view(3, "w", 0, in)
		def.OnError = dataflow.ErrorFail
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		var on builder
		copied, copyView := on.view(4, "copy", -1, on.scan(&late.Relation, nil))
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{copied}})
		w.mustWrite(tab, "1 10\n2 20")
		w.mustWrite(tab, "0 21")
		if s := status(w, 3); s.Status != dataflow.Failed {
			t.Fatalf("the view is %v", s.Status)
		}
		w.mustWrite(tab, "-1 0 21")
		if _, err := w.run.Change(t.Context(), dataflow.Change{Resume: []flow.RelationID{3}}); err != nil {
			t.Fatal(err)
		}
		w.step()
		w.mustWrite(tab, "3 10")
		want := bag(t, late.Columns, "1 10 10 21 1000000 1")
		for _, rel := range []*flow.Relation{&late.Relation, copyView} {
			if got := w.rows(rel); got != want {
				t.Errorf("relation %d: %s, want %s", rel.ID, got, want)
			}
		}
		w.crash(1)
		if got, want := w.rows(view), bag(t, view.Columns, "10 1\n20 1"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got := w.rows(copyView); got != want {
			t.Errorf("after a crash: %s, want %s", got, want)
		}
	})
}

// TestOnClose: groups come out when the watermark says so, once.
func TestOnClose(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab, late := timedTable()
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab, *late}})
		def, view := windowed(tab, 3, late, true)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		w.mustWrite(tab, "1 10\n2 12\n3 10")
		w.crash(1)
		if got, want := w.rows(view), bag(t, view.Columns, "10 2\n12 1"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		w.mustWrite(tab, "4 14\n5 13\n6 13")
		if got, want := w.rows(view), bag(t, view.Columns, "10 2\n12 1\n13 2\n14 1"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestOnCloseOfFilled: the groups of a view that was made later come out when it has been filled, without any new row.
func TestOnCloseOfFilled(t *testing.T) {
	for _, how := range []string{"running", "crash"} {
		t.Run(how, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				c.FillRows = 2
				w := newWorld(t, c)
				tab, late := timedTable()
				w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab, *late}})
				w.mustWrite(tab, "1 10\n2 12\n3 10\n4 14\n5 11")
				def, view := windowed(tab, 3, late, true)
				def.Wait = false
				w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
				for n := range 8 {
					if w.step(); how == "crash" {
						w.crash(uint64(n))
					}
				}
				if got, want := w.rows(view), bag(t, view.Columns, "10 2\n11 1\n12 1\n14 1"); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		})
	}
}

// TestFailedSourceView: a view that fails on a row of a source leaves the others exactly once, and so does a crash behind it.
func TestFailedSourceView(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 2048
		w := newWorld(t, c)
		path := filepath.Join(t.TempDir(), "in.json")
		if err := os.WriteFile(path, []byte(jsonLines(0, 20_000)), 0o600); err != nil {
			t.Fatal(err)
		}
		w.source(1, dataflow.SourceDef{}, makeSource(t, file.Kind, "path", path))
		good, goodView := sourceView(2, 1, 0)
		var b builder
		in := b.add(&flow.Source{Relation: 1, Columns: []int{0, 1}}, fields("id", "x"))
		minus := call("-", bigint, column(0), number(12_345))
		in = b.add(&flow.Project{Exprs: []flow.Expr{column(0), call("/", bigint, column(1), minus)}}, fields("id", "q"), in)
		bad, badView := b.view(3, "bad", 0, in)
		bad.OnError, bad.Wait = dataflow.ErrorFail, false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{good, bad}})
		for epoch := uint64(0); ; {
			next := w.step()
			if next == epoch {
				break
			}
			if epoch = next; epoch%4 == 0 {
				w.crash(epoch)
			}
		}
		if got, want := w.rows(goodView), sequence(t, 20_000, false); got != want {
			t.Errorf("%d bytes, want %d", len(got), len(want))
		}
		if s := status(w, badView.ID); s.Status != dataflow.Failed {
			t.Errorf("%+v", s)
		}
		if got := w.rows(badView); got == "" || len(got) > len(sequence(t, 12_345, true)) {
			t.Errorf("the failed view has %d bytes", len(got))
		}
	})
}

// TestIdle: a partition without rows does not hold the watermark back for ever.
func TestIdle(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	folder := t.TempDir()
	for i, text := range []string{jsonLines(0, 10), ""} {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i, ".json")), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.source(1, dataflow.SourceDef{IdleTimeoutMicros: 30_000_000}, makeSource(t, file.Kind, "path", filepath.Join(folder, "*.json"), "follow", "true"))
	def, view := sourceView(2, 1, 0)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	if g := status(w, view.ID); g.Watermark >= 0 {
		t.Errorf("the watermark is %d with a partition that has had no rows", g.Watermark)
	}
	w.now += 20_000_000
	if err := os.WriteFile(filepath.Join(folder, "0.json"), []byte(jsonLines(0, 15)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.step()
	w.now += 10_000_000
	w.step()
	if g := status(w, view.ID); g.Watermark != 14 {
		t.Errorf("the watermark is %d with an idle partition", g.Watermark)
	}
	w.restart()
	if g := status(w, view.ID); g.Watermark != 14 {
		t.Errorf("the watermark is %d after a restart", g.Watermark)
	}
}
