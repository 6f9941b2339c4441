package dataflow_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// summed is a form of a table of a and b that has their sum too, by another key and with an index of the sum.
func summed(tab *dataflow.RelationDef, key []flow.SortKey, index flow.Arrangement) dataflow.Rewrite {
	form := dataflow.RelationDef{RowID: -1, Constraints: []string{"t_pkey", "t_c_key"}}
	form.Relation = flow.Relation{ID: tab.ID, Name: tab.Name, Columns: fields("a", "b", "c"), Arrangements: []flow.Arrangement{
		{ID: tab.ID, Table: 8, Key: key, Unique: true}, index,
	}}
	return dataflow.Rewrite{
		Relation: form, Values: []flow.Expr{column(0), column(1), plus(column(0), column(1))},
		Checks: []dataflow.RowCheck{{Condition: above(0, -1), Error: pgerr.New(pgerr.CheckViolation, "below")}},
	}
}

// TestRewriteEquation: a table that gets another form over many ticks beside writes has the rows that it would have if nothing were written then, whatever
// the writes, the number of workers and the form; and so has it after a crash, and the views that are made of it go on.
func TestRewriteEquation(t *testing.T) { rapid.Check(t, checkRewriteEquation) }

func checkRewriteEquation(t *rapid.T) {
	w := newIndexWorld(t)
	var b builder
	def, view := b.view(2, "v", 0, b.scan(&w.tab.Relation, nil))
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	key := []flow.SortKey{{Column: 0}}
	other := rapid.Bool().Draw(t, "other key")
	if other {
		key = []flow.SortKey{{Column: 1, Desc: true}, {Column: 0}}
	}
	index := flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 2}}}
	if rapid.Bool().Draw(t, "unique") { // no two rows have the same a
		index.Key, index.Unique = append(index.Key, flow.SortKey{Column: 0}), true
	}
	rewrite := summed(w.tab, key, index)
	if rapid.Bool().Draw(t, "only looked at") {
		rewrite.Relation, rewrite.Values = *w.tab, nil
	}
	change := dataflow.Change{Rewrites: []dataflow.Rewrite{rewrite}}
	change.Canceled = func() error { // it is asked in every tick
		w.writeBeside()
		return nil
	}
	if err := w.run.Build(t.Context(), &change, meta.Changes{}); err != nil {
		t.Fatal(err)
	}
	change.Canceled = nil
	w.step() // what was planned for the form before is written before
	w.written()
	views := []*flow.Relation{view}
	if !other && rapid.Bool().Draw(t, "another view is being filled") {
		var b builder
		def, late := b.view(3, "late", 0, b.scan(&w.tab.Relation, nil))
		def.Wait = false
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		views = append(views, late)
	}
	if _, err := w.run.Change(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	*w.tab, w.made.Relations[0] = rewrite.Relation, rewrite.Relation
	for n := range 4 {
		switch {
		case n == 2:
			w.crash(rapid.Uint64().Draw(t, "seed"))
		case n > 0:
			w.mustWrite(w.tab, w.drawSummed(rewrite.Values != nil))
		}
		want := w.all(rewrite.Values != nil)
		if got := w.world.rows(&w.tab.Relation); got != want {
			t.Fatalf("the table has\n%s\nwant\n%s", got, want)
		}
		if rewrite.Values != nil {
			if got := w.indexed(&w.tab.Relation); got != want {
				t.Fatalf("the index has\n%s\nwant\n%s", got, want)
			}
		}
		for _, view := range views[:1+n/3*(len(views)-1)] { // in between it need not have caught up
			if n == 3 {
				w.finish()
			}
			if got, want := w.world.rows(view), w.all(false); got != want {
				t.Fatalf("view %q has\n%s\nwant\n%s", view.Name, got, want)
			}
		}
	}
}

// sums adds the third column to rows.
func sums(rows string) string {
	var lines []string
	for line := range strings.Lines(rows) {
		line = strings.TrimSpace(line)
		var diff string
		var a, b int64
		if _, err := fmt.Sscan(line, &diff, &a, &b); err == nil {
			lines = append(lines, fmt.Sprintf("%s %d", line, a+b))
		} else {
			lines = append(lines, line+" NULL")
		}
	}
	return strings.Join(lines, "\n")
}

func (w *indexWorld) drawSummed(summed bool) string {
	if rows := w.draw(); !summed || rows == "" {
		return rows
	} else {
		return sums(rows)
	}
}

// all are the rows that the table is to have.
func (w *indexWorld) all(summed bool) string {
	var lines []string
	for a, b := range w.rows {
		lines = append(lines, fmt.Sprintf("+1 %d %s", a, value(b)))
	}
	rows, columns := strings.Join(lines, "\n"), fields("a", "b")
	if summed {
		columns = fields("a", "b", "c")
		if rows != "" {
			rows = sums(rows)
		}
	}
	return bag(w.t, columns, rows)
}

// TestRewriteCrash: a crash or a cancel before a new form is complete leaves the table as it was, and nothing else; then it can be made again.
func TestRewriteCrash(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		for ticks := 1; ticks < 5; ticks++ {
			w, tab := tenRows(t, c)
			before := w.rows(&tab.Relation)
			rewrite := summed(tab, []flow.SortKey{{Column: 0}}, flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 2}}, Unique: true})
			change := dataflow.Change{Rewrites: []dataflow.Rewrite{rewrite}}
			left, crashed := ticks, w.fs
			change.Canceled = func() error {
				if left--; left == 0 {
					crashed = w.fs.Crash(0, 1)
					return errCanceled
				}
				return nil
			}
			if _, err := w.run.Change(t.Context(), change); !errors.Is(err, errCanceled) {
				t.Fatal(err)
			}
			if w.hasTable(8) || w.hasTable(9) || len(w.run.Stats().Graphs) > 1 || w.rows(&tab.Relation) != before {
				t.Fatal("something is left of a form that was canceled")
			}
			w.close()
			w.fs = crashed
			w.open()
			if ticks > 1 && (!w.hasTable(8) || !w.hasTable(9)) {
				t.Fatal("nothing was there to be removed")
			}
			if got := w.rows(&tab.Relation); got != before {
				t.Fatalf("a crash has left %s, want %s", got, before)
			}
			w.mustWrite(tab, "11 110")
			if w.hasTable(8) || w.hasTable(9) {
				t.Fatal("something is left of a form after a crash")
			}
			change.Canceled = nil
			if _, err := w.run.Change(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			want := bag(t, fields("a", "b", "c"), "1 10 11\n2 20 22\n3 30 33\n4 40 44\n5 50 55\n6 60 66\n7 70 77\n8 80 88\n9 90 99\n10 20 30\n11 110 121")
			if got := w.rows(&rewrite.Relation.Relation); got != want {
				t.Fatalf("the table has %s, want %s", got, want)
			}
			if w.hasTable(1) {
				t.Fatal("the former rows are still there")
			}
		}
	})
}

// TestRewriteRefused: a form that rows do not fit into is not made, whether they were there or come in the meantime, and what comes is written.
func TestRewriteRefused(t *testing.T) {
	check := []dataflow.RowCheck{{Condition: above(1, 5), Error: pgerr.New(pgerr.CheckViolation, "below")}}
	quotient := []flow.Expr{column(0), column(1), call("/", bigint, column(0), call("-", bigint, column(1), number(100)))}
	for _, refused := range []struct{ name, row, code string }{
		{"checks", "11 1", "23514"}, {"only checks", "11 1", "23514"}, {"quotient", "11 100", "22012"}, {"key", "11 110\n12 110", "23505"}, {"unique", "11 110\n12 109", "23505"},
	} {
		t.Run(refused.name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, c dataflow.Config) {
				for _, meanwhile := range []bool{false, true} {
					w, tab := tenRows(t, c)
					w.mustWrite(tab, "-1 10 20\n10 100000")
					rewrite := summed(tab, []flow.SortKey{{Column: 0}}, flow.Arrangement{ID: 9, Table: 9, Key: []flow.SortKey{{Column: 2}}, Unique: true})
					switch refused.name {
					case "checks":
						rewrite.Checks = check
					case "only checks":
						rewrite.Relation, rewrite.Values, rewrite.Checks = *tab, nil, check
					case "quotient":
						rewrite.Values = quotient
						rewrite.Relation.Arrangements[1].Unique = false
					case "key":
						rewrite.Relation.Arrangements[0].Key[0].Column = 1
					}
					w.refuses(tab, rewrite, refused.row, refused.code, meanwhile)
				}
			})
		})
	}
}

// refuses rewrites a table to which rows come before or meanwhile that do not fit.
func (w *world) refuses(tab *dataflow.RelationDef, rewrite dataflow.Rewrite, rows, code string, meanwhile bool) {
	w.t.Helper()
	done, asked := make(chan error, 1), 0
	change := dataflow.Change{Rewrites: []dataflow.Rewrite{rewrite}}
	if meanwhile {
		change.Canceled = func() error {
			if asked++; asked == 2 {
				go func() { done <- w.write(tab, rows) }()
				for w.run.Queued() == 0 {
					runtime.Gosched()
				}
			}
			return nil
		}
	} else {
		done <- w.write(tab, rows)
	}
	before := w.rows(&tab.Relation)
	_, err := w.run.Change(w.t.Context(), change)
	if pgerr.CodeOf(err) != pgerr.Code(code) {
		w.t.Fatalf("the error is %v, want %s", err, code)
	}
	if err := <-done; err != nil {
		w.t.Fatal(err)
	}
	if got := w.rows(&tab.Relation); (got == before) == meanwhile || w.hasTable(8) || w.hasTable(9) || len(w.run.Stats().Graphs) > 1 {
		w.t.Fatalf("something is left of a form that was not made: %s", got)
	}
	w.mustWrite(tab, "20 200")
}
