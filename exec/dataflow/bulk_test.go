package dataflow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// span are rows with keys from one number to another, and that number as their other value.
func span(from, to int) string {
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, fmt.Sprintf("%d %d", i, i))
	}
	return strings.Join(lines, "\n")
}

// bulkWorld has a table with a unique index, and if wanted a view that shows its rows.
func bulkWorld(t *testing.T, c dataflow.Config, watched bool) (*world, *dataflow.RelationDef, *flow.Relation) {
	t.Helper()
	w := newWorld(t, c)
	tab := table(1, "t", "a", "b")
	tab.Arrangements = append(tab.Arrangements, flow.Arrangement{ID: 2, Table: 2, Key: []flow.SortKey{{Column: 1}}, Unique: true})
	tab.Constraints = append(tab.Constraints, "t_b_key")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	if !watched {
		return w, tab, &tab.Relation
	}
	var b builder
	def, shown := b.view(3, "v", 0, b.scan(&tab.Relation, nil))
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	return w, tab, shown
}

// writeAll writes batches in one transaction.
func (w *world) writeAll(tab *dataflow.RelationDef, writes ...string) (txn *dataflow.Txn, end func()) {
	w.t.Helper()
	txn, end = w.begin()
	for _, rows := range writes {
		b, err := batch.Parse(columnTypes(tab.Columns), signed(rows))
		if err != nil {
			w.t.Fatal(err)
		}
		if err := txn.Write(tab.ID, b); err != nil {
			w.t.Fatal(err)
		}
	}
	return txn, end
}

// noFiles checks that nothing is left of what was written ahead.
func (w *world) noFiles() {
	w.t.Helper()
	if names, err := w.fs.List("ahead"); err == nil && len(names) > 0 {
		w.t.Fatalf("files of transactions are left: %q", names)
	}
}

// TestBulk: what a large transaction writes ahead is what it writes, in whatever order its rows come, and no file is left of it.
func TestBulk(t *testing.T) {
	defer dataflow.LimitBulks(30)()
	for _, x := range []struct {
		what   string
		writes []string
		want   string // rows beside 1000 to 1010; "" if the transaction breaks a constraint
		linked bool
	}{
		{"in order", []string{span(0, 20), span(20, 40), span(40, 60)}, span(0, 60), true},
		{"behind what is there", []string{span(2000, 2040), span(2040, 2041)}, span(2000, 2041), true},
		{"a batch out of order", []string{span(0, 40), span(60, 80), span(40, 60)}, span(0, 80), false},
		{"out of order within a batch", []string{span(0, 40), span(60, 80) + "\n" + span(40, 60), span(80, 90)}, span(0, 90), true},
		{"around what is there", []string{span(0, 40), span(1010, 1040)}, span(0, 40) + "\n" + span(1010, 1040), false},
		{"one that is there", []string{span(980, 1001), span(1010, 1040)}, "", false},
		{"a key twice at once", []string{span(0, 40), span(40, 50) + "\n" + span(49, 50)}, "", false},
		{"a key twice", []string{span(0, 40), span(39, 50)}, "", false},
		{"a key of the index twice", []string{span(0, 40), "40 7"}, "", false},
		{"rows that go again", []string{span(0, 40), "-1 7 7\n-1 8 8", span(40, 50)}, span(0, 7) + "\n" + span(9, 50), false},
		{"few", []string{span(0, 10), span(10, 20)}, span(0, 20), false},
	} {
		t.Run(x.what, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				for _, watched := range []bool{false, true} {
					w, tab, shown := bulkWorld(t, c, watched)
					w.mustWrite(tab, span(1000, 1010))
					before := w.store.Metrics().Ingested
					txn, end := w.writeAll(tab, x.writes...)
					check := txn.Check()
					_, err := w.run.Write(t.Context(), txn)
					end()
					w.noFiles()
					broken := err != nil && strings.Contains(err.Error(), "duplicate key")
					if (check != nil) != (err != nil) || broken != (x.want == "") || err != nil && !broken {
						t.Fatalf("check: %v, write: %v", check, err)
					}
					if linked := w.store.Metrics().Ingested > before; linked != x.linked {
						t.Errorf("files were linked in: %v, want %v", linked, x.linked)
					}
					want := span(1000, 1010)
					if x.want != "" {
						want += "\n" + x.want
					}
					for range 2 {
						if got := w.rows(shown); got != bag(t, tab.Columns, want) {
							t.Errorf("got %s, want %s", got, bag(t, tab.Columns, want))
						}
						w.crash(1)
					}
					if err := w.write(tab, "1003 5000"); err == nil {
						t.Error("no error for a key that is there")
					}
				}
			})
		})
	}
}

// TestBulkIsGivenUp: of a transaction that goes back, is given up, or is lost with the power, no file is left.
func TestBulkIsGivenUp(t *testing.T) {
	defer dataflow.LimitBulks(30)()
	w, tab, shown := bulkWorld(t, dataflow.Config{Workers: 1}, false)
	txn, end := w.writeAll(tab, span(0, 40))
	mark := txn.Mark()
	for _, more := range []string{span(90, 99), span(40, 60), span(60, 70)} {
		b, err := batch.Parse(columnTypes(tab.Columns), signed(more))
		if err != nil {
			t.Fatal(err)
		}
		if err := txn.Write(tab.ID, b); err != nil {
			t.Fatal(err)
		}
		if more == span(90, 99) {
			txn.Rollback(mark)
			w.noFiles()
		}
	}
	if _, err := w.run.Write(t.Context(), txn); err != nil {
		t.Fatal(err)
	}
	end()
	w.noFiles()

	txn, end = w.writeAll(tab, span(100, 140), span(140, 160))
	txn.Close()
	end()
	w.noFiles()

	txn, end = w.writeAll(tab, span(100, 140), span(140, 160))
	if err := txn.Check(); err != nil { // they are encoded
		t.Fatal(err)
	}
	if names, err := w.fs.List("ahead"); err != nil || len(names) == 0 {
		t.Errorf("nothing was written ahead: %q, %v", names, err)
	}
	end()
	fs := w.fs.Crash(100, 1)
	txn.Close()
	w.close()
	w.fs = fs
	w.open()
	w.noFiles()
	if got := w.rows(shown); got != bag(t, tab.Columns, span(0, 70)) {
		t.Errorf("got %s", got)
	}
}

// TestBulkOnFullDisk: a transaction that does not fit is refused before a tick has it; what comes after it is written.
func TestBulkOnFullDisk(t *testing.T) {
	defer dataflow.LimitBulks(30)()
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, tab, shown := bulkWorld(t, c, true)
		w.mustWrite(tab, span(1000, 1010))
		w.full.Store(true)
		txn, end := w.writeAll(tab, span(0, 40), span(40, 60))
		_, err := w.run.Write(t.Context(), txn)
		end()
		txn.Close()
		w.full.Store(false)
		if pgerr.CodeOf(err) != pgerr.DiskFull {
			t.Errorf("writing: %v", err)
		}
		w.noFiles()
		w.mustWrite(tab, "7 7")
		txn, end = w.writeAll(tab, span(10, 50))
		if _, err := w.run.Write(t.Context(), txn); err != nil {
			t.Error(err)
		}
		end()
		for range 2 {
			if got, want := w.rows(shown), bag(t, tab.Columns, span(1000, 1010)+"\n7 7\n"+span(10, 50)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			w.crash(1)
		}
	})
}

// TestBulkWithOthers: a transaction with files gets a tick of its own, and one that has read what it writes is refused.
func TestBulkWithOthers(t *testing.T) {
	defer dataflow.LimitBulks(30)()
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w, tab, shown := bulkWorld(t, c, true)
		old, endOld := w.writeAll(tab, "5000 5000")
		old.Read(tab.ID)
		small, endSmall := w.writeAll(tab, "1 1")
		large, endLarge := w.writeAll(tab, span(2, 20), span(20, 60))
		results := make(chan error, 2)
		w.onTick = func() { // both wait when the tick begins
			for _, txn := range []*dataflow.Txn{small, large} {
				go func() {
					_, err := w.run.Write(t.Context(), txn)
					results <- err
				}()
			}
		}
		for range 2 {
			w.step()
		}
		if err := errors.Join(<-results, <-results); err != nil {
			t.Fatal(err)
		}
		endSmall()
		endLarge()
		var conflict *dataflow.ConflictError
		if _, err := w.run.Write(t.Context(), old); !errors.As(err, &conflict) {
			t.Errorf("one that has read the table before: %v", err)
		}
		endOld()
		w.noFiles()
		if got := w.rows(shown); got != bag(t, tab.Columns, span(1, 60)) {
			t.Errorf("got %s", got)
		}
	})
}
