package dataflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// keptBids is a view of the first bids of each of some partitions, with their numbers if that is more than one, whose rank has its state in the view. The view's
// columns are those of bids from the last to the first.
type keptBids struct {
	*bidView
	places []int // of the view's columns in what comes out of the rank
	rests  bool  // partitions leave memory as soon as time goes on
}

func drawKeptBids(t *rapid.T, columns []connector.Column) *keptBids {
	v := &keptBids{bidView: drawBidView(t)}
	v.first = rapid.SampledFrom([]int{1, 3}).Draw(t, "kept")
	v.rests = rapid.Bool().Draw(t, "rests")
	for c := range columns {
		v.places = append(v.places, len(columns)-1-c)
	}
	if v.first > 1 {
		v.places = slices.Insert(v.places, 1, len(columns))
	}
	return v
}

func (v *keptBids) graph(id, source flow.RelationID, columns []connector.Column) dataflow.GraphDef {
	var b builder
	var names []flow.Field
	var all []int
	for i, c := range columns {
		names, all = append(names, flow.Field{Name: c.Name, Type: c.Type}), append(all, i)
	}
	time := &flow.Column{Index: bidTime, Typ: columns[bidTime].Type}
	in := b.add(&flow.Source{Relation: source, Columns: all, Watermark: &flow.Watermark{Expr: time, Column: bidTime}}, names)
	in.Exchange = &flow.Exchange{Keys: v.partition}
	ranked := names
	if v.first > 1 {
		ranked = append(slices.Clone(names), flow.Field{Name: "number", Type: bigint})
	}
	table := flow.TableID(id)
	b.g.Tables = []flow.StateTable{{ID: table, View: true}}
	top := &flow.TopN{
		Columns: columnTypes(names), Partition: v.partition, Order: v.sortKeys(), Limit: int64(v.first), Kind: flow.RowNumber,
		Rank: v.first > 1, AppendOnly: true, View: v.places,
	}
	if v.rests {
		top.Decided = column(bidPrice) // long before any time
	}
	in = b.add(top, ranked, in)
	project := &flow.Project{}
	var out []flow.Field
	for _, p := range v.places {
		project.Exprs, out = append(project.Exprs, &flow.Column{Index: p, Typ: ranked[p].Type}), append(out, ranked[p])
	}
	in = b.add(project, out, in)
	rel := flow.Relation{ID: id, Name: fmt.Sprint("v", id), Columns: out}
	a := flow.Arrangement{ID: id, Table: table, Unique: true}
	for _, c := range v.partition {
		a.Key = append(a.Key, flow.SortKey{Column: slices.Index(v.places, c)})
	}
	if v.first > 1 {
		a.Key = append(a.Key, flow.SortKey{Column: slices.Index(v.places, len(columns))})
	}
	rel.Arrangements = []flow.Arrangement{a}
	v.rel = &rel
	b.add(&flow.Materialize{Relation: rel, Net: true}, out, in)
	return dataflow.GraphDef{ID: id, Graph: &b.g}
}

// want are the view's rows of all rows.
func (v *keptBids) want(rows *batch.Batch) string {
	sel, numbers := v.firstRows(rows)
	numbered := batch.New(append(columnTypesOf(rows), bigint)...)
	for i, n := range numbers {
		for c := range rows.Cols {
			numbered.Cols[c].AppendFrom(&rows.Cols[c], int(sel[i]))
		}
		numbered.Cols[len(rows.Cols)].Ints = append(numbered.Cols[len(rows.Cols)].Ints, int64(n))
	}
	out := batch.Batch{}
	for _, p := range v.places {
		out.Cols = append(out.Cols, numbered.Cols[p])
	}
	out.SetLen(len(sel))
	return batch.Bag(&out)
}

func columnTypesOf(b *batch.Batch) []types.Type {
	var out []types.Type
	for i := range b.Cols {
		out = append(out, b.Cols[i].Type())
	}
	return out
}

// TestKeptEquation: a rank that has its state in its view writes the view's table itself as long as nobody else wants its rows, and hands them on in
// columns from when another view reads them. Both give the same rows, after any crash.
func TestKeptEquation(t *testing.T) {
	const events = 3000
	rows := allBids(t, events)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, dataflow.Config{Workers: rapid.IntRange(1, 3).Draw(t, "workers"), TickRows: rapid.SampledFrom([]int{200, 2000}).Draw(t, "rows")})
		_, columns := bids(t, events)
		w.sources[1] = func() connector.Source { s, _ := bids(t, events); return s }
		w.change(dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: w.sources[1](), Columns: columns}}})
		v := drawKeptBids(t, columns)
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{v.graph(2, 1, columns)}})
		var reader *flow.Relation
		for n := range rapid.IntRange(0, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				w.crash(uint64(n))
			case 1:
				if reader == nil {
					var b builder
					def, rel := b.view(3, "reader", -1, b.scan(v.rel, nil))
					def.Wait = false
					w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
					reader = rel
				}
			default:
				w.step()
			}
		}
		w.finish()
		want := v.want(rows)
		if got := w.rows(v.rel); got != want {
			t.Errorf("first %d of %v by %v: %d bytes, want %d", v.first, v.partition, v.order, len(got), len(want))
		}
		if reader != nil {
			if got := w.rows(reader); got != want {
				t.Errorf("what reads the view has %d bytes, want %d", len(got), len(want))
			}
		}
	})
}

// TestKeptRowsAreCounted: what the rank writes itself counts as rows of what lies between it and the view; rows that others take the place of do not.
func TestKeptRowsAreCounted(t *testing.T) {
	const events = 1000
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		c.TickRows = 100
		w := newWorld(t, c)
		_, columns := bids(t, events)
		w.sources[1] = func() connector.Source { s, _ := bids(t, events); return s }
		w.change(dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: w.sources[1](), Columns: columns}}})
		v := &keptBids{bidView: &bidView{partition: []int{bidChannel}, order: flow.SortKey{Column: bidTime}, first: 1}}
		for c := range columns {
			v.places = append(v.places, len(columns)-1-c)
		}
		w.change(dataflow.Change{Graphs: []dataflow.GraphDef{v.graph(2, 1, columns)}})
		w.finish()
		rows := int64(strings.Count(w.rows(v.rel), "\n") + 1)
		operators := w.run.Stats().Graphs[0].Operators
		for i, o := range operators[1:] {
			if o.RowsOut != rows || i > 0 && o.RowsIn != rows {
				t.Errorf("operator %d of a view that got %d rows: %+v", 1+i, rows, o)
			}
		}
	})
}
