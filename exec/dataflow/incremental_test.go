package dataflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
)

// TestIncremental is the equation: after every tick, a view is what a SELECT of its query over its inputs is, for random
// graphs, changes, cuts into ticks, numbers of workers, restarts and crashes.
func TestIncremental(t *testing.T) { rapid.Check(t, checkIncremental) }

func checkIncremental(t *rapid.T) {
	e := &equation{t: t, tables: 1000}
	config := dataflow.Config{
		Workers:  rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "workers"),
		Parallel: rapid.SampledFrom([]dataflow.Parallel{dataflow.ParallelNever, dataflow.ParallelAlways}).Draw(t, "parallel"),
		FillRows: 3,
	}
	defer dataflow.LimitTicks(rapid.SampledFrom([]int{1, 4, 1 << 20}).Draw(t, "rows of a tick"))()
	e.w = newWorld(t, config)
	for id := range flow.RelationID(2) {
		tab := table(id+1, fmt.Sprint("t", id+1), "a", "b", "c")
		e.w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		e.base = append(e.base, tab)
		e.rows = append(e.rows, map[int64][2]int64{})
		e.relations = append(e.relations, &tab.Relation)
	}
	for range rapid.IntRange(3, 10).Draw(t, "steps") {
		switch rapid.SampledFrom([]string{"view", "write", "write", "write", "truncate", "crash", "restart", "step"}).Draw(t, "step") {
		case "view":
			e.addView()
		case "write":
			e.write()
		case "truncate":
			n := rapid.IntRange(0, len(e.base)-1).Draw(t, "table")
			e.w.change(dataflow.Change{Truncate: []flow.RelationID{e.base[n].ID}})
			clear(e.rows[n])
		case "crash":
			e.w.crash(rapid.Uint64().Draw(t, "seed"))
		case "restart":
			e.w.restart()
		case "step":
			e.w.step() // new views are filled in chunks beside other changes
		}
		e.check()
	}
	for n := 0; e.check() > 0; n++ {
		if n > 100 {
			t.Fatal("views do not catch up")
		}
		e.w.step()
	}
}

type equation struct {
	t         *rapid.T
	w         *world
	base      []*dataflow.RelationDef
	rows      []map[int64][2]int64 // of base tables, by key
	relations []*flow.Relation
	views     []equationView
	tables    flow.TableID
}

// equationView is a view, and the same query as a one-shot graph.
type equationView struct {
	rel  *flow.Relation
	once *flow.Graph
	text string
}

// write changes random rows of a table: what a transaction would do.
func (e *equation) write() {
	n := rapid.IntRange(0, len(e.base)-1).Draw(e.t, "table")
	rows := e.rows[n]
	var change strings.Builder
	for range rapid.IntRange(1, 8).Draw(e.t, "changes") {
		k := rapid.Int64Range(0, 15).Draw(e.t, "key")
		old, there := rows[k]
		if there {
			fmt.Fprintf(&change, "-1 %d %s %s\n", k, value(old[0]), value(old[1]))
			delete(rows, k)
		}
		if !there || rapid.Bool().Draw(e.t, "update") {
			fresh := [2]int64{rapid.Int64Range(-1, 4).Draw(e.t, "b"), rapid.Int64Range(-1, 4).Draw(e.t, "c")}
			fmt.Fprintf(&change, "+1 %d %s %s\n", k, value(fresh[0]), value(fresh[1]))
			rows[k] = fresh
		}
	}
	e.w.mustWrite(e.base[n], strings.TrimSpace(change.String()))
}

// value writes -1 as a null.
func value(n int64) string {
	if n < 0 {
		return "NULL"
	}
	return fmt.Sprint(n)
}

// check compares all views that have caught up, and answers how many have not.
func (e *equation) check() (filling int) {
	states := map[flow.RelationID]dataflow.Status{}
	for _, g := range e.w.run.Stats().Graphs {
		states[g.ID] = g.Status
	}
	for _, v := range e.views {
		if states[v.rel.ID] == dataflow.Filling {
			filling++
			continue
		}
		want, err := e.w.read(v.once, dataflow.ReadOptions{})
		if err != nil {
			e.t.Fatalf("%v\n%s", err, v.text)
		}
		if got := e.w.rows(v.rel); got != want {
			e.t.Fatalf("view %d:\n%s\nwant\n%s\nof %s", v.rel.ID, got, want, v.text)
		}
	}
	return filling
}

func (e *equation) addView() {
	id := flow.RelationID(100 + len(e.views))
	q := &query{e: e}
	in, keys := q.draw(rapid.IntRange(1, 4).Draw(e.t, "depth"))
	once := q.g
	once.Nodes = append(slices.Clone(once.Nodes), flow.Node{Spec: &flow.Output{}, Columns: once.Nodes[in.Node].Columns, Inputs: []flow.Input{in}})
	for range q.tables {
		e.tables++
		q.g.Tables = append(q.g.Tables, flow.StateTable{ID: e.tables})
		once.Tables = append(once.Tables, flow.StateTable{})
	}
	def, rel := q.view(id, fmt.Sprint("v", id), -1, in)
	if keys != nil && rapid.Bool().Draw(e.t, "keyed") {
		a := &rel.Arrangements[0]
		a.Unique = true
		for _, k := range keys {
			a.Key = append(a.Key, flow.SortKey{Column: k})
		}
		written := q.keepInView(in.Node, a)
		q.g.Nodes[len(q.g.Nodes)-1].Spec = &flow.Materialize{Relation: *rel, Written: written}
	}
	def.Wait = rapid.Bool().Draw(e.t, "wait")
	e.w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	e.relations = append(e.relations, rel)
	e.views = append(e.views, equationView{rel, &once, strings.Join(q.text, " ")})
}

// keepInView lets the aggregate that a graph ends with keep its groups in the view, perhaps, and answers whether it does.
func (q *query) keepInView(id flow.NodeID, a *flow.Arrangement) bool {
	spec, ok := q.g.Nodes[id].Spec.(*flow.Aggregate)
	if !ok || len(spec.Keys) == 0 || len(a.Key) < len(spec.Keys) || !rapid.Bool().Draw(q.e.t, "kept in the view") {
		return false
	}
	kept := *spec // the one-shot graph has the spec
	kept.View = &flow.GroupsInView{}
	for c := range q.g.Nodes[id].Columns {
		kept.View.Columns = append(kept.View.Columns, c)
	}
	for _, k := range a.Key {
		kept.View.Key = append(kept.View.Key, k.Column)
	}
	q.g.Tables[spec.Table] = flow.StateTable{ID: a.Table, View: true}
	q.g.Nodes[id].Spec = &kept
	return true
}

// query is a random query.
type query struct {
	builder
	e      *equation
	tables int
	text   []string
}

func (q *query) add(spec flow.Spec, columns []flow.Field, inputs ...flow.Input) flow.Input {
	q.text = append(q.text, strings.TrimPrefix(fmt.Sprintf("%T%v", spec, inputs), "*flow."))
	return q.builder.add(spec, columns, inputs...)
}

func (q *query) columns(in flow.Input) []flow.Field { return q.g.Nodes[in.Node].Columns }

func (q *query) column(in flow.Input) int {
	return rapid.IntRange(0, len(q.columns(in))-1).Draw(q.e.t, "column")
}

// draw makes a random query; keys are columns that tell its rows apart, nil if none are known.
func (q *query) draw(depth int) (flow.Input, []int) {
	kinds := []string{"filter", "project", "union", "aggregate", "join", "aggregate", "join"}
	if depth == 0 {
		rel := rapid.SampledFrom(q.e.relations).Draw(q.e.t, "relation")
		q.text = append(q.text, rel.Name)
		return q.scan(rel, nil), nil
	}
	switch rapid.SampledFrom(kinds).Draw(q.e.t, "kind") {
	case "filter":
		in, keys := q.draw(depth - 1)
		columns := q.columns(in)
		return q.add(&flow.Filter{Cond: above(q.column(in), 1), Columns: columnTypes(columns)}, columns, in), keys
	case "project":
		in, _ := q.draw(depth - 1)
		a, b := q.column(in), q.column(in)
		return q.add(&flow.Project{Exprs: []flow.Expr{column(b), plus(column(a), number(1)), column(a)}}, fields("x", "y", "z"), in), nil
	case "union":
		a, _ := q.narrow(depth - 1)
		b, _ := q.narrow(depth - 1)
		return q.add(&flow.Union{Inputs: 2}, q.columns(a), a, b), nil
	case "aggregate":
		return q.aggregate(depth)
	default:
		return q.join(depth), nil
	}
}

// narrow makes a query of two columns.
func (q *query) narrow(depth int) (flow.Input, []int) {
	in, _ := q.draw(depth)
	return q.add(&flow.Project{Exprs: []flow.Expr{column(q.column(in)), column(q.column(in))}}, fields("p", "q"), in), nil
}

func (q *query) aggregate(depth int) (flow.Input, []int) {
	in, _ := q.draw(depth - 1)
	spec := &flow.Aggregate{Columns: columnTypes(q.columns(in)), Late: -1, Table: q.tables}
	columns := []flow.Field{}
	keys := []int{}
	for n := range rapid.IntRange(0, 2).Draw(q.e.t, "keys") {
		spec.Keys = append(spec.Keys, q.column(in))
		columns = append(columns, flow.Field{Name: fmt.Sprint("k", n), Type: bigint})
		keys = append(keys, n)
	}
	for _, name := range []string{"count", "max", "count"} {
		if !rapid.Bool().Draw(q.e.t, name) {
			continue
		}
		call := flow.AggCall{Filter: -1, Result: bigint, Function: aggregate(name, name == "count")}
		if name == "max" {
			call.Args = []int{q.column(in)}
		}
		spec.Calls = append(spec.Calls, call)
		columns = append(columns, flow.Field{Name: name, Type: bigint})
	}
	if len(columns) == 0 {
		return in, nil
	}
	_, sets := spec.MultisetTables()
	q.tables += 1 + sets
	in.Exchange = &flow.Exchange{Keys: spec.Keys}
	return q.add(spec, columns, in), keys
}

// aggregate finds an aggregate of bigint, or of rows.
func aggregate(name string, ofRows bool) *fn.Aggregate {
	for _, a := range fn.Builtins().Aggregates(name) {
		if ofRows && len(a.Args) == 0 || !ofRows && len(a.Args) == 1 && a.Args[0] == bigint.OID {
			return a
		}
	}
	panic("no aggregate " + name)
}

func (q *query) join(depth int) flow.Input {
	left, _ := q.narrow(depth - 1)
	right, _ := q.narrow(depth - 1)
	spec := &flow.Join{
		Kind: rapid.SampledFrom([]flow.JoinKind{flow.InnerJoin, flow.InnerJoin, flow.LeftJoin}).Draw(q.e.t, "join"),
		Left: columnTypes(q.columns(left)), Right: columnTypes(q.columns(right)),
		LeftKeys: []int{q.column(left)}, RightKeys: []int{q.column(right)}, NullSafe: []bool{false},
		LeftTable: q.tables, RightTable: q.tables + 1, LeftLate: -1, RightLate: -1,
	}
	q.tables += 2
	left.Exchange, right.Exchange = &flow.Exchange{Keys: spec.LeftKeys}, &flow.Exchange{Keys: spec.RightKeys}
	return q.add(spec, append(slices.Clone(q.columns(left)), q.columns(right)...), left, right)
}
