package dataflow_test

import (
	"errors"
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/types"
)

func eachMode(t *testing.T, f func(t *testing.T, c dataflow.Config)) {
	for name, c := range map[string]dataflow.Config{
		"1 worker":              {Workers: 1},
		"2 workers":             {Workers: 2, Parallel: dataflow.ParallelNever, Ahead: dataflow.AheadAlways},
		"4 workers in parallel": {Workers: 4, Parallel: dataflow.ParallelAlways},
	} {
		t.Run(name, func(t *testing.T) { f(t, c) })
	}
	t.Run("2 workers, a transaction alone", func(t *testing.T) {
		defer dataflow.LimitTicks(1)()
		f(t, dataflow.Config{Workers: 2})
	})
}

func TestTableAndViews(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		w.mustWrite(tab, "1 10\n2 20\n3 30")

		var b builder
		in := b.scan(&tab.Relation, nil)
		in = b.add(&flow.Filter{Cond: above(1, 15), Columns: columnTypes(tab.Columns)}, tab.Columns, in)
		in = b.add(&flow.Project{Exprs: []flow.Expr{plus(column(0), column(1))}}, fields("s"), in)
		def, view := b.view(2, "v", -1, in)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
		if got, want := w.rows(view), bag(t, view.Columns, "22\n33"); got != want {
			t.Fatalf("filled: %s, want %s", got, want)
		}

		var above2 builder
		def2, view2 := above2.view(3, "w", -1, above2.add(&flow.Project{Exprs: []flow.Expr{plus(column(0), number(1))}}, fields("x"), above2.scan(view, nil)))
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def2}})

		w.mustWrite(tab, "-1 1 10\n1 21\n4 18")
		check := func(when string) {
			t.Helper()
			if got, want := w.rows(&tab.Relation), bag(t, tab.Columns, "1 21\n2 20\n3 30\n4 18"); got != want {
				t.Errorf("%s: table: %s, want %s", when, got, want)
			}
			if got, want := w.rows(view), bag(t, view.Columns, "+3 22\n33"); got != want {
				t.Errorf("%s: view: %s, want %s", when, got, want)
			}
			if got, want := w.rows(view2), bag(t, view2.Columns, "+3 23\n34"); got != want {
				t.Errorf("%s: view on view: %s, want %s", when, got, want)
			}
		}
		check("updated")
		w.crash(1)
		check("after a crash")
		w.mustWrite(tab, "5 17\n-1 5 17\n-1 4 18\n4 1")
		w.mustWrite(tab, "-1 4 1\n4 18")
		check("changed and back")
		w.restart()
		check("after a restart")
	})
}

func TestUniqueViolation(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 10")
	err := w.write(tab, "2 20\n1 11")
	var p *pgerr.Error
	if !errors.As(err, &p) || p.Code != "23505" || p.Message != `duplicate key value violates unique constraint "t_pkey"` || p.Detail != "Key (a)=(1) already exists." {
		t.Fatalf("%v", err)
	}
	if got, want := w.rows(&tab.Relation), bag(t, tab.Columns, "1 10"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAccess(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	tab.Arrangements = append(tab.Arrangements, flow.Arrangement{ID: 2, Table: 2, Key: []flow.SortKey{{Column: 1, Desc: true, NullsFirst: true}, {Column: 0}}})
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 10\n2 20\n3 20\n4 NULL\n5 30")
	limit := func(n int64, inclusive bool) *flow.Limit { return &flow.Limit{Value: number(n), Inclusive: inclusive} }
	for _, c := range []struct {
		access flow.Access
		want   string
	}{
		{flow.Access{Equal: []flow.Expr{number(3)}}, "3 20"},
		{flow.Access{Equal: []flow.Expr{number(7)}}, ""},
		{flow.Access{Equal: []flow.Expr{&flow.Const{Typ: bigint, Value: types.NullValue}}}, ""},
		{flow.Access{Low: limit(2, true), High: limit(4, false)}, "2 20\n3 20"},
		{flow.Access{Low: limit(2, false)}, "3 20\n4 NULL\n5 30"},
		{flow.Access{High: limit(2, true)}, "1 10\n2 20"},
		{flow.Access{Arrangement: 1, Equal: []flow.Expr{number(20)}}, "2 20\n3 20"},
		{flow.Access{Arrangement: 1, Equal: []flow.Expr{number(20)}, High: limit(2, true)}, "2 20"},
		{flow.Access{Arrangement: 1, Low: limit(20, false)}, "1 10"},
		{flow.Access{Arrangement: 1, High: limit(20, true)}, "2 20\n3 20\n5 30"},
	} {
		var b builder
		b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, &c.access))
		got, err := w.read(&b.g, dataflow.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if want := bag(t, tab.Columns, c.want); got != want {
			t.Errorf("%+v: %s, want %s", c.access, got, want)
		}
	}
}
